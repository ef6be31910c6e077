/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cma.h"
#include "model/scanner.h"

static bool marked_movable(const void *user, bdt_pfn pfn)
{
	const struct bdt_zone *z = user;
	uint8_t flags = z->page_flags[pfn - z->base];

	return bdt_zone_spans(z, pfn) && flags & BT_ZP_MOVABLE && !(flags & BT_ZP_PCP);
}

struct bdt_pages bdt_pages_marked(const struct bdt_zone *z)
{
	return (struct bdt_pages){ .movable = marked_movable, .user = z };
}

static bool movable(const struct bdt_pages *pages, bdt_pfn pfn)
{
	return pages->movable && pages->movable(pages->user, pfn);
}

static bdt_order compound(const struct bdt_pages *pages, bdt_pfn pfn)
{
	return pages->compound ? pages->compound(pages->user, pfn) : 0;
}

/* The page itself is looked at once; those that are stepped over with it count since 6.5. */
static uint64_t stepped(const struct bdt_compact_control *cc, bdt_order order)
{
	return cc->cz->rules->scanned_by_page ? (1ULL << order) - 1 : 0;
}

/* Is a compound page of this order left where it is?  cf. skip_isolation_on_order() */
static bool leaves_compound(const struct bdt_compact_control *cc, bdt_order order)
{
	if (!order)
		return false;
	if (!cc->cz->rules->compound_by_order || order >= cc->cz->zone->pageblock_order)
		return true;
	return cc->order != BT_ORDER_ALL && (int)order >= cc->order;
}

/* The page after the block of the wanted order that holds `pfn`. */
static bdt_pfn aim_end(const struct bdt_compact_control *cc, bdt_pfn pfn)
{
	return ((pfn >> cc->order) + 1) << cc->order;
}

static void list_page(struct bdt_sources *sources, bdt_pfn pfn, bdt_order order)
{
	if (sources)
		sources->page[sources->n++] = (struct bdt_source_page){ pfn, order };
}

struct bdt_scan bdt_source_scan(const struct bdt_compact_control *cc, const struct bdt_pages *pages,
				bdt_pfn start, bdt_pfn end, struct bdt_sources *sources)
{
	struct bdt_scan s = { .start = start };
	/* a pass for one block gives up on a block as soon as one page of it cannot be moved */
	bool aimed = cc->direct && cc->mode == BDT_MIGRATE_ASYNC && cc->order >= 0;
	bdt_pfn pfn = start, aim = aimed ? aim_end(cc, start) : 0;
	struct bdt_block b;

	if (sources)
		sources->n = 0;
	/* a pageblock that was marked since it was chosen; before 6.3 the fast search itself did so */
	if (!cc->ignore_skip_hint && bdt_block_start(cc->cz->zone, start) == start &&
	    *bdt_compact_skip(cc->cz, start))
		return (struct bdt_scan){ .start = start, .end = end, .scanned = 1 };

	for (; pfn < end; pfn++) {
		bdt_order order;

		if (aimed && pfn >= aim) {
			if (s.taken)
				break;
			aim = aim_end(cc, pfn);
		}
		s.scanned++;
		if (bdt_zone_head(cc->cz->zone, pfn, &b)) {
			s.scanned += stepped(cc, b.order);
			pfn += (1ULL << b.order) - 1;
			continue;
		}
		order = compound(pages, pfn);
		if (leaves_compound(cc, order)) {
			s.scanned += stepped(cc, order);
			pfn += (1ULL << order) - 1;
		} else if (movable(pages, pfn)) {
			list_page(sources, pfn, order);
			s.any = true;
			s.first |= pfn == start;
			s.taken += 1ULL << order;
			s.scanned += (1ULL << order) - 1;
			pfn += (1ULL << order) - 1;
			if (cc->nr_migratepages + s.taken >= BT_COMPACT_CLUSTER && !cc->finish_pageblock &&
			    !cc->contended) {
				pfn++;
				break;
			}
			continue;
		}
		if (!aimed)
			continue;
		s.taken = 0;
		if (sources)
			sources->n = 0;
		if (pfn < aim) {
			pfn = aim - 1;
			aim += 1ULL << cc->order;
		}
	}
	s.end = pfn < end ? pfn : end;
	return s;
}

/* cf. update_cached_migrate() */
static void cache(struct bdt_compact_control *cc, bdt_pfn pfn)
{
	struct bdt_compact_zone *cz = cc->cz;

	if (cc->no_set_skip_hint)
		return;
	pfn = bdt_block_end(cz->zone, pfn);
	if (pfn > cz->cached_migrate[0])
		cz->cached_migrate[0] = pfn;
	if (cc->mode != BDT_MIGRATE_ASYNC && pfn > cz->cached_migrate[1])
		cz->cached_migrate[1] = pfn;
}

void bdt_source_scanned(struct bdt_compact_control *cc, const struct bdt_scan *scan, bdt_pfn end)
{
	bool from_start = bdt_block_start(cc->cz->zone, scan->start) == scan->start;
	/* who isolates a page of the pageblock marks it; before 6.5 only if it is the very first of it */
	bool marks = scan->any ? (scan->first || cc->cz->rules->scanned_by_page) && !cc->ignore_skip_hint
			       : scan->end == end;

	if (from_start && marks && !cc->no_set_skip_hint)
		*bdt_compact_skip(cc->cz, scan->start) = cc->cz->mark;
	if (scan->end == end && (!scan->taken || cc->finish_pageblock))
		cache(cc, scan->end);
	cc->migrate_pfn = scan->end;
	cc->nr_migratepages += scan->taken;
}

