/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/inspect.h>
#include <buddytrace/json.h>
#include <buddytrace/replay.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

static const char *output, *kernel;
static uint64_t heal = BT_REPLAY_HEAL;
static unsigned int level;
static uint64_t resync;
static bool json;
static const char *until, *dump_state, *first, *explain, *bisect;
static uint64_t history = BT_INSPECT_HISTORY;

static const char *const levels[] = { "buddy", "page", NULL };

static const struct bdt_option options[] = {
	{ "output", 'o', BDT_OPT_STRING, "DIR", "write score.json and the tables to DIR", &output, NULL },
	{ "kernel", 0, BDT_OPT_STRING, "RELEASE", "replay as this kernel instead of the recorded one",
	  &kernel, NULL },
	{ "heal", 0, BDT_OPT_NUMBER, "N",
	  "after a miss, move up to N blocks out of the way of the observed one (default 32)", &heal, NULL },
	{ "level", 0, BDT_OPT_CHOICE, "LEVEL", "buddy (default), or page: per-CPU lists and zones as well",
	  &level, levels },
	{ "resync", 0, BDT_OPT_NUMBER, "N", "page level: start the free run anew every N events (never)",
	  &resync, NULL },
	{ "json", 0, BDT_OPT_FLAG, NULL, "print the head figures as JSON", &json, NULL },
	{ "until", 0, BDT_OPT_STRING, "EVENT|TIME", "end behind event 1234, or at 1.5s, 250ms of the recording",
	  &until, NULL },
	{ "dump-state", 0, BDT_OPT_STRING, "FILE", "write the model's lists at the end to FILE", &dump_state, NULL },
	{ "stop-at-first", 0, BDT_OPT_OPTIONAL, "CLASS", "explain the first mismatch (of that class) and end there",
	  &first, NULL },
	{ "explain", 0, BDT_OPT_STRING, "PFN|EVENT", "explain event 1234, or tell what happened to page 0x1234",
	  &explain, NULL },
	{ "bisect", 0, BDT_OPT_OPTIONAL, "SNAPSHOT", "since when the model differs from that exact snapshot", &bisect,
	  NULL },
	{ "history", 0, BDT_OPT_NUMBER, "N", "events told of a page by these three (32)", &history, NULL },
	{ NULL },
};

/* "0.9876", more digits where it would read 1 or 0 without being so, "-" where there was nothing to divide by. */
static const char *ratio(double value, char *text, size_t size)
{
	double distance = value < 0.5 ? value : 1 - value, unit = 1e-4;
	int digits = 4;

	if (value < 0)
		return "-";
	for (; distance > 0 && distance < unit / 2 && digits < 9; digits++)
		unit /= 10;
	snprintf(text, size, "%.*f", digits, value);
	return text;
}

static double part(uint64_t n, uint64_t of)
{
	return of ? (double)n / (double)of : -1;
}

static void print_prf(const char *name, const struct bdt_prf *p)
{
	char precision[16], recall[16];

	printf("%-12s observed %" PRIu64 "  predicted %" PRIu64 "  both %" PRIu64
	       "  precision %s  recall %s\n",
	       name, p->observed, p->predicted, p->tp, ratio(p->precision, precision, sizeof(precision)),
	       ratio(p->recall, recall, sizeof(recall)));
}

/* What was predicted above the buddy lists. */
static void print_page_level(const struct bdt_replay_summary *s)
{
	char a[16], b[16], c[16];

	print_prf("refills", &s->refills);
	printf("             size exact %s  allocations from the head of their list %s  zone exact %s\n",
	       ratio(s->refill_size_exact, a, sizeof(a)), ratio(s->list_head, b, sizeof(b)),
	       ratio(s->zone_exact, c, sizeof(c)));
	print_prf("drains", &s->drains);
	printf("             size exact %s\n", ratio(s->drain_size_exact, a, sizeof(a)));
	printf("free run     predicted / observed: refills %s  drained pages %s  fallbacks %s\n",
	       ratio(s->free_refills, a, sizeof(a)), ratio(s->free_drained, b, sizeof(b)),
	       ratio(s->free_fallbacks, c, sizeof(c)));
}

