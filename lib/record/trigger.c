/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/text.h"
#include "record/instance.h"
#include "record/meter.h"
#include "record/stats.h"
#include "record/trigger.h"
#include <buddytrace/machine.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND  1000000000ULL
#define POLL_NS 250000000
#define EXTFRAG "events/kmem/mm_page_alloc_extfrag/enable"
/* Two sub-buffers a CPU, the least there is: only the counts are of interest. */
#define RING_KB "1"
#define STATS   4096 /* bytes of a stats text that hold its counts */

struct watch {
	struct bdt_trigger trigger;
	struct bdt_meter meter;
};

struct bdt_triggers {
	const char *root;
	struct bdt_text text;
	struct bdt_instance instance; /* of the fallbacks */
	int *stats;                   /* their per_cpu/cpuN/stats */
	size_t nstats;
	uint64_t polled_ns;
	char reason[96];
	size_t n;
	struct watch watches[];
};

struct kind {
	const char *name;
	bool share;       /* a percentage of the window, not a number of events in it */
	const char *what; /* fires: "12 WHAT in 1 s" */
	const char *needs;
	/* The counter in *value (ns where it is a share).  0, -ENOENT when the kernel has none, -errno. */
	int (*read)(struct bdt_triggers *t, uint64_t *value);
};

static int read_fallbacks(struct bdt_triggers *t, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < t->nstats; i++) {
		struct bdt_ring_stats stats;
		char text[STATS];
		ssize_t n = pread(t->stats[i], text, sizeof(text) - 1, 0);

		if (n < 0)
			return -errno;
		text[n] = '\0';
		bdt_ring_stats_parse(&stats, text);
		*value += bdt_ring_stats_written(&stats);
	}
	return 0;
}

static int read_compact_fail(struct bdt_triggers *t, uint64_t *value)
{
	int err = bdt_text_read(&t->text, t->root, "/proc/vmstat");

	if (err)
		return err;
	return bdt_vmstat_get(t->text.data, t->text.size, "compact_fail", value) ? 0 : -ENOENT;
}

/* One counter per zone, in older kernels a single one. */
static int read_stalls(struct bdt_triggers *t, uint64_t *value)
{
	int err = bdt_text_read(&t->text, t->root, "/proc/vmstat");
	bool found = false;

	*value = 0;
	for (const char *at = err ? NULL : t->text.data; at && (at = strstr(at, "allocstall"));
	     at = strchr(at, ' ')) {
		const char *number = strpbrk(at, " \n");

		if (!number)
			break;
		*value += strtoull(number, NULL, 10);
		found = true;
	}
	return err ? err : found ? 0 : -ENOENT;
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=7069087": us, and more up to date than the averages. */
static int read_pressure(struct bdt_triggers *t, uint64_t *value)
{
	int err = bdt_text_read(&t->text, t->root, "/proc/pressure/memory");
	const char *total;

	if (err)
		return err == -EOPNOTSUPP ? -ENOENT : err;
	total = !strncmp(t->text.data, "some ", 5) ? strstr(t->text.data, "total=") : NULL;
	if (!total)
		return -ENOENT;
	*value = strtoull(total + strlen("total="), NULL, 10) * 1000;
	return 0;
}

static const struct kind kinds[] = {
	[BDT_TRIGGER_FALLBACKS] = { "fallbacks", false, "fallbacks", "the mm_page_alloc_extfrag event",
				    read_fallbacks },
	[BDT_TRIGGER_COMPACT_FAIL] = { "compact-fail", false, "failed compactions",
				       "compact_fail in /proc/vmstat (CONFIG_COMPACTION)",
				       read_compact_fail },
	[BDT_TRIGGER_STALL] = { "stall", false, "stalled allocations", "allocstall in /proc/vmstat",
				read_stalls },
	[BDT_TRIGGER_PSI] = { "psi", true, "of the time stalled on memory",
			      "/proc/pressure/memory (CONFIG_PSI, psi=1)", read_pressure },
};

#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct {
	const char *unit;
	uint64_t ns;
} windows[] = { { "/s", SECOND }, { "/m", 60 * SECOND }, { "/h", 3600 * SECOND } };

static bool parse_threshold(const struct kind *kind, const char *text, struct bdt_trigger *trigger)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	trigger->threshold = strtod(text, &end);
	trigger->window_ns = SECOND;
	if (!(trigger->threshold > 0 && trigger->threshold < 1e15))
		return false;
	if (kind->share)
		return (!*end || !strcmp(end, "%")) && trigger->threshold <= 100;
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		if (!strcmp(end, windows[i].unit)) {
			trigger->window_ns = windows[i].ns;
			return true;
		}
	return false;
}

