/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/stream.h"
#include <errno.h>
#include <stdlib.h>
#include <traceevent/event-parse.h>

/* A larger symbol table than any kernel's is not looked at. */
#define MAX_TEXT (256u << 20)

static int make_seq(struct bdt_stream *s, struct bdt_diag *diag)
{
	if (s->seq)
		return 0;
	s->seq = malloc(sizeof(*s->seq));
	if (!s->seq)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	trace_seq_init(s->seq);
	return 0;
}

static void symbols(struct tep_handle *tep, const char *text, size_t len,
		    int (*parse)(struct tep_handle *tep, const char *text))
{
	char *copy = len && len <= MAX_TEXT ? strndup(text, len) : NULL;

	if (copy)
		parse(tep, copy);
	free(copy);
}

/* Everything that only text needs: all formats, symbols, and the plugins that every trace-cmd loads. */
static void load_all(struct bdt_stream *s)
{
	const char *text, *system;
	size_t len;

	s->plugins = tep_load_plugins(s->formats.tep);
	for (size_t i = 0; i < bdt_tracefile_nformats(s->tf); i++) {
		text = bdt_tracefile_format(s->tf, i, &system, &len);
		bdt_formats_parse(&s->formats, system, text, len);
	}
	text = bdt_tracefile_kallsyms(s->tf, &len);
	symbols(s->formats.tep, text, len, tep_parse_kallsyms);
	text = bdt_tracefile_printk(s->tf, &len);
	symbols(s->formats.tep, text, len, tep_parse_printk_formats);
}

static void format(struct bdt_stream *s, struct tep_record *record)
{
	trace_seq_reset(s->seq);
	tep_print_event(s->formats.tep, s->seq, record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(s->seq);
	/* A marker's text has its own line end. */
	if (s->seq->len && s->seq->buffer[s->seq->len - 1] == '\n')
		s->seq->buffer[--s->seq->len] = '\0';
}

int bdt_stream_print_fields(struct bdt_stream *s, const struct bdt_event *ev, FILE *out)
{
	struct tep_record record = { .ts = ev->time_ns,
				     .cpu = (int)ev->cpu,
				     .data = (void *)(uintptr_t)ev->raw,
				     .size = ev->raw_size,
				     .record_size = ev->raw_size,
				     .ref_count = 1 };
	int ret;

	if (!ev->raw)
		return 0;
	ret = make_seq(s, NULL);
	if (ret)
		return ret;
	if (!s->all_formats)
		load_all(s);
	s->all_formats = true;
	format(s, &record);
	return fputs(s->seq->buffer, out) < 0 ? -EIO : 0;
}

int bdt_stream_find_pageblock_order(struct bdt_stream *s, struct bdt_diag *diag)
{
	const struct bdt_decoder *d = &s->formats.decoders[BDT_EV_EXTFRAG];
	uint8_t data[256] = { 0 };
	struct tep_record record = {
		.data = data, .size = sizeof(data), .record_size = sizeof(data), .ref_count = 1
	};
	const char *at;
	int order, ret;

	s->pageblock_order = -1;
	if (!d->present || d->min_size > sizeof(data))
		return 0;
	ret = make_seq(s, diag);
	if (ret)
		return ret;
	data[s->formats.type.offset] = d->id >> (s->layout.big_endian ? 8 : 0);
	data[s->formats.type.offset + 1] = d->id >> (s->layout.big_endian ? 0 : 8);
	format(s, &record);
	at = strstr(s->seq->buffer, "pageblock_order=");
	if (at && sscanf(at, "pageblock_order=%d", &order) == 1 && order > 0 && order < BT_MAX_ORDERS)
		s->pageblock_order = order;
	return 0;
}

int bdt_stream_pageblock_order(const struct bdt_stream *s)
{
	return s->pageblock_order;
}

void bdt_stream_print_finish(struct bdt_stream *s)
{
	if (s->seq) {
		trace_seq_destroy(s->seq);
		free(s->seq);
	}
	if (s->plugins)
		tep_unload_plugins(s->plugins, s->formats.tep);
	s->seq = NULL;
	s->plugins = NULL;
}
