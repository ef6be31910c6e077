/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/exact.h"

#include "base/text.h"
#include "exact/plugin.h"
#include "machine/exactlists.h"
#include "record/facts.h"
#include <assert.h>
#include <buddytrace/machine.h>
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MODULE     "buddytrace-exact.so"
#define BUDGET_NS  5000000
#define LIMIT      4000000 /* free blocks: 0.4 s of the zone lock, in 80 runs */
#define BLOCK_BITS 8       /* of a pageblock in the kernel's words since 6.18; 4 before */

struct bdt_exact_taker {
	void *handle;
	const struct bdt_exact_module *module;
	struct bdt_exact *exact;
	struct bdt_exact_settings settings;
	uint32_t next_marker;
	uint32_t pageblock_order;
	bool watching; /* what softirqs find locked is told */
	bool reporting; /* ... and when free pages are reported */
	struct bdt_exact_totals totals;
	/* while one is taken */
	const struct bdt_exact_target *to;
	uint64_t begin_ns;
	struct bdt_buf buf;
	uint32_t *pfns; /* of one part */
	size_t room;
	uint8_t *blocks;
	size_t blocks_room;
};

/* $BUDDYTRACE_MODULES, or where it is installed; a program that is not installed has it beside itself. */
static bool find_path(char *path, size_t size)
{
	const char *dir = getenv("BUDDYTRACE_MODULES");
	ssize_t n;

	snprintf(path, size, "%s/" MODULE, dir && *dir ? dir : MODULE_DIR);
	if (!access(path, F_OK) || (dir && *dir))
		return !access(path, F_OK);
	n = readlink("/proc/self/exe", path, size - sizeof(MODULE) - 1);
	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n > 0)
		strcpy(path + n, MODULE);
	if (n > 0 && !access(path, F_OK))
		return true;
	snprintf(path, size, MODULE_DIR "/" MODULE);
	return false;
}

static void *load_module(struct bdt_diag *diag)
{
	char path[4096];
	void *handle;

	if (!find_path(path, sizeof(path))) {
		bdt_diag_set(diag, -ENOENT, BT_NO_OFFSET,
			     "%s is not installed: it is built where clang and "
			     "libbpf are found",
			     path);
		return NULL;
	}
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET, "cannot load %s", dlerror());
	return handle;
}

static int find_module(struct bdt_exact_taker *t, struct bdt_diag *diag)
{
	t->handle = load_module(diag);
	if (!t->handle)
		return diag && diag->err ? diag->err : -ENOENT;
	t->module = dlsym(t->handle, BT_EXACT_SYMBOL);
	if (!t->module || t->module->abi != BT_EXACT_ABI)
		return bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET, MODULE " is of another version");
	return 0;
}

static int find_marker(const struct bdt_instance *in, struct bdt_diag *diag)
{
	struct bdt_text format = { NULL, 0, 0 };
	int err = bdt_instance_read(in, "events/bpf_trace/bpf_trace_printk/format", &format, NULL);

	bdt_text_finish(&format);
	return err ? bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET, "this kernel has no event " BT_EXACT_EVENT)
		   : 0;
}

static uint32_t find_pageblock_order(void)
{
	struct bdt_text text = { NULL, 0, 0 };
	struct bdt_pagetypeinfo *pti = malloc(sizeof(*pti));
	uint32_t order = 9;

	if (pti && !bdt_text_read(&text, "", "/proc/pagetypeinfo") &&
	    !bdt_pagetypeinfo_parse(text.data, text.size, pti, NULL) && pti->pageblock_order)
		order = pti->pageblock_order;
	bdt_text_finish(&text);
	free(pti);
	return order;
}

int bdt_exact_taker_create(struct bdt_exact_taker **out, const struct bdt_instance *in,
			   const struct bdt_exact_settings *settings, struct bdt_diag *diag)
{
	struct bdt_exact_taker *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->settings.budget_ns = settings->budget_ns ? settings->budget_ns : BUDGET_NS;
	t->settings.limit = settings->limit ? settings->limit : LIMIT;
	/* other recorders print theirs into the same streams */
	if (getrandom(&t->next_marker, sizeof(t->next_marker), 0) != sizeof(t->next_marker))
		t->next_marker = (uint32_t)getpid() << 8;
	t->pageblock_order = find_pageblock_order();
	err = find_module(t, diag);
	if (!err)
		err = find_marker(in, diag);
	if (!err)
		err = t->module->open(&t->exact, diag);
	if (!err)
		t->watching = !t->module->watch(t->exact);
	if (!err)
		t->reporting = !t->module->watch_reporting(t->exact);
	if (err) {
		bdt_exact_taker_destroy(t);
		return err;
	}
	*out = t;
	return 0;
}

