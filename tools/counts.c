/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "counts.h"
#include "cmd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_IDS 65536

int bdt_counts_read(struct bdt_counts *counts, struct bdt_stream *stream, struct bdt_diag *diag)
{
	const struct bdt_log *log = bdt_tool_log();
	const struct bdt_event *events;
	uint64_t done, total;
	size_t n;
	int ret;

	counts->by_id = calloc(EVENT_IDS, sizeof(*counts->by_id));
	if (!counts->by_id)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	while (!(ret = bdt_stream_next(stream, &events, &n, diag))) {
		for (size_t i = 0; i < n; i++)
			counts->by_id[events[i].id] += events[i].kind != BDT_EV_GAP;
		bdt_stream_position(stream, &done, &total);
		log->progress(log->user, "reading", done, total);
	}
	bdt_progress_clear();
	return ret < 0 ? ret : 0;
}

void bdt_counts_finish(struct bdt_counts *counts)
{
	free(counts->by_id);
	counts->by_id = NULL;
}

static bool is_kind(const char *name, const struct bdt_event_desc *desc)
{
	size_t len = strlen(desc->system);

	return !strncmp(name, desc->system, len) && name[len] == ':' && !strcmp(name + len + 1, desc->name);
}

void bdt_counts_each(const struct bdt_counts *counts, const struct bdt_stream *stream,
		     void (*each)(void *user, const char *name, uint64_t events), void *user)
{
	const struct bdt_stream_stats *stats = bdt_stream_stats(stream);

	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];
		char name[128];

		if (!desc->system || !stats->by_kind[kind])
			continue;
		snprintf(name, sizeof(name), "%s:%s", desc->system, desc->name);
		each(user, name, stats->by_kind[kind]);
	}
	for (unsigned int id = 0; counts->by_id && id < EVENT_IDS; id++) {
		const char *name = bdt_stream_event_name(stream, id);
		char unknown[32];
		bool ours = false;

		if (!counts->by_id[id])
			continue;

		for (int kind = 0; kind < BDT_EV_NR; kind++)
			ours |= bdt_event_kinds[kind].system && is_kind(name, &bdt_event_kinds[kind]);
		snprintf(unknown, sizeof(unknown), "unknown:%u", id);
		if (!ours)
			each(user, *name ? name : unknown, counts->by_id[id]);
	}
}
