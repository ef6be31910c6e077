/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/stats.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{ "entries:", offsetof(struct bdt_ring_stats, entries) },
	{ "overrun:", offsetof(struct bdt_ring_stats, overrun) },
	{ "commit overrun:", offsetof(struct bdt_ring_stats, commit_overrun) },
	{ "dropped events:", offsetof(struct bdt_ring_stats, dropped) },
	{ "read events:", offsetof(struct bdt_ring_stats, read) },
};

void bdt_ring_stats_parse(struct bdt_ring_stats *stats, const char *text)
{
	*stats = (struct bdt_ring_stats){ 0 };
	for (const char *line = text; *line;) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t length = strlen(keys[i].key);

			if (!strncmp(line, keys[i].key, length))
				*(uint64_t *)((char *)stats + keys[i].offset) =
					strtoull(line + length, NULL, 10);
		}
		line = strchrnul(line, '\n');
		line += *line == '\n';
	}
}

int bdt_ring_stats_read(struct bdt_ring_stats *stats, const struct bdt_instance *in, uint32_t cpu,
			struct bdt_text *text, struct bdt_diag *diag)
{
	char file[64];
	int err;

	snprintf(file, sizeof(file), "per_cpu/cpu%u/stats", cpu);
	err = bdt_instance_read(in, file, text, diag);
	if (!err)
		bdt_ring_stats_parse(stats, text->data);
	return err;
}

struct bdt_loss_cpu bdt_ring_stats_loss(const struct bdt_ring_stats *stats, uint32_t cpu, uint64_t read)
{
	uint64_t dropped = stats->dropped + stats->commit_overrun;

	/* The kernel keeps no total: what was stored is in the ring, was overwritten or was read. */
	return (struct bdt_loss_cpu){
		.cpu = cpu,
		.written = stats->entries + stats->overrun + stats->read + dropped,
		.read = read,
		.overrun = stats->overrun,
		.dropped = dropped,
	};
}
