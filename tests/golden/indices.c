/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * indices FILE: the fragmentation indices of every snapshot that holds those of the kernel, computed from the
 * buddyinfo read just before.  One line: "snapshots N unusable COMPARED/WRONG extfrag COMPARED/WRONG telling
 * N"; telling = values of extfrag_index that say more than that a request would succeed.
 */
#include "model/fragmentation.h"
#include <buddytrace/machine.h>
#include <buddytrace/tracefile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct counts {
	unsigned int compared, wrong, telling;
};

static int unusable(const struct bdt_free_counts *counts, bdt_order order)
{
	return (int)bdt_unusable_free_index(counts, order);
}

/* Compares a line of the kernel, values after the zone's name, with those of zone `i`. */
static void compare_line(const struct bdt_buddyinfo *info, size_t i, char *values,
			 int (*index)(const struct bdt_free_counts *, bdt_order), struct counts *out)
{
	struct bdt_free_counts counts = { .max_order = info->norders - 1 };
	char *rest, *word = strtok_r(values, " ", &rest);

	memcpy(counts.nr_free, info->zones[i].nr_free, sizeof(info->zones[i].nr_free));
	for (bdt_order o = 0; o < info->norders; o++, word = strtok_r(NULL, " ", &rest)) {
		int value = index(&counts, o);
		char want[32];

		/* the two halves of a negative number have each their sign */
		snprintf(want, sizeof(want), "%d.%03d", value / 1000, value % 1000);
		out->compared++;
		out->wrong += !word || strcmp(word, want) != 0;
		out->telling += value != -1000;
	}
}

static void compare(const struct bdt_buddyinfo *info, const struct bdt_piece *piece,
		    int (*index)(const struct bdt_free_counts *, bdt_order), struct counts *out)
{
	char *text = strndup(piece->data, piece->size), *rest, *line;
	size_t i = 0;

	if (!text)
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), i++) {
		int node, end = 0;
		char name[BT_ZONE_NAME];

		if (i < info->n && sscanf(line, "Node %d, zone %15s%n", &node, name, &end) == 2 &&
		    node == info->zones[i].node && !strcmp(name, info->zones[i].name))
			compare_line(info, i, line + end, index, out);
		else
			out->wrong++;
	}
	out->wrong += i != info->n;
	free(text);
}

int main(int argc, char **argv)
{
	struct counts u = { 0 }, e = { 0 };
	struct bdt_tracefile *tf = NULL;
	struct bdt_diag diag = { 0 };
	unsigned int snapshots = 0;

	if (argc != 2)
		return 2;
	if (bdt_tracefile_open(argv[1], &tf, &diag)) {
		fprintf(stderr, "%s\n", diag.text);
		return 1;
	}
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(tf); i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);
		const struct bdt_piece *bi = bdt_snapshot_piece(snap, "buddyinfo");
		const struct bdt_piece *un =
			bdt_snapshot_piece(snap, "kernel/debug/extfrag/unusable_index");
		const struct bdt_piece *ex = bdt_snapshot_piece(snap, "kernel/debug/extfrag/extfrag_index");
		struct bdt_buddyinfo info;

		if (!bi || !un || !ex || bdt_buddyinfo_parse(bi->data, bi->size, &info, NULL))
			continue;
		snapshots++;
		compare(&info, un, unusable, &u);
		compare(&info, ex, bdt_fragmentation_index, &e);
	}
	printf("snapshots %u unusable %u/%u extfrag %u/%u telling %u\n", snapshots, u.compared, u.wrong,
	       e.compared, e.wrong, e.telling);
	bdt_tracefile_close(tf);
	return 0;
}