void bdt_exact_taker_destroy(struct bdt_exact_taker *t)
{
	if (!t)
		return;
	if (t->exact)
		t->module->close(t->exact);
	if (t->handle)
		dlclose(t->handle);
	bdt_buf_free(&t->buf);
	free(t->pfns);
	free(t->blocks);
	free(t);
}

/* Both ends of a list, one behind the other. */
static const uint32_t *copy_list(uint32_t **to, const struct bt_exact_list *list, const uint32_t *words)
{
	uint32_t *start = *to;

	memcpy(start, words + list->from, (size_t)list->first * sizeof(*start));
	memcpy(start + list->first, words + list->to, (size_t)list->last * sizeof(*start));
	*to += list->first + list->last;
	return start;
}

static void add_list(struct bdt_exact_lists *out, uint32_t **pfns, const struct bt_exact_list *list,
		     const uint32_t *words, uint32_t order, uint32_t type)
{
	struct bdt_exact_list *to = &out->list[out->nlists];

	if (out->nlists == BT_EXACT_MAX_LISTS || (list->state != BT_LIST_WHOLE && list->state != BT_LIST_CUT))
		return;
	*to = (struct bdt_exact_list){
		.order = order,
		.type = type,
		.first = list->first,
		.last = list->last,
		.after = list->after,
		.before = list->before,
	};
	to->state = list->state == BT_LIST_CUT ? BDT_EXACT_CUT : BDT_EXACT_WHOLE;
	to->pfns = copy_list(pfns, list, words);
	out->nlists++;
}

static void zone_numbers(uint64_t *to, const struct bt_exact_zone_numbers *n)
{
	for (int i = 0; i < 4; i++)
		to[BDT_XN_WMARK_MIN + i] = n->watermark[i];
	to[BDT_XN_BOOST] = n->boost;
	to[BDT_XN_RESERVED_HIGHATOMIC] = n->reserved_highatomic;
	to[BDT_XN_ZONE_FLAGS] = n->flags;
	to[BDT_XN_CACHED_FREE_PFN] = n->cached_free;
	to[BDT_XN_CACHED_MIGRATE_PFN_ASYNC] = n->cached_migrate[0];
	to[BDT_XN_CACHED_MIGRATE_PFN_SYNC] = n->cached_migrate[1];
	to[BDT_XN_COMPACT_CONSIDERED] = n->considered;
	to[BDT_XN_COMPACT_DEFER_SHIFT] = n->defer_shift;
	to[BDT_XN_COMPACT_ORDER_FAILED] = (uint64_t)n->order_failed;
}

static void pcp_numbers(uint64_t *to, const struct bt_exact_pcp_numbers *n)
{
	to[BDT_XN_PCP_COUNT] = (uint64_t)n->count;
	to[BDT_XN_PCP_HIGH] = (uint64_t)n->high;
	to[BDT_XN_PCP_BATCH] = (uint64_t)n->batch;
	to[BDT_XN_PCP_HIGH_MIN] = (uint64_t)n->high_min;
	to[BDT_XN_PCP_HIGH_MAX] = (uint64_t)n->high_max;
	to[BDT_XN_PCP_FLAGS] = (uint64_t)n->flags;
	to[BDT_XN_PCP_ALLOC_FACTOR] = (uint64_t)n->alloc_factor;
	to[BDT_XN_PCP_FREE_COUNT] = (uint64_t)n->free_count;
	to[BDT_XN_PCP_FREE_FACTOR] = (uint64_t)n->free_factor;
}

