/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/clock_quality.h"
#include "record/count.h"
#include "record/doctor.h"
#include "record/exact.h"
#include "record/plan.h"
#include <buddytrace/event.h>
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXTFRAG   "events/kmem/mm_page_alloc_extfrag"
#define MAX_SHARE 0.05 /* of free memory, for the rings */
#define MAX_CPUS  1024

/* False, with the finding, where nothing can be tried. */
static bool can_try(const struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	if (d->instance.handle)
		return true;
	bdt_doctor_find(f, BDT_DOCTOR_UNKNOWN, NULL, "cannot be tried without %s",
			d->err == -ENODEV ? "tracefs" : "rights to trace");
	return false;
}

static bool has(const struct bdt_doctor *d, const char *file)
{
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/%s", d->instance.dir, file);
	return !access(path, F_OK);
}

static void look_tracefs(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	char *end;

	if (d->err && bdt_locked_down(d->root)) {
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, "boot without lockdown=confidentiality",
				"the kernel is locked down, and hides it");
		return;
	}
	if (d->err == -ENODEV) {
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, "mount -t tracefs nodev /sys/kernel/tracing",
				"not mounted, or the kernel has no tracing (CONFIG_FTRACE)");
		return;
	}
	end = strstr(d->instance.dir, "/instances/");
	bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "%.*s", end ? (int)(end - d->instance.dir) : 0,
			d->instance.dir);
}

static void look_rights(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	if (!d->err)
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "a trace instance can be made");
	else if (bdt_locked_down(d->root))
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, "boot without lockdown=confidentiality",
				"the kernel is locked down: nobody may trace");
	else if (d->err == -ENODEV)
		can_try(d, f);
	else if (d->err == -EPERM)
		bdt_doctor_find(
			f, BDT_DOCTOR_MISSING, "sudo buddytrace record ...",
			"only the owner of tracefs may trace: root, which needs no capability for it, or "
			"a group that it is mounted for (mount -o remount,gid=GROUP)");
	else
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, NULL, "%s", d->diag.text);
}

static void look_events(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	char missing[256] = "", file[128];
	unsigned int n = 0, needed = 0;

	if (!can_try(d, f))
		return;
	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];
		size_t used = strlen(missing);

		/* ftrace's own have no folder in an instance. */
		if (!desc->system || !strcmp(desc->system, "ftrace"))
			continue;
		snprintf(file, sizeof(file), "events/%s/%s/format", desc->system, desc->name);
		if (has(d, file)) {
			n++;
			needed += !strcmp(desc->system, "kmem");
		} else {
			snprintf(missing + used, sizeof(missing) - used, " %s", desc->name);
		}
	}
	if (!needed)
		bdt_doctor_find(f, BDT_DOCTOR_MISSING,
				"a kernel with CONFIG_TRACEPOINTS and CONFIG_EVENT_TRACING",
				"this kernel has no events of the page allocator");
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "%u that are known%s%s", n,
				*missing ? "; not in this kernel:" : "", missing);
}

static void look_filter(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	int err;

	if (!can_try(d, f))
		return;
	err = bdt_instance_write(&d->instance, EXTFRAG "/filter", "alloc_order > 0", NULL);
	if (err)
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, NULL,
				"the kernel takes no event filters (%s): record --filter will not work",
				strerror(-err));
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "the kernel takes event filters");
}

static void look_stacks(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	if (!can_try(d, f))
		return;
	if (!bdt_instance_write(&d->instance, EXTFRAG "/trigger", "stacktrace", NULL))
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "by an event trigger");
	else if (has(d, "options/stacktrace"))
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "by the option stacktrace, for every event");
	else
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, "a kernel with CONFIG_STACKTRACE",
				"the kernel cannot record stacks: record --stacks will not work");
}

