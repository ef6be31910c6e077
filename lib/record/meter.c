/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/meter.h"
#include <string.h>

static void drop_oldest(struct bdt_meter *m)
{
	m->n--;
	memmove(m->samples, m->samples + 1, m->n * sizeof(m->samples[0]));
}

double bdt_meter_add(struct bdt_meter *m, uint64_t now_ns, uint64_t value)
{
	uint64_t span, grown;

	while (m->n > 1 && now_ns - m->samples[1].now_ns >= m->window_ns)
		drop_oldest(m);
	span = m->n ? now_ns - m->samples[0].now_ns : 0;
	grown = m->n && value > m->samples[0].value ? value - m->samples[0].value : 0;
	if (!m->n || now_ns - m->samples[m->n - 1].now_ns >= m->window_ns / (BT_METER_SLOTS - 2)) {
		if (m->n == BT_METER_SLOTS)
			drop_oldest(m);
		m->samples[m->n].now_ns = now_ns;
		m->samples[m->n++].value = value;
	}
	return span > m->window_ns ? (double)grown * ((double)m->window_ns / (double)span) : (double)grown;
}

void bdt_meter_reset(struct bdt_meter *m)
{
	m->n = 0;
}
