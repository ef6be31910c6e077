/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/walk.h"
#include <errno.h>
#include <inttypes.h>

void bdt_walk_load(struct bdt_walk *w, const struct bdt_layout *layout, const uint8_t *data, size_t npages)
{
	w->page = data;
	w->pages_end = data + npages * layout->page_size;
	w->start = w->at = w->end = data;
	w->data = NULL;
}

int bdt_walk_corrupt(const struct bdt_walk *w, const char *what, struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
			    "CPU %u, sub-buffer %" PRIu64 ", byte %td of its data: %s: the file is corrupt",
			    w->cpu, w->page_number - 1, w->at - w->start, what);
}

/* Adds the lost events that the head of a sub-buffer tells; an unknown number makes the sum unknown. */
static void lose(struct bdt_walk *w, int64_t lost)
{
	int64_t sum;

	if (lost < 0 || (w->gap && w->lost < 0) || __builtin_add_overflow(w->gap ? w->lost : 0, lost, &sum))
		sum = -1;
	w->gap = true;
	w->lost = sum;
}

static uint64_t load_long(const uint8_t *at, const struct bdt_layout *layout)
{
	return layout->commit_size == 8 ? bdt_load64(at, layout->big_endian)
					: bdt_load32(at, layout->big_endian);
}

int bdt_walk_enter(struct bdt_walk *w, const struct bdt_layout *layout, struct bdt_diag *diag)
{
	const uint8_t *page = w->page;
	uint32_t word, commit, room = layout->page_size - layout->data_offset;
	int64_t lost = -1;

	if (page == w->pages_end)
		return 1;
	w->page += layout->page_size;
	w->page_number++;
	w->start = w->at = w->end = page + layout->data_offset;
	w->page_stamp = w->stamp = bdt_load64(page + layout->stamp_offset, layout->big_endian);
	/* Only 32 bits count: the kernel extends the sign of the upper flag. */
	word = (uint32_t)load_long(page + layout->commit_offset, layout);
	commit = word & ~(BT_COMMIT_LOST_EVENTS | BT_COMMIT_LOST_STORED);
	if (commit > room)
		return bdt_walk_corrupt(w, "the committed length is larger than the sub-buffer", diag);
	w->end += commit;
	if (!(word & BT_COMMIT_LOST_EVENTS))
		return 0;
	if ((word & BT_COMMIT_LOST_STORED) && room - commit >= layout->commit_size)
		lost = (int64_t)load_long(w->end, layout);
	lose(w, lost);
	return 0;
}

int bdt_walk_special(struct bdt_walk *w, uint32_t type, uint32_t delta, bool big, struct bdt_diag *diag)
{
	size_t room = w->end - w->at;
	uint64_t value;

	if (type == BDT_RECORD_PADDING && !delta) {
		w->at = w->end;
		return 0;
	}
	if (room < 8)
		return bdt_walk_corrupt(w, "too short for a time stamp or padding", diag);
	value = bdt_load32(w->at + 4, big);
	/* The delta of padding is no time: the writer sets it only to tell the two paddings apart. */
	if (type == BDT_RECORD_PADDING) {
		if (value > room - 4)
			return bdt_walk_corrupt(w, "padding runs past the committed data", diag);
		w->at += 4 + value;
		return 0;
	}
	value = (value << BT_RECORD_DELTA_BITS) + delta;
	if (type == BDT_RECORD_TIME_EXTEND)
		w->stamp += value;
	else
		w->stamp = (w->page_stamp & BT_STAMP_HIGH_BITS) | value;
	w->at += 8;
	return 0;
}