/* MemAvailable, bytes; 0 = unknown. */
static uint64_t available(struct bdt_doctor *d)
{
	const char *line;
	uint64_t kb;

	if (bdt_text_read(&d->text, d->root, "/proc/meminfo"))
		return 0;
	line = strstr(d->text.data, "MemAvailable:");
	return line && sscanf(line, "MemAvailable: %" SCNu64, &kb) == 1 ? kb << 10 : 0;
}

static void look_ring(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t bytes = (uint64_t)(cpus > 0 ? cpus : 1) * BT_RECORD_BUFFER_KB << 10, memory = available(d);
	struct bdt_count_layout layout;
	struct bdt_diag diag;
	int err;

	if (!can_try(d, f))
		return;
	bdt_diag_clear(&diag);
	err = bdt_count_layout_read(&layout, &d->instance, &diag);
	if (err)
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, NULL, "the ring buffer's layout is not understood: %s",
				diag.text);
	else if (memory && (double)bytes > (double)memory * MAX_SHARE)
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, "record --buffer KIB",
				"%" PRIu64 " MiB in all by default, of %" PRIu64 " MiB that are available",
				bytes >> 20, memory >> 20);
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL,
				"sub-buffers of %zu bytes; %" PRIu64 " MiB in all by default%s",
				layout.page_size, bytes >> 20,
				has(d, "buffer_percent")
					? ""
					: "; no buffer_percent: the readers pause by themselves");
}

/* CPUs that this process may run on: those of others cannot be compared. */
static size_t list_cpus(uint32_t *cpus, size_t room)
{
	size_t n = 0, size = CPU_ALLOC_SIZE(room);
	cpu_set_t *set = CPU_ALLOC(room);

	if (set && !sched_getaffinity(0, size, set))
		for (size_t cpu = 0; cpu < room; cpu++)
			if (CPU_ISSET_S(cpu, size, set))
				cpus[n++] = (uint32_t)cpu;
	CPU_FREE(set);
	return n;
}

static void look_clock(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	static uint32_t cpus[MAX_CPUS];
	struct bdt_clock_quality q;
	struct bdt_clock clock;
	struct bdt_diag diag;

	if (!can_try(d, f))
		return;
	bdt_diag_clear(&diag);
	if (bdt_clock_set(&clock, &d->instance, NULL, d->root, &diag)) {
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, NULL, "no trace clock that user space can read: %s",
				diag.text);
		return;
	}
	bdt_clock_quality_measure(&q, &clock, cpus, list_cpus(cpus, MAX_CPUS), d->root);
	if (*q.trouble)
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE,
				"tsc=reliable or another clocksource= on the kernel's command line",
				"%s, clock source %s: %s", clock.name, q.source, q.trouble);
	else if (q.checked)
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL,
				"%s, clock source %s; %zu CPUs agree: the largest offset is %" PRId64
				" +- %" PRIu64 " ns",
				clock.name, q.source, q.checked + 1, q.worst.offset_ns, q.worst.round_ns / 2);
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "%s, clock source %s; CPUs were not compared",
				clock.name, q.source);
}

/* Loads the BPF programs, which is the only way to know. */
static void look_exact(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	const struct bdt_exact_settings settings = { .budget_ns = 0 };
	struct bdt_exact_taker *taker;
	struct bdt_diag why;

	if (!can_try(d, f))
		return;
	bdt_diag_clear(&why);
	if (bdt_exact_taker_create(&taker, &d->instance, &settings, &why)) {
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE,
				"record without --exact: a replay then learns list order as it goes",
				"no exact snapshots: %s", why.text);
		return;
	}
	bdt_exact_taker_destroy(taker);
	bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "the free lists can be read in order (record --exact)");
}

const struct bdt_doctor_check bdt_doctor_tracing[] = {
	{ "tracefs", look_tracefs }, { "rights", look_rights }, { "events", look_events },
	{ "filter", look_filter },   { "stacks", look_stacks }, { "ring", look_ring },
	{ "clock", look_clock },     { "exact", look_exact },   { 0 },
};
