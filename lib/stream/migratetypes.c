/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/stream.h"
#include <buddytrace/machine.h>
#include <stdlib.h>

/* Numbers that do not depend on the configuration; above them CMA and Isolate share 4 and 5. */
static const char *const names[] = { "Unmovable", "Movable", "Reclaimable", "HighAtomic" };
/* Up to 4.0 two types were the other way round. */
static const char *const old_names[] = { "Unmovable", "Reclaimable", "Movable", "Reserve" };

static bool is_old(const char *uname)
{
	unsigned int major, minor;

	if (sscanf(uname, "%*s %*s %u.%u", &major, &minor) != 2)
		return false;
	return major < 4 || (major == 4 && minor == 0);
}

/* The latest pagetypeinfo of the recording that can be read. */
static bool from_snapshots(struct bdt_stream *s)
{
	struct bdt_pagetypeinfo *info = malloc(sizeof(*info));
	bool found = false;

	for (size_t i = bdt_tracefile_nsnapshots(s->tf); info && !found && i-- > 0;) {
		const struct bdt_piece *piece =
			bdt_snapshot_piece(bdt_tracefile_snapshot(s->tf, i), "pagetypeinfo");

		found = piece && !bdt_pagetypeinfo_parse(piece->data, piece->size, info, NULL) &&
			info->nmigratetypes;
	}
	if (found)
		memcpy(s->migratetypes, info->migratetype, sizeof(s->migratetypes));
	free(info);
	return found;
}

void bdt_stream_find_migratetypes(struct bdt_stream *s)
{
	const char *const *table = is_old(s->info->uname) ? old_names : names;

	if (from_snapshots(s))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		snprintf(s->migratetypes[i], sizeof(s->migratetypes[i]), "%s", table[i]);
}

const char *bdt_stream_migratetype_name(const struct bdt_stream *s, bdt_migratetype mt)
{
	return mt < BT_MAX_MIGRATETYPES && s->migratetypes[mt][0] ? s->migratetypes[mt] : "?";
}
