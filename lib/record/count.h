/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_COUNT_H
#define BT_RECORD_COUNT_H

#include "record/instance.h"
#include <buddytrace/diag.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Counts the events of sub-buffers as they are read, and the pages of mm_page_free among them: what reached
 * the file, independent of what the kernel says of its ring.  It looks at lengths and one field only;
 * decoding is the business of lib/stream.
 */
struct bdt_count_layout {
	size_t page_size;                  /* of a sub-buffer, bytes */
	size_t commit_offset, commit_size; /* in the sub-buffer's header, bytes */
	size_t data_offset;
	uint16_t free_id;    /* event id of mm_page_free, 0 = none */
	size_t order_offset; /* of its u32 `order`, bytes */
};

struct bdt_count {
	uint64_t events;
	uint64_t pages_freed;
};

/* Learns the layout from the formats of the running kernel.  0, -EBADMSG, -errno. */
int bdt_count_layout_read(struct bdt_count_layout *layout, const struct bdt_instance *in,
			  struct bdt_diag *diag);
/* Adds the events of one sub-buffer; O(its events). */
void bdt_count_page(const struct bdt_count_layout *layout, const uint8_t *page, struct bdt_count *count);

#endif
