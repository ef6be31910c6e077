/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/rates.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THP "/sys/kernel/mm/transparent_hugepage"

/* Which lines of /proc/vmstat go where. */
static const struct {
	const char *key;
	bool prefix; /* every line that begins so: one per zone */
	size_t offset;
	bool kib; /* counted in KiB, not in pages or events */
} lines[] = {
	{ "pgalloc_", true, offsetof(struct bdt_counters, pages_allocated), false },
	{ "pgfree", false, offsetof(struct bdt_counters, pages_freed), false },
	{ "allocstall", true, offsetof(struct bdt_counters, direct_reclaims), false },
	{ "compact_stall", false, offsetof(struct bdt_counters, compactions), false },
	{ "compact_daemon_wake", false, offsetof(struct bdt_counters, compactions), false },
	{ "thp_fault_alloc", false, offsetof(struct bdt_counters, huge_allocations), false },
	{ "thp_collapse_alloc", false, offsetof(struct bdt_counters, huge_allocations), false },
	{ "thp_file_alloc", false, offsetof(struct bdt_counters, huge_allocations), false },
	{ "nr_dirtied", false, offsetof(struct bdt_counters, file_pages), false },
	{ "pgpgin", false, offsetof(struct bdt_counters, file_pages), true },
};

static void add_line(struct bdt_counters *c, const char *line)
{
	uint64_t page_kib = (uint64_t)sysconf(_SC_PAGESIZE) >> 10;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t len = strlen(lines[i].key);
		const char *value = strchr(line, ' ');

		if (strncmp(line, lines[i].key, len) || !value || (!lines[i].prefix && line[len] != ' '))
			continue;
		*(uint64_t *)((char *)c + lines[i].offset) +=
			strtoull(value, NULL, 10) / (lines[i].kib ? page_kib : 1);
	}
}

static uint64_t read_number(struct bdt_text *text, const char *root, const char *path)
{
	return bdt_text_read(text, root, path) ? 0 : strtoull(text->data, NULL, 10);
}

/* Large anonymous folios below the size of a huge page, which has its line in vmstat. */
static void add_folios(struct bdt_counters *c, struct bdt_text *text, const char *root, uint64_t huge_bytes)
{
	static const char *const files[] = { "anon_fault_alloc", "shmem_alloc" };
	char path[512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s" THP, root);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		uint64_t kb, count = 0;

		if (sscanf(entry->d_name, "hugepages-%" SCNu64 "kB", &kb) != 1 || kb << 10 == huge_bytes)
			continue;
		for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
			snprintf(path, sizeof(path), THP "/hugepages-%" PRIu64 "kB/stats/%s", kb, files[i]);
			count += read_number(text, root, path);
		}
		c->huge_allocations += count;
		c->huge_pages += count * ((kb << 10) / (uint64_t)sysconf(_SC_PAGESIZE));
	}
	closedir(dir);
}

int bdt_counters_read(struct bdt_counters *c, struct bdt_text *text, const char *root, struct bdt_diag *diag)
{
	uint64_t huge_bytes = read_number(text, root, THP "/hpage_pmd_size");
	int err;

	*c = (struct bdt_counters){ 0 };
	err = bdt_text_read(text, root, "/proc/vmstat");
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read /proc/vmstat: %s", strerror(-err));
	for (const char *line = text->data; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		add_line(c, line);
	}
	if (!c->pages_allocated)
		return bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET,
				    "/proc/vmstat counts no allocations: the kernel lacks "
				    "CONFIG_VM_EVENT_COUNTERS");
	c->huge_pages = c->huge_allocations * (huge_bytes / (uint64_t)sysconf(_SC_PAGESIZE));
	add_folios(c, text, root, huge_bytes);
	err = bdt_text_read(text, root, "/proc/uptime");
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read /proc/uptime: %s", strerror(-err));
	c->ns = (uint64_t)(strtod(text->data, NULL) * 1e9);
	return 0;
}

static double rate(uint64_t from, uint64_t to, double seconds)
{
	return seconds > 0 && to > from ? (double)(to - from) / seconds : 0;
}

void bdt_counters_rates(const struct bdt_counters *from, const struct bdt_counters *to,
			struct bdt_estimate_rates *rates)
{
	static const struct bdt_counters boot;
	const struct bdt_counters *f = from ? from : &boot;
	double seconds = to->ns > f->ns ? (double)(to->ns - f->ns) / 1e9 : 0;

	*rates = (struct bdt_estimate_rates){
		.seconds = seconds,
		.pages_allocated = rate(f->pages_allocated, to->pages_allocated, seconds),
		.pages_freed = rate(f->pages_freed, to->pages_freed, seconds),
		.huge_pages = rate(f->huge_pages, to->huge_pages, seconds),
		.huge_allocations = rate(f->huge_allocations, to->huge_allocations, seconds),
		.file_pages = rate(f->file_pages, to->file_pages, seconds),
		.direct_reclaims = rate(f->direct_reclaims, to->direct_reclaims, seconds),
		.compactions = rate(f->compactions, to->compactions, seconds),
	};
}
