/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_EXACT_INSIDE_H
#define BT_EXACT_INSIDE_H

#include "exact/plugin.h"
#include <bpf/libbpf.h>

/* What the files of the module share. */

struct bdt_exact {
	struct bpf_object *object;
	struct bt_exact_shared *shared; /* globals of the program, mapped */
	size_t shared_size;
	uint32_t *words; /* the map of that name, mapped; shared->nr_words of them */
	struct bpf_program *layout, *nodes, *peek, *unlocked, *pcp;
	struct bpf_link *locked; /* the program that waits for an event under the zone lock */
	struct bpf_link *held;   /* the program that looks what softirqs find locked */
	struct bpf_link *reporting[4]; /* ... and when free pages are reported */
	struct bpf_link *counters[BT_EXACT_EVENTS];
	struct bdt_exact_zone zones[BT_EXACT_ZONES];
	size_t nzones;
};

/* exact.bpf.o */
extern const unsigned char bdt_exact_object[], bdt_exact_object_end[];

/* Runs a program of type raw_tp once, on `cpu` or anywhere (-1).  0 or -errno. */
int bdt_exact_run(struct bpf_program *program, int cpu);
/* Copies kernel memory; -EFAULT when it cannot be read. */
int bdt_exact_peek(struct bdt_exact *e, uint64_t address, void *to, size_t size);
/* Finds nodes, zones, the memory map and the table of memory sections; -errno. */
int bdt_exact_find(struct bdt_exact *e, struct bdt_diag *diag);
/* Free blocks of the machine, counted by /proc/buddyinfo; 0 if that cannot be read. */
uint64_t bdt_exact_free_blocks(void);
/* take.c and count.c: the members of that name of bdt_exact_module. */
int bdt_exact_take(struct bdt_exact *e, const struct bdt_exact_options *options,
		   int (*part)(void *user, enum bdt_exact_kind kind, const struct bt_exact_part *part,
			       const uint32_t *words),
		   void *user, struct bdt_exact_cost *cost, struct bdt_diag *diag);
int bdt_exact_count(struct bdt_exact *e, struct bdt_diag *diag);
int bdt_exact_fired(struct bdt_exact *e, struct bt_exact_fired *out, uint64_t missed[BT_EXACT_EVENTS]);
/* Makes the kernel take a block of pages from the free lists at once. */
void bdt_exact_trigger(void);

#endif
