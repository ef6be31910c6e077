/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "exact/inside.h"
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <time.h>

/*
 * Triggers until a zone is read without its lock.  They take a block from the highest zone, as a rule; from
 * the others somebody else must, in 20 ms.
 */
#define TRIES_HIGHEST  400
#define TRIES_OTHERS   40
#define TRY_PAUSE_NS   500000
#define TRIES_UNLOCKED 8
#define TRIGGER_BYTES  65536     /* a block of order 4: too large for the per-CPU lists; XATTR_SIZE_MAX */
#define REST           4         /* part of its time that a run leaves to the other users of the zone */
#define OPEN_BUDGET_NS 100000000 /* where no lock is held and interrupts are on: a million blocks */
#define MAX_RESTARTS   3 /* of one list, when a run could not go on where the one before had stopped */

struct taking {
	struct bdt_exact *e;
	const struct bdt_exact_options *options;
	int (*part)(void *user, enum bdt_exact_kind kind, const struct bt_exact_part *part,
		    const uint32_t *words);
	void *user;
	struct bdt_exact_cost *cost;
	uint32_t marker;
	/* where the next run begins */
	size_t zone;
	unsigned int list;
	uint64_t section;
	struct bt_exact_anchors front, back;
	unsigned int restarts; /* of that list */
};

/*
 * The kernel takes memory for the answer before it looks whether there is such an attribute: a block from the
 * free lists, so the event under the zone lock comes at once, in some 3 us.  cf. do_getxattr()
 */
void bdt_exact_trigger(void)
{
	static char answer[TRIGGER_BYTES];

	(void)!getxattr("/", "user.buddytrace", answer, sizeof(answer));
}

static void pause_ns(uint64_t ns)
{
	struct timespec pause = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	nanosleep(&pause, NULL);
}

static void prepare(struct taking *t)
{
	struct bt_exact_shared *s = t->e->shared;

	memset(&s->part, 0, sizeof(s->part));
	s->front = s->back = 0;
	s->target = (unsigned int)t->zone;
	s->next_list = t->list;
	s->next_section = t->section;
	s->front_anchors = t->front;
	s->back_anchors = t->back;
	s->marker = t->marker;
	s->budget_ns = t->options->budget_ns;
	s->pageblock_order = t->options->pageblock_order;
}

static void begin_zone(struct taking *t, size_t zone)
{
	const struct bt_exact_shared *s = t->e->shared;

	t->zone = zone;
	t->list = 0;
	t->section = s->zone[zone].start >> s->section_order;
	t->front.n = t->back.n = 0;
	t->restarts = 0;
}

static bool any_broken(const struct bt_exact_part *part)
{
	for (unsigned int i = part->first_list; i < part->end_list; i++)
		if (part->list[i].state == BT_LIST_BROKEN)
			return true;
	return false;
}

static void count_lists(struct bdt_exact_cost *cost, const struct bt_exact_list *lists, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cost->entries += lists[i].first + lists[i].last;
		cost->cut += lists[i].state == BT_LIST_CUT;
	}
}

static int deliver(struct taking *t, enum bdt_exact_kind kind)
{
	const struct bt_exact_part *part = &t->e->shared->part;
	uint64_t ns = part->end_ns - part->begin_ns;

	t->marker++;
	t->cost->runs++;
	t->cost->total_ns += ns;
	if (ns > t->cost->longest_ns && kind != BDT_EXACT_PCP)
		t->cost->longest_ns = ns;
	if (kind == BDT_EXACT_PCP)
		count_lists(t->cost, part->pcp, BT_EXACT_PCP);
	else
		count_lists(t->cost, part->list, BT_EXACT_LISTS);
	return t->part(t->user, kind, part, t->e->words);
}

static unsigned int nr_lists(const struct bdt_exact *e)
{
	return (unsigned int)e->shared->layout.orders * BT_EXACT_TYPES;
}

/* The last pages that were read ahead of the gap, the last one first; older ones stay behind them. */
static void keep_front(struct bt_exact_anchors *a, const uint32_t *words, const struct bt_exact_list *list)
{
	struct bt_exact_anchors old = *a;

	a->n = 0;
	for (unsigned int i = list->first; i-- > 0 && a->n < BT_EXACT_ANCHORS;)
		a->pfn[a->n++] = words[list->from + i];
	for (unsigned int i = 0; i < old.n && a->n < BT_EXACT_ANCHORS; i++)
		a->pfn[a->n++] = old.pfn[i];
}

