/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TOOLS_STAT_PRINT_H
#define BT_TOOLS_STAT_PRINT_H

#include <buddytrace/stat.h>

/* What `stat` prints, as text and as JSON. */
struct bdt_stat_view {
	const struct bdt_stat_result *result;
	const struct bdt_stat_bin *bins; /* what happened over time */
	size_t nbins;
	char **files;
	size_t nfiles;
	uint64_t top; /* rows of a table, 0 = all; JSON always has all */
};

/* Tables with headings and units on stdout; `top` limits their rows. */
void bdt_stat_text(const struct bdt_stat_view *view);
/* One object on stdout; see JSON in buddytrace-stat(1). */
void bdt_stat_json(const struct bdt_stat_view *view);

#endif