/* cf. suitable_migration_source() */
static bool suitable(const struct bdt_compact_control *cc, const struct bdt_pages *pages, bdt_pfn start)
{
	const struct bdt_compact_rules *rules = cc->cz->rules;
	const struct bdt_zone *z = cc->cz->zone;
	bdt_migratetype type;

	if (compound(pages, start) >= z->pageblock_order)
		return false;
	if (!cc->direct)
		return true;
	type = bdt_zone_type(z, start);
	if (rules->cma_needs_flag && type == z->cma && !(cc->alloc_flags & BT_ALLOC_CMA))
		return false;
	if (cc->mode != BDT_MIGRATE_ASYNC)
		return true;
	if (cc->migratetype == z->profile->movable ||
	    (rules->fast_for_pageblock && cc->order >= (int)z->pageblock_order))
		return bdt_cma_is_movable(z, type);
	return type == cc->migratetype;
}

bool bdt_source_next(struct bdt_compact_control *cc, const struct bdt_pages *pages, bdt_pfn *start,
		     bdt_pfn *end, struct bdt_fast_source *fast)
{
	const struct bdt_zone *z = cc->cz->zone;
	bool fast_found;
	bdt_pfn low;

	bdt_source_fast(cc, fast);
	low = fast->pfn;
	fast_found = low != cc->migrate_pfn && !cc->fast_search_fail;
	for (bdt_pfn limit = bdt_block_end(z, low); limit <= cc->free_pfn;
	     limit += 1ULL << z->pageblock_order, fast_found = false) {
		bdt_pfn block = bdt_block_start(z, low);

		if (low != block || fast_found || cc->ignore_skip_hint || !*bdt_compact_skip(cc->cz, low)) {
			if (suitable(cc, pages, block)) {
				*start = low;
				*end = limit < z->end ? limit : z->end;
				return true;
			}
			cache(cc, limit);
		}
		cc->migrate_pfn = low = limit;
	}
	return false;
}

/* Where to go on without a find: at the lowest pageblock that was found before.  cf. reinit_migrate_pfn() */
static bdt_pfn go_back(struct bdt_compact_control *cc)
{
	if (!cc->fast_start_pfn || cc->fast_start_pfn == BT_PFN_NONE)
		return cc->migrate_pfn;
	cc->migrate_pfn = cc->fast_start_pfn;
	cc->fast_start_pfn = BT_PFN_NONE;
	return cc->migrate_pfn;
}

/* Is a fast search made at all? */
static bool searches(const struct bdt_compact_control *cc)
{
	const struct bdt_zone *z = cc->cz->zone;
	const struct bdt_compact_rules *rules = cc->cz->rules;

	if (!rules->fast_search || cc->ignore_skip_hint ||
	    (rules->rescan_on_failure && cc->finish_pageblock) || cc->order <= BT_COSTLY_ORDER)
		return false;
	if (cc->migrate_pfn != z->start && cc->migrate_pfn != bdt_block_start(z, cc->migrate_pfn))
		return false;
	return !cc->direct || cc->migratetype == z->profile->movable ||
	       (rules->fast_for_pageblock && cc->order >= (int)z->pageblock_order);
}

/* Searches one list from its head. */
static void search_list(struct bdt_compact_control *cc, bdt_order order, bdt_pfn high, unsigned int limit,
			unsigned int *scanned, struct bdt_fast_source *fast)
{
	const struct bdt_zone *z = cc->cz->zone;

	for (uint32_t at = z->list[z->profile->movable][order].head; at != BT_PAGE_NIL; at = z->next[at]) {
		bdt_pfn pfn = z->base + at;
		bool over = (*scanned)++ >= limit;

		if (!over && (pfn >= high || *bdt_compact_skip(cc->cz, pfn)))
			continue;
		fast->turned[fast->n].order = order;
		fast->turned[fast->n++].last = pfn;
		fast->found = !over;
		if (!over)
			fast->pfn = pfn;
		return;
	}
}

void bdt_source_fast(struct bdt_compact_control *cc, struct bdt_fast_source *fast)
{
	const struct bdt_zone *z = cc->cz->zone;
	unsigned int scanned = 0, limit;
	bdt_pfn distance;

	*fast = (struct bdt_fast_source){ .pfn = cc->migrate_pfn };
	if (!searches(cc))
		return;
	limit = bdt_fast_limit(cc);
	distance = (cc->free_pfn - cc->migrate_pfn) >> (cc->migrate_pfn != z->start ? 3 : 1);
	for (int order = cc->order - 1; order >= BT_COSTLY_ORDER && !fast->found && scanned < limit; order--)
		search_list(cc, (bdt_order)order, bdt_block_start(z, cc->migrate_pfn + distance), limit,
			    &scanned, fast);
	if (!fast->found) {
		cc->fast_search_fail++;
		fast->pfn = go_back(cc);
		return;
	}
	if (cc->fast_start_pfn != BT_PFN_NONE && (!cc->fast_start_pfn || fast->pfn < cc->fast_start_pfn))
		cc->fast_start_pfn = fast->pfn;
	cc->fast_search_fail = 0;
	if (cc->cz->rules->fast_sets_skip)
		*bdt_compact_skip(cc->cz, fast->pfn) = cc->cz->mark;
	fast->pfn = bdt_block_start(z, fast->pfn);
	if (fast->pfn < z->start)
		fast->pfn = z->start;
}

void bdt_source_turn(struct bdt_zone *z, const struct bdt_fast_source *fast)
{
	for (unsigned int i = 0; i < fast->n; i++) {
		uint32_t next = z->next[fast->turned[i].last - z->base];

		if (next != BT_PAGE_NIL)
			bdt_zone_make_first(z, z->base + next);
	}
}
