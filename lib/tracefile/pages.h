/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_PAGES_H
#define BT_TRACEFILE_PAGES_H

#include <buddytrace/tracefile.h>

/* The sub-buffers of one CPU of a trace file, chunk by chunk: what lib/stream reads. */
struct bdt_pages;

/* Opens CPU number `i` (index, not CPU id).  `tf` must live longer.  Free with bdt_pages_close(). */
int bdt_pages_open(const struct bdt_tracefile *tf, size_t i, struct bdt_pages **out, struct bdt_diag *diag);
void bdt_pages_close(struct bdt_pages *p); /* NULL is allowed */
/*
 * Next run of whole sub-buffers: *data holds *npages * info.page_size bytes, valid until the next call.
 * 0, 1 at the end, -EBADMSG for a chunk that cannot be decompressed, -ENODATA never (a cut file just ends).
 */
int bdt_pages_next(struct bdt_pages *p, const uint8_t **data, size_t *npages, struct bdt_diag *diag);
/* Bytes of the file consumed so far. */
uint64_t bdt_pages_position(const struct bdt_pages *p);

/* Texts that lib/stream parses; borrowed; never NULL. */
const char *bdt_tracefile_header_page(const struct bdt_tracefile *tf, size_t *len);
const char *bdt_tracefile_header_event(const struct bdt_tracefile *tf, size_t *len);
size_t bdt_tracefile_nformats(const struct bdt_tracefile *tf);
const char *bdt_tracefile_format(const struct bdt_tracefile *tf, size_t i, const char **system, size_t *len);
const char *bdt_tracefile_cmdlines(const struct bdt_tracefile *tf, size_t *len);
const char *bdt_tracefile_kallsyms(const struct bdt_tracefile *tf, size_t *len);
const char *bdt_tracefile_printk(const struct bdt_tracefile *tf, size_t *len);

#endif
