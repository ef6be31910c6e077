/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_JSON_READ_H
#define BT_BASE_JSON_READ_H

#include <buddytrace/diag.h>
#include <stddef.h>

/*
 * Pull parser for JSON text in memory.  It allocates nothing, takes any bytes, and refuses what is not JSON
 * with -EBADMSG and the byte offset.  Strings longer than BT_JSON_READER_TEXT - 1 bytes and nesting deeper
 * than BT_JSON_READER_DEPTH are refused too.
 */
#define BT_JSON_READER_TEXT  1024
#define BT_JSON_READER_DEPTH 32

enum bdt_json_token {
	BDT_JSONR_OBJECT, /* { */
	BDT_JSONR_OBJECT_END,
	BDT_JSONR_ARRAY, /* [ */
	BDT_JSONR_ARRAY_END,
	BDT_JSONR_KEY, /* text; its value comes next */
	BDT_JSONR_STRING,
	BDT_JSONR_NUMBER,
	BDT_JSONR_TRUE,
	BDT_JSONR_FALSE,
	BDT_JSONR_NULL,
};

struct bdt_json_reader {
	const char *start, *at, *end;
	unsigned int depth;
	char closer[BT_JSON_READER_DEPTH]; /* '}' or ']' of each open level */
	enum { BDT_JSONR_WANT_VALUE, BDT_JSONR_WANT_FIRST, BDT_JSONR_WANT_NEXT, BDT_JSONR_WANT_NONE } want;
	/* The token found last. */
	enum bdt_json_token type;
	char text[BT_JSON_READER_TEXT]; /* key, string (UTF-8) or the characters of a number; NUL-terminated
					 */
	double number;                  /* BDT_JSONR_NUMBER, else 0 */
};

/* `text` must stay valid while `json` is used; nothing has to be freed. */
void bdt_json_reader_init(struct bdt_json_reader *json, const char *text, size_t size);

/*
 * Reads the next token into json->type, ->text and ->number.  0, 1 behind the end of the one top-level value,
 * -EBADMSG.  Numbers are read with the decimal point of the current locale: see bdt_locale_c().
 */
int bdt_json_reader_next(struct bdt_json_reader *json, struct bdt_diag *diag);

#endif
