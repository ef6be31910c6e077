/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_SERIES_H
#define BT_REPORT_SERIES_H

#include "report/tables.h"

/*
 * The series in at most `max` bins: neighbours are added up, so that a chart has no more bins than pixels to
 * show them.  *bins belongs to the caller (free()); it is NULL with *n 0 for an empty series.  0 or -ENOMEM.
 */
int bdt_series_bins(const struct bdt_tables *tables, size_t max, struct bdt_series_row **bins, size_t *n);

#endif
