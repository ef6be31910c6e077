/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/estimate.h>
#include <buddytrace/json.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>

static uint64_t duration_ns = 10000000000;
static bool json;
static volatile sig_atomic_t stop;

static void request_stop(int sig)
{
	stop = sig;
}

/* "12", "3.4 k", "5.6 MB": three digits that matter. */
static const char *short_number(double value, const char *unit, char *text, size_t size)
{
	static const char *const prefixes[] = { "", "k", "M", "G", "T", "P" };
	size_t i = 0;
	int digits;

	for (; value >= 999.5 && i + 1 < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		value /= 1000;
	digits = value >= 9.95 || value == 0 ? 0 : value >= 0.095 ? 1 : 2;
	snprintf(text, size, "%.*f%s%s%s", digits, value, *prefixes[i] || *unit ? " " : "", prefixes[i],
		 unit);
	return text;
}

static const char *range(struct bdt_estimate_range r, double by, const char *unit, char *text, size_t size)
{
	char low[32], high[32];

	short_number(r.low * by, unit, low, sizeof(low));
	short_number(r.high * by, unit, high, sizeof(high));
	if (strcmp(low, high))
		snprintf(text, size, "%s - %s", low, high);
	else
		snprintf(text, size, "%s", high);
	return text;
}

static void print_rates(const char *name, const struct bdt_estimate_rates *r)
{
	char alloc[32], freed[32];

	printf("%-10s %s pages/s allocated, %s freed, %.1f compactions/s, %.1f direct reclaims/s (%.0f s)\n",
	       name, short_number(r->pages_allocated, "", alloc, sizeof(alloc)),
	       short_number(r->pages_freed, "", freed, sizeof(freed)), r->compactions, r->direct_reclaims,
	       r->seconds);
}

static void print_profile(const struct bdt_estimate_profile *p)
{
	char events[80], recorder[80], kernel[80], disk[80], cut[32];

	range(p->events_per_s, 1, "", events, sizeof(events));
	range(p->recorder_cpu, 100, "%", recorder, sizeof(recorder));
	range(p->kernel_cpu, 100, "%", kernel, sizeof(kernel));
	if (p->bytes_per_cut > 0)
		snprintf(disk, sizeof(disk), "%s per cut",
			 short_number(p->bytes_per_cut, "B", cut, sizeof(cut)));
	else
		range(p->bytes_per_day, 1, "B", disk, sizeof(disk));
	printf("%-8s %17s  %16s  %16s  %s\n", p->name, events, recorder, kernel, disk);
}

static void print_text(const struct bdt_estimate *e)
{
	char text[80];

	print_rates("now", &e->now.rates);
	print_rates("since boot", &e->boot.rates);
	printf("\n%-8s %17s  %16s  %16s  %s\n", "profile", "events/s", "recorder", "traced side",
	       "disk per day");
	for (size_t i = 0; i < e->now.nprofiles; i++)
		print_profile(&e->now.profiles[i]);
	puts("\nCPU in percent of one CPU.  Per day: window records one minute of it, the others all of it, "
	     "if every\n"
	     "second is like those that were watched.");
	for (size_t i = 0; i < e->boot.nprofiles; i++) {
		if (strcmp(e->boot.profiles[i].name, "full"))
			continue;
		range(e->boot.profiles[i].bytes_per_day, 1, "B", text, sizeof(text));
		printf("At the average since boot, full would write %s per day.\n", text);
	}
	short_number((double)e->now.profiles[0].ring_bytes, "B", text, sizeof(text));
	printf("Ring buffers: %s of memory (%" PRIu32
	       " CPUs).  A snapshot of the /proc texts: %.1f kB, %.2f ms.\n\n",
	       text, e->cpus, e->snapshot_bytes / 1e3, e->snapshot_ns / 1e6);
	puts("Made with");
	for (size_t i = 0; bdt_estimate_factor_at(i); i++) {
		const struct bdt_estimate_factor *f = bdt_estimate_factor_at(i);

		printf("  %g", f->value.low);
		if (f->value.high > f->value.low)
			printf(" - %g", f->value.high);
		printf(" %s: %s\n      (%s)\n", f->unit, f->name, f->source);
	}
}

static void json_range(struct bdt_json *j, const char *key, struct bdt_estimate_range r, int digits)
{
	bdt_json_object(j, key);
	bdt_json_double(j, "low", r.low, digits);
	bdt_json_double(j, "high", r.high, digits);
	bdt_json_end(j);
}

static void json_rates(struct bdt_json *j, const struct bdt_estimate_rates *r)
{
	bdt_json_double(j, "seconds", r->seconds, 2);
	bdt_json_double(j, "pages_allocated_per_s", r->pages_allocated, 1);
	bdt_json_double(j, "pages_freed_per_s", r->pages_freed, 1);
	bdt_json_double(j, "huge_pages_per_s", r->huge_pages, 1);
	bdt_json_double(j, "huge_allocations_per_s", r->huge_allocations, 3);
	bdt_json_double(j, "file_pages_per_s", r->file_pages, 1);
	bdt_json_double(j, "direct_reclaims_per_s", r->direct_reclaims, 3);
	bdt_json_double(j, "compactions_per_s", r->compactions, 3);
}

static void json_profile(struct bdt_json *j, const struct bdt_estimate_profile *p)
{
	bdt_json_object(j, p->name);
	json_range(j, "events_per_s", p->events_per_s, 1);
	json_range(j, "recorder_cpus", p->recorder_cpu, 6);
	json_range(j, "traced_side_cpus", p->kernel_cpu, 6);
	json_range(j, "bytes_per_s", p->bytes_per_s, 0);
	json_range(j, "bytes_per_day", p->bytes_per_day, 0);
	bdt_json_double(j, "seconds_per_day", p->seconds_per_day, 0);
	bdt_json_double(j, "bytes_per_cut", p->bytes_per_cut, 0);
	bdt_json_u64(j, "ring_bytes", p->ring_bytes);
	bdt_json_end(j);
}

static void json_load(struct bdt_json *j, const char *key, const struct bdt_estimate_load *load)
{
	bdt_json_object(j, key);
	json_rates(j, &load->rates);
	bdt_json_object(j, "profiles");
	for (size_t i = 0; i < load->nprofiles; i++)
		json_profile(j, &load->profiles[i]);
	bdt_json_end(j);
	bdt_json_end(j);
}

static void print_json(const struct bdt_estimate *e)
{
	struct bdt_json j;

	bdt_json_init(&j, stdout);
	bdt_json_object(&j, NULL);
	bdt_json_u64(&j, "cpus", e->cpus);
	bdt_json_double(&j, "snapshot_bytes", e->snapshot_bytes, 0);
	bdt_json_double(&j, "snapshot_ns", e->snapshot_ns, 0);
	json_load(&j, "now", &e->now);
	json_load(&j, "since_boot", &e->boot);
	bdt_json_array(&j, "factors");
	for (size_t i = 0; bdt_estimate_factor_at(i); i++) {
		const struct bdt_estimate_factor *f = bdt_estimate_factor_at(i);

		bdt_json_object(&j, NULL);
		bdt_json_string(&j, "name", f->name);
		bdt_json_string(&j, "unit", f->unit);
		json_range(&j, "value", f->value, 3);
		bdt_json_string(&j, "source", f->source);
		bdt_json_end(&j);
	}
	bdt_json_end(&j);
	bdt_json_end(&j);
	bdt_json_finish(&j);
}

static int run(int argc, char **argv)
{
	struct bdt_estimate_options options = { .duration_ns = duration_ns, .stop = &stop };
	struct sigaction action = { .sa_handler = request_stop };
	struct bdt_estimate estimate;
	struct bdt_diag diag;
	int err;

	(void)argc;
	(void)argv;
	bdt_diag_clear(&diag);
	sigaction(SIGINT, &action, NULL);
	err = bdt_estimate_run(&options, &estimate, bdt_tool_log(), &diag);
	bdt_progress_clear();
	if (err)
		return bdt_fail(NULL, err, &diag);
	if (json)
		print_json(&estimate);
	else
		print_text(&estimate);
	return bdt_stdout_close();
}

static const struct bdt_option options_table[] = {
	{ "duration", 'd', BDT_OPT_DURATION, "TIME", "watch for 90, 1.5s, 250ms, 5m ... (10s)", &duration_ns,
	  NULL },
	{ "json", 0, BDT_OPT_FLAG, NULL, "print as JSON", &json, NULL },
	{ 0 },
};

const struct bdt_cmd bdt_cmd_estimate = {
	.name = "estimate",
	.args = "",
	.help = "tell what a recording of this machine would cost, without tracing",
	.about = "Watches the kernel's counters for a while and says, for each profile of record,\n"
		 "how many events, how much CPU time and how much disk it would take.  Needs no\n"
		 "rights.\n",
	.options = options_table,
	.min_args = 0,
	.max_args = 0,
	.run = run,
};
