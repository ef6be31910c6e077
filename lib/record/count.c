/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/count.h"
#include <errno.h>
#include <event-parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The flags above it say that events were lost before the sub-buffer. */
#define COMMIT_MASK 0x07ffffffU
#define STORED_FLAG 0x40000000U
#define MISSED_MASK 0xc0000000U /* events were lost; and their number is stored behind the data */

enum {
	TYPE_LONG_DATA = 0,
	TYPE_DATA_MAX = 28,
	TYPE_PADDING = 29,
	TYPE_TIME_EXTEND = 30,
	TYPE_TIME_STAMP = 31,
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static unsigned int type_of(uint32_t header)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return header >> 27;
#else
	return header & 31;
#endif
}

static uint32_t delta_of(uint32_t header)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return header & 0x07ffffff;
#else
	return header >> 5;
#endif
}

/* Pages of an event of that kind, 0 if it is none. */
static uint64_t pages_of(const struct bdt_count_event *kind, uint16_t id, const uint8_t *event, size_t size)
{
	uint32_t order;

	if (!kind->id || id != kind->id || size < kind->order_offset + sizeof(order))
		return 0;
	order = get32(event + kind->order_offset);
	return order < 64 ? (uint64_t)1 << order : 0;
}

static void count_event(const struct bdt_count_layout *layout, const uint8_t *event, size_t size,
			struct bdt_count *count)
{
	uint64_t pages;
	uint16_t id;

	count->events++;
	if (size < sizeof(id))
		return;
	memcpy(&id, event, sizeof(id));
	for (size_t i = 0; layout->watched[0] && i < BT_WATCHED_EVENTS; i++)
		count->watched[i] += layout->watched[i] == id;
	count->pages_freed += pages_of(&layout->page_free, id, event, size);
	if (!layout->self || size < layout->pid_offset + sizeof(int32_t))
		return;
	pages = pages_of(&layout->page_alloc, id, event, size);
	if (!pages || !bdt_self_has(layout->self, (int32_t)get32(event + layout->pid_offset)))
		return;
	count->own_allocs++;
	count->own_pages += pages;
}

static uint64_t get_commit(const struct bdt_count_layout *layout, const uint8_t *page)
{
	uint64_t commit = 0;

	memcpy(&commit, page + layout->commit_offset, layout->commit_size);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	commit >>= 8 * (sizeof(commit) - layout->commit_size);
#endif
	return commit;
}

bool bdt_count_missed(const struct bdt_count_layout *layout, const uint8_t *page)
{
	return get_commit(layout, page) & MISSED_MASK;
}

uint64_t bdt_count_lost(const struct bdt_count_layout *layout, const uint8_t *page)
{
	uint64_t commit = get_commit(layout, page), used = layout->data_offset + (commit & COMMIT_MASK);
	unsigned long lost;

	if (!(commit & MISSED_MASK))
		return 0;
	if (!(commit & STORED_FLAG) || used + sizeof(lost) > layout->page_size)
		return 1;
	memcpy(&lost, page + used, sizeof(lost));
	return lost;
}

void bdt_count_clear_missed(const struct bdt_count_layout *layout, uint8_t *page)
{
	uint64_t commit = get_commit(layout, page) & ~(uint64_t)MISSED_MASK;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	commit <<= 8 * (sizeof(commit) - layout->commit_size);
#endif
	memcpy(page + layout->commit_offset, &commit, layout->commit_size);
}

uint64_t bdt_count_stamp(const uint8_t *page)
{
	uint64_t stamp;

	memcpy(&stamp, page, sizeof(stamp));
	return stamp;
}

