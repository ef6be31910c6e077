/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "record/plan.h"
#include "record/rates.h"
#include "record/snapshot.h"
#include <buddytrace/estimate.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#define DEFAULT_NS  10000000000
#define STEP_NS     100000000
#define DAY_S       86400.0
#define COMPRESSION 1
#define RING_EVENT  33.0 /* bytes of an event in the ring */

enum factor {
	EVENTS_PER_PAGE,
	EVENTS_PER_FOLIO_PAGE,
	EVENTS_PER_HUGE,
	EVENTS_PER_COMPACTION,
	EVENTS_PER_RECLAIM,
	FALLBACKS_PER_PAGE,
	RECORDER_NS,
	KERNEL_NS,
	EVENT_BYTES,
};

#define QEMU  "10 to 30 s under memory pressure, kernels 5.10, 6.1, 6.12, 7.2"
#define BUILD "compilers, page cache and a loop of page faults, kernel 6.18"

static const struct bdt_estimate_factor factors[] = {
	[EVENTS_PER_PAGE] = { "events per page", "events", { 2.8, 4.3 }, BUILD "; " QEMU },
	[EVENTS_PER_FOLIO_PAGE] = { "events per page of a large folio of file data",
				    "events",
				    { 0.17, 4.3 },
				    "writing and reading 1.5 GB, kernel 6.18" },
	[EVENTS_PER_HUGE] = { "events per huge page or large anonymous folio",
			      "events",
			      { 2, 5 },
			      "an allocation, a free, and what refills the lists" },
	[EVENTS_PER_COMPACTION] = { "events per compaction run", "events", { 50, 150 }, QEMU },
	[EVENTS_PER_RECLAIM] = { "events per direct reclaim", "events", { 2, 2 }, "its begin and its end" },
	[FALLBACKS_PER_PAGE] = { "fallbacks per allocated page", "events", { 0, 0.01 }, QEMU },
	[RECORDER_NS] = { "CPU time of the recorder per event", "ns", { 80, 120 }, BUILD },
	[KERNEL_NS] = { "CPU time of the traced program per event", "ns", { 110, 240 }, BUILD },
	[EVENT_BYTES] = { "bytes per event in the file", "bytes", { 4.4, 6.6 }, BUILD },
};

const struct bdt_estimate_factor *bdt_estimate_factor_at(size_t i)
{
	return i < sizeof(factors) / sizeof(factors[0]) ? &factors[i] : NULL;
}

/* Of reading and compressing a text of /proc. */
struct text_cost {
	double ns, bytes;
};

static struct bdt_estimate_range times(struct bdt_estimate_range r, double by)
{
	return (struct bdt_estimate_range){ r.low * by, r.high * by };
}

static struct bdt_estimate_range product(struct bdt_estimate_range a, struct bdt_estimate_range b)
{
	return (struct bdt_estimate_range){ a.low * b.low, a.high * b.high };
}

static struct bdt_estimate_range sum(struct bdt_estimate_range a, struct bdt_estimate_range b)
{
	return (struct bdt_estimate_range){ a.low + b.low, a.high + b.high };
}

static struct bdt_estimate_range by(enum factor f, double rate)
{
	return times(factors[f].value, rate);
}

/* Fallbacks, compaction, direct reclaim. */
static struct bdt_estimate_range rare_events(const struct bdt_estimate_rates *r)
{
	return sum(sum(by(EVENTS_PER_COMPACTION, r->compactions), by(EVENTS_PER_RECLAIM, r->direct_reclaims)),
		   by(FALLBACKS_PER_PAGE, r->pages_allocated));
}

/* The pages that are neither in huge pages nor, as far as that can be known, in large folios of files. */
static struct bdt_estimate_range all_events(const struct bdt_estimate_rates *r)
{
	double pages = r->pages_allocated > r->pages_freed ? r->pages_allocated : r->pages_freed;
	double small = pages > r->huge_pages ? pages - r->huge_pages : 0;
	double files = r->file_pages < small ? r->file_pages : small;

	return sum(sum(sum(by(EVENTS_PER_PAGE, small - files), by(EVENTS_PER_FOLIO_PAGE, files)),
		       by(EVENTS_PER_HUGE, r->huge_allocations)),
		   rare_events(r));
}

/* What the texts of /proc cost per second: the recorder reads the dear ones less often. */
static void texts_per_second(const struct bdt_plan *plan, const struct text_cost *costs, double *cpus,
			     double *bytes)
{
	*cpus = *bytes = 0;
	for (size_t i = 0; plan->text_interval_ns && i < BDT_SNAPSHOT_TEXTS; i++) {
		uint64_t pause = bdt_snapshotter_pause((uint64_t)costs[i].ns);
		double interval = (double)(pause > plan->text_interval_ns ? pause : plan->text_interval_ns);

		*cpus += costs[i].ns / interval;
		*bytes += costs[i].bytes / interval * 1e9;
	}
}

