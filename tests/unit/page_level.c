/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "page_level.h"
#include <string.h>

static int make_system(void *user, const struct bdt_state *state, struct bdt_system **out,
		       struct bdt_diag *diag)
{
	const struct machine *m = ((const struct level *)user)->m;
	struct bdt_system_zone_config zones[2];
	struct bdt_system_config config = { .zones = zones, .nzones = 2, .ncpus = 2, .thp = true };

	(void)diag;
	for (unsigned int i = 0; i < 2; i++) {
		struct bdt_zone *z = state->zones[i];

		memmove(z->name, m->zone[i]->name, sizeof(z->name));
		z->index = m->zone[i]->index;
		zones[i] = (struct bdt_system_zone_config){ z, z->end - z->start, z->end - z->start };
	}
	config.vm = bdt_vm_settings_default(&m->profile);
	config.vm.min_free_kbytes = 4096;
	return bdt_system_create(&m->profile, &config, out);
}

void level_start(struct level *l, const char *release)
{
	struct bdt_gfp_map gfp;
	struct bdt_page_options options = { .make_system = make_system, .user = l, .gfp = &gfp };

	memset(l, 0, sizeof(*l));
	l->m = boot(release, 2);
	l->state.profile = &l->m->profile;
	l->state.nzones = 2;
	l->state.zones[DMA32] = l->m->zone[DMA32];
	l->state.zones[NORMAL] = l->m->zone[NORMAL];
	bdt_gfp_map_default(&gfp, &l->m->profile);
	assert_int_equal(bdt_page_create(&l->state, &options, &l->p, NULL), 0);
}

void level_stop(struct level *l)
{
	assert_null(bdt_page_validate(l->p));
	bdt_page_destroy(l->p);
	halt(l->m);
}
