/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/stream.h"
#include <errno.h>
#include <inttypes.h>

/* What can be said of an event without its print fmt. */
static void print_raw(const struct bdt_event *ev, FILE *out)
{
	const struct bdt_event_desc *desc = &bdt_event_kinds[ev->kind];
	const char *blank = "";

	for (int i = 0; i < BT_EVENT_FIELDS && desc->fields[i]; i++, blank = " ")
		if (!(ev->missing & 1 << i))
			fprintf(out, "%s%s=%" PRId64, blank, desc->fields[i], ev->field[i]);
	if (desc->fields[0])
		return;
	for (uint16_t i = 0; i < ev->raw_size; i++)
		fprintf(out, "%s%02x", i && i % 4 == 0 ? " " : "", ev->raw[i]);
}

int bdt_stream_print_fields(struct bdt_stream *s, const struct bdt_event *ev, FILE *out)
{
	size_t n = ev >= s->batch && ev < s->batch + s->nbatch ? (size_t)(s->batch + s->nbatch - ev) : 1;
	const char *text;
	size_t len;
	int ret;

	if (!ev->raw)
		return 0;
	ret = s->printer ? 0 : bdt_printer_create(s->tf, &s->printer);
	if (ret)
		return ret;
	ret = bdt_printer_text(s->printer, ev, n, &text, &len);
	if (ret)
		print_raw(ev, out);
	else
		fwrite(text, 1, len, out);
	return ferror(out) ? -EIO : ret;
}

bool bdt_stream_gfp_flag(const struct bdt_stream *s, size_t i, const char **name, uint64_t *mask)
{
	if (i >= s->formats.ngfp_flags)
		return false;
	*name = s->formats.gfp_flags[i].name;
	*mask = s->formats.gfp_flags[i].mask;
	return true;
}

int bdt_stream_pageblock_order(const struct bdt_stream *s)
{
	return s->formats.pageblock_order;
}
