/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_inside.h"
#include <string.h>

static void add(struct bdt_page_window *to, const struct bdt_page_window *w)
{
	for (int series = 0; series < BDT_WINDOW_NR; series++)
		for (int k = 0; k < 2; k++)
			to->count[series][k] += w->count[series][k];
}

/* Neighbours are joined when there are too many: memory does not depend on the length of the trace. */
static void join_windows(struct bdt_page_free *r)
{
	for (size_t i = 0; i < BT_PAGE_WINDOWS / 2; i++) {
		struct bdt_page_window sum = r->window[2 * i];

		add(&sum, &r->window[2 * i + 1]);
		r->window[i] = sum;
	}
	memset(&r->window[BT_PAGE_WINDOWS / 2], 0, sizeof(r->window) / 2);
	r->nwindows = BT_PAGE_WINDOWS / 2;
	r->window_events *= 2;
}

void bdt_page_windows_init(struct bdt_page_free *r)
{
	r->window_events = 4096;
	r->nwindows = 1;
}

void bdt_page_windows_next(struct bdt_page_free *r)
{
	if (r->nwindows == BT_PAGE_WINDOWS)
		join_windows(r);
	r->nwindows++;
}

void bdt_page_saw(struct bdt_page_free *r, enum bdt_page_series series, bool predicted, uint32_t n)
{
	r->window[r->nwindows - 1].count[series][predicted] += n;
}
