/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/clock_quality.h"
#include "base/text.h"
#include "record/facts.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET_NS 500000000

/* Clock sources whose ticks are so long that many events get the same stamp. */
static const char *const coarse[] = { "jiffies", "refined-jiffies", "pit", "acpi_pm", "hpet" };

static void read_source(struct bdt_clock_quality *q, struct bdt_text *text, const char *root)
{
	q->source[0] = '\0';
	if (bdt_text_read(text, root, "/sys/devices/system/clocksource/clocksource0/current_clocksource"))
		return;
	bdt_text_chomp(text);
	snprintf(q->source, sizeof(q->source), "%s", text->data);
}

/* Whether `word` is in the line "flags : ..." of /proc/cpuinfo; -1 without such a line or without a counter.
 */
static int has_flag(const char *cpuinfo, const char *word)
{
	const char *line = strstr(cpuinfo, "\nflags"), *end, *pos;
	size_t len = strlen(word);

	if (!line)
		return -1;
	end = strchr(line + 1, '\n');
	for (pos = line; (pos = strstr(pos, word)) && (!end || pos < end); pos += len)
		if (pos[-1] == ' ' && (pos[len] == ' ' || pos[len] == '\n' || !pos[len]))
			return 1;
	return 0;
}

static void read_flags(struct bdt_clock_quality *q, struct bdt_text *text, const char *root)
{
	q->constant_tsc = q->nonstop_tsc = -1;
	if (bdt_text_read(text, root, "/proc/cpuinfo") || has_flag(text->data, "tsc") != 1)
		return;
	q->constant_tsc = has_flag(text->data, "constant_tsc");
	q->nonstop_tsc = has_flag(text->data, "nonstop_tsc");
}

static void add(struct bdt_pingpong *worst, const struct bdt_pingpong *p)
{
	if (!worst->exchanges || llabs(p->offset_ns) > llabs(worst->offset_ns)) {
		worst->offset_ns = p->offset_ns;
		worst->round_ns = p->round_ns;
	}
	if (p->backward_ns > worst->backward_ns)
		worst->backward_ns = p->backward_ns;
	worst->exchanges += p->exchanges;
}

static void compare(struct bdt_clock_quality *q, const struct bdt_clock *clock, const uint32_t *cpus)
{
	uint64_t start = bdt_clock_now(clock);

	for (size_t i = 1; i < q->ncpus && bdt_clock_now(clock) - start < BUDGET_NS; i++) {
		struct bdt_pingpong p;

		if (bdt_pingpong_run(&p, clock, cpus[0], cpus[i]) || !p.exchanges)
			continue;
		add(&q->worst, &p);
		q->checked++;
	}
}

static bool is_coarse(const char *source)
{
	for (size_t i = 0; i < sizeof(coarse) / sizeof(coarse[0]); i++)
		if (!strcmp(source, coarse[i]))
			return true;
	return false;
}

void bdt_clock_quality_judge(struct bdt_clock_quality *q)
{
	bool tsc = !strcmp(q->clock, "x86-tsc"), local = !strcmp(q->clock, "local");
	bool steady = q->constant_tsc && q->nonstop_tsc;

	q->trouble[0] = '\0';
	if (q->worst.backward_ns)
		snprintf(q->trouble, sizeof(q->trouble),
			 "the CPUs disagree by up to %" PRIu64
			 " ns: events of different CPUs may be out of order",
			 q->worst.backward_ns);
	else if ((tsc || local) && !steady)
		snprintf(q->trouble, sizeof(q->trouble),
			 "the time-stamp counter of this machine changes its rate or stops: take --clock "
			 "mono");
	else if (!tsc && is_coarse(q->source))
		snprintf(q->trouble, sizeof(q->trouble),
			 "the clock source %s is coarse: many events will have the same stamp", q->source);
}

void bdt_clock_quality_measure(struct bdt_clock_quality *q, const struct bdt_clock *clock,
			       const uint32_t *cpus, size_t ncpus, const char *root)
{
	struct bdt_text text = { NULL, 0, 0 };

	*q = (struct bdt_clock_quality){ .clock = clock->name, .ncpus = ncpus };
	read_source(q, &text, root);
	read_flags(q, &text, root);
	bdt_text_finish(&text);
	if (bdt_clock_exact(clock))
		compare(q, clock, cpus);
	bdt_clock_quality_judge(q);
}

static int write_flag(struct bdt_writer *w, const char *key, int flag)
{
	return flag < 0 ? 0 : bdt_facts_set(w, key, "%d", flag);
}

int bdt_clock_quality_write(const struct bdt_clock_quality *q, struct bdt_writer *w)
{
	int err = bdt_facts_set(w, "clock.source", "%s", q->source);

	if (!err)
		err = write_flag(w, "clock.constant_tsc", q->constant_tsc);
	if (!err)
		err = write_flag(w, "clock.nonstop_tsc", q->nonstop_tsc);
	if (!err)
		err = bdt_facts_set(w, "clock.cpus_compared", "%zu", q->checked ? q->checked + 1 : 0);
	if (!err && q->checked) {
		err = bdt_facts_set(w, "clock.offset_ns", "%" PRId64, q->worst.offset_ns);
		if (!err)
			err = bdt_facts_set(w, "clock.offset_error_ns", "%" PRIu64, q->worst.round_ns / 2);
		if (!err)
			err = bdt_facts_set(w, "clock.backward_ns", "%" PRIu64, q->worst.backward_ns);
	}
	if (!err)
		err = bdt_facts_set(w, "clock.trouble", "%s", q->trouble);
	return err;
}
