/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "stream/formats.h"
#include "base/utf8.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int bdt_formats_init(struct bdt_formats *f, struct bdt_diag *diag)
{
	*f = (struct bdt_formats){
		.type = { 0, BDT_LOAD_U16 },
		.flags = { 2, BDT_LOAD_U8 },
		.preempt_count = { 3, BDT_LOAD_U8 },
		.pid = { 4, BDT_LOAD_S32 },
		.common_size = 8,
		.pageblock_order = -1,
	};
	f->kinds = calloc(BT_EVENT_IDS, sizeof(*f->kinds));
	f->names = calloc(BT_EVENT_IDS, sizeof(*f->names));
	if (!f->kinds || !f->names) {
		bdt_formats_finish(f);
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	}
	return 0;
}

void bdt_formats_finish(struct bdt_formats *f)
{
	for (size_t i = 0; f->names && i < BT_EVENT_IDS; i++)
		free(f->names[i]);
	free(f->names);
	free(f->kinds);
	*f = (struct bdt_formats){ 0 };
}

static struct bdt_field make_field(const struct bdt_format_field *field)
{
	bool is_signed = field->is_signed;
	struct bdt_field out = { .load = BDT_LOAD_NONE };

	out.offset = (uint16_t)field->offset;
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

/* Finds an integer field, and lets *end be no less than where it ends; false when there is none. */
static bool find_integer(const char *text, size_t len, const char *name, struct bdt_field *out, uint16_t *end)
{
	struct bdt_format_field field;

	if (!bdt_format_find_field(text, len, name, &field))
		return false;
	*out = make_field(&field);
	if (out->load == BDT_LOAD_NONE)
		return false;
	if (field.offset + field.size > *end)
		*end = (uint16_t)(field.offset + field.size);
	return true;
}

/* The common fields are the same in all formats of a kernel, and where they always were. */
static int set_common(struct bdt_formats *f, const char *event, const char *text, size_t len,
		      struct bdt_diag *diag)
{
	const struct {
		const char *name;
		struct bdt_field *field;
	} commons[] = { { "common_type", &f->type },
			{ "common_flags", &f->flags },
			{ "common_preempt_count", &f->preempt_count },
			{ "common_pid", &f->pid } };

	for (size_t i = 0; i < sizeof(commons) / sizeof(commons[0]); i++)
		if (!find_integer(text, len, commons[i].name, commons[i].field, &f->common_size))
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
					    "the recorded format of %s has no usable %s", event,
					    commons[i].name);
	return 0;
}

static void find_pageblock_order(struct bdt_formats *f, const char *text, size_t len)
{
	long long order;

	if (bdt_format_find_constant(text, len, "pageblock_order=", &order) && order > 0 &&
	    order < BT_MAX_ORDERS)
		f->pageblock_order = (int)order;
}

/* `unsigned long caller[]`: an array of a size that the record tells, or of its own size for the last. */
static void find_callers(struct bdt_formats *f, const char *text, size_t len)
{
	struct bdt_format_field caller;

	if (!bdt_format_find_field(text, len, "caller", &caller))
		return;
	f->stack_callers = (uint16_t)caller.offset;
	f->stack_located = memmem(text, len, "__data_loc", strlen("__data_loc"));
}

static void find_status(struct bdt_formats *f, const char *text, size_t len)
{
	for (int i = 0; i < BT_COMPACTION_STATUS; i++)
		if (!bdt_format_find_symbol(text, len, "status", i, f->compaction_status[i],
					    sizeof(f->compaction_status[i])))
			f->compaction_status[i][0] = '\0';
}

static int make_decoder(struct bdt_formats *f, enum bdt_event_kind kind, unsigned int id, const char *text,
			size_t len, struct bdt_diag *diag)
{
	const struct bdt_event_desc *desc = &bdt_event_kinds[kind];
	struct bdt_decoder *d = &f->decoders[kind];
	int ret = set_common(f, f->names[id], text, len, diag);

	if (ret)
		return ret;
	*d = (struct bdt_decoder){ .present = true, .id = (uint16_t)id, .min_size = f->common_size };
	d->may_fail = kind == BDT_EV_PAGE_ALLOC || kind == BDT_EV_ZONE_LOCKED;
	for (; d->nfields < BT_EVENT_FIELDS && desc->fields[d->nfields]; d->nfields++) {
		struct bdt_field *slot = &d->field[d->nfields];

		if (!find_integer(text, len, desc->fields[d->nfields], slot, &d->min_size)) {
			slot->load = BDT_LOAD_NONE;
			d->missing |= 1u << d->nfields;
		}
	}
	if (d->missing & 1)
		d->may_fail = false;
	if (kind == BDT_EV_MARKER) {
		struct bdt_format_field buf;

		f->marker_text = bdt_format_find_field(text, len, "buf", &buf) ? (uint16_t)buf.offset : 0;
	}
	if (kind == BDT_EV_STACK)
		find_callers(f, text, len);
	if (kind == BDT_EV_COMPACTION_END)
		find_status(f, text, len);
	if (kind == BDT_EV_PAGE_ALLOC)
		f->ngfp_flags = bdt_format_find_flags(text, len, "gfp_flags", f->gfp_flags, BT_GFP_FLAGS);
	if (kind == BDT_EV_EXTFRAG)
		find_pageblock_order(f, text, len);
	f->kinds[id] = kind;
	return 0;
}

int bdt_formats_add(struct bdt_formats *f, const char *system, const char *text, size_t len,
		    struct bdt_diag *diag)
{
	enum bdt_event_kind kind;
	char name[128];
	unsigned int id;

	if (!bdt_format_identify(text, len, name, &id) || id >= BT_EVENT_IDS)
		return 0;
	free(f->names[id]);
	if (asprintf(&f->names[id], "%s:%s", system, name) < 0) {
		f->names[id] = NULL;
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	}
	bdt_clean_text(f->names[id]);
	kind = bdt_event_kind_find(system, name);
	f->kinds[id] = BDT_EV_OTHER;
	return kind == BDT_EV_OTHER ? 0 : make_decoder(f, kind, id, text, len, diag);
}
