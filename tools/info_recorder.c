/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "info.h"
#include "cmd.h"
#include "table.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPU_ROWS 32
/* Below that, the cost is not that of the events. */
#define MIN_EVENTS 10000
#define WIDTH      90 /* columns of a list of events */
#define FILTER     "record.filter."

/* The fact `key`, NULL if it is absent or empty. */
static const char *fact(const struct bdt_tracefile *file, const char *key)
{
	const char *text = bdt_tracefile_machine(file, key);

	return text && *text ? text : NULL;
}

static bool number(const struct bdt_tracefile *file, const char *key, int64_t *value)
{
	const char *text = fact(file, key);
	char *end;

	if (!text)
		return false;
	errno = 0;
	*value = strtoll(text, &end, 10);
	return !errno && end != text && !*end;
}

/* "1 filter" and the like: a fact whose key starts with `prefix` from position *i on; NULL past the last. */
static const char *next_with(const struct bdt_tracefile *file, const char *prefix, size_t *i,
			     const char **value)
{
	const char *key;

	while (bdt_tracefile_machine_at(file, (*i)++, &key, value))
		if (!strncmp(key, prefix, strlen(prefix)))
			return key + strlen(prefix);
	return NULL;
}

static void print_fact(const char *label, const char *text, const char *after)
{
	fputs(label, stdout);
	bdt_print_text(text, strlen(text));
	fputs(after, stdout);
}

/* "kmem:a kmem:b ..." with a line for each system, and more where one is not enough. */
static void print_events(const char *text)
{
	const char *system = "";
	size_t used = 0;

	fputs("           events", stdout);
	while (*(text += strspn(text, " "))) {
		size_t n = strcspn(text, " ");
		const char *colon = memchr(text, ':', n);
		size_t prefix = colon ? (size_t)(colon - text) + 1 : 0;

		if (strncmp(text, system, prefix)) {
			system = text;
			printf("\n             ");
			bdt_print_text(text, prefix);
			used = 13 + prefix;
		} else if (used + n - prefix >= WIDTH) {
			printf("\n              ");
			used = 14;
		}
		putchar(' ');
		bdt_print_text(text + prefix, n - prefix);
		used += 1 + n - prefix;
		text += n;
	}
	putchar('\n');
}

static void print_cost(const struct bdt_tracefile *file, uint64_t events, uint64_t duration_ns)
{
	int64_t cpu, rss, allocs, pages;

	if (number(file, "record.cpu_ns", &cpu)) {
		printf("           cost: %.3f s of CPU", (double)cpu / 1e9);
		/* In a series it is counted from the start of the recorder, not of the file. */
		if (fact(file, "series.name"))
			events = duration_ns = 0;
		if (events >= MIN_EVENTS)
			printf(", %.1f ns per event", (double)cpu / (double)events);
		if (duration_ns)
			printf(", %.2f %% of one CPU", 100.0 * (double)cpu / (double)duration_ns);
		if (number(file, "record.rss_kb", &rss))
			printf("; %.1f MiB of memory", (double)rss / 1024);
		putchar('\n');
	}
	if (number(file, "record.own_allocs", &allocs) && number(file, "record.own_pages", &pages) && allocs)
		printf("           %" PRId64 " of the allocations are its own, of %" PRId64 " pages in all\n",
		       allocs, pages);
}

static void print_series(const struct bdt_tracefile *file)
{
	const char *name = fact(file, "series.name"), *profile = fact(file, "record.profile"), *text;
	int64_t n;

	if (!name)
		return;
	print_fact("series     ", name, "");
	if (number(file, "series.number", &n))
		printf(", file number %" PRId64, n);
	text = fact(file, "series.previous");
	if (text)
		print_fact(", the one before it is ", text, "");
	text = fact(file, "series.cause");
	if (text)
		print_fact(profile && !strcmp(profile, "flight") ? "; begun by: " : "; ended by: ", text, "");
	putchar('\n');
}

