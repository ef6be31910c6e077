/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/array.h"
#include "base/outfile.h"
#include "import/input.h"
#include "import/machine.h"
#include "stream/formats.h"
#include "stream/walk.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sub-buffers that are read at a time: a chunk of the file that is written. */
#define READ_PAGES 64
#define MAX_CPUS   8192

struct import {
	const char *dir;
	struct bdt_import_summary *summary;
	const struct bdt_log *log;
	struct bdt_layout layout;
	struct bdt_formats formats;
	struct bdt_import_snapshots snapshots;
	struct bdt_writer *writer;
	uint32_t *cpus;
	size_t ncpus;
	char *header_page;
	size_t header_page_len;
};

/* The text of DIR/`name`, "" when there is no such file; the caller frees. */
static int optional_text(struct import *im, const char *name, char **text, size_t *len, struct bdt_diag *diag)
{
	char path[PATH_MAX];
	int ret = bdt_input_path(path, sizeof(path), diag, "%s/%s", im->dir, name);

	*text = NULL;
	if (!ret)
		ret = bdt_input_text(path, text, len, diag);
	if (ret != -ENOENT)
		return ret;
	*text = calloc(1, 1);
	*len = 0;
	return *text ? 0 : bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int open_raw(struct import *im, uint32_t cpu, struct bdt_input **in, struct bdt_diag *diag)
{
	char path[PATH_MAX];
	int ret = bdt_input_path(path, sizeof(path), diag, "%s/tracing/per_cpu/cpu%u/trace_pipe_raw", im->dir,
				 cpu);

	return ret ? ret : bdt_input_open(path, in, diag);
}

static int find_cpus(struct import *im, struct bdt_diag *diag)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int ret = bdt_input_path(path, sizeof(path), diag, "%s/tracing/per_cpu", im->dir);
	DIR *dir = ret ? NULL : opendir(path);

	if (!dir)
		return ret ? ret
			   : bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET,
					  "no captured machine: tracing/per_cpu: %s", strerror(errno));
	while (!ret && (entry = readdir(dir))) {
		struct bdt_input *in = NULL;
		uint32_t cpu, *slot;
		int end = 0;

		if (sscanf(entry->d_name, "cpu%5u%n", &cpu, &end) != 1 || entry->d_name[end] ||
		    cpu >= MAX_CPUS)
			continue;
		ret = open_raw(im, cpu, &in, diag);
		bdt_input_close(in);
		if (ret == -ENOENT)
			ret = 0;
		if (!in || ret)
			continue;
		slot = bdt_array_add(&im->cpus, &im->ncpus, sizeof(*im->cpus));
		if (!slot)
			ret = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
		else
			*slot = cpu;
	}
	closedir(dir);
	if (!ret && !im->ncpus)
		ret = bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET,
				   "no captured machine: tracing/per_cpu/cpuN/trace_pipe_raw is missing");
	if (im->ncpus)
		qsort(im->cpus, im->ncpus, sizeof(*im->cpus), by_number);
	return ret;
}

/* The captured files do not say their byte order; the commit word of the first sub-buffer does. */
static int find_byte_order(struct import *im, unsigned int long_size, uint32_t page_size,
			   struct bdt_diag *diag)
{
	bool big = bdt_host_big_endian();
	size_t got = 0;
	int ret = 0;

	for (size_t i = 0; !ret && !got && i < im->ncpus; i++) {
		struct bdt_input *in = NULL;
		uint8_t head[16];

		ret = open_raw(im, im->cpus[i], &in, diag);
		if (!ret)
			ret = bdt_input_read(in, head, sizeof(head), &got, diag);
		bdt_input_close(in);
		if (ret || got < sizeof(head))
			continue;
		big = long_size == 8 ? bdt_load64(head + 8, true) <= page_size
				     : bdt_load32(head + 8, true) <= page_size;
		big = big && bdt_load32(head + 8, false) > page_size;
	}
	if (ret)
		return ret;
	return bdt_layout_parse(&im->layout, im->header_page, im->header_page_len, long_size, page_size, big,
				diag);
}

