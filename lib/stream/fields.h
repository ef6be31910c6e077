/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_FIELDS_H
#define BT_STREAM_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One field of an event as the text of its `format` file says. */
struct bdt_format_field {
	unsigned int offset, size; /* bytes; size 0: the rest of the record */
	bool is_signed;
};

/* Name (at most 127 bytes) and id from the first lines of a format text; false if they are not there. */
bool bdt_format_identify(const char *text, size_t len, char name[128], unsigned int *id);
/* Looks for the field `name`, common or not; false when there is none that lies in a record.  O(len). */
bool bdt_format_find_field(const char *text, size_t len, const char *name, struct bdt_format_field *field);
/*
 * The constant that the print fmt prints behind `label` ("pageblock_order="); false when there is no such
 * label or what is printed there is no constant.  O(len).
 */
bool bdt_format_find_constant(const char *text, size_t len, const char *label, long long *value);
/*
 * The word that __print_symbolic() of the print fmt has for `value` of the field `name`, cut to `size` - 1
 * bytes; false when it has none.  O(len).
 */
bool bdt_format_find_symbol(const char *text, size_t len, const char *name, long long value, char *word,
			    size_t size);

/* A word of __print_flags(), cut to what fits. */
struct bdt_format_flag {
	char name[32];
	uint64_t mask;
};

/* The words of __print_flags() for the field `name` that stand for constants, at most `max`; their number. */
size_t bdt_format_find_flags(const char *text, size_t len, const char *name, struct bdt_format_flag *flags,
			     size_t max);

#endif
