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
		.name = "6.12",
		.from = "6.12.29",
		.engine = BDT_ENGINE_CLAIM_STEAL,
		MIGRATETYPES_4_4,
		.pcp_max_order = 3,
		.pcp_thp = true,
		.drain_shows_block_type = true,
	},
	{
		.name = "6.18",
		.from = "6.15",
		.engine = BDT_ENGINE_CLAIM_STEAL,
		MIGRATETYPES_4_4,
		.pcp_max_order = 3,
		.pcp_thp = true,
		.drain_shows_block_type = true,
		.capture_emits_extfrag = true,
	},
	{
		.name = "7.2",
		.from = "7.0",
		.engine = BDT_ENGINE_CLAIM_STEAL,
		MIGRATETYPES_4_4,
		.pcp_max_order = 3,
		.pcp_thp = true,
		.drain_shows_block_type = true,
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
	const struct bdt_profile *found = NULL;
	unsigned long number = release_number(release);
	bool hit = false;

	for (size_t i = 0; i < NR_PROFILES; i++) {
		if (!strcmp(profiles[i].name, release)) {
			found = &profiles[i];
			hit = true;
			break;
		}
		if (number && number >= release_number(profiles[i].from)) {
			found = &profiles[i];
			/* "6.18.44" is what profile "6.18" was checked against, "6.16.1" is not */
			hit = number / 100000 == release_number(profiles[i].name) / 100000;
		}
	}
	/* 6.13 and 6.14 have the older engine: only 6.12 got the new one backported. */
	if (found == &profiles[0] && number / 100000 != release_number("6.12") / 100000 &&
	    strcmp(found->name, release))
		found = NULL;
	if (exact)
		*exact = hit;
	return found;
}
