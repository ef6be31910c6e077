/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_ALLOCATOR_H
#define BT_STAT_ALLOCATOR_H

/* What a function is to a stack of callers. */
enum bdt_frame {
	BDT_FRAME_CALLER, /* not of the allocator */
	BDT_FRAME_TRACE,  /* records the event */
	BDT_FRAME_PAGES,  /* the page allocator and its direct wrappers */
	BDT_FRAME_SLAB,
	BDT_FRAME_VMALLOC,
	BDT_FRAME_PERCPU,
	BDT_FRAME_FRAGMENT, /* page_frag: network buffers cut out of pages */
	BDT_FRAME_POOL,     /* page_pool, mempool */
};

/*
 * Kind of the function `name`.  The compiler's endings (".isra.0", ".constprop.0", ".cold", ...) and
 * "_noprof" do not count.  O(size of the table).
 */
enum bdt_frame bdt_frame_kind(const char *name);
/* "slab", "vmalloc", ...; "" for those that are no layer above pages; static. */
const char *bdt_frame_name(enum bdt_frame kind);

#endif