static void print_text(const struct bdt_replay_summary *s)
{
	char a[16], b[16], c[16], d[16];

	fputs("kernel       ", stdout);
	bdt_print_text(s->kernel, strlen(s->kernel));
	printf(", profile %s, %s level\n", s->profile, levels[s->page_level]);
	printf("events       %" PRIu64 " in %.3f s, lost %" PRIu64 "\n", s->events,
	       (double)s->duration_ns / 1e9, s->lost_events);
	printf("removals     %" PRIu64
	       "  pfn exact %s  known %s of them  pfn exact of known %s  contradictions %" PRIu64 "\n",
	       s->removals, ratio(part(s->exact, s->removals), a, sizeof(a)),
	       ratio(part(s->known, s->removals), b, sizeof(b)),
	       ratio(part(s->known_exact, s->known), c, sizeof(c)), s->contradictions);
	print_prf("fallbacks", &s->fallbacks);
	printf("             attributes exact %s  pfn exact %s  baseline F1 %s\n",
	       ratio(s->attributes_exact, a, sizeof(a)), ratio(s->fallback_pfn_exact, b, sizeof(b)),
	       ratio(s->baseline_f1, c, sizeof(c)));
	print_prf("onsets", &s->onsets);
	if (s->page_level)
		print_page_level(s);
	printf("end state    free set Jaccard %s\n", ratio(s->free_jaccard, d, sizeof(d)));
	printf("replay       %.1f s CPU, %.0f events per CPU second, %" PRIu64 " MiB at most\n",
	       s->cpu_seconds, s->events_per_cpu_second, s->peak_rss_bytes >> 20);
}

static void json_prf(struct bdt_json *j, const char *key, const struct bdt_prf *p)
{
	bdt_json_object(j, key);
	bdt_json_u64(j, "observed", p->observed);
	bdt_json_u64(j, "predicted", p->predicted);
	bdt_json_u64(j, "tp", p->tp);
	bdt_json_ratio(j, "precision", p->precision);
	bdt_json_ratio(j, "recall", p->recall);
	bdt_json_end(j);
}

static void json_page_level(struct bdt_json *j, const struct bdt_replay_summary *s)
{
	json_prf(j, "refills", &s->refills);
	bdt_json_ratio(j, "refill_size_exact", s->refill_size_exact);
	bdt_json_ratio(j, "list_head", s->list_head);
	bdt_json_ratio(j, "zone_exact", s->zone_exact);
	json_prf(j, "drains", &s->drains);
	bdt_json_ratio(j, "drain_size_exact", s->drain_size_exact);
	bdt_json_ratio(j, "free_refills", s->free_refills);
	bdt_json_ratio(j, "free_drained", s->free_drained);
	bdt_json_ratio(j, "free_fallbacks", s->free_fallbacks);
}

static void print_json(const struct bdt_replay_summary *s)
{
	struct bdt_json j;

	bdt_json_init(&j, stdout);
	bdt_json_object(&j, NULL);
	bdt_json_string(&j, "kernel", s->kernel);
	bdt_json_string(&j, "profile", s->profile);
	bdt_json_u64(&j, "events", s->events);
	bdt_json_u64(&j, "lost_events", s->lost_events);
	bdt_json_u64(&j, "duration_ns", s->duration_ns);
	bdt_json_u64(&j, "removals", s->removals);
	bdt_json_ratio(&j, "pfn_exact", part(s->exact, s->removals));
	bdt_json_u64(&j, "known", s->known);
	bdt_json_ratio(&j, "pfn_exact_known", part(s->known_exact, s->known));
	bdt_json_u64(&j, "contradictions", s->contradictions);
	json_prf(&j, "fallbacks", &s->fallbacks);
	json_prf(&j, "onsets", &s->onsets);
	bdt_json_ratio(&j, "attributes_exact", s->attributes_exact);
	bdt_json_ratio(&j, "fallback_pfn_exact", s->fallback_pfn_exact);
	bdt_json_ratio(&j, "baseline_f1", s->baseline_f1);
	bdt_json_ratio(&j, "free_jaccard", s->free_jaccard);
	if (s->page_level)
		json_page_level(&j, s);
	bdt_json_double(&j, "cpu_seconds", s->cpu_seconds, 3);
	bdt_json_u64(&j, "peak_rss_bytes", s->peak_rss_bytes);
	bdt_json_end(&j);
	bdt_json_finish(&j);
}