void bdt_info_recorder(const struct bdt_tracefile *file, uint64_t events, uint64_t duration_ns)
{
	const char *tool = fact(file, "record.tool"), *text, *event;
	size_t i = 0;

	if (tool) {
		print_fact("recorder   ", tool, "");
		text = fact(file, "record.profile");
		if (text)
			print_fact(", profile ", text, "");
		text = fact(file, "record.stacks");
		if (text && strcmp(text, "none"))
			print_fact(", stack traces: ", text, "");
		putchar('\n');
	}
	text = fact(file, "record.events");
	if (text)
		print_events(text);
	text = fact(file, "record.missing_events");
	if (text)
		print_fact("           events this kernel does not have: ", text, "\n");
	while ((event = next_with(file, FILTER, &i, &text))) {
		print_fact("           only some of ", event, ": ");
		print_fact("", text, "\n");
	}
	text = fact(file, "record.recovered");
	if (text)
		print_fact("           was interrupted; made a complete file by ", text, "\n");
	print_cost(file, events, duration_ns);
	print_series(file);
}

void bdt_info_clock(const struct bdt_tracefile *file)
{
	const char *source = fact(file, "clock.source"), *trouble = fact(file, "clock.trouble");
	int64_t cpus, offset, error, backward, flag;

	if (!source)
		return;
	print_fact("           source ", source, "");
	if (number(file, "clock.constant_tsc", &flag))
		fputs(flag ? ", constant rate" : ", rate changes", stdout);
	if (number(file, "clock.nonstop_tsc", &flag))
		fputs(flag ? ", never stops" : ", stops in idle", stdout);
	if (number(file, "clock.cpus_compared", &cpus) && number(file, "clock.offset_ns", &offset) &&
	    number(file, "clock.offset_error_ns", &error))
		printf("; %" PRId64 " CPUs compared: at most %" PRId64 " ns (+- %" PRId64 ") apart", cpus,
		       offset, error);
	if (number(file, "clock.backward_ns", &backward) && backward)
		printf(", went back by %" PRId64 " ns", backward);
	putchar('\n');
	if (trouble)
		print_fact("           unreliable: ", trouble, "\n");
}

static uint64_t unaccounted(const struct bdt_loss_cpu *loss)
{
	uint64_t accounted = loss->read + loss->overrun + loss->dropped;

	return loss->written > accounted ? loss->written - accounted : 0;
}

static void loss_row(struct bdt_table *table, const struct bdt_loss_cpu *loss, const char *name)
{
	bdt_table_cell(table, "%s", name);
	bdt_table_cell(table, "%" PRIu64, loss->written);
	bdt_table_cell(table, "%" PRIu64, loss->read);
	bdt_table_cell(table, "%" PRIu64, loss->overrun);
	bdt_table_cell(table, "%" PRIu64, loss->dropped);
	bdt_table_cell(table, "%" PRIu64, unaccounted(loss));
}

void bdt_info_losses(const struct bdt_tracefile *file)
{
	size_t n = bdt_tracefile_nloss(file), lossy = 0;
	struct bdt_loss_cpu rest = { 0 };
	struct bdt_table table;
	char name[32];

	bdt_table_init(&table, ">CPU|>written|>read|>overrun|>dropped|>unaccounted");
	for (size_t i = 0; i < n; i++) {
		const struct bdt_loss_cpu *loss = bdt_tracefile_loss(file, i);

		if (!loss->overrun && !loss->dropped && !unaccounted(loss))
			continue;
		snprintf(name, sizeof(name), "%u", loss->cpu);
		if (lossy++ < MAX_CPU_ROWS) {
			loss_row(&table, loss, name);
			continue;
		}
		rest.written += loss->written;
		rest.read += loss->read;
		rest.overrun += loss->overrun;
		rest.dropped += loss->dropped;
	}
	snprintf(name, sizeof(name), "(%zu more)", lossy - MAX_CPU_ROWS);
	if (lossy > MAX_CPU_ROWS)
		loss_row(&table, &rest, name);
	if (lossy)
		bdt_table_print(&table, 11, stdout);
	else
		bdt_table_drop(&table);
}

static void json_number(struct bdt_json *j, const struct bdt_tracefile *file, const char *key,
			const char *name)
{
	int64_t value;

	if (number(file, key, &value))
		bdt_json_i64(j, name, value);
	else
		bdt_json_null(j, name);
}

