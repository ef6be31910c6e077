/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/lines.h"
#include <buddytrace/machine.h>
#include <errno.h>
#include <string.h>

/* What the lines that start with a zone mean: told by the header above them, which each node repeats. */
enum part { NONE, FREE, BLOCKS };

struct parser {
	struct bdt_lines lines;
	struct bdt_pagetypeinfo *out;
	struct bdt_diag *diag;
	enum part part;
	unsigned int columns[BT_MAX_MIGRATETYPES]; /* migratetypes of the block counts' columns */
	unsigned int ncolumns;
};

static int bad(struct parser *p, const char *what)
{
	return bdt_diag_set(p->diag, -EBADMSG, BT_NO_OFFSET, "pagetypeinfo line %u: %s", p->lines.number,
			    what);
}

/* Number of the migratetype `name`, which is the order of appearance; -1 when there are too many. */
static int migratetype(struct bdt_pagetypeinfo *out, const char *name)
{
	for (unsigned int i = 0; i < out->nmigratetypes; i++)
		if (!strcmp(out->migratetype[i], name))
			return (int)i;
	if (out->nmigratetypes == BT_MAX_MIGRATETYPES)
		return -1;
	strcpy(out->migratetype[out->nmigratetypes], name);
	return (int)out->nmigratetypes++;
}

/* Index of the zone, -1 when there are too many. */
static int zone(struct bdt_pagetypeinfo *out, int node, const char *name)
{
	size_t i = 0;

	while (i < out->n && (out->zones[i].node != node || strcmp(out->zones[i].name, name)))
		i++;
	if (i == BT_MAX_ZONES)
		return -1;
	if (i == out->n) {
		out->zones[i].node = node;
		strcpy(out->zones[i].name, name);
		out->n++;
	}
	return (int)i;
}

static int free_header(struct parser *p)
{
	unsigned int orders = 0;
	uint64_t order;

	while (bdt_lines_u64(&p->lines, &order))
		if (order != orders++ || orders > BT_MAX_ORDERS)
			return bad(p, "impossible orders");
	if (!orders || (p->out->norders && orders != p->out->norders))
		return bad(p, "impossible orders");
	p->out->norders = orders;
	p->part = FREE;
	return 0;
}

static int blocks_header(struct parser *p)
{
	char name[16];

	p->ncolumns = 0;
	while (bdt_lines_word(&p->lines, name, sizeof(name))) {
		int mt = migratetype(p->out, name);

		if (mt < 0 || p->ncolumns == BT_MAX_MIGRATETYPES)
			return bad(p, "too many migratetypes");
		p->columns[p->ncolumns++] = (unsigned int)mt;
	}
	p->part = BLOCKS;
	return 0;
}

static int free_row(struct parser *p, int z)
{
	char name[16];
	int mt;

	if (!bdt_lines_skip(&p->lines, "type ") || !bdt_lines_word(&p->lines, name, sizeof(name)))
		return bad(p, "no migratetype");
	mt = migratetype(p->out, name);
	if (mt < 0)
		return bad(p, "too many migratetypes");
	for (unsigned int order = 0; order < p->out->norders; order++) {
		/* The kernel stops counting at a limit, and says so. */
		bdt_lines_skip(&p->lines, ">");
		if (!bdt_lines_u64(&p->lines, &p->out->zones[z].nr_free[mt][order]))
			return bad(p, "orders are missing");
	}
	p->out->zones[z].has_free = true;
	return 0;
}

static int blocks_row(struct parser *p, int z)
{
	for (unsigned int i = 0; i < p->ncolumns; i++)
		if (!bdt_lines_u64(&p->lines, &p->out->zones[z].blocks[p->columns[i]]))
			return bad(p, "block counts are missing");
	p->out->zones[z].has_blocks = true;
	return 0;
}

static int one_line(struct parser *p)
{
	char name[BT_ZONE_NAME];
	uint64_t value;
	int node, z;

	if (bdt_lines_skip(&p->lines, "Page block order:")) {
		if (!bdt_lines_u64(&p->lines, &value) || value > 30)
			return bad(p, "impossible pageblock order");
		p->out->pageblock_order = (unsigned int)value;
		return 0;
	}
	if (bdt_lines_skip(&p->lines, "Free pages count per migrate type at order"))
		return free_header(p);
	if (bdt_lines_skip(&p->lines, "Number of blocks type"))
		return blocks_header(p);
	if (!bdt_lines_zone(&p->lines, &node, name, sizeof(name))) {
		/* Another header, as that of the mixed blocks: the lines below it are not ours. */
		p->lines.at = p->lines.line;
		if (bdt_lines_word(&p->lines, name, sizeof(name)))
			p->part = NONE;
		return 0;
	}
	if (p->part == NONE)
		return 0;
	z = zone(p->out, node, name);
	if (z < 0)
		return bad(p, "too many zones");
	return p->part == FREE ? free_row(p, z) : blocks_row(p, z);
}

int bdt_pagetypeinfo_parse(const char *text, size_t size, struct bdt_pagetypeinfo *out, struct bdt_diag *diag)
{
	struct parser p = { .out = out, .diag = diag };
	int ret = 0;

	*out = (struct bdt_pagetypeinfo){ 0 };
	bdt_lines_init(&p.lines, text, size);
	while (!ret && bdt_lines_next(&p.lines))
		ret = one_line(&p);
	if (!ret && (!out->n || !out->norders))
		ret = bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "pagetypeinfo describes no zone");
	return ret;
}
