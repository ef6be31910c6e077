/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "record/pingpong.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define EXCHANGES   500
#define WARM_UP     20
#define DEADLINE_NS 10000000
#define LOOK_AFTER  256 /* spins between two looks at the time */
#define STACK_SIZE  ((size_t)64 << 10)

/*
 *	first:  t0 ----- ball 2i+1 -----.             .--> t1
 *	other:                          '--> stamp --- ball 2i+2
 *
 * What is true of one clock, t0 <= stamp <= t1, is asked of two.
 */
struct game {
	const struct bdt_clock *clock;
	struct bdt_pingpong *result;
	uint64_t deadline_ns;
	_Alignas(64) _Atomic uint32_t ball;
	atomic_bool over;
	uint64_t stamp;
};

/* False when the other side did not come in time. */
static bool wait_for(struct game *g, uint32_t ball)
{
	for (unsigned int spins = 1; atomic_load_explicit(&g->ball, memory_order_acquire) != ball; spins++) {
		if (spins % LOOK_AFTER)
			continue;
		if (atomic_load_explicit(&g->over, memory_order_relaxed) || bdt_now_ns() > g->deadline_ns)
			return false;
	}
	return true;
}

static void count(struct bdt_pingpong *p, uint64_t t0, uint64_t stamp, uint64_t t1)
{
	uint64_t round = t1 - t0, backward = 0;

	if (stamp < t0)
		backward = t0 - stamp;
	else if (stamp > t1)
		backward = stamp - t1;
	if (backward > p->backward_ns)
		p->backward_ns = backward;
	if (!p->exchanges++ || round < p->round_ns) {
		p->round_ns = round;
		p->offset_ns = (int64_t)(stamp - (t0 + round / 2));
	}
}

static void *play_first(void *arg)
{
	struct game *g = arg;

	for (uint32_t i = 0; i < EXCHANGES; i++) {
		uint64_t t0 = bdt_clock_now(g->clock), t1;

		atomic_store_explicit(&g->ball, 2 * i + 1, memory_order_release);
		if (!wait_for(g, 2 * i + 2))
			break;
		t1 = bdt_clock_now(g->clock);
		if (i >= WARM_UP)
			count(g->result, t0, g->stamp, t1);
	}
	atomic_store(&g->over, true);
	return NULL;
}

static void *play_other(void *arg)
{
	struct game *g = arg;

	for (uint32_t i = 0; i < EXCHANGES && wait_for(g, 2 * i + 1); i++) {
		g->stamp = bdt_clock_now(g->clock);
		atomic_store_explicit(&g->ball, 2 * i + 2, memory_order_release);
	}
	return NULL;
}

static int start_on(pthread_t *thread, uint32_t cpu, void *(*play)(void *), struct game *g)
{
	size_t size = CPU_ALLOC_SIZE(cpu + 1);
	cpu_set_t *set = CPU_ALLOC(cpu + 1);
	pthread_attr_t attr;
	int err;

	if (!set)
		return -ENOMEM;
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setaffinity_np(&attr, size, set);
	err = -pthread_create(thread, &attr, play, g);
	pthread_attr_destroy(&attr);
	CPU_FREE(set);
	return err;
}

int bdt_pingpong_run(struct bdt_pingpong *result, const struct bdt_clock *clock, uint32_t first,
		     uint32_t other)
{
	struct game g = { .clock = clock, .result = result, .deadline_ns = bdt_now_ns() + DEADLINE_NS };
	pthread_t a, b;
	int err;

	*result = (struct bdt_pingpong){ 0 };
	err = start_on(&b, other, play_other, &g);
	if (err)
		return err;
	err = start_on(&a, first, play_first, &g);
	if (err)
		atomic_store(&g.over, true);
	else
		pthread_join(a, NULL);
	pthread_join(b, NULL);
	return err;
}
