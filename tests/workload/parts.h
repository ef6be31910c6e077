/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_WORKLOAD_PARTS_H
#define BT_WORKLOAD_PARTS_H

#include "workload.h"
#include <stdbool.h>

/*
 * What the mixes are made of: ways to make the kernel allocate pages of the different kinds.  All of them do
 * as much as they get: a limit of the machine (files, memory) makes a smaller load, not a failure.
 */

/* Next number of the workload's own generator. */
uint64_t next_random(struct workload *w);
/* True in `percent` of 100 calls. */
bool chance(struct workload *w, unsigned int percent);

/* Anonymous memory (movable pages), without huge pages unless `huge`. */
struct region {
	char *base;  /* NULL = none */
	size_t size; /* bytes */
};
/* Maps `size` bytes, rounded up to whole huge pages. */
void region_map(struct region *r, size_t size, bool huge);
/* Writes to the pages of [first, end), bytes. */
void region_touch(struct region *r, size_t first, size_t end);
/* Writes to one page of each huge page: where the kernel has none for it, little is taken. */
void region_touch_huge(struct region *r);
/* Gives every second page of [first, end) back. */
void region_release_alternate(struct region *r, size_t first, size_t end);
/* Gives `percent` of the pages back, at random. */
void region_release_random(struct region *r, struct workload *w, unsigned int percent);
/* Gives everything back. */
void region_unmap(struct region *r);

/* Filled pipes or sockets: pages that cannot be moved. */
struct pairs {
	int (*fds)[2];
	size_t n, room;
};
/* Opens `n` more pipes and fills each with up to `size` bytes, a page per write. */
void pairs_add_pipes(struct pairs *p, size_t n, size_t size);
/*
 * Opens pipes until little is free in the blocks for unmovable pages, at most w->top_up MiB: what comes next
 * has to fall back.  Free lists are long where such a load has run before.  Needs root to look.
 */
void pairs_top_up(struct pairs *p, const struct workload *w);
/* Opens `n` more socket pairs and fills each with datagrams of `size` bytes. */
void pairs_add_sockets(struct pairs *p, size_t n, size_t size);
/* Closes `percent` of them, at random. */
void pairs_close_random(struct pairs *p, struct workload *w, unsigned int percent);
/* Closes the rest and frees the list. */
void pairs_close(struct pairs *p);

/* Small files in DIR/NAME: dentries, inodes (reclaimable slabs) and page cache. */
void files_create(struct workload *w, const char *name, unsigned int n, size_t max_size);
/* Reads the files, and looks as many names up that do not exist. */
void files_read(struct workload *w, const char *name, unsigned int n);
/* Removes `percent` of the files, all of them and the directory at 100. */
void files_remove(struct workload *w, const char *name, unsigned int n, unsigned int percent);

/* Writes a file of `size` bytes below DIR, reads it back from the disk and removes it. */
void page_cache(struct workload *w, size_t size);
/* Writes a tmpfs file of `size` bytes, punches holes into it and closes it. */
void tmpfs(struct workload *w, size_t size);
/* Starts `n` processes, one after another, each of which writes to `size` bytes of its own. */
void forks(unsigned int n, size_t size);

/* Bytes that the kernel calls available. */
uint64_t available_memory(void);
/*
 * Takes nearly all of the memory that is available: anonymous pages in `r` with pipes and sockets in between,
 * so that pages that can be moved and pages that cannot share their pageblocks.  Then gives back what is
 * above w->hog percent: most of the pipes and sockets, and single pages.  What is free from then on is in
 * pieces.
 */
void hog_take(struct workload *w, struct region *r, struct pairs *pairs);
/* How often the kernel has compacted on the spot for someone who waited, since it started. */
uint64_t direct_compactions(void);

/* Lets the kernel compact all memory, if w->compact asks for it. */
void compact(const struct workload *w);

/* Writes a line to a file of the kernel; nothing happens where that is refused. */
void write_text(const char *path, const char *text);

#endif