/* The same behind the gap. */
static void keep_back(struct bt_exact_anchors *a, const uint32_t *words, const struct bt_exact_list *list)
{
	struct bt_exact_anchors old = *a;

	a->n = 0;
	for (unsigned int i = 0; i < list->last && a->n < BT_EXACT_ANCHORS; i++)
		a->pfn[a->n++] = words[list->to + i];
	for (unsigned int i = 0; i < old.n && a->n < BT_EXACT_ANCHORS; i++)
		a->pfn[a->n++] = old.pfn[i];
}

/*
 * Where the next run begins: in the middle of the last list when that was cut, at its ends when the way
 * through the middle led elsewhere, else with the list behind it.
 */
static void go_on(struct taking *t)
{
	const struct bt_exact_shared *s = t->e->shared;
	unsigned int last = s->part.end_list - 1;
	const struct bt_exact_list *list = &s->part.list[last % BT_EXACT_LISTS];
	bool same = last == t->list, again;

	t->section = s->next_section;
	if (s->part.end_list == t->list) /* pageblock types only */
		return;
	again = list->state == BT_LIST_CUT && s->layout.page_type.offset != BT_EXACT_NOT_HERE &&
		s->layout.page_private.offset != BT_EXACT_NOT_HERE;
	if (!same)
		t->front.n = t->back.n = t->restarts = 0;
	if (again) {
		keep_front(&t->front, t->e->words, list);
		keep_back(&t->back, t->e->words, list);
	} else {
		again = list->state == BT_LIST_BROKEN && t->front.n + t->back.n && t->restarts < MAX_RESTARTS;
		t->restarts += again;
		t->front.n = t->back.n = 0;
	}
	t->cost->continued += again;
	if (list->state == BT_LIST_CUT)
		t->cost->cut -= again; /* as long as there is hope */
	else if (list->state == BT_LIST_BROKEN)
		t->cost->cut += !again;
	t->list = again ? last : last + 1;
}

static bool given_up(const struct taking *t)
{
	return t->options->ends && t->options->ends(t->options->ends_user);
}

/* One run under the lock of the zone; false when no event came. */
static bool run_locked(struct taking *t)
{
	volatile unsigned int *armed = &t->e->shared->armed;
	int tries = t->zone + 1 == t->e->nzones ? TRIES_HIGHEST : TRIES_OTHERS;

	prepare(t);
	__atomic_store_n(armed, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < tries && *armed == 1 && !given_up(t); i++) {
		if (i)
			pause_ns(TRY_PAUSE_NS);
		bdt_exact_trigger();
	}
	if (__sync_bool_compare_and_swap(armed, 1, 0))
		return false;
	/* Another CPU is reading: that takes as long as the budget at most. */
	while (*armed)
		pause_ns(20000);
	return true;
}

/* 1 when the zone gave no event, 0, or an error. */
static int take_locked(struct taking *t)
{
	bool first = true;

	while (t->list < nr_lists(t->e)) {
		int err;

		if (!run_locked(t))
			return given_up(t) ? 0 : first ? 1 : -EAGAIN;
		err = deliver(t, BDT_EXACT_LISTS);
		if (err)
			return err;
		go_on(t);
		first = false;
		pause_ns((t->e->shared->part.end_ns - t->e->shared->part.begin_ns) / REST);
	}
	return 0;
}

struct copy {
	struct bt_exact_part part;
	uint32_t *front, *back;
	unsigned int nr_front, nr_back;
};

static bool same_as_before(const struct bdt_exact *e, const struct copy *c)
{
	const struct bt_exact_shared *s = e->shared;

	return c->nr_front == s->front && c->nr_back == s->back &&
	       !memcmp(c->part.list, s->part.list, sizeof(s->part.list)) &&
	       !memcmp(c->front, e->words, (size_t)s->front * sizeof(uint32_t)) &&
	       !memcmp(c->back, e->words + s->nr_words - s->back, (size_t)s->back * sizeof(uint32_t));
}

static int keep_copy(const struct bdt_exact *e, struct copy *c)
{
	const struct bt_exact_shared *s = e->shared;

	free(c->front);
	free(c->back);
	c->part = s->part;
	c->nr_front = s->front;
	c->nr_back = s->back;
	c->front = malloc(((size_t)s->front + 1) * sizeof(uint32_t));
	c->back = malloc(((size_t)s->back + 1) * sizeof(uint32_t));
	if (!c->front || !c->back)
		return -ENOMEM;
	memcpy(c->front, e->words, (size_t)s->front * sizeof(uint32_t));
	memcpy(c->back, e->words + s->nr_words - s->back, (size_t)s->back * sizeof(uint32_t));
	return 0;
}

