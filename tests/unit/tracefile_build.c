/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracefile_build.h"

#include "base/bytes.h"
#include <stdlib.h>
#include <zstd.h>

static void named_text(struct bdt_buf *b, const char *name, const char *text)
{
	bdt_buf_str(b, name);
	bdt_buf_uint(b, 8, strlen(text));
	bdt_buf_put(b, text, strlen(text));
}

size_t build_v7_header(struct bdt_buf *b, const char *version, const char *algorithm)
{
	bdt_buf_put(b, BT_MAGIC, BT_MAGIC_SIZE);
	bdt_buf_str(b, version);
	bdt_buf_uint(b, 1, b->big_endian);
	bdt_buf_uint(b, 1, 8);
	bdt_buf_uint(b, 4, BUILD_PAGE);
	bdt_buf_str(b, algorithm);
	bdt_buf_str(b, "");
	bdt_buf_uint(b, 8, 0);
	return b->size - 8;
}

size_t build_section(struct bdt_buf *b, uint16_t id, uint16_t flags, const struct bdt_buf *content)
{
	size_t at = b->size;

	bdt_buf_uint(b, 2, id);
	bdt_buf_uint(b, 2, flags);
	bdt_buf_uint(b, 4, BT_SECTION_NO_NAME);
	bdt_buf_uint(b, 8, content->size);
	bdt_buf_put(b, content->data, content->size);
	if (b->err || content->err)
		abort();
	return at;
}

void build_option(struct bdt_buf *options, uint16_t id, size_t size, uint64_t value)
{
	bdt_buf_uint(options, 2, id);
	bdt_buf_uint(options, 4, size);
	bdt_buf_uint(options, size, value);
}

void build_patch(struct bdt_buf *b, size_t at, size_t size, uint64_t value)
{
	bdt_store(b->data + at, size, b->big_endian, value);
}

void build_header_info(struct bdt_buf *b)
{
	named_text(b, "header_page", "field: u64 timestamp; offset:0; size:8; signed:0;\n");
	named_text(b, "header_event", "# type\n");
}

void build_formats(struct bdt_buf *b)
{
	bdt_buf_uint(b, 4, 1);
	bdt_buf_str(b, "kmem");
	bdt_buf_uint(b, 4, 1);
	bdt_buf_uint(b, 8, 20);
	bdt_buf_put(b, "name: mm_page_alloc\n", 20);
}

static void sub_buffers(struct bdt_buf *b, uint8_t fill, size_t n)
{
	uint8_t *to = bdt_buf_grow(b, n * BUILD_PAGE);

	if (to)
		memset(to, fill, n * BUILD_PAGE);
}

static size_t metadata(struct bdt_buf *b, struct bdt_buf *options, size_t *header_info)
{
	struct bdt_buf content = { .big_endian = b->big_endian };
	size_t formats;

	build_header_info(&content);
	*header_info = build_section(b, BDT_HEADER_INFO, 0, &content);
	content.size = 0;
	build_formats(&content);
	formats = build_section(b, BDT_EVENT_FORMATS, 0, &content);
	bdt_buf_free(&content);
	build_option(options, BDT_HEADER_INFO, 8, *header_info);
	build_option(options, BDT_EVENT_FORMATS, 8, formats);
	build_option(options, BDT_TRACECLOCK, 2, b->big_endian ? 'x' << 8 : 'x');
	return formats;
}

static void buffer_option(struct bdt_buf *options, uint64_t buffer, uint32_t ncpus)
{
	bdt_buf_uint(options, 2, BDT_BUFFER);
	bdt_buf_uint(options, 4, 8 + 1 + 5 + 4 + 4 + 20 * (uint64_t)ncpus);
	bdt_buf_uint(options, 8, buffer);
	bdt_buf_str(options, "");
	bdt_buf_str(options, "mono");
	bdt_buf_uint(options, 4, BUILD_PAGE);
	bdt_buf_uint(options, 4, ncpus);
}

static void buffer_cpu(struct bdt_buf *options, uint32_t cpu, uint64_t offset, uint64_t size)
{
	bdt_buf_uint(options, 4, cpu);
	bdt_buf_uint(options, 8, offset);
	bdt_buf_uint(options, 8, size);
}

