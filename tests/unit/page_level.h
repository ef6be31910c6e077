/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_PAGE_LEVEL_H
#define BT_TESTS_PAGE_LEVEL_H

#include "small_machine.h"

#include "replay/page_inside.h"

/* The page level of a replay over the small machine, for tests. */
struct level {
	struct machine *m;
	struct bdt_state state;
	struct bdt_page_level *p;
	uint64_t now; /* ns, of the last event */
};

/* Two CPUs with the rules of `release`.  Release with level_stop(), which checks everything. */
void level_start(struct level *l, const char *release);
void level_stop(struct level *l);

#endif
