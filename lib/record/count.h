/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_COUNT_H
#define BT_RECORD_COUNT_H

#include "record/instance.h"
#include "record/self.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Counts the events of sub-buffers as they are read, the pages of mm_page_free among them and the recorder's
 * own allocations: what reached the file, independent of what the kernel says of its ring.  It looks at
 * lengths and two fields only; decoding is the business of lib/stream.
 */
#define BT_WATCHED_EVENTS 5

struct bdt_count_layout {
	size_t page_size;                  /* of a sub-buffer, bytes */
	size_t commit_offset, commit_size; /* in the sub-buffer's header, bytes */
	size_t data_offset;
	struct bdt_count_event {
		uint16_t id;         /* 0 = none */
		size_t order_offset; /* of its u32 `order`, bytes */
	} page_free, page_alloc;
	uint16_t watched[BT_WATCHED_EVENTS]; /* ids of events that are counted apart, 0 = none */
	size_t pid_offset;           /* of the i32 common_pid, the same in all events */
	const struct bdt_self *self; /* whose allocations are counted apart, NULL = nobody's */
};

struct bdt_count {
	uint64_t events;
	uint64_t pages_freed;
	uint64_t watched[BT_WATCHED_EVENTS];
	uint64_t own_allocs, own_pages; /* mm_page_alloc events of `self`, pages in them */
};

/* Learns the layout from the formats of the running kernel.  0, -EBADMSG, -errno. */
int bdt_count_layout_read(struct bdt_count_layout *layout, const struct bdt_instance *in,
			  struct bdt_diag *diag);
/* Counts events of this name (of kmem) apart, as number `i`; one that the kernel lacks stays 0. */
void bdt_count_watch(struct bdt_count_layout *layout, const struct bdt_instance *in, size_t i,
		     const char *name);
/* Adds the events of one sub-buffer; O(its events). */
void bdt_count_page(const struct bdt_count_layout *layout, const uint8_t *page, struct bdt_count *count);
/* Does the sub-buffer say that events were lost before it? */
bool bdt_count_missed(const struct bdt_count_layout *layout, const uint8_t *page);
/* How many, as far as the kernel says so: 1 where it does not; 0 = none. */
uint64_t bdt_count_lost(const struct bdt_count_layout *layout, const uint8_t *page);
/* Makes it say that none were. */
void bdt_count_clear_missed(const struct bdt_count_layout *layout, uint8_t *page);
/* The time stamp of the sub-buffer, in units of the trace clock. */
uint64_t bdt_count_stamp(const uint8_t *page);

#endif
