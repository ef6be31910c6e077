/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include <cmocka.h>
#include <record/cmdlines.h>
#include <record/count.h>
#include <record/ranges.h>
#include <record/self.h>
#include <record/stats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The parts of the recorder that need no kernel. */

static void expect_ranges(const char *iomem, size_t n, const struct bdt_range *want)
{
	struct bdt_ranges got;

	assert_int_equal(bdt_ranges_parse(&got, iomem, strlen(iomem), 4096), 0);
	assert_int_equal(got.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(got.ranges[i].first, want[i].first);
		assert_int_equal(got.ranges[i].end, want[i].end);
	}
	bdt_ranges_finish(&got);
}

static void ranges_are_those_of_system_ram(void **state)
{
	static const struct bdt_range want[] = { { 0x1, 0xa0 }, { 0x100, 0xc0000 }, { 0x140000, 0x150000 } };

	(void)state;
	expect_ranges("00000000-00000fff : Reserved\n"
		      "00001000-0009fbff : System RAM\n"
		      "00100000-bfffffff : System RAM\n"
		      "  01000000-0220bb07 : Kernel code\n"
		      "c0001000-eebfffff : PCI Bus 0000:00\n"
		      "140000000-14fffffff : Persistent Memory\n"
		      "  140000000-14fffffff : dax0.0\n"
		      "    140000000-14fffffff : System RAM (kmem)",
		      3, want);
}

static void ranges_that_touch_are_one(void **state)
{
	static const struct bdt_range want[] = { { 0x100, 0x300 } };

	(void)state;
	expect_ranges("00100000-001fffff : System RAM\n00200000-002fffff : System RAM\n", 1, want);
	expect_ranges("00100000-001fffff : System RAM\n00180000-002fffff : System RAM\n", 1, want);
}

static void without_addresses_the_range_is_everything(void **state)
{
	static const struct bdt_range want[] = { { 0, UINT64_MAX } };

	(void)state;
	expect_ranges("", 1, want);
	expect_ranges("00000000-00000000 : System RAM\n00000000-00000000 : Reserved\n", 1, want);
	expect_ranges("text\n\n-\n12\n12-\n12-34\n12-34 : \n12-34 : System RA", 1, want);
}

static void stats_are_found_by_their_whole_key(void **state)
{
	static const struct bdt_ring_stats none;
	struct bdt_ring_stats stats;
	struct bdt_loss_cpu loss;

	(void)state;
	bdt_ring_stats_parse(&stats, "entries: 3\noverrun: 10\ncommit overrun: 2\nbytes: 99\n"
				     "oldest event ts:  1.000000\nnow ts:  2.000000\ndropped events: 5\n"
				     "read events: 100");
	assert_int_equal(stats.entries, 3);
	assert_int_equal(stats.overrun, 10);
	assert_int_equal(stats.commit_overrun, 2);
	assert_int_equal(stats.dropped, 5);
	assert_int_equal(stats.read, 100);
	loss = bdt_ring_stats_loss(&none, &stats, 7, 100, true);
	assert_int_equal(loss.cpu, 7);
	assert_int_equal(loss.written, 120);
	assert_int_equal(loss.dropped, 7);
	/* The three that stay in the ring did not reach the file. */
	assert_int_equal(loss.written - loss.read - loss.overrun - loss.dropped, 3);
	bdt_ring_stats_parse(&stats, "");
	assert_int_equal(stats.read, 0);
}

struct thread {
	int tid;
	pthread_barrier_t known;
};

static void *be_there(void *arg)
{
	struct thread *t = arg;

	t->tid = (int)syscall(SYS_gettid);
	pthread_barrier_wait(&t->known);
	pthread_barrier_wait(&t->known);
	return NULL;
}

static void look_at_a_thread(struct bdt_self *self, struct thread *t)
{
	pthread_t thread;

	pthread_barrier_init(&t->known, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, be_there, t), 0);
	pthread_barrier_wait(&t->known);
	bdt_self_look(self);
	pthread_barrier_wait(&t->known);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&t->known);
}

/* Their ids may be anybody's later on. */
static void threads_that_ended_are_forgotten(void **state)
{
	static struct bdt_self self;
	int own = (int)syscall(SYS_gettid);
	char list[BDT_SELF_TEXT], want[32];
	struct thread t;

	(void)state;
	bdt_self_begin(&self);
	look_at_a_thread(&self, &t);
	for (int i = 0; i < BDT_SELF_KEEP; i++)
		bdt_self_next_file(&self);
	assert_true(bdt_self_has(&self, t.tid));
	bdt_self_next_file(&self);
	assert_false(bdt_self_has(&self, t.tid));
	assert_true(bdt_self_has(&self, own));
	bdt_self_list(&self, list, sizeof(list));
	snprintf(want, sizeof(want), "%d", own);
	assert_string_equal(list, want);
	/* Half an id would be somebody else's. */
	bdt_self_list(&self, list, strlen(want));
	assert_string_equal(list, "");
}

static void as_many_threads_as_files_are_no_trouble(void **state)
{
	static struct bdt_self self;
	struct thread t = { 0 };

	(void)state;
	for (int i = 0; i < BDT_SELF_SLOTS; i++) {
		look_at_a_thread(&self, &t);
		bdt_self_next_file(&self);
		assert_true(bdt_self_has(&self, t.tid));
		assert_true(self.n <= BDT_SELF_KEEP + 2);
	}
}