/* The kernel's words hold the pageblocks of whole memory sections, 4 or 8 bits each. */
static int add_blocks(struct bdt_exact_taker *t, struct bdt_exact_lists *out,
		      const struct bt_exact_part *part, const uint32_t *words)
{
	const uint8_t *bytes = (const uint8_t *)(words + part->types_from);
	size_t n;

	/* A part without any does not say how wide they are, either. */
	if (!part->types_words || !part->block_bits)
		return 0;
	n = (size_t)part->types_words * sizeof(uint64_t) * 8 / part->block_bits;
	if (n > t->blocks_room) {
		free(t->blocks);
		t->blocks = malloc(n);
		t->blocks_room = t->blocks ? n : 0;
		if (!t->blocks)
			return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		t->blocks[i] = part->block_bits == BLOCK_BITS
				       ? bytes[i] & (BT_EXACT_BLOCK_TYPE | BT_EXACT_BLOCK_ISOLATED)
				       : bytes[i / 2] >> (i % 2 * 4) & BT_EXACT_BLOCK_TYPE;
	out->first_block = part->types_section << (part->section_order - t->pageblock_order);
	out->nblocks = (uint32_t)n;
	out->blocks = t->blocks;
	return 0;
}

static size_t entries(const struct bt_exact_list *lists, size_t n)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += lists[i].first + lists[i].last;
	return sum;
}

/* The order of a per-CPU list.  cf. order_to_pindex(): three types each of order 0 to 3, then huge pages. */
static uint32_t pcp_order(const struct bdt_exact_taker *t, uint32_t list)
{
	return list < 12 ? list / 3 : t->pageblock_order;
}

static int fill(struct bdt_exact_taker *t, enum bdt_exact_kind kind, const struct bt_exact_part *part,
		const uint32_t *words, struct bdt_exact_lists *out)
{
	size_t n = entries(part->list, BT_EXACT_LISTS) + entries(part->pcp, BT_EXACT_PCP) + 1;
	uint32_t *pfns;

	if (n > t->room) {
		free(t->pfns);
		t->pfns = malloc(n * sizeof(*t->pfns));
		t->room = t->pfns ? n : 0;
		if (!t->pfns)
			return -ENOMEM;
	}
	pfns = t->pfns;
	if (kind == BDT_EXACT_PCP) {
		pcp_numbers(out->number, &part->pcp_numbers);
		for (uint32_t i = 0; i < BT_EXACT_PCP; i++)
			add_list(out, &pfns, &part->pcp[i], words, pcp_order(t, i), i);
		return 0;
	}
	zone_numbers(out->number, &part->numbers);
	for (uint32_t i = part->first_list; i < part->end_list; i++)
		add_list(out, &pfns, &part->list[i], words, i / BT_EXACT_TYPES, i % BT_EXACT_TYPES);
	return add_blocks(t, out, part, words);
}

static int on_part(void *user, enum bdt_exact_kind kind, const struct bt_exact_part *part,
		   const uint32_t *words)
{
	struct bdt_exact_taker *t = user;
	size_t nzones;
	const struct bdt_exact_zone *zone = &t->module->zones(t->exact, &nzones)[part->zone];
	struct bdt_exact_lists lists = {
		.pcp = kind == BDT_EXACT_PCP,
		.locked = part->locked,
		.id = part->id,
		.cpu = part->cpu,
		.node = zone->node,
		.zone = zone->name,
		.start = zone->start,
		.end = zone->end,
		.duration_ns = part->end_ns - part->begin_ns,
		.event_pfn = part->event_pfn,
		.event_order = (uint32_t)part->event_order,
		.event_migratetype = (uint32_t)part->event_migratetype,
	};
	int err = fill(t, kind, part, words, &lists);

	bdt_buf_free(&t->buf);
	bdt_exact_encode(&t->buf, &lists);
	if (!err)
		err = t->buf.err;
	return err ? err
		   : bdt_writer_piece(t->to->writer, BT_EXACT_PIECE, t->begin_ns, bdt_clock_now(t->to->clock),
				      t->buf.data, t->buf.size);
}

static void add_cost(struct bdt_exact_totals *totals, const struct bdt_exact_cost *cost)
{
	totals->snapshots++;
	totals->runs += cost->runs;
	totals->unlocked += cost->unlocked;
	totals->failed += cost->failed;
	totals->cut += cost->cut;
	totals->entries += cost->entries;
	totals->total_ns += cost->total_ns;
	if (cost->longest_ns > totals->longest_ns)
		totals->longest_ns = cost->longest_ns;
}

