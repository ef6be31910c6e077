/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_RANGES_H
#define BT_RECORD_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* Where memory is: the System RAM ranges of /proc/iomem in pages, ascending, not overlapping. */
struct bdt_range {
	uint64_t first, end; /* pfn; end is the first one behind */
};

struct bdt_ranges {
	struct bdt_range *ranges;
	size_t n;
};

/*
 * Parses `size` bytes of /proc/iomem; memory that is listed below a device (hot-plugged) counts as well.
 * Without a usable line (addresses hidden from unprivileged readers) the result is one range over all pfns.
 * 0 or -ENOMEM.  Free with bdt_ranges_finish().
 */
int bdt_ranges_parse(struct bdt_ranges *r, const char *iomem, size_t size, uint64_t page_size);
void bdt_ranges_finish(struct bdt_ranges *r);

#endif
