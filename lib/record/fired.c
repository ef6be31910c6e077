/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/session.h"
#include <inttypes.h>
#include <stdio.h>

/* While tracing was being switched: recorded or not, nobody knows. */
static uint64_t fired_at_ends(const struct bdt_session *s, size_t event)
{
	uint64_t looks[LOOKS];

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i] = s->fired[i][event].all + s->fired[i][event].missed;
	return looks[LOOK_ON] - looks[LOOK_OFF] + looks[LOOK_OFF_AGAIN] - looks[LOOK_STILL_ON];
}

void bdt_session_look_what_fired(struct bdt_session *s, unsigned int when)
{
	if (s->common.layout.watched[0])
		bdt_exact_taker_fired(s->snapshots.exact, s->fired[when]);
}

void bdt_session_write_fired(struct bdt_session *s)
{
	char key[64], text[BT_EXACT_BY_CPU + 128];

	for (size_t i = 0; s->common.layout.watched[0] && bdt_exact_taker_counted(i); i++) {
		const struct bdt_exact_fired *from = &s->fired[LOOK_OFF][i],
					     *to = &s->fired[LOOK_OFF_AGAIN][i];
		uint64_t by_cpu[BT_EXACT_CPUS];
		int n = snprintf(text, sizeof(text),
				 "%" PRIu64 " init=%" PRIu64 " missed=%" PRIu64 " ends=%" PRIu64,
				 to->all - from->all, to->init - from->init, to->missed - from->missed,
				 fired_at_ends(s, i));

		for (unsigned int cpu = 0; cpu < BT_EXACT_CPUS; cpu++)
			by_cpu[cpu] = to->cpu[cpu] - from->cpu[cpu];
		bdt_exact_by_cpu(text + n, by_cpu);
		snprintf(key, sizeof(key), "fired.%s", bdt_exact_taker_counted(i));
		bdt_writer_machine(s->volume->writer, key, text);
	}
}

void bdt_session_sum_up_fired(struct bdt_session *s, const struct bdt_count *count)
{
	for (size_t i = 0; s->common.layout.watched[0] && bdt_exact_taker_counted(i); i++) {
		const struct bdt_exact_fired *from = &s->fired[LOOK_OFF][i],
					     *to = &s->fired[LOOK_OFF_AGAIN][i];

		s->summary->fired[i] = (struct bdt_record_fired){ .event = bdt_exact_taker_counted(i),
								  .fired = to->all - from->all,
								  .recorded = count->watched[i],
								  .missed = to->missed - from->missed,
								  .at_ends = fired_at_ends(s, i),
								  .fired_init = to->init - from->init };
	}
}