/* Fact "exact.N": the N-th snapshot of the recording.  What is watched is, from its start on. */
static int write_cost(const struct bdt_exact_taker *t, const char *name, const struct bdt_exact_cost *c)
{
	char key[32];
	int err = 0;

	if (!strcmp(name, BT_EXACT_START) && t->watching)
		err = bdt_facts_set(t->to->writer, BT_EXACT_WATCHED, "yes");
	if (!err && !strcmp(name, BT_EXACT_START) && t->reporting)
		err = bdt_facts_set(t->to->writer, BT_REPORTING_WATCHED, "yes");
	snprintf(key, sizeof(key), "exact.%" PRIu32, t->totals.snapshots);
	return err ? err
		   : bdt_facts_set(t->to->writer, key,
				   "%s runs=%" PRIu32 " entries=%" PRIu64 " longest_ns=%" PRIu64
				   " total_ns=%" PRIu64 " cut=%" PRIu32 " unlocked=%" PRIu32
				   " failed=%" PRIu32,
				   name, c->runs, c->entries, c->longest_ns, c->total_ns, c->cut, c->unlocked,
				   c->failed);
}

int bdt_exact_taker_take(struct bdt_exact_taker *t, const struct bdt_exact_target *to, const char *name,
			 struct bdt_diag *diag)
{
	struct bdt_exact_options options = { .budget_ns = t->settings.budget_ns,
					     .limit = t->settings.limit,
					     .next_marker = t->next_marker,
					     .pageblock_order = t->pageblock_order,
					     .ends = to->ends,
					     .ends_user = to->user };
	struct bdt_exact_cost cost;
	int err = bdt_writer_snapshot(to->writer, name);

	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "not enough memory");
	t->to = to;
	t->begin_ns = bdt_clock_now(to->clock);
	err = t->module->take(t->exact, &options, on_part, t, &cost, diag);
	if (!err)
		err = bdt_writer_snapshot_end(to->writer);
	t->next_marker = cost.next_marker;
	if (cost.runs)
		add_cost(&t->totals, &cost);
	if (!err)
		err = write_cost(t, name, &cost);
	t->to = NULL;
	return err;
}

static_assert(BT_WATCHED_EVENTS == BT_EXACT_EVENTS, "what fires is compared with what is recorded");

const char *bdt_exact_taker_counted(size_t i)
{
#define NAME(number, event) [number] = #event,
	static const char *const names[BT_EXACT_EVENTS] = { BT_EXACT_COUNTED(NAME) };
#undef NAME
	return i < BT_EXACT_EVENTS ? names[i] : NULL;
}

int bdt_exact_taker_count(struct bdt_exact_taker *t, struct bdt_diag *diag)
{
	return t->module->count(t->exact, diag);
}

int bdt_exact_taker_fired(const struct bdt_exact_taker *t, struct bdt_exact_fired *out)
{
	struct bt_exact_fired *fired = calloc((size_t)BT_EXACT_EVENTS * BT_EXACT_CPUS, sizeof(*fired));
	uint64_t missed[BT_EXACT_EVENTS] = { 0 };
	int err = fired ? t->module->fired(t->exact, fired, missed) : -ENOMEM;

	memset(out, 0, BT_EXACT_EVENTS * sizeof(*out));
	for (size_t i = 0; !err && i < BT_EXACT_EVENTS; i++) {
		out[i].missed = missed[i];
		for (size_t cpu = 0; cpu < BT_EXACT_CPUS; cpu++) {
			const struct bt_exact_fired *from = &fired[i * BT_EXACT_CPUS + cpu];

			out[i].all += from->all;
			out[i].init += from->init;
			out[i].cpu[cpu] = from->all;
		}
	}
	free(fired);
	return err;
}

void bdt_exact_by_cpu(char *text, const uint64_t counts[BT_EXACT_CPUS])
{
	text += sprintf(text, " cpus=");
	for (unsigned int cpu = 0; cpu < BT_EXACT_CPUS; cpu++)
		if (counts[cpu])
			text += sprintf(text, "%u:%" PRIu64 ",", cpu, counts[cpu]);
}

const struct bdt_exact_totals *bdt_exact_taker_totals(const struct bdt_exact_taker *t)
{
	return &t->totals;
}
