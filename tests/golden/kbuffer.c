/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include "stream/layout.h"
#include "stream/walk.h"
#include "tracefile/pages.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <traceevent/kbuffer.h>

/*
 * kbuffer FILE...: walks every sub-buffer of each trace file twice, with bdt_walk and with the reference
 * implementation of libtraceevent, and compares stamp, position and size of each record.  TAP.
 */

static int different(const char *what, uint64_t page, long long ours, long long theirs)
{
	printf("# sub-buffer %" PRIu64 ": %s %lld, reference %lld\n", page, what, ours, theirs);
	return -EBADMSG;
}

static int compare_page(struct bdt_walk *walk, const struct bdt_layout *layout, struct kbuffer *kbuf,
			const uint8_t *page, uint64_t *records)
{
	unsigned long long ts;
	void *record;
	int ret;

	bdt_walk_load(walk, layout, page, 1);
	if (kbuffer_load_subbuffer(kbuf, (void *)(uintptr_t)page))
		return -EINVAL;
	record = kbuffer_read_event(kbuf, &ts);
	while (!(ret = bdt_walk_step(walk, layout, layout->big_endian, NULL))) {
		if (!record)
			return different("records at", walk->page_number, walk->data - page, -1);
		if (walk->gap && walk->lost != kbuffer_missed_events(kbuf))
			return different("lost", walk->page_number, walk->lost, kbuffer_missed_events(kbuf));
		walk->gap = false;
		if (walk->data != record)
			return different("record at", walk->page_number, walk->data - page,
					 (uint8_t *)record - page);
		if (walk->stamp != ts)
			return different("stamp", walk->page_number, (long long)walk->stamp, (long long)ts);
		if ((int)walk->size != kbuffer_event_size(kbuf))
			return different("size", walk->page_number, walk->size, kbuffer_event_size(kbuf));
		++*records;
		record = kbuffer_next_event(kbuf, &ts);
	}
	if (ret == 1 && record)
		return different("end, reference has a record at", walk->page_number, 0,
				 (uint8_t *)record - page);
	return ret == 1 ? 0 : ret;
}

static int compare_cpu(const struct bdt_tracefile *tf, size_t i, uint64_t *records, struct bdt_diag *diag)
{
	const struct bdt_tracefile_info *info = bdt_tracefile_info(tf);
	struct kbuffer *kbuf = kbuffer_alloc(info->long_size == 8 ? KBUFFER_LSIZE_8 : KBUFFER_LSIZE_4,
					     info->big_endian ? KBUFFER_ENDIAN_BIG : KBUFFER_ENDIAN_LITTLE);
	struct bdt_walk walk = { .cpu = bdt_tracefile_cpu(tf, i)->cpu };
	struct bdt_layout layout;
	struct bdt_pages *pages = NULL;
	const uint8_t *data;
	size_t n, len;
	const char *text = bdt_tracefile_header_page(tf, &len);
	int ret = bdt_layout_parse(&layout, text, len, info->long_size, info->page_size, info->big_endian,
				   diag);

	if (!ret)
		ret = bdt_pages_open(tf, i, &pages, diag);
	while (!ret && !(ret = bdt_pages_next(pages, &data, &n, diag)))
		for (size_t p = 0; !ret && p < n; p++)
			ret = compare_page(&walk, &layout, kbuf, data + p * info->page_size, records);
	bdt_pages_close(pages);
	kbuffer_free(kbuf);
	return ret == 1 ? 0 : ret;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		const char *name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
		struct bdt_tracefile *tf = NULL;
		struct bdt_diag diag = { 0 };
		uint64_t records = 0;
		int ret = bdt_tracefile_open(argv[i], &tf, &diag);

		for (size_t cpu = 0; !ret && cpu < bdt_tracefile_ncpus(tf); cpu++)
			ret = compare_cpu(tf, cpu, &records, &diag);
		if (ret)
			printf("# %s\n", diag.err ? diag.text : "the two readers differ");
		printf("%sok %d - %s: %" PRIu64 " records\n", ret || !records ? "not " : "", i, name,
		       records);
		failed |= ret || !records;
		bdt_tracefile_close(tf);
	}
	printf("1..%d\n", argc - 1);
	return failed;
}
