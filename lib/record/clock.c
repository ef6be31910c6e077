/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "record/clock.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t read_tsc(const struct bdt_clock *clock)
{
	return bdt_tsc_now(&clock->tsc);
}

static uint64_t read_posix(const struct bdt_clock *clock)
{
	return bdt_time_ns(clock->id);
}

static uint64_t read_ring(const struct bdt_clock *clock)
{
	struct bdt_text text = { NULL, 0, 0 };
	uint64_t seconds = 0, us = 0;
	const char *now;

	if (!bdt_instance_read(clock->in, "per_cpu/cpu0/stats", &text, NULL)) {
		now = strstr(text.data, "now ts:");
		if (!now || sscanf(now, "now ts: %" SCNu64 ".%" SCNu64, &seconds, &us) != 2)
			seconds = us = 0;
	}
	bdt_text_finish(&text);
	return seconds * 1000000000 + us * 1000;
}

/* The first is the default, the second its stand-in.  uptime and counter are left out: no nanoseconds. */
static const struct bdt_clock clocks[] = {
	{ .name = "x86-tsc", .read = read_tsc },
	{ .name = "mono", .read = read_posix, .id = CLOCK_MONOTONIC },
	{ .name = "mono_raw", .read = read_posix, .id = CLOCK_MONOTONIC_RAW },
	{ .name = "boot", .read = read_posix, .id = CLOCK_BOOTTIME },
	{ .name = "tai", .read = read_posix, .id = CLOCK_TAI },
	{ .name = "local", .read = read_ring },
	{ .name = "global", .read = read_ring },
	{ .name = "perf", .read = read_ring },
};

static int try_clock(struct bdt_clock *clock, struct bdt_instance *in, const char *root,
		     struct bdt_diag *diag)
{
	int err;

	if (clock->read == read_tsc) {
		err = bdt_tsc_calibrate(&clock->tsc, root);
		if (err)
			return bdt_diag_set(
				diag, err, BT_NO_OFFSET,
				"the time-stamp counter of this machine is not synchronised: take "
				"--clock mono");
	}
	clock->in = in;
	return bdt_instance_write(in, "trace_clock", clock->name, diag);
}

static int set_default(struct bdt_clock *clock, struct bdt_instance *in, const char *root,
		       struct bdt_diag *diag)
{
	*clock = clocks[0];
	if (!try_clock(clock, in, root, NULL))
		return 0;
	*clock = clocks[1];
	return try_clock(clock, in, root, diag);
}

int bdt_clock_set(struct bdt_clock *clock, struct bdt_instance *in, const char *name, const char *root,
		  struct bdt_diag *diag)
{
	if (!name)
		return set_default(clock, in, root, diag);
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (strcmp(name, clocks[i].name))
			continue;
		*clock = clocks[i];
		return try_clock(clock, in, root, diag);
	}
	return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET,
			    "no trace clock '%s': x86-tsc, mono, mono_raw, boot, tai, local, global or perf",
			    name);
}

uint64_t bdt_clock_now(const struct bdt_clock *clock)
{
	return clock->read(clock);
}

bool bdt_clock_exact(const struct bdt_clock *clock)
{
	return clock->read != read_ring;
}