int bdt_trigger_parse(const char *text, struct bdt_trigger *trigger, struct bdt_diag *diag)
{
	size_t length = strcspn(text, "=");

	for (size_t i = 0; i < NKINDS; i++) {
		if (strlen(kinds[i].name) != length || strncmp(kinds[i].name, text, length))
			continue;
		trigger->kind = (enum bdt_trigger_kind)i;
		if (text[length] && parse_threshold(&kinds[i], text + length + 1, trigger))
			return 0;
		return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET, "trigger '%s': it is written %s=%s", text,
				    kinds[i].name, kinds[i].share ? "PERCENT" : "N/s, N/m or N/h");
	}
	return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET,
			    "no trigger '%s': there are fallbacks=N/s, compact-fail=N/s, stall=N/s and "
			    "psi=PERCENT",
			    text);
}

static int open_stats(struct bdt_triggers *t, struct bdt_diag *diag)
{
	long ncpus = sysconf(_SC_NPROCESSORS_CONF);
	char path[PATH_MAX + 64];

	t->stats = calloc(ncpus > 0 ? (size_t)ncpus : 1, sizeof(*t->stats));
	if (!t->stats)
		return -ENOMEM;
	for (long i = 0; i < ncpus; i++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%ld/stats", t->instance.dir, i);
		t->stats[t->nstats] = open(path, O_RDONLY | O_CLOEXEC);
		if (t->stats[t->nstats] >= 0)
			t->nstats++;
		else if (errno != ENOENT)
			return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot open %s: %s", path,
					    strerror(errno));
	}
	return 0;
}

static int count_fallbacks(struct bdt_triggers *t, const struct bdt_triggers_options *options,
			   struct bdt_diag *diag)
{
	struct bdt_diag why;
	int err;

	if (t->instance.handle)
		return 0;
	err = bdt_instance_create_for(&t->instance, "trigger", options->tracefs, options->log, diag);
	if (err)
		return err;
	bdt_diag_clear(&why);
	err = bdt_instance_write(&t->instance, "buffer_size_kb", RING_KB, diag);
	if (!err && bdt_instance_write(&t->instance, EXTFRAG, "1", &why))
		return -ENOENT;
	if (!err)
		err = bdt_instance_trace(&t->instance, true, diag);
	return err ? err : open_stats(t, diag);
}

static int start_watch(struct bdt_triggers *t, struct watch *w, const struct bdt_triggers_options *options,
		       struct bdt_diag *diag)
{
	const struct kind *kind = &kinds[w->trigger.kind];
	uint64_t value;
	int err = 0;

	w->meter.window_ns = w->trigger.window_ns;
	if (w->trigger.kind == BDT_TRIGGER_FALLBACKS)
		err = count_fallbacks(t, options, diag);
	if (!err)
		err = kind->read(t, &value);
	if (err == -ENOENT)
		return bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
				    "no trigger '%s' on this kernel: it lacks %s", kind->name, kind->needs);
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot watch the trigger '%s': %s", kind->name,
				    strerror(-err));
	return 0;
}

int bdt_triggers_start(const struct bdt_triggers_options *options, struct bdt_triggers **out,
		       struct bdt_diag *diag)
{
	struct bdt_triggers *t = calloc(1, sizeof(*t) + options->n * sizeof(t->watches[0]));
	int err = 0;

	if (!t)
		return -ENOMEM;
	t->root = options->root;
	t->n = options->n;
	for (size_t i = 0; !err && i < t->n; i++) {
		t->watches[i].trigger = options->list[i];
		err = start_watch(t, &t->watches[i], options, diag);
	}
	if (err) {
		bdt_triggers_stop(t);
		return err;
	}
	*out = t;
	return 0;
}

/* Whatever cannot be read for once has not grown. */
static bool fires(struct bdt_triggers *t, struct watch *w, uint64_t now_ns)
{
	const struct kind *kind = &kinds[w->trigger.kind];
	unsigned int seconds = (unsigned int)(w->trigger.window_ns / SECOND);
	uint64_t value;
	double grown;

	if (kind->read(t, &value))
		return false;
	grown = bdt_meter_add(&w->meter, now_ns, value);
	if (kind->share)
		grown *= 100 / (double)w->trigger.window_ns;
	if (grown < w->trigger.threshold)
		return false;
	snprintf(t->reason, sizeof(t->reason), "%.*f%s %s in %u s", kind->share ? 1 : 0, grown,
		 kind->share ? " %" : "", kind->what, seconds);
	/* What has fired once does not make it fire again. */
	bdt_meter_reset(&w->meter);
	bdt_meter_add(&w->meter, now_ns, value);
	return true;
}

const char *bdt_triggers_poll(struct bdt_triggers *t, uint64_t now_ns)
{
	const char *reason = NULL;

	if (t->polled_ns && now_ns - t->polled_ns < POLL_NS)
		return NULL;
	t->polled_ns = now_ns;
	for (size_t i = 0; i < t->n; i++)
		if (fires(t, &t->watches[i], now_ns))
			reason = t->reason;
	return reason;
}

void bdt_triggers_stop(struct bdt_triggers *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->nstats; i++)
		close(t->stats[i]);
	free(t->stats);
	bdt_instance_destroy(&t->instance, NULL);
	bdt_text_finish(&t->text);
	free(t);
}
