/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "exact/inside.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Room for words, of one run: blocks that may be free, counted by /proc/buddyinfo, with this many to spare. A
 * list that does not fit goes on in the next run.
 */
#define SPARE_WORDS (1u << 20)
#define MAX_WORDS   (1u << 24)

int bdt_exact_run(struct bpf_program *program, int cpu)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	if (cpu >= 0) {
		options.flags = BPF_F_TEST_RUN_ON_CPU;
		options.cpu = (uint32_t)cpu;
	}
	return bpf_prog_test_run_opts(bpf_program__fd(program), &options) ? -errno : 0;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

uint64_t bdt_exact_free_blocks(void)
{
	char line[512], *pos;
	uint64_t blocks = 0;
	FILE *f = fopen("/proc/buddyinfo", "re");

	while (f && fgets(line, sizeof(line), f)) {
		int skip = 0;

		if (sscanf(line, "Node %*d, zone %*s %n", &skip) < 0 || !skip)
			continue;
		for (pos = line + skip; *pos;) {
			char *end;
			uint64_t n = strtoull(pos, &end, 10);

			if (end == pos)
				break;
			blocks += n;
			pos = end;
		}
	}
	if (f)
		fclose(f);
	return blocks;
}

static int size_words(struct bdt_exact *e)
{
	struct bpf_map *map = bpf_object__find_map_by_name(e->object, "words");
	uint64_t words = bdt_exact_free_blocks() * 3 / 2 + SPARE_WORDS;

	if (words > MAX_WORDS)
		words = MAX_WORDS;
	return map ? bpf_map__set_max_entries(map, (uint32_t)(words / BT_EXACT_CHUNK + 1)) : -ENOENT;
}

static struct bpf_map *globals(struct bdt_exact *e)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, e->object)
	{
		const char *name = bpf_map__name(map);
		size_t len = strlen(name);

		if (len >= 4 && !strcmp(name + len - 4, ".bss"))
			return map;
	}
	return NULL;
}

static int map_memory(struct bdt_exact *e)
{
	struct bpf_map *words = bpf_object__find_map_by_name(e->object, "words"), *bss = globals(e);
	long page = sysconf(_SC_PAGESIZE);
	size_t size;

	if (!words || !bss || bpf_map__value_size(bss) < sizeof(struct bt_exact_shared))
		return -EINVAL;
	e->shared_size = (bpf_map__value_size(bss) + (size_t)page - 1) / (size_t)page * (size_t)page;
	e->shared = mmap(NULL, e->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(bss), 0);
	if (e->shared == MAP_FAILED) {
		e->shared = NULL;
		return -errno;
	}
	size = (size_t)bpf_map__max_entries(words) * BT_EXACT_CHUNK * sizeof(uint32_t);
	e->words = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(words), 0);
	if (e->words == MAP_FAILED) {
		e->words = NULL;
		return -errno;
	}
	e->shared->nr_words = bpf_map__max_entries(words) * BT_EXACT_CHUNK;
	return 0;
}

static int find_programs(struct bdt_exact *e)
{
	const struct {
		const char *name;
		struct bpf_program **to;
	} programs[] = {
		{ "find_layout", &e->layout },     { "find_nodes", &e->nodes }, { "peek", &e->peek },
		{ "read_unlocked", &e->unlocked }, { "read_pcp", &e->pcp },
	};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		*programs[i].to = bpf_object__find_program_by_name(e->object, programs[i].name);
		if (!*programs[i].to)
			return -ENOENT;
	}
	return 0;
}

static int load(struct bdt_exact *e, struct bdt_diag *diag)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "buddytrace");
	int err;

	e->object = bpf_object__open_mem(bdt_exact_object, (size_t)(bdt_exact_object_end - bdt_exact_object),
					 &options);
	if (!e->object)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot read the BPF object: %s",
				    strerror(errno));
	err = size_words(e);
	if (!err)
		err = bpf_object__load(e->object);
	if (err == -EPERM)
		return bdt_diag_set(diag, -EPERM, BT_NO_OFFSET,
				    "no rights to load BPF programs: CAP_BPF and CAP_PERFMON are needed");
	if (err == -ESRCH || err == -ENOENT)
		return bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
				    "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
	if (err)
		return bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
				    "this kernel does not accept the BPF programs (5.19 or later and no "
				    "lockdown are needed): %s",
				    strerror(-err));
	err = map_memory(e);
	if (!err)
		err = find_programs(e);
	return err ? bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot map the memory of the BPF programs: %s",
				  strerror(-err))
		   : 0;
}

static void close_exact(struct bdt_exact *e)
{
	if (!e)
		return;
	bpf_link__destroy(e->locked);
	bpf_link__destroy(e->held);
	for (size_t i = 0; i < sizeof(e->reporting) / sizeof(e->reporting[0]); i++)
		bpf_link__destroy(e->reporting[i]);
	for (size_t i = 0; i < BT_EXACT_EVENTS; i++)
		bpf_link__destroy(e->counters[i]);
	if (e->words)
		munmap(e->words, (size_t)e->shared->nr_words * sizeof(uint32_t));
	if (e->shared)
		munmap(e->shared, e->shared_size);
	bpf_object__close(e->object);
	free(e);
}

static struct bpf_link *attach(struct bdt_exact *e, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(e->object, name);

	return program ? bpf_program__attach(program) : NULL;
}

static int open_exact(struct bdt_exact **out, struct bdt_diag *diag)
{
	struct bdt_exact *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(quiet);
	err = load(e, diag);
	if (!err)
		err = bdt_exact_find(e, diag);
	if (!err) {
		e->locked = attach(e, "read_locked");
		if (!e->locked)
			err = bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
					   "cannot attach to kmem:mm_page_alloc_zone_locked: %s",
					   strerror(errno));
	}
	if (err) {
		close_exact(e);
		return err;
	}
	*out = e;
	return 0;
}

static int watch(struct bdt_exact *e)
{
	if (e->shared->layout.pcp_lock.offset == BT_EXACT_NOT_HERE)
		return -EOPNOTSUPP;
	e->held = attach(e, "watch_pcp_lock");
	return e->held ? 0 : -errno;
}

/* A machine without such a host has an order there that no block has. */
static bool reports(const struct bdt_exact *e)
{
	unsigned int order = UINT32_MAX;
	FILE *f = fopen("/sys/module/page_reporting/parameters/page_reporting_order", "re");

	if (f && fscanf(f, "%u", &order) != 1)
		order = UINT32_MAX;
	if (f)
		fclose(f);
	return order < (unsigned int)e->shared->layout.orders;
}

static int watch_reporting(struct bdt_exact *e)
{
	static const char *const programs[] = { "reporting_begins", "reporting_ends", "reporting_woken",
						"reporting_goes_on" };

	if (!reports(e))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		e->reporting[i] = attach(e, programs[i]);
		if (!e->reporting[i])
			return -errno;
	}
	return 0;
}

static const struct bdt_exact_zone *zones(const struct bdt_exact *e, size_t *n)
{
	*n = e->nzones;
	return e->zones;
}

const struct bdt_exact_module bdt_exact_module = {
	.abi = BT_EXACT_ABI,
	.open = open_exact,
	.zones = zones,
	.take = bdt_exact_take,
	.watch = watch,
	.watch_reporting = watch_reporting,
	.count = bdt_exact_count,
	.fired = bdt_exact_fired,
	.close = close_exact,
};
