/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/stream.h"

/*
 * The addresses of a kernel_stack record.  Their number is the field `size`, but the record is what is there;
 * the array's own size in the format is only that of the first eight.
 *
 *	common fields | int size | unsigned long caller[size]
 */
static const uint8_t *find_callers(const struct bdt_stream *s, const struct bdt_event *ev, size_t *bytes)
{
	const struct bdt_formats *f = &s->formats;
	uint32_t offset = f->stack_callers;

	*bytes = 0;
	if (ev->kind != BDT_EV_STACK || !offset || !ev->raw)
		return NULL;
	if (f->stack_located) {
		if (offset + 4u > ev->raw_size)
			return NULL;
		offset = bdt_load32(ev->raw + offset, s->layout.big_endian) & 0xffff;
	}
	if (offset > ev->raw_size)
		return NULL;
	*bytes = ev->raw_size - offset;
	return ev->raw + offset;
}

size_t bdt_stream_stack(const struct bdt_stream *s, const struct bdt_event *ev, uint64_t *addresses,
			size_t max)
{
	unsigned int long_size = s->info->long_size;
	size_t bytes, n, found = 0;
	const uint8_t *at = find_callers(s, ev, &bytes);

	if (!at)
		return 0;
	n = bytes / long_size;
	if (!(ev->missing & 1) && ev->stack.size >= 0 && (uint64_t)ev->stack.size < n)
		n = (size_t)ev->stack.size;
	for (size_t i = 0; i < n && found < max; i++, at += long_size) {
		bool big = s->layout.big_endian;
		uint64_t address = long_size == 8 ? bdt_load64(at, big) : bdt_load32(at, big);

		/* All ones end the list in old kernels and stand for a trampoline in new ones. */
		if (address && address != (long_size == 8 ? UINT64_MAX : UINT32_MAX))
			addresses[found++] = address;
	}
	return found;
}

const char *bdt_stream_compaction_status(const struct bdt_stream *s, int64_t status)
{
	const char *word = "";

	if (status >= 0 && status < BT_COMPACTION_STATUS)
		word = s->formats.compaction_status[status];
	return *word ? word : "?";
}