static void fill_profile(struct bdt_estimate_profile *p, const struct bdt_plan *plan,
			 const struct bdt_estimate *e, const struct text_cost *costs,
			 const struct bdt_estimate_rates *rates)
{
	double snapshot_cpu, snapshot_bytes;
	struct bdt_estimate_range texts;

	texts_per_second(plan, costs, &snapshot_cpu, &snapshot_bytes);
	texts = (struct bdt_estimate_range){ snapshot_bytes, snapshot_bytes };

	*p = (struct bdt_estimate_profile){
		.name = plan->name,
		.help = plan->help,
		.events_per_s = plan->rare_events ? rare_events(rates) : all_events(rates),
		.ring_bytes = (uint64_t)e->cpus * BT_RECORD_BUFFER_KB << 10,
		.seconds_per_day =
			plan->default_duration_ns ? (double)plan->default_duration_ns / 1e9 : DAY_S,
	};
	p->kernel_cpu = times(product(p->events_per_s, factors[KERNEL_NS].value), 1e-9);
	p->recorder_cpu = times((struct bdt_estimate_range){ 1, 1 }, snapshot_cpu);
	if (plan->ring_only) {
		/* The texts wait in memory. */
		p->bytes_per_cut = (double)p->ring_bytes / RING_EVENT * factors[EVENT_BYTES].value.high;
		return;
	}
	p->recorder_cpu =
		sum(p->recorder_cpu, times(product(p->events_per_s, factors[RECORDER_NS].value), 1e-9));
	p->bytes_per_s = sum(product(p->events_per_s, factors[EVENT_BYTES].value), texts);
	p->bytes_per_day = times(p->bytes_per_s, p->seconds_per_day);
}

static void fill_load(struct bdt_estimate_load *load, const struct bdt_estimate *e,
		      const struct text_cost *costs)
{
	const struct bdt_plan *plan;

	load->nprofiles = 0;
	for (unsigned int i = 0; i < BT_ESTIMATE_PROFILES && (plan = bdt_plan_at(i)); i++)
		fill_profile(&load->profiles[load->nprofiles++], plan, e, costs, &load->rates);
}

/* Reads the texts of a snapshot and compresses them, as the recorder does. */
static void measure_snapshot(struct bdt_estimate *e, struct text_cost *costs, struct bdt_text *text,
			     const char *root)
{
	for (size_t i = 0; bdt_snapshotter_text(i); i++) {
		uint64_t start = bdt_time_ns(CLOCK_THREAD_CPUTIME_ID);
		size_t bound, size;
		void *packed;

		if (bdt_snapshotter_load(i, text, root))
			continue;
		bound = ZSTD_compressBound(text->size);
		packed = malloc(bound);
		if (!packed)
			break;
		size = ZSTD_compress(packed, bound, text->data, text->size, COMPRESSION);
		if (!ZSTD_isError(size))
			costs[i].bytes = (double)size;
		free(packed);
		costs[i].ns = (double)(bdt_time_ns(CLOCK_THREAD_CPUTIME_ID) - start);
		e->snapshot_bytes += costs[i].bytes;
		e->snapshot_ns += costs[i].ns;
	}
}

static void watch(const struct bdt_estimate_options *options, const struct bdt_log *log)
{
	uint64_t duration = options->duration_ns ? options->duration_ns : DEFAULT_NS;
	uint64_t start = bdt_now_ns(), past;

	while (!(options->stop && *options->stop) && (past = bdt_now_ns() - start) < duration) {
		uint64_t step = duration - past < STEP_NS ? duration - past : STEP_NS;
		struct timespec pause = { 0, (long)step };

		nanosleep(&pause, NULL);
		if (log && log->progress)
			log->progress(log->user, "watching", past, duration);
	}
}

int bdt_estimate_run(const struct bdt_estimate_options *options, struct bdt_estimate *out,
		     const struct bdt_log *log, struct bdt_diag *diag)
{
	struct text_cost costs[BDT_SNAPSHOT_TEXTS] = { { 0, 0 } };
	struct bdt_text text = { NULL, 0, 0 };
	struct bdt_counters from, to;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int err;

	*out = (struct bdt_estimate){ .cpus = cpus > 0 ? (uint32_t)cpus : 1 };
	measure_snapshot(out, costs, &text, options->root);
	err = bdt_counters_read(&from, &text, options->root, diag);
	if (!err) {
		watch(options, log);
		err = bdt_counters_read(&to, &text, options->root, diag);
	}
	bdt_text_finish(&text);
	if (err)
		return err;
	bdt_counters_rates(&from, &to, &out->now.rates);
	bdt_counters_rates(NULL, &to, &out->boot.rates);
	fill_load(&out->now, out, costs);
	fill_load(&out->boot, out, costs);
	return 0;
}
