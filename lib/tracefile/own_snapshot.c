/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SNAPSHOT (0x8002): files of /proc and /sys as they were read at one place of the recording.
 *
 *	u32 version	1
 *	name, NUL	"start", "end", any other
 *	u32 n		pieces
 *	n times:
 *	  name, NUL	path below /proc or /sys
 *	  u64 begin	trace time before the read, ns
 *	  u64 end	trace time after it, ns
 *	  u32 size	bytes of the data, without the NUL
 *	  data, NUL
 *
 * begin <= end.  A snapshot whose stamps are all 0 (or all 2^64 - 1) has no known place.  The page flags of
 * the same snapshot are in a PAGEFLAGS section.  Bytes behind the last piece are ignored.
 */
#include "tracefile/own.h"

#include <errno.h>
#include <stdlib.h>

#define PIECE_MIN 22 /* bytes: two NULs, two stamps, a size */

void bdt_snapshot_encode(struct bdt_buf *out, const char *name, const struct bdt_piece *pieces, size_t n)
{
	bdt_buf_uint(out, 4, BT_OWN_VERSION);
	bdt_buf_str(out, name);
	bdt_buf_uint(out, 4, n);
	for (size_t i = 0; i < n; i++) {
		bdt_buf_str(out, pieces[i].name);
		bdt_buf_uint(out, 8, pieces[i].begin_ns);
		bdt_buf_uint(out, 8, pieces[i].end_ns);
		bdt_buf_uint(out, 4, pieces[i].size);
		bdt_buf_put(out, pieces[i].data, pieces[i].size);
		bdt_buf_uint(out, 1, 0);
	}
}

static int decode_pieces(struct bdt_cursor *c, struct bdt_piece *pieces, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct bdt_piece *piece = &pieces[i];
		const char *data;

		piece->name = bdt_cursor_str(c);
		piece->begin_ns = bdt_cursor_u64(c);
		piece->end_ns = bdt_cursor_u64(c);
		piece->size = bdt_cursor_u32(c);
		data = bdt_cursor_bytes(c, (uint64_t)piece->size + 1);
		if (c->bad || data[piece->size] || piece->begin_ns > piece->end_ns)
			return -EBADMSG;
		piece->data = data;
	}
	return 0;
}

int bdt_snapshot_decode(struct bdt_cursor *c, struct bdt_snapshot *snap)
{
	uint32_t version = bdt_cursor_u32(c), n;
	const char *name = bdt_cursor_str(c);
	struct bdt_piece *pieces;

	if (version > BT_OWN_VERSION)
		return -EPROTONOSUPPORT;
	n = bdt_cursor_u32(c);
	if (c->bad || version != BT_OWN_VERSION || n > bdt_cursor_left(c) / PIECE_MIN)
		return -EBADMSG;
	pieces = calloc(n ? n : 1, sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	if (decode_pieces(c, pieces, n)) {
		free(pieces);
		return -EBADMSG;
	}
	*snap = (struct bdt_snapshot){ .name = name, .npieces = n, .pieces = pieces };
	return 0;
}

const struct bdt_piece *bdt_snapshot_piece(const struct bdt_snapshot *snap, const char *name)
{
	for (size_t i = 0; i < snap->npieces; i++)
		if (!strcmp(snap->pieces[i].name, name))
			return &snap->pieces[i];
	return NULL;
}
