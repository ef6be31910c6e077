/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "small_machine.h"
#include <stdlib.h>
#include <string.h>

static void removal(void *user, const struct bdt_seen_removal *seen)
{
	struct seen *all = user;

	all->removals++;
	all->source = seen->choice.source;
}

static void insertion(void *user, const struct bdt_seen_insertion *seen)
{
	struct seen *all = user;

	all->inserted_mt[all->insertions % WATCHED] = seen->mt;
	all->inserted[all->insertions++ % WATCHED] = seen->pfn;
}

static void refill(void *user, const struct bdt_seen_refill *seen)
{
	struct seen *all = user;

	all->asked[all->refills % WATCHED] = seen->asked;
	all->got[all->refills++ % WATCHED] = seen->got;
}

static void drain(void *user, const struct bdt_seen_drain *seen)
{
	struct seen *all = user;

	all->drained[all->drains++ % WATCHED] = seen->got;
}

static void wakeup(void *user, const struct bdt_seen_wakeup *seen)
{
	struct seen *all = user;

	all->wakeups++;
	all->woken_order = seen->order;
}

struct machine *boot(const char *release, unsigned int ncpus)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct bdt_system_zone_config zones[2];
	struct bdt_system_config config = { .zones = zones, .nzones = 2, .ncpus = ncpus, .thp = true };
	struct bdt_observer observer = { &m->seen, removal, insertion, refill, drain, NULL, wakeup };

	assert_non_null(m);
	assert_int_equal(bdt_profile_find(release, &m->profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&m->profile, LOW_START, LOW_END, 10, 9, &m->zone[DMA32]), 0);
	assert_int_equal(bdt_zone_create(&m->profile, START, START + PAGES, 10, 9, &m->zone[NORMAL]), 0);
	for (unsigned int i = 0; i < 2; i++) {
		struct bdt_zone *z = m->zone[i];

		strcpy(z->name, i == NORMAL ? "Normal" : "DMA32");
		z->index = i + 1;
		bdt_zone_name_types(z, true, true);
		for (bdt_pfn p = z->start; p < z->end; p += 1ULL << z->max_order)
			bdt_zone_insert(z, p, z->max_order, m->profile.movable, BDT_TAIL, true);
		zones[i] = (struct bdt_system_zone_config){ z, z->end - z->start, z->end - z->start };
	}
	config.vm = bdt_vm_settings_default(&m->profile);
	config.vm.min_free_kbytes = 4096;
	assert_int_equal(bdt_system_create(&m->profile, &config, &m->s), 0);
	bdt_system_observe(m->s, &observer);
	return m;
}

void halt(struct machine *m)
{
	assert_null(bdt_system_validate(m->s));
	bdt_system_destroy(m->s);
	for (unsigned int i = 0; i < 2; i++)
		bdt_zone_destroy(m->zone[i]);
	free(m);
}

bool try_take(struct machine *m, unsigned int cpu, bdt_order order, uint32_t gfp,
	      struct bdt_alloc_result *result)
{
	struct bdt_alloc_request request = { .cpu = cpu, .node = BT_NODE_OF_CPU, .order = order, .gfp = gfp };

	return bdt_system_alloc(m->s, &request, result);
}

bdt_pfn take(struct machine *m, unsigned int cpu, bdt_order order, uint32_t gfp)
{
	struct bdt_alloc_result result;

	assert_true(try_take(m, cpu, order, gfp, &result));
	return result.pfn;
}

void use_up(struct machine *m, unsigned int number, uint64_t keep)
{
	struct bdt_zone *z = m->zone[number];

	for (bdt_pfn p = z->end - 1; p >= z->start && bdt_zone_nr_free(z) > keep; p--)
		bdt_buddy_carve(z, p, 0);
	assert_int_equal(bdt_zone_nr_free(z), keep);
}
