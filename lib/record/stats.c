/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/stats.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DIGITS 24 /* more than a number, with its line feed */

static const struct key {
	const char *key;
	size_t offset;
	bool counter; /* counts from the beginning of the ring on */
} keys[] = {
	{ "entries:", offsetof(struct bdt_ring_stats, entries), false },
	{ "overrun:", offsetof(struct bdt_ring_stats, overrun), true },
	{ "commit overrun:", offsetof(struct bdt_ring_stats, commit_overrun), true },
	{ "dropped events:", offsetof(struct bdt_ring_stats, dropped), true },
	{ "read events:", offsetof(struct bdt_ring_stats, read), true },
	{ "bytes:", offsetof(struct bdt_ring_stats, bytes), false },
};

/* The key that begins the line, NULL if it is none of the table. */
static const struct key *find_key(const char *line)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strncmp(line, keys[i].key, strlen(keys[i].key)))
			return &keys[i];
	return NULL;
}

static const char *next_line(const char *line)
{
	line = strchrnul(line, '\n');
	return line + (*line == '\n');
}

void bdt_ring_stats_parse(struct bdt_ring_stats *stats, const char *text)
{
	*stats = (struct bdt_ring_stats){ 0 };
	for (const char *line = text; *line; line = next_line(line)) {
		const struct key *key = find_key(line);

		if (key)
			*(uint64_t *)((char *)stats + key->offset) =
				strtoull(line + strlen(key->key), NULL, 10);
	}
}

int bdt_ring_stats_open(const struct bdt_instance *in, uint32_t cpu, struct bdt_diag *diag)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/stats", in->dir, cpu);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fd
		       : bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot open %s: %s", path,
				      strerror(errno));
}

int bdt_ring_stats_read(struct bdt_ring_stats *stats, int fd, struct bdt_text *text, struct bdt_diag *diag)
{
	int err = bdt_text_read_again(text, fd);

	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read the statistics of a ring: %s",
				    strerror(-err));
	bdt_ring_stats_parse(stats, text->data);
	return 0;
}

uint64_t bdt_ring_stats_written(const struct bdt_ring_stats *s)
{
	return s->entries + s->overrun + s->commit_overrun + s->dropped + s->read;
}

struct bdt_loss_cpu bdt_ring_stats_loss(const struct bdt_ring_stats *begin, const struct bdt_ring_stats *end,
					uint32_t cpu, uint64_t read, bool last)
{
	uint64_t overrun = end->overrun - begin->overrun;
	uint64_t dropped = end->dropped + end->commit_overrun - begin->dropped - begin->commit_overrun;

	/* What is in the ring at the end is read into the next file, and counted there. */
	return (struct bdt_loss_cpu){
		.cpu = cpu,
		.written = end->read - begin->read + overrun + dropped + (last ? end->entries : 0),
		.read = read,
		.overrun = overrun,
		.dropped = dropped,
	};
}

int bdt_ring_stats_since(const struct bdt_ring_stats *begin, const char *text, struct bdt_text *out)
{
	int err = bdt_text_reserve(out, strlen(text) + 1 + MAX_DIGITS * sizeof(keys) / sizeof(keys[0]));
	char *pos = out->data;

	if (err)
		return err;
	for (const char *line = text, *next; *line; line = next) {
		const struct key *key = find_key(line);

		next = next_line(line);
		if (key && key->counter)
			pos += sprintf(pos, "%s %" PRIu64 "\n", key->key,
				       (uint64_t)strtoull(line + strlen(key->key), NULL, 10) -
					       *(const uint64_t *)((const char *)begin + key->offset));
		else
			pos = mempcpy(pos, line, (size_t)(next - line));
	}
	*pos = '\0';
	out->size = (size_t)(pos - out->data);
	return 0;
}
