/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_NAMES_H
#define BT_STAT_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* Distinct strings, numbered from 0 in the order of their coming, at most a fixed number of them. */
struct bdt_names {
	size_t n, max;
	char **text;
	uint32_t *slots; /* by hash: number + 1, 0 = free */
	size_t nslots;   /* a power of two above max */
};

/* 0 or -ENOMEM.  Free with bdt_names_finish(). */
int bdt_names_init(struct bdt_names *names, size_t max);
void bdt_names_finish(struct bdt_names *names);
/* The number of `text`; names->max when it is a new one and there is no room for it.  O(1). */
size_t bdt_names_add(struct bdt_names *names, const char *text);

#endif