void build_plain(struct bdt_buf *b, struct build_places *places)
{
	struct bdt_buf options = { .big_endian = b->big_endian }, data = { .big_endian = b->big_endian };
	size_t cpus;

	places->header_options = build_v7_header(b, "7", "none");
	places->formats = metadata(b, &options, &places->header_info);
	sub_buffers(&data, 0x11, 3);
	sub_buffers(&data, 0x22, 1);
	places->buffer = build_section(b, BDT_BUFFER, 0, &data);
	buffer_option(&options, places->buffer, 2);
	cpus = options.size;
	buffer_cpu(&options, 0, places->buffer + BT_SECTION_HEADER, 3 * BUILD_PAGE);
	buffer_cpu(&options, 2, places->buffer + BT_SECTION_HEADER + 3 * BUILD_PAGE, BUILD_PAGE);
	build_option(&options, BDT_OPTIONS, 8, 0);
	places->options = build_section(b, BDT_OPTIONS, 0, &options);
	places->cpus = places->options + BT_SECTION_HEADER + cpus;
	places->done = b->size - 8;
	build_patch(b, places->header_options, 8, places->options);
	bdt_buf_free(&options);
	bdt_buf_free(&data);
}

static void chunk(struct bdt_buf *b, uint8_t fill, size_t npages)
{
	struct bdt_buf raw = { 0 };
	size_t bound = ZSTD_compressBound(npages * BUILD_PAGE), at = b->size, done;
	uint8_t *to = bdt_buf_grow(b, BT_CHUNK_HEADER + bound);

	sub_buffers(&raw, fill, npages);
	if (!to || raw.err)
		abort();
	done = ZSTD_compress(to + BT_CHUNK_HEADER, bound, raw.data, raw.size, 1);
	build_patch(b, at, 4, done);
	build_patch(b, at + 4, 4, raw.size);
	b->size = at + BT_CHUNK_HEADER + done;
	bdt_buf_free(&raw);
}

void build_packed(struct bdt_buf *b, struct build_places *places, const struct bdt_buf *own, uint16_t own_id)
{
	struct bdt_buf options = { .big_endian = b->big_endian }, data = { .big_endian = b->big_endian };

	places->header_options = build_v7_header(b, "7", "zstd");
	places->formats = metadata(b, &options, &places->header_info);
	if (own)
		build_option(&options, own_id, 8, build_section(b, own_id, 0, own));
	bdt_buf_uint(&data, BT_CHUNK_COUNT, 2);
	chunk(&data, 0x33, 4);
	chunk(&data, 0x44, 2);
	places->buffer = build_section(b, BDT_BUFFER, BT_SECTION_COMPRESSED, &data);
	places->chunks = places->buffer + BT_SECTION_HEADER;
	buffer_option(&options, places->buffer, 1);
	buffer_cpu(&options, 0, places->chunks, data.size - BT_CHUNK_COUNT);
	build_option(&options, BDT_OPTIONS, 8, 0);
	places->options = build_section(b, BDT_OPTIONS, 0, &options);
	places->done = b->size - 8;
	build_patch(b, places->header_options, 8, places->options);
	bdt_buf_free(&options);
	bdt_buf_free(&data);
}

void build_v6(struct bdt_buf *b)
{
	size_t table;

	bdt_buf_put(b, BT_MAGIC, BT_MAGIC_SIZE);
	bdt_buf_str(b, "6");
	bdt_buf_uint(b, 1, b->big_endian);
	bdt_buf_uint(b, 1, 8);
	bdt_buf_uint(b, 4, BUILD_PAGE);
	build_header_info(b);
	bdt_buf_uint(b, 4, 1);
	bdt_buf_uint(b, 8, 14);
	bdt_buf_put(b, "name: function", 14);
	build_formats(b);
	bdt_buf_uint(b, 4, 3);
	bdt_buf_put(b, "sym", 3);
	bdt_buf_uint(b, 4, 2);
	bdt_buf_put(b, "pf", 2);
	bdt_buf_uint(b, 8, 7);
	bdt_buf_put(b, "1 init\n", 7);
	bdt_buf_uint(b, 4, 2);
	bdt_buf_str(b, "options  ");
	build_option(b, BDT_OFFSET, 2, b->big_endian ? '5' << 8 : '5');
	build_option(b, BDT_DATE, 2, b->big_endian ? '2' << 8 : '2');
	bdt_buf_uint(b, 2, 0);
	bdt_buf_str(b, "flyrecord");
	table = b->size;
	bdt_buf_uint(b, 8, 0);
	bdt_buf_uint(b, 8, 3 * BUILD_PAGE);
	bdt_buf_uint(b, 8, 0);
	bdt_buf_uint(b, 8, BUILD_PAGE);
	bdt_buf_uint(b, 8, 6);
	bdt_buf_put(b, "[mono]", 6);
	if (b->err)
		abort();
	build_patch(b, table, 8, b->size);
	build_patch(b, table + 16, 8, b->size + 3 * BUILD_PAGE);
	sub_buffers(b, 0x11, 3);
	sub_buffers(b, 0x22, 1);
}
