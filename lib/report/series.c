/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/series.h"
#include <errno.h>
#include <stdlib.h>

int bdt_series_bins(const struct bdt_tables *tables, size_t max, struct bdt_series_row **bins, size_t *n)
{
	size_t group = tables->nseries ? (tables->nseries + max - 1) / max : 1;

	*bins = NULL;
	*n = (tables->nseries + group - 1) / group;
	if (!*n)
		return 0;
	*bins = calloc(*n, sizeof(**bins));
	if (!*bins)
		return -ENOMEM;
	for (size_t i = 0; i < tables->nseries; i++) {
		struct bdt_series_row *bin = *bins + i / group;

		if (i % group)
			bdt_series_add(bin, &tables->series[i]);
		else
			*bin = tables->series[i];
	}
	return 0;
}
