/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/exactlists.h"
#include <buddytrace/event.h>
#include <errno.h>
#include <stdlib.h>

#define VERSION      2
#define MAX_PCP_LIST 64

void bdt_exact_encode(struct bdt_buf *out, const struct bdt_exact_lists *l)
{
	bdt_buf_uint(out, 4, VERSION);
	bdt_buf_uint(out, 4, l->pcp);
	bdt_buf_uint(out, 4, l->id);
	bdt_buf_uint(out, 4, l->cpu);
	bdt_buf_uint(out, 4, l->locked);
	bdt_buf_uint(out, 4, (uint32_t)l->node);
	bdt_buf_str(out, l->zone);
	bdt_buf_uint(out, 8, l->start);
	bdt_buf_uint(out, 8, l->end);
	bdt_buf_uint(out, 8, l->duration_ns);
	bdt_buf_uint(out, 8, l->event_pfn);
	bdt_buf_uint(out, 4, l->event_order);
	bdt_buf_uint(out, 4, l->event_migratetype);
	bdt_buf_uint(out, 4, BDT_XN_NR);
	for (int i = 0; i < BDT_XN_NR; i++)
		bdt_buf_uint(out, 8, l->number[i]);
	bdt_buf_uint(out, 4, l->nlists);
	for (uint32_t i = 0; i < l->nlists; i++) {
		const struct bdt_exact_list *list = &l->list[i];

		bdt_buf_uint(out, 4, list->order);
		bdt_buf_uint(out, 4, list->type);
		bdt_buf_uint(out, 4, list->state);
		bdt_buf_uint(out, 4, list->first);
		bdt_buf_uint(out, 4, list->last);
		bdt_buf_uint(out, 4, list->after);
		bdt_buf_uint(out, 4, list->before);
		for (uint32_t k = 0; k < list->first + list->last; k++)
			bdt_buf_uint(out, 4, list->pfns[k]);
	}
	bdt_buf_uint(out, 8, l->first_block);
	bdt_buf_uint(out, 4, l->nblocks);
	bdt_buf_put(out, l->blocks, l->nblocks);
}

static int bad(struct bdt_diag *diag, const struct bdt_cursor *c, const char *what)
{
	return bdt_diag_set(diag, -EBADMSG, c->pos, "exact lists: %s", what);
}

/* Every entry is an aligned block inside the zone: nothing behind this looks again. */
static bool good_entry(const struct bdt_exact_lists *l, const struct bdt_exact_list *list, uint32_t pfn)
{
	uint64_t pages = 1ULL << list->order;

	return !(pfn & (pages - 1)) && pfn >= l->start && pfn + pages <= l->end;
}

static bool good_neighbour(const struct bdt_exact_lists *l, const struct bdt_exact_list *list, uint32_t pfn)
{
	return pfn == BT_EXACT_NO_PFN || (!l->pcp && good_entry(l, list, pfn));
}

static int decode_list(struct bdt_cursor *c, struct bdt_exact_lists *l, struct bdt_exact_list *list,
		       uint32_t **pfns, struct bdt_diag *diag)
{
	uint64_t n;

	list->order = bdt_cursor_u32(c);
	list->type = bdt_cursor_u32(c);
	list->state = bdt_cursor_u32(c);
	list->first = bdt_cursor_u32(c);
	list->last = bdt_cursor_u32(c);
	list->after = l->version < 2 ? BT_EXACT_NO_PFN : bdt_cursor_u32(c);
	list->before = l->version < 2 ? BT_EXACT_NO_PFN : bdt_cursor_u32(c);
	n = (uint64_t)list->first + list->last;
	if (c->bad || list->order >= BT_MAX_ORDERS ||
	    list->type >= (l->pcp ? MAX_PCP_LIST : BT_MAX_MIGRATETYPES - 1) ||
	    (list->state != BDT_EXACT_WHOLE && list->state != BDT_EXACT_CUT))
		return bad(diag, c, "impossible list");
	if (!good_neighbour(l, list, list->after) || !good_neighbour(l, list, list->before))
		return bad(diag, c, "a list goes on at a block that is not in its zone");
	if (n > bdt_cursor_left(c) / sizeof(uint32_t))
		return bad(diag, c, "a list runs past the end");
	if (n > (l->end - l->start) >> list->order)
		return bad(diag, c, "a list has more blocks than its zone");
	list->pfns = *pfns;
	for (uint64_t i = 0; i < n; i++) {
		uint32_t pfn = bdt_cursor_u32(c);

		if (!good_entry(l, list, pfn))
			return bad(diag, c, "a block is not in its zone");
		*(*pfns)++ = pfn;
	}
	return 0;
}

static int decode_head(struct bdt_cursor *c, struct bdt_exact_lists *l, struct bdt_diag *diag)
{
	uint32_t n;

	l->version = bdt_cursor_u32(c);
	if (l->version > VERSION)
		return bdt_diag_set(diag, -EPROTONOSUPPORT, c->pos, "exact lists of version %u are too new",
				    l->version);
	l->pcp = bdt_cursor_u32(c) != 0;
	l->id = bdt_cursor_u32(c);
	l->cpu = bdt_cursor_u32(c);
	l->locked = bdt_cursor_u32(c) != 0;
	l->node = (int)bdt_cursor_u32(c);
	l->zone = bdt_cursor_str(c);
	l->start = bdt_cursor_u64(c);
	l->end = bdt_cursor_u64(c);
	l->duration_ns = bdt_cursor_u64(c);
	l->event_pfn = bdt_cursor_u64(c);
	l->event_order = bdt_cursor_u32(c);
	l->event_migratetype = bdt_cursor_u32(c);
	n = bdt_cursor_u32(c);
	for (uint32_t i = 0; i < n && !c->bad; i++) {
		uint64_t value = bdt_cursor_u64(c);

		if (i < BDT_XN_NR)
			l->number[i] = value;
	}
	l->nlists = bdt_cursor_u32(c);
	if (c->bad || !l->version || l->start >= l->end || l->nlists > BT_EXACT_MAX_LISTS)
		return bad(diag, c, "impossible head");
	return 0;
}

int bdt_exact_decode(const void *data, size_t size, struct bdt_exact_lists *out, struct bdt_diag *diag)
{
	struct bdt_cursor c = { .data = data, .size = size };
	uint32_t *pfns;
	int err;

	*out = (struct bdt_exact_lists){ .pcp = false };
	err = decode_head(&c, out, diag);
	if (err)
		return err;
	out->storage = malloc(size + sizeof(uint32_t));
	if (!out->storage)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
	pfns = out->storage;
	for (uint32_t i = 0; !err && i < out->nlists; i++)
		err = decode_list(&c, out, &out->list[i], &pfns, diag);
	out->first_block = bdt_cursor_u64(&c);
	out->nblocks = bdt_cursor_u32(&c);
	out->blocks = bdt_cursor_bytes(&c, out->nblocks);
	if (!err && c.bad)
		err = bad(diag, &c, "cut short");
	if (err)
		bdt_exact_finish(out);
	return err;
}

void bdt_exact_finish(struct bdt_exact_lists *lists)
{
	free(lists->storage);
	lists->storage = NULL;
}

bool bdt_exact_peek_id(const void *data, size_t size, uint32_t *id, bool *pcp)
{
	struct bdt_cursor c = { .data = data, .size = size };
	uint32_t version = bdt_cursor_u32(&c);

	*pcp = bdt_cursor_u32(&c) != 0;
	*id = bdt_cursor_u32(&c);
	return !c.bad && version && version <= VERSION;
}
