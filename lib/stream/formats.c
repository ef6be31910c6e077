/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "stream/formats.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <traceevent/event-parse.h>

/*
 * Limits of what is handed to libtraceevent, which goes down one level for each operator and bracket: 60000
 * of them end its stack.  Real formats have up to 1100, in 6 KB.
 */
#define MAX_FORMAT_BYTES (1u << 20)
#define MAX_OPERATORS    5000

int bdt_formats_init(struct bdt_formats *f, unsigned int long_size, bool big_endian, struct bdt_diag *diag)
{
	*f = (struct bdt_formats){
		.type = { 0, BDT_LOAD_U16 },
		.flags = { 2, BDT_LOAD_U8 },
		.preempt_count = { 3, BDT_LOAD_U8 },
		.pid = { 4, BDT_LOAD_S32 },
		.common_size = 8,
	};
	f->kinds = calloc(BT_EVENT_IDS, sizeof(*f->kinds));
	f->names = calloc(BT_EVENT_IDS, sizeof(*f->names));
	f->tep = tep_alloc();
	if (!f->kinds || !f->names || !f->tep) {
		bdt_formats_finish(f);
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	}
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_long_size(f->tep, (int)long_size);
	tep_set_file_bigendian(f->tep, big_endian ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	tep_set_local_bigendian(f->tep, bdt_host_big_endian() ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	return 0;
}

void bdt_formats_finish(struct bdt_formats *f)
{
	for (size_t i = 0; f->names && i < BT_EVENT_IDS; i++)
		free(f->names[i]);
	free(f->names);
	free(f->kinds);
	if (f->tep)
		tep_free(f->tep);
	*f = (struct bdt_formats){ 0 };
}

static bool parsable(const char *text, size_t len)
{
	unsigned int operators = 0;

	if (len > MAX_FORMAT_BYTES || memchr(text, '\0', len))
		return false;
	for (size_t i = 0; i < len; i++)
		operators += !!strchr("([{?+-*/|&<>=!~^", text[i]);
	return operators <= MAX_OPERATORS;
}

void bdt_formats_parse(struct bdt_formats *f, const char *system, const char *text, size_t len)
{
	if (parsable(text, len))
		tep_parse_event(f->tep, text, len, system);
}

static struct bdt_field make_field(const struct tep_format_field *field)
{
	bool is_signed = field->flags & TEP_FIELD_IS_SIGNED;
	struct bdt_field out = { .load = BDT_LOAD_NONE };

	if (field->offset < 0 || field->offset > UINT16_MAX - 8)
		return out;
	out.offset = field->offset;
	if (field->size == 8)
		out.load = BDT_LOAD_64;
	else if (field->size == 4)
		out.load = is_signed ? BDT_LOAD_S32 : BDT_LOAD_U32;
	else if (field->size == 2)
		out.load = is_signed ? BDT_LOAD_S16 : BDT_LOAD_U16;
	else if (field->size == 1)
		out.load = is_signed ? BDT_LOAD_S8 : BDT_LOAD_U8;
	return out;
}

static void grow(uint16_t *size, const struct tep_format_field *field)
{
	unsigned int end = (unsigned int)field->offset + (unsigned int)field->size;

	if (end > *size)
		*size = end;
}

/* The common fields are the same in all formats of a kernel, and where they always were. */
static int set_common(struct bdt_formats *f, struct tep_event *event, struct bdt_diag *diag)
{
	const struct {
		const char *name;
		struct bdt_field *field;
	} commons[] = { { "common_type", &f->type },
			{ "common_flags", &f->flags },
			{ "common_preempt_count", &f->preempt_count },
			{ "common_pid", &f->pid } };

	for (size_t i = 0; i < sizeof(commons) / sizeof(commons[0]); i++) {
		struct tep_format_field *field = tep_find_common_field(event, commons[i].name);

		if (!field || make_field(field).load == BDT_LOAD_NONE)
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
					    "the format of %s:%s has no usable %s", event->system,
					    event->name, commons[i].name);
		*commons[i].field = make_field(field);
		grow(&f->common_size, field);
	}
	return 0;
}

static int make_decoder(struct bdt_formats *f, enum bdt_event_kind kind, struct tep_event *event,
			struct bdt_diag *diag)
{
	const struct bdt_event_desc *desc = &bdt_event_kinds[kind];
	struct bdt_decoder *d = &f->decoders[kind];
	int ret = set_common(f, event, diag);

	if (ret)
		return ret;
	*d = (struct bdt_decoder){ .present = true, .id = event->id, .min_size = f->common_size };
	d->may_fail = kind == BDT_EV_PAGE_ALLOC || kind == BDT_EV_ZONE_LOCKED;
	while (d->nfields < BT_EVENT_FIELDS && desc->fields[d->nfields]) {
		struct tep_format_field *field = tep_find_field(event, desc->fields[d->nfields]);
		struct bdt_field *slot = &d->field[d->nfields];

		if (field)
			*slot = make_field(field);
		if (slot->load == BDT_LOAD_NONE)
			d->missing |= 1u << d->nfields;
		else
			grow(&d->min_size, field);
		d->nfields++;
	}
	if (d->missing & 1)
		d->may_fail = false;
	if (kind == BDT_EV_MARKER) {
		struct tep_format_field *text = tep_find_field(event, "buf");

		f->marker_text = text && text->offset >= 0 && text->offset < UINT16_MAX ? text->offset : 0;
	}
	f->kinds[event->id] = kind;
	return 0;
}

/* Name and id from the first lines of a format text. */
static bool identify(const char *text, size_t len, char *name, size_t size, unsigned int *id)
{
	char head[256];

	snprintf(head, sizeof(head), "%.*s", (int)(len < sizeof(head) ? len : sizeof(head) - 1), text);
	if (size < 128 || sscanf(head, "name: %127s ID: %u", name, id) != 2)
		return false;
	return *id < BT_EVENT_IDS;
}

int bdt_formats_add(struct bdt_formats *f, const char *system, const char *text, size_t len,
		    struct bdt_diag *diag)
{
	enum bdt_event_kind kind;
	struct tep_event *event;
	char name[128];
	unsigned int id;

	if (!identify(text, len, name, sizeof(name), &id))
		return 0;
	free(f->names[id]);
	if (asprintf(&f->names[id], "%s:%s", system, name) < 0) {
		f->names[id] = NULL;
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	}
	kind = bdt_event_kind_find(system, name);
	f->kinds[id] = BDT_EV_OTHER;
	if (kind == BDT_EV_OTHER)
		return 0;
	bdt_formats_parse(f, system, text, len);
	event = tep_find_event_by_name(f->tep, system, name);
	if (!event || event->id != (int)id)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "the recorded format of %s:%s cannot be read", system, name);
	return make_decoder(f, kind, event, diag);
}
