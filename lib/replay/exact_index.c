/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "replay/adopt.h"
#include "replay/marker.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	uint32_t id;
	size_t snapshot; /* among those with exact pieces */
	const char *name;
	bool unplaced; /* the times of the piece are not known */
	const struct bdt_piece *piece;
};

struct bdt_exact_index {
	size_t n;
	uint64_t start_ns; /* 0 = none of that name */
	struct entry entries[];
};

static bool is_exact(const struct bdt_piece *p)
{
	return !strcmp(p->name, BT_EXACT_PIECE);
}

static size_t count(const struct bdt_tracefile *tf)
{
	size_t n = 0;

	for (size_t i = 0; i < bdt_tracefile_nsnapshots(tf); i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);

		for (size_t k = 0; k < snap->npieces; k++)
			n += is_exact(&snap->pieces[k]);
	}
	return n;
}

int bdt_exact_index_create(const struct bdt_tracefile *tf, struct bdt_exact_index **out)
{
	size_t n = count(tf), snapshot = 0;
	struct bdt_exact_index *index;

	*out = NULL;
	if (!n)
		return 0;
	index = calloc(1, sizeof(*index) + n * sizeof(index->entries[0]));
	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(tf); i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);
		size_t before = index->n;

		for (size_t k = 0; k < snap->npieces; k++) {
			const struct bdt_piece *p = &snap->pieces[k];
			struct entry *e = &index->entries[index->n];
			bool pcp;

			if (!is_exact(p) || !bdt_exact_peek_id(p->data, p->size, &e->id, &pcp))
				continue;
			e->snapshot = snapshot;
			e->name = snap->name;
			e->unplaced = snap->unplaced;
			e->piece = p;
			index->n++;
			if (!strcmp(snap->name, BT_EXACT_START) && p->end_ns > index->start_ns)
				index->start_ns = p->end_ns;
		}
		snapshot += index->n > before;
	}
	*out = index;
	return 0;
}

void bdt_exact_index_destroy(struct bdt_exact_index *index)
{
	free(index);
}

const struct bdt_piece *bdt_exact_index_find(const struct bdt_exact_index *index, uint32_t id,
					     uint64_t marked_ns, size_t *snapshot, const char **name)
{
	for (size_t i = 0; index && i < index->n; i++) {
		const struct entry *e = &index->entries[i];

		if (e->id != id ||
		    (!e->unplaced && (marked_ns < e->piece->begin_ns || marked_ns > e->piece->end_ns)))
			continue;
		*snapshot = e->snapshot;
		*name = e->name;
		return e->piece;
	}
	return NULL;
}

uint64_t bdt_exact_index_start(const struct bdt_exact_index *index)
{
	return index ? index->start_ns : 0;
}

bool bdt_exact_marker(const struct bdt_event *ev, uint32_t *id)
{
	char text[64];

	return bdt_marker_text(ev, BT_EXACT_MARKER, text, sizeof(text)) &&
	       sscanf(text, BT_EXACT_MARKER "%u begin", id) == 1 && strstr(text, "begin");
}
