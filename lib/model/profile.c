/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/profile.h"
#include <stdio.h>
#include <string.h>

/* Numbering since 4.4: UNMOVABLE 0, MOVABLE 1, RECLAIMABLE 2. */
#define MIGRATETYPES_4_4                                                        \
	.unmovable = 0, .movable = 1, .reclaimable = 2, .nr_fallback_types = 3, \
	.fallbacks = { [0] = { 2, 1 }, [1] = { 2, 0 }, [2] = { 0, 1 } }

/* Oldest first. */
static const struct bdt_profile profiles[] = {
	{
		.name = "5.10",
		.from = "5.10",
		.until = "5.11",
		.engine = BDT_ENGINE_STEAL_RETRY,
		MIGRATETYPES_4_4,
		.pcp_max_order = 0,
		.merge_any_type = true,
	},
	{
		.name = "6.1",
		.from = "5.19",
		.until = "6.10",
		.engine = BDT_ENGINE_STEAL_RETRY,
		MIGRATETYPES_4_4,
		.pcp_max_order = 3,
		.pcp_thp = true,
		.pcp_trylock = true,
	},
	{
		.name = "6.12",
		.from = "6.12.29",
		.until = "6.13",
		.engine = BDT_ENGINE_CLAIM_STEAL,
		MIGRATETYPES_4_4,
		.pcp_max_order = 3,
		.pcp_thp = true,
		.pcp_trylock = true,
		.list_is_block_type = true,
	},
	{
		.name = "6.18",
		.from = "6.15",
		.until = "7.0",
		.engine = BDT_ENGINE_CLAIM_STEAL,
		MIGRATETYPES_4_4,
		.pcp_max_order = 3,
		.pcp_thp = true,
		.pcp_trylock = true,
		.list_is_block_type = true,
		.capture_emits_extfrag = true,
	},
	{
		.name = "7.2",
		.from = "7.0",
		.engine = BDT_ENGINE_CLAIM_STEAL,
		MIGRATETYPES_4_4,
		.pcp_max_order = 3,
		.pcp_thp = true,
		.pcp_trylock = true,
		.list_is_block_type = true,
		.capture_emits_extfrag = true,
	},
};

#define NR_PROFILES (sizeof(profiles) / sizeof(profiles[0]))

/* "6.12.29-suffix" as one comparable number; 0 if it does not start with two numbers. */
static unsigned long release_number(const char *release)
{
	unsigned int major = 0, minor = 0, patch = 0;

	if (sscanf(release, "%u.%u.%u", &major, &minor, &patch) < 2 || major > 999 || minor > 999)
		return 0;
	return major * 1000000000UL + minor * 100000UL + (patch > 99999 ? 99999 : patch);
}

const struct bdt_profile *bdt_profile_at(size_t i)
{
	return i < NR_PROFILES ? &profiles[i] : NULL;
}

const struct bdt_profile *bdt_profile_find(const char *release, bool *exact)
{
	unsigned long number = release_number(release);

	for (size_t i = 0; i < NR_PROFILES; i++) {
		const struct bdt_profile *p = &profiles[i];
		bool named = !strcmp(p->name, release);

		if (!named && (!number || number < release_number(p->from) ||
			       (p->until && number >= release_number(p->until))))
			continue;
		/* "6.18.44" is what profile "6.18" was checked against, "6.16.1" is not */
		if (exact)
			*exact = named || number / 100000 == release_number(p->name) / 100000;
		return p;
	}
	return NULL;
}