static int read_header(struct import *im, struct bdt_diag *diag)
{
	unsigned int long_size;
	uint32_t page_size;
	int ret =
		optional_text(im, "tracing/events/header_page", &im->header_page, &im->header_page_len, diag);

	if (ret)
		return ret;
	if (!bdt_layout_sizes(im->header_page, &page_size, &long_size))
		return bdt_diag_set(
			diag, -ENODATA, BT_NO_OFFSET,
			"no captured machine: tracing/events/header_page is missing or no such file");
	ret = find_cpus(im, diag);
	return ret ? ret : find_byte_order(im, long_size, page_size, diag);
}

/* "Linux HOST 6.1.0 #1 SMP ... x86_64 GNU/Linux": the parts that others look up one by one. */
static int write_uname(struct bdt_writer *w, const char *uname)
{
	char system[64], node[256], release[256];
	int ret;

	if (sscanf(uname, "%63s %255s %255s", system, node, release) != 3)
		return 0;
	ret = bdt_writer_machine(w, "uname.sysname", system);
	if (!ret)
		ret = bdt_writer_machine(w, "uname.nodename", node);
	return ret ? ret : bdt_writer_machine(w, "uname.release", release);
}

static int create_writer(struct import *im, const char *output, struct bdt_diag *diag)
{
	struct bdt_writer_options options = { .big_endian = im->layout.big_endian,
					      .long_size = im->layout.commit_size,
					      .page_size = im->layout.page_size,
					      .cpus = im->cpus,
					      .ncpus = im->ncpus };
	char *clock = NULL, *uname = NULL, *header_event = NULL;
	size_t len;
	int ret = bdt_outfile_check(output, diag);

	if (!ret)
		ret = optional_text(im, "tracing/trace_clock", &clock, &len, diag);
	if (!ret)
		ret = optional_text(im, "uname", &uname, &len, diag);
	if (!ret)
		ret = optional_text(im, "tracing/events/header_event", &header_event, &len, diag);
	if (!ret) {
		clock[strcspn(clock, "\n")] = '\0';
		uname[strcspn(uname, "\n")] = '\0';
		options.clock = clock;
		options.uname = uname;
		ret = bdt_writer_create(output, &options, &im->writer, diag);
	}
	if (!ret)
		ret = bdt_writer_header_info(im->writer, im->header_page, im->header_page_len, header_event,
					     len);
	if (!ret)
		ret = write_uname(im->writer, uname);
	free(clock);
	free(uname);
	free(header_event);
	return ret;
}

static int add_format(void *user, const char *name, struct bdt_diag *diag)
{
	struct import *im = user;
	char system[128], path[PATH_MAX], *text;
	size_t len;
	int end = 0, ret;

	if (sscanf(name, "%127[^/]/%*[^/]/format%n", system, &end) != 1 || !end || name[end])
		return 0;
	ret = bdt_input_path(path, sizeof(path), diag, "tracing/events/%s", name);
	if (!ret)
		ret = optional_text(im, path, &text, &len, diag);
	if (ret)
		return ret;
	ret = bdt_formats_add(&im->formats, system, text, len, diag);
	if (!ret)
		ret = bdt_writer_format(im->writer, system, text, len);
	free(text);
	im->summary->formats++;
	return ret;
}

static int copy_texts(struct import *im, struct bdt_diag *diag)
{
	char path[PATH_MAX], *text;
	size_t len;
	int ret = bdt_input_path(path, sizeof(path), diag, "%s/tracing/events", im->dir);

	if (!ret)
		ret = bdt_import_tree(path, add_format, im, diag);
	if (!ret)
		ret = optional_text(im, "tracing/saved_cmdlines", &text, &len, diag);
	if (ret)
		return ret;
	ret = bdt_writer_cmdlines(im->writer, text, len);
	free(text);
	for (size_t i = 0; !ret && i < im->ncpus; i++) {
		snprintf(path, sizeof(path), "tracing/per_cpu/cpu%u/stats", im->cpus[i]);
		ret = optional_text(im, path, &text, &len, diag);
		if (!ret)
			ret = bdt_writer_cpustat(im->writer, i, text, len);
		free(text);
	}
	return ret;
}