#define FREE_ID 655
#define PAGE    4096

static const struct bdt_count_layout layout = {
	.page_size = PAGE,
	.commit_offset = 8,
	.commit_size = 8,
	.data_offset = 16,
	.page_free = { FREE_ID, 16 },
};

/* A sub-buffer is filled record by record. */
struct page {
	_Alignas(8) uint8_t bytes[PAGE];
	size_t used;
};

static void put32(struct page *p, uint32_t value)
{
	memcpy(p->bytes + 16 + p->used, &value, sizeof(value));
	p->used += sizeof(value);
}

static void put_header(struct page *p, unsigned int type, uint32_t delta)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	put32(p, type << 27 | delta);
#else
	put32(p, delta << 5 | type);
#endif
}

/* mm_page_free, 20 bytes; `words` > 5 makes it longer. */
static void put_event(struct page *p, uint16_t id, uint32_t order, unsigned int words)
{
	uint8_t event[20] = { 0 };

	memcpy(event, &id, sizeof(id));
	memcpy(event + 16, &order, sizeof(order));
	memcpy(p->bytes + 16 + p->used, event, sizeof(event));
	p->used += words * 4;
}

static struct bdt_count count_page(struct page *p, uint64_t flags)
{
	struct bdt_count count = { .events = 0 };
	uint64_t commit = p->used | flags;

	memcpy(p->bytes + 8, &commit, sizeof(commit));
	bdt_count_page(&layout, p->bytes, &count);
	return count;
}

static void counts_events_and_freed_pages(void **state)
{
	struct page p = { .used = 0 };
	struct bdt_count count;

	(void)state;
	put_header(&p, 5, 100);
	put_event(&p, FREE_ID, 3, 5);
	put_header(&p, 30, 7); /* time extend */
	put32(&p, 1);
	put_header(&p, 5, 0);
	put_event(&p, FREE_ID + 1, 3, 5);
	put_header(&p, 31, 7); /* time stamp */
	put32(&p, 1);
	put_header(&p, 29, 1); /* discarded event: 4 + 24 bytes */
	put32(&p, 24);
	p.used += 20;
	put_header(&p, 0, 5); /* long: 4 + 124 bytes */
	put32(&p, 124);
	put_event(&p, FREE_ID, 0, 30);
	count = count_page(&p, 0);
	assert_int_equal(count.events, 3);
	assert_int_equal(count.pages_freed, 9);
	/* The marks of lost events are no length. */
	count = count_page(&p, UINT64_C(3) << 30);
	assert_int_equal(count.events, 3);
}

static void padding_ends_a_page(void **state)
{
	struct page p = { .used = 0 };

	(void)state;
	put_header(&p, 5, 100);
	put_event(&p, FREE_ID, 0, 5);
	put_header(&p, 29, 0);
	put_header(&p, 5, 100);
	put_event(&p, FREE_ID, 0, 5);
	assert_int_equal(count_page(&p, 0).events, 1);
}

static void damaged_pages_are_survived(void **state)
{
	struct page p;

	(void)state;
	srand(1);
	for (int i = 0; i < 2000; i++) {
		for (size_t j = 0; j < sizeof(p.bytes); j++)
			p.bytes[j] = (uint8_t)(rand() >> 7);
		p.used = (size_t)rand() % 8192;
		count_page(&p, 0);
	}
}

static void names_of_tasks_are_merged(void **state)
{
	struct bdt_instance in = { .handle = NULL };
	struct bdt_text text = { NULL, 0, 0 };
	struct bdt_cmdlines c = { .lines = NULL };

	(void)state;
	fakeroot_put("proc/12/task/12/comm", "with space\n");
	fakeroot_put("proc/12/task/9/comm", "thread\n");
	fakeroot_put("proc/self/status", "");
	fakeroot_put("saved_cmdlines", "9 renamed\n5 gone\n6 <...>\nnonsense\n");
	fakeroot_put("i/x/tracing_on", "");
	snprintf(in.dir, sizeof(in.dir), "%s/i/x", fakeroot);
	assert_int_equal(bdt_cmdlines_add_tasks(&c, fakeroot), 0);
	assert_int_equal(bdt_cmdlines_add_saved(&c, &in), 0);
	assert_int_equal(bdt_cmdlines_format(&c, &text), 0);
	assert_string_equal(text.data, "5 gone\n9 renamed\n12 with space\n");
	assert_int_equal(text.size, strlen(text.data));
	bdt_cmdlines_finish(&c);
	bdt_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_that_ended_are_forgotten),
		cmocka_unit_test(as_many_threads_as_files_are_no_trouble),
		cmocka_unit_test(ranges_are_those_of_system_ram),
		cmocka_unit_test(ranges_that_touch_are_one),
		cmocka_unit_test(without_addresses_the_range_is_everything),
		cmocka_unit_test(stats_are_found_by_their_whole_key),
		cmocka_unit_test(counts_events_and_freed_pages),
		cmocka_unit_test(padding_ends_a_page),
		cmocka_unit_test(damaged_pages_are_survived),
		cmocka_unit_test_setup_teardown(names_of_tasks_are_merged, fakeroot_make, fakeroot_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