static bool complete(const struct bdt_exact *e)
{
	const struct bt_exact_part *part = &e->shared->part;

	for (int order = 0; order < e->shared->layout.orders; order++) {
		uint64_t blocks = 0;

		for (int type = 0; type < e->shared->layout.types; type++) {
			const struct bt_exact_list *list = &part->list[order * BT_EXACT_TYPES + type];

			blocks += list->first + list->last;
		}
		if (blocks != part->nr_free[order])
			return false;
	}
	return part->end_list >= nr_lists(e) && !any_broken(part);
}

/*
 * A zone that nobody allocates from gives no event.  It is read without its lock, until two readings in a row
 * are complete and the same.
 */
static int take_unlocked(struct taking *t)
{
	struct copy last = { .front = NULL };
	int err = 0;
	bool good = false;

	for (int i = 0; !err && !good && i < TRIES_UNLOCKED; i++) {
		prepare(t);
		t->e->shared->budget_ns = OPEN_BUDGET_NS;
		err = bdt_exact_run(t->e->unlocked, -1);
		if (err || !complete(t->e))
			continue;
		good = last.front && same_as_before(t->e, &last);
		if (!good)
			err = keep_copy(t->e, &last);
		/* Every reading prints markers; only the last one is told. */
		t->marker += !good;
	}
	free(last.front);
	free(last.back);
	if (err)
		return err;
	t->cost->unlocked += good;
	t->cost->failed += !good;
	return good ? deliver(t, BDT_EXACT_LISTS) : 0;
}

/*
 * The program that reads per-CPU lists, on the CPU they belong to.  A thread that goes there itself leaves
 * the interrupts on, and may take longer; where it may not go, the kernel is asked to interrupt that CPU.
 */
static int run_on(struct taking *t, int cpu)
{
	cpu_set_t here, *there = CPU_ALLOC(BT_EXACT_CPUS);
	size_t size = CPU_ALLOC_SIZE(BT_EXACT_CPUS);
	bool moved = false;
	int err;

	if (!there)
		return -ENOMEM;
	CPU_ZERO_S(size, there);
	CPU_SET_S((size_t)cpu, size, there);
	if (!sched_getaffinity(0, sizeof(here), &here))
		moved = !sched_setaffinity(0, size, there);
	if (moved)
		t->e->shared->budget_ns = OPEN_BUDGET_NS;
	err = bdt_exact_run(t->e->pcp, cpu);
	if (moved)
		sched_setaffinity(0, sizeof(here), &here);
	CPU_FREE(there);
	return err;
}

static int take_pcp(struct taking *t)
{
	int cpus = libbpf_num_possible_cpus(); /* counts the numbers that no CPU has */

	for (int cpu = 0; cpu < cpus && cpu < BT_EXACT_CPUS; cpu++) {
		int err;

		prepare(t);
		err = run_on(t, cpu);
		if (err == -ENXIO) /* offline, or there is none */
			continue;
		if (!err)
			err = deliver(t, BDT_EXACT_PCP);
		if (err)
			return err;
	}
	return 0;
}

int bdt_exact_take(struct bdt_exact *e, const struct bdt_exact_options *options,
		   int (*part)(void *user, enum bdt_exact_kind kind, const struct bt_exact_part *part,
			       const uint32_t *words),
		   void *user, struct bdt_exact_cost *cost, struct bdt_diag *diag)
{
	struct taking t = { .e = e,
			    .options = options,
			    .part = part,
			    .user = user,
			    .cost = cost,
			    .marker = options->next_marker };
	uint64_t blocks = bdt_exact_free_blocks();
	int err = 0;

	*cost = (struct bdt_exact_cost){ .next_marker = options->next_marker };
	if (blocks > options->limit)
		return bdt_diag_set(diag, -E2BIG, BT_NO_OFFSET,
				    "%" PRIu64 " free blocks are more than --snapshot-limit (%" PRIu64 ")",
				    blocks, options->limit);
	for (size_t zone = 0; !err && zone < e->nzones && !given_up(&t); zone++) {
		begin_zone(&t, zone);
		err = take_locked(&t);
		if (err == 1)
			err = take_unlocked(&t);
		if (!err && !options->no_pcp)
			err = take_pcp(&t);
	}
	cost->next_marker = t.marker;
	return err ? bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read the free lists: %s", strerror(-err))
		   : 0;
}
