/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_FORMATS_H
#define BT_STREAM_FORMATS_H

#include "stream/fields.h"
#include "stream/layout.h"
#include <buddytrace/event.h>

/* How an integer field is loaded. */
enum bdt_load {
	BDT_LOAD_NONE,
	BDT_LOAD_U8,
	BDT_LOAD_S8,
	BDT_LOAD_U16,
	BDT_LOAD_S16,
	BDT_LOAD_U32,
	BDT_LOAD_S32,
	BDT_LOAD_64
};

struct bdt_field {
	uint16_t offset; /* bytes from the start of the record */
	uint8_t load;    /* enum bdt_load; NONE: the recorded kernel lacks the field */
};

/* Where the fields of one event kind are in the recorded kernel's records. */
struct bdt_decoder {
	bool present; /* the file has this event */
	uint8_t nfields;
	uint8_t missing;   /* bit i: field i is BDT_LOAD_NONE */
	bool may_fail;     /* field 0 is the pfn of an allocation: 0 and all ones mean that it failed */
	uint16_t min_size; /* a record must have this many bytes */
	uint16_t id;
	struct bdt_field field[BT_EVENT_FIELDS];
};

#define BT_GFP_FLAGS         96 /* kernels have about 50 */
#define BT_COMPACTION_STATUS 16 /* enum compact_result has 9 values */

/* The recorded event formats, digested. */
struct bdt_formats {
	struct bdt_field type, flags, preempt_count, pid; /* common fields */
	uint16_t common_size;                             /* bytes that hold them all */
	uint16_t marker_text;   /* offset of the text of a BDT_EV_MARKER, 0 = none */
	uint16_t stack_callers; /* offset of the addresses of a BDT_EV_STACK, 0 = unknown */
	bool stack_located;     /* there is no array but a word that tells where it is (__data_loc) */
	char compaction_status[BT_COMPACTION_STATUS][24]; /* words of mm_compaction_end, "" = none */
	struct bdt_format_flag gfp_flags[BT_GFP_FLAGS];   /* of mm_page_alloc */
	size_t ngfp_flags;
	int pageblock_order; /* from the print fmt of mm_page_alloc_extfrag, -1 = unknown */
	struct bdt_decoder decoders[BDT_EV_NR];
	uint8_t *kinds; /* by event id: enum bdt_event_kind */
	char **names;   /* by event id: "system:name", NULL = unknown */
};

#define BT_EVENT_IDS 65536

/* Readies an empty table; formats are added one by one.  0 or -ENOMEM. */
int bdt_formats_init(struct bdt_formats *f, struct bdt_diag *diag);
void bdt_formats_finish(struct bdt_formats *f);
/*
 * Adds the text of one `format` file.  Only the fields of our events are looked at, by our own parser: print
 * formats are read by libtraceevent, which does not survive all that a file can hold, so that is left to
 * stream/printer.h.  Events that are not ours are BDT_EV_OTHER, and so are texts that say no name and id;
 * 0, -ENOMEM, or -EBADMSG when one of our events lacks a common field.
 */
int bdt_formats_add(struct bdt_formats *f, const char *system, const char *text, size_t len,
		    struct bdt_diag *diag);

/* The integer at `record`, which must be long enough, extended to 64 bits. */
static inline int64_t bdt_field_load(const struct bdt_field *field, const uint8_t *record, bool big)
{
	const uint8_t *at = record + field->offset;

	switch ((enum bdt_load)field->load) {
	case BDT_LOAD_64:
		return (int64_t)bdt_load64(at, big);
	case BDT_LOAD_U32:
		return bdt_load32(at, big);
	case BDT_LOAD_S32:
		return (int32_t)bdt_load32(at, big);
	case BDT_LOAD_U16:
		return bdt_load16(at, big);
	case BDT_LOAD_S16:
		return (int16_t)bdt_load16(at, big);
	case BDT_LOAD_U8:
		return *at;
	case BDT_LOAD_S8:
		return (int8_t)*at;
	case BDT_LOAD_NONE:
		break;
	}
	return 0;
}

#endif