/* Walks the loaded sub-buffers and tells the snapshots of every line of trace_marker. */
static int find_markers(struct import *im, struct bdt_walk *walk, struct bdt_diag *diag)
{
	const struct bdt_formats *f = &im->formats;
	bool big = im->layout.big_endian;
	int ret;

	while (!(ret = bdt_walk_step(walk, &im->layout, big, diag))) {
		if (walk->size <= f->common_size || !f->marker_text || walk->size <= f->marker_text ||
		    f->kinds[(uint16_t)bdt_field_load(&f->type, walk->data, big)] != BDT_EV_MARKER)
			continue;
		bdt_import_snapshots_marker(&im->snapshots, (const char *)walk->data + f->marker_text,
					    walk->size - f->marker_text, walk->stamp);
	}
	return ret < 0 ? ret : 0;
}

static int copy_cpu(struct import *im, size_t i, uint8_t *pages, struct bdt_diag *diag)
{
	struct bdt_walk walk = { .cpu = im->cpus[i] };
	uint32_t page_size = im->layout.page_size;
	struct bdt_input *in = NULL;
	size_t got = 0;
	int ret = open_raw(im, im->cpus[i], &in, diag);

	while (!ret) {
		ret = bdt_input_read(in, pages, (size_t)READ_PAGES * page_size, &got, diag);
		if (ret || got < page_size)
			break;
		bdt_walk_load(&walk, &im->layout, pages, got / page_size);
		ret = find_markers(im, &walk, diag);
		if (!ret)
			ret = bdt_writer_append(im->writer, i, pages, got / page_size, diag);
		im->summary->subbuffers += got / page_size;
		if (im->log && im->log->progress)
			im->log->progress(im->log->user, "importing", im->summary->subbuffers, 0);
		if (got % page_size)
			break;
	}
	if (!ret && got % page_size)
		bdt_log_warn(im->log, "CPU %u: the last %zu bytes are no whole sub-buffer and were left out",
			     im->cpus[i], got % page_size);
	bdt_input_close(in);
	return ret;
}

static int copy_all(struct import *im, const char *output, struct bdt_diag *diag)
{
	uint8_t *pages;
	int ret = read_header(im, diag);

	if (!ret)
		ret = bdt_formats_init(&im->formats, diag);
	if (!ret)
		ret = bdt_import_snapshots_find(&im->snapshots, im->dir, diag);
	if (!ret)
		ret = create_writer(im, output, diag);
	if (!ret)
		ret = copy_texts(im, diag);
	if (ret)
		return ret;
	pages = malloc((size_t)READ_PAGES * im->layout.page_size);
	ret = pages ? 0 : -ENOMEM;
	for (size_t i = 0; !ret && i < im->ncpus; i++)
		ret = copy_cpu(im, i, pages, diag);
	free(pages);
	if (!ret)
		ret = bdt_import_snapshots_write(&im->snapshots, im->dir, im->writer, im->layout.big_endian,
						 im->log, diag);
	return ret;
}

int bdt_import_run(const char *dir, const char *output, struct bdt_import_summary *summary,
		   const struct bdt_log *log, struct bdt_diag *diag)
{
	struct import im = { .dir = dir, .summary = summary, .log = log };
	int ret;

	*summary = (struct bdt_import_summary){ 0 };
	ret = copy_all(&im, output, diag);
	summary->cpus = (unsigned int)im.ncpus;
	summary->snapshots = (unsigned int)im.snapshots.n;
	if (ret)
		bdt_writer_abandon(im.writer);
	else
		ret = bdt_writer_finish(im.writer, &summary->file_bytes, diag);
	bdt_formats_finish(&im.formats);
	bdt_import_snapshots_finish(&im.snapshots);
	free(im.header_page);
	free(im.cpus);
	return ret;
}