/* Behind which event, or when, the replay ends. */
static bool parse_until(struct bdt_replay_options *opts)
{
	uint64_t event;

	if (!until)
		return true;
	if (!bdt_parse_number(until, &event))
		return bdt_parse_duration(until, &opts->until_ns);
	opts->until_events = event + 1;
	return event != UINT64_MAX;
}

/* A page has its number in hex, with 0x before it; an event is decimal. */
static bool parse_explain(struct bdt_inspect_options *inspect)
{
	bool page = !strncmp(explain, "0x", 2);

	inspect->what = page ? BDT_INSPECT_PAGE : BDT_INSPECT_EVENT;
	return bdt_parse_number(explain, page ? &inspect->pfn : &inspect->event);
}

static int usage(const struct bdt_replay_options *opts)
{
	const struct bdt_cmd *cmd = &bdt_cmd_replay;

	if ((first != NULL) + (explain != NULL) + (bisect != NULL) > 1)
		return bdt_usage_error(cmd, "only one of --stop-at-first, --explain and --bisect at a time");
	if ((first || explain || bisect) && (opts->output || opts->page_level || json))
		return bdt_usage_error(cmd, "--output, --json and --level page go with a whole replay only");
	if (heal > UINT_MAX)
		return bdt_usage_error(cmd, "'%" PRIu64 "' is no value for --heal", heal);
	if (!history || history > 1000000)
		return bdt_usage_error(cmd, "'%" PRIu64 "' is no value for --history", history);
	return 0;
}

static int inspect_recording(const struct bdt_tracefile *tf, const struct bdt_replay_options *opts,
			     const struct bdt_inspect_options *inspect, struct bdt_diag *diag)
{
	int err = bdt_inspect_run(tf, opts, inspect, stdout, bdt_tool_log(), diag);

	bdt_progress_clear();
	return err;
}

static int score_recording(const struct bdt_tracefile *tf, const struct bdt_replay_options *opts,
			   struct bdt_diag *diag)
{
	struct bdt_replay_summary summary;
	int err = bdt_replay_run(tf, opts, &summary, bdt_tool_log(), diag);

	bdt_progress_clear();
	if (!err && json)
		print_json(&summary);
	else if (!err)
		print_text(&summary);
	return err;
}

static int run(int argc, char **argv)
{
	struct bdt_replay_options opts = { .kernel = kernel,
					   .heal = (unsigned int)heal,
					   .output = output,
					   .page_level = level == 1,
					   .resync_events = resync,
					   .dump_state = dump_state };
	struct bdt_inspect_options inspect = { .history = (unsigned int)history };
	struct bdt_tracefile *tf = NULL;
	struct bdt_diag diag;
	bool usage_error;
	int err, code;

	(void)argc;
	if (!parse_until(&opts))
		return bdt_usage_error(&bdt_cmd_replay, "'%s' is no value for --until", until);
	if (explain && !parse_explain(&inspect))
		return bdt_usage_error(&bdt_cmd_replay, "'%s' is no value for --explain", explain);
	if (usage(&opts))
		return BDT_EXIT_USAGE;
	if (bisect)
		inspect.what = BDT_INSPECT_PARTED;
	inspect.class = first && *first ? first : NULL;
	inspect.snapshot = bisect && *bisect ? bisect : NULL;
	bdt_diag_clear(&diag);
	err = bdt_open_recording(argv[0], &tf, &diag);
	if (!err)
		err = first || explain || bisect ? inspect_recording(tf, &opts, &inspect, &diag)
						 : score_recording(tf, &opts, &diag);
	/* a class that is none */
	usage_error = tf && inspect.class && err == -EINVAL;
	bdt_tracefile_close(tf);
	code = bdt_stdout_close();
	if (err)
		code = bdt_fail(argv[0], err, &diag);
	return usage_error ? BDT_EXIT_USAGE : code;
}

const struct bdt_cmd bdt_cmd_replay = {
	.name = "replay",
	.args = "FILE",
	.help = "replay a recording through the model and score its predictions",
	.about = "Before each removal from the free lists the model says which page it would be\n"
		 "and whether it falls back; then it is told what the kernel did.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
