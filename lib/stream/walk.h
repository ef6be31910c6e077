/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_WALK_H
#define BT_STREAM_WALK_H

#include "stream/layout.h"

/*
 * Walks the records of one CPU's sub-buffers.  Everything in them is distrusted: no record leaves the
 * committed part of its sub-buffer.
 *
 *	sub-buffer:  stamp | commit + flags | record ... record | (lost count) | unused
 *	record:      u32 header: type_len (5 bits), delta (27 bits); then as the type says
 */
struct bdt_walk {
	const uint8_t *page, *pages_end; /* sub-buffers that have not been entered */
	const uint8_t *start, *at, *end; /* the current one: first, next record header, end of the data */
	uint64_t page_stamp;             /* ticks */
	uint64_t page_number;            /* sub-buffers entered so far */
	uint32_t cpu;
	/* The current record. */
	uint64_t stamp;      /* ticks */
	const uint8_t *data; /* NULL: none */
	uint32_t size;       /* bytes; type_len 0 records are rounded up to 4 */
	/* Events were lost before the current record; cleared by the user. */
	bool gap;
	int64_t lost; /* their number, -1 = unknown */
};

enum {
	BDT_RECORD_DATA_MAX = 28,
	BDT_RECORD_PADDING = 29,
	BDT_RECORD_TIME_EXTEND = 30,
	BDT_RECORD_TIME_STAMP = 31,
};

#define BT_RECORD_DELTA_BITS  27
#define BT_COMMIT_LOST_EVENTS (1u << 31)
#define BT_COMMIT_LOST_STORED (1u << 30)
/* An absolute stamp holds the lower 59 bits; the upper ones come from the sub-buffer. */
#define BT_STAMP_HIGH_BITS (0x1full << 59)

/* Gives the walk `npages` whole sub-buffers, which must stay until it has walked them. */
void bdt_walk_load(struct bdt_walk *w, const struct bdt_layout *layout, const uint8_t *data, size_t npages);
/*
 * The parts of bdt_walk_step() that are seldom run.  enter: next sub-buffer; 0, 1 when there is none,
 * -EBADMSG.  special: padding, time extend and stamp; 0 or -EBADMSG.  corrupt: fills the diag, -EBADMSG.
 */
int bdt_walk_enter(struct bdt_walk *w, const struct bdt_layout *layout, struct bdt_diag *diag);
int bdt_walk_special(struct bdt_walk *w, uint32_t type, uint32_t delta, bool big, struct bdt_diag *diag);
int bdt_walk_corrupt(const struct bdt_walk *w, const char *what, struct bdt_diag *diag);

/*
 * Moves to the next data record and sets stamp, data and size.  0; 1 when the loaded sub-buffers are used up;
 * -EBADMSG at a corrupt one (calling again is not allowed then).  `big` is layout->big_endian, passed as a
 * constant by the hot loop.
 */
static inline int bdt_walk_step(struct bdt_walk *w, const struct bdt_layout *layout, bool big,
				struct bdt_diag *diag)
{
	for (;;) {
		uint32_t header, type, delta, size;
		const uint8_t *data;
		int ret;

		if (w->at == w->end) {
			ret = bdt_walk_enter(w, layout, diag);
			if (ret)
				return ret;
			continue;
		}
		if (w->end - w->at < 4)
			return bdt_walk_corrupt(w, "too short for a record", diag);
		header = bdt_load32(w->at, big);
		type = big ? header >> BT_RECORD_DELTA_BITS : header & 31;
		delta = big ? header & ((1u << BT_RECORD_DELTA_BITS) - 1) : header >> 5;
		data = w->at + 4;
		if (type > BDT_RECORD_DATA_MAX) {
			ret = bdt_walk_special(w, type, delta, big, diag);
			if (ret)
				return ret;
			continue;
		}
		size = type * 4;
		if (!type) {
			uint32_t length = w->end - data >= 4 ? bdt_load32(data, big) : 0;

			if (length < 4 || length > layout->page_size)
				return bdt_walk_corrupt(w, "impossible record length", diag);
			data += 4;
			size = (length - 4 + 3) & ~3u;
		}
		if (size > (size_t)(w->end - data))
			return bdt_walk_corrupt(w, "record runs past the committed data", diag);
		w->stamp += delta;
		w->data = data;
		w->size = size;
		w->at = data + size;
		return 0;
	}
}

#endif