void bdt_count_page(const struct bdt_count_layout *layout, const uint8_t *page, struct bdt_count *count)
{
	const uint8_t *pos = page + layout->data_offset, *end;
	size_t size = layout->page_size - layout->data_offset, used;

	used = get_commit(layout, page) & COMMIT_MASK;
	end = pos + (used < size ? used : size);
	while (end - pos >= 4) {
		uint32_t header = get32(pos);
		unsigned int type = type_of(header);
		size_t length, skip = 4;

		if (type == TYPE_TIME_EXTEND || type == TYPE_TIME_STAMP) {
			pos += 8;
			continue;
		}
		if (type == TYPE_PADDING && !delta_of(header))
			return;
		if (type == TYPE_LONG_DATA || type == TYPE_PADDING) {
			if (end - pos < 8)
				return;
			/* The length of long data counts the word that holds it, that of padding does not. */
			length = get32(pos + 4);
			if (type == TYPE_LONG_DATA)
				length = length < 4 ? 0 : (length - 4 + 3) & ~(size_t)3;
			else
				length -= length < 4 ? length : 4;
			skip = 8;
		} else {
			length = 4 * (size_t)type;
		}
		if (length > (size_t)(end - pos) - skip)
			return;
		if (type != TYPE_PADDING)
			count_event(layout, pos + skip, length, count);
		pos += skip + length;
	}
}

void bdt_count_watch(struct bdt_count_layout *layout, const struct bdt_instance *in, size_t i,
		     const char *name)
{
	struct bdt_text text = { NULL, 0, 0 };
	char file[64];

	snprintf(file, sizeof(file), "events/kmem/%s/id", name);
	if (!bdt_instance_read(in, file, &text, NULL))
		layout->watched[i] = (uint16_t)strtoul(text.data, NULL, 10);
	bdt_text_finish(&text);
}

static int read_header_page(struct tep_handle *tep, struct bdt_count_layout *layout,
			    const struct bdt_instance *in, struct bdt_text *text, struct bdt_diag *diag)
{
	int err = bdt_instance_read(in, "events/header_page", text, diag);

	if (err)
		return err;
	if (tep_parse_header_page(tep, text->data, text->size, sizeof(long)))
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "cannot parse %s/events/header_page",
				    in->dir);
	layout->commit_offset = (size_t)tep_get_header_timestamp_size(tep);
	layout->commit_size = (size_t)tep_get_header_page_size(tep);
	layout->data_offset = layout->commit_offset + layout->commit_size;
	layout->page_size = (size_t)tep_get_sub_buffer_size(tep);
	if (layout->commit_size > 8 || layout->page_size < 64 || layout->page_size > (16U << 20) ||
	    layout->data_offset >= layout->page_size)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "%s/events/header_page: no sub-buffer layout that is known", in->dir);
	return 0;
}

static void read_event_format(struct tep_handle *tep, struct bdt_count_layout *layout,
			      const struct bdt_instance *in, const char *name, struct bdt_count_event *kind)
{
	struct bdt_text text = { NULL, 0, 0 };
	struct tep_event *event = NULL;
	struct tep_format_field *order, *pid;
	char file[64];

	snprintf(file, sizeof(file), "events/kmem/%s/format", name);
	if (!bdt_instance_read(in, file, &text, NULL) && !tep_parse_event(tep, text.data, text.size, "kmem"))
		event = tep_find_event_by_name(tep, "kmem", name);
	bdt_text_finish(&text);
	order = event ? tep_find_field(event, "order") : NULL;
	pid = event ? tep_find_common_field(event, "common_pid") : NULL;
	if (!order || order->size != 4 || !pid || pid->size != 4)
		return;
	*kind = (struct bdt_count_event){ (uint16_t)event->id, (size_t)order->offset };
	layout->pid_offset = (size_t)pid->offset;
}

int bdt_count_layout_read(struct bdt_count_layout *layout, const struct bdt_instance *in,
			  struct bdt_diag *diag)
{
	struct bdt_text text = { NULL, 0, 0 };
	struct tep_handle *tep = tep_alloc();
	int err;

	*layout = (struct bdt_count_layout){ 0 };
	if (!tep)
		return -ENOMEM;
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_long_size(tep, sizeof(long));
	err = read_header_page(tep, layout, in, &text, diag);
	if (!err) {
		read_event_format(tep, layout, in, "mm_page_free", &layout->page_free);
		read_event_format(tep, layout, in, "mm_page_alloc", &layout->page_alloc);
	}
	bdt_text_finish(&text);
	tep_free(tep);
	return err;
}
