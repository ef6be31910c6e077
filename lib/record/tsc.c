/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/tsc.h"
#include <errno.h>

#if defined(__x86_64__) || defined(__i386__)

#include "base/now.h"
#include "base/text.h"
#include <linux/perf_event.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define MEASURE_NS 50000000
/* Readers keep mult in a signed 32-bit integer. */
#define MULT_LIMIT (1ULL << 31)

/* Ordered against what comes before and after, as the kernel's own trace clock is. */
static uint64_t ticks(void)
{
	uint64_t t;

	_mm_lfence();
	t = __rdtsc();
	_mm_lfence();
	return t;
}

static void limit_mult(struct bdt_tsc *tsc, uint64_t mult, uint32_t shift)
{
	for (; mult >= MULT_LIMIT; mult >>= 1)
		shift--;
	tsc->mult = (uint32_t)mult;
	tsc->shift = shift;
}

static bool ask_perf(struct bdt_tsc *tsc)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_DUMMY,
					.exclude_kernel = 1 };
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	const struct perf_event_mmap_page *page;
	bool found;
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return false;
	page = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return false;
	found = page->cap_user_time_zero && page->time_mult;
	if (found)
		limit_mult(tsc, page->time_mult, page->time_shift);
	munmap((void *)(uintptr_t)page, size);
	return found;
}

static bool kernel_uses_tsc(const char *root)
{
	struct bdt_text text = { NULL, 0, 0 };
	bool uses;

	uses = !bdt_text_read(&text, root,
			      "/sys/devices/system/clocksource/clocksource0/current_clocksource") &&
	       !strcmp(text.data, "tsc\n");
	bdt_text_finish(&text);
	return uses;
}

/* One reading of both clocks; the counter lies within `ticks()` of a call of the other: best of a few. */
static void read_pair(uint64_t *t, uint64_t *ns)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 16; i++) {
		uint64_t before = ticks(), now = bdt_time_ns(CLOCK_MONOTONIC_RAW), after = ticks();

		if (after - before >= best)
			continue;
		best = after - before;
		*t = before + best / 2;
		*ns = now;
	}
}

static void measure(struct bdt_tsc *tsc)
{
	struct timespec pause = { 0, MEASURE_NS };
	uint64_t t0, t1, ns0, ns1;

	read_pair(&t0, &ns0);
	nanosleep(&pause, NULL);
	read_pair(&t1, &ns1);
	limit_mult(tsc, (uint64_t)(((unsigned __int128)(ns1 - ns0) << 32) / (t1 - t0)), 32);
}

int bdt_tsc_calibrate(struct bdt_tsc *tsc, const char *root)
{
	if (ask_perf(tsc))
		return 0;
	if (!kernel_uses_tsc(root))
		return -EOPNOTSUPP;
	measure(tsc);
	return tsc->mult ? 0 : -EOPNOTSUPP;
}

uint64_t bdt_tsc_now(const struct bdt_tsc *tsc)
{
	return (uint64_t)(((unsigned __int128)ticks() * tsc->mult) >> tsc->shift);
}

#else

int bdt_tsc_calibrate(struct bdt_tsc *tsc, const char *root)
{
	(void)tsc;
	(void)root;
	return -EOPNOTSUPP;
}

uint64_t bdt_tsc_now(const struct bdt_tsc *tsc)
{
	(void)tsc;
	return 0;
}

#endif