static void json_filters(struct bdt_json *j, const struct bdt_tracefile *file)
{
	const char *event, *filter;
	size_t i = 0;

	bdt_json_object(j, "filters");
	while ((event = next_with(file, FILTER, &i, &filter)))
		bdt_json_string(j, event, filter);
	bdt_json_end(j);
}

static void json_recorder(struct bdt_json *j, const struct bdt_tracefile *file, uint64_t events,
			  uint64_t duration_ns)
{
	int64_t cpu = -1;

	if (!fact(file, "record.tool")) {
		bdt_json_null(j, "recorder");
		return;
	}
	if (!fact(file, "series.name"))
		number(file, "record.cpu_ns", &cpu);
	bdt_json_object(j, "recorder");
	bdt_json_string(j, "tool", fact(file, "record.tool"));
	bdt_json_string(j, "profile", fact(file, "record.profile"));
	bdt_json_string(j, "events", fact(file, "record.events"));
	bdt_json_string(j, "missing_events", fact(file, "record.missing_events"));
	bdt_json_string(j, "stacks", fact(file, "record.stacks"));
	json_filters(j, file);
	bdt_json_string(j, "recovered", fact(file, "record.recovered"));
	json_number(j, file, "record.cpu_ns", "cpu_ns");
	if (cpu >= 0 && events)
		bdt_json_double(j, "cpu_ns_per_event", (double)cpu / (double)events, 1);
	else
		bdt_json_null(j, "cpu_ns_per_event");
	if (cpu >= 0 && duration_ns)
		bdt_json_double(j, "cpu_share", (double)cpu / (double)duration_ns, 6);
	else
		bdt_json_null(j, "cpu_share");
	json_number(j, file, "record.rss_kb", "rss_kb");
	json_number(j, file, "record.own_allocs", "own_allocations");
	json_number(j, file, "record.own_pages", "own_pages");
	bdt_json_end(j);
}

static void json_series(struct bdt_json *j, const struct bdt_tracefile *file)
{
	if (!fact(file, "series.name")) {
		bdt_json_null(j, "series");
		return;
	}
	bdt_json_object(j, "series");
	bdt_json_string(j, "name", fact(file, "series.name"));
	json_number(j, file, "series.number", "number");
	bdt_json_string(j, "previous", fact(file, "series.previous"));
	bdt_json_string(j, "ended_by", fact(file, "series.cause"));
	bdt_json_end(j);
}

static void json_clock(struct bdt_json *j, const struct bdt_tracefile *file)
{
	if (!fact(file, "clock.source")) {
		bdt_json_null(j, "clock_quality");
		return;
	}
	bdt_json_object(j, "clock_quality");
	bdt_json_string(j, "source", fact(file, "clock.source"));
	json_number(j, file, "clock.constant_tsc", "constant_tsc");
	json_number(j, file, "clock.nonstop_tsc", "nonstop_tsc");
	json_number(j, file, "clock.cpus_compared", "cpus_compared");
	json_number(j, file, "clock.offset_ns", "offset_ns");
	json_number(j, file, "clock.offset_error_ns", "offset_error_ns");
	json_number(j, file, "clock.backward_ns", "backward_ns");
	bdt_json_string(j, "trouble", fact(file, "clock.trouble"));
	bdt_json_end(j);
}

void bdt_info_recorder_json(struct bdt_json *j, const struct bdt_tracefile *file, uint64_t events,
			    uint64_t duration_ns)
{
	json_recorder(j, file, events, duration_ns);
	json_series(j, file);
	json_clock(j, file);
}

void bdt_info_losses_json(struct bdt_json *j, const struct bdt_tracefile *file)
{
	bdt_json_array(j, "cpus");
	for (size_t i = 0; i < bdt_tracefile_nloss(file); i++) {
		const struct bdt_loss_cpu *loss = bdt_tracefile_loss(file, i);

		bdt_json_object(j, NULL);
		bdt_json_u64(j, "cpu", loss->cpu);
		bdt_json_u64(j, "written", loss->written);
		bdt_json_u64(j, "read", loss->read);
		bdt_json_u64(j, "overrun", loss->overrun);
		bdt_json_u64(j, "dropped", loss->dropped);
		bdt_json_u64(j, "unaccounted", unaccounted(loss));
		bdt_json_end(j);
	}
	bdt_json_end(j);
}
