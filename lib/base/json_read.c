/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json_read.h"
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void bdt_json_reader_init(struct bdt_json_reader *json, const char *text, size_t size)
{
	memset(json, 0, sizeof(*json));
	json->start = json->at = text;
	json->end = text + size;
	json->want = BDT_JSONR_WANT_VALUE;
}

static int bad(const struct bdt_json_reader *json, const char *what, struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -EBADMSG, (uint64_t)(json->at - json->start), "not JSON: %s", what);
}

static void skip_space(struct bdt_json_reader *json)
{
	while (json->at < json->end && memchr(" \t\r\n", *json->at, 4))
		json->at++;
}

static int hex4(struct bdt_json_reader *json, unsigned int *out)
{
	static const char digits[] = "0123456789abcdef";

	if (json->end - json->at < 4)
		return -EBADMSG;
	*out = 0;
	for (int i = 0; i < 4; i++) {
		const char *digit = *json->at ? strchr(digits, *json->at | 0x20) : NULL;

		if (!digit)
			return -EBADMSG;
		*out = *out << 4 | (unsigned int)(digit - digits);
		json->at++;
	}
	return 0;
}

/* The code point behind "\u"; a lone surrogate becomes U+FFFD. */
static int code_point(struct bdt_json_reader *json, unsigned int *out)
{
	unsigned int low;

	if (hex4(json, out))
		return -EBADMSG;
	if (*out < 0xd800 || *out > 0xdfff)
		return 0;
	if (*out < 0xdc00 && json->end - json->at >= 6 && json->at[0] == '\\' && json->at[1] == 'u') {
		json->at += 2;
		if (hex4(json, &low))
			return -EBADMSG;
		if (low >= 0xdc00 && low <= 0xdfff) {
			*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
			return 0;
		}
	}
	*out = 0xfffd;
	return 0;
}

static size_t utf8(unsigned int code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Decodes what follows a backslash; returns the number of bytes in `out`, 0 when it is no escape. */
static size_t escape(struct bdt_json_reader *json, char out[4])
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	unsigned int code;

	if (json->at == json->end)
		return 0;
	if (*json->at == 'u') {
		json->at++;
		/* A NUL would end the text early and hide what follows it. */
		return code_point(json, &code) || !code ? 0 : utf8(code, out);
	}
	found = memchr(from, *json->at, sizeof(from) - 1);
	if (!found)
		return 0;
	json->at++;
	out[0] = to[found - from];
	return 1;
}

static int string(struct bdt_json_reader *json, struct bdt_diag *diag)
{
	size_t used = 0;

	json->at++;
	for (;;) {
		char bytes[4];
		size_t n = 1;

		if (json->at == json->end)
			return bad(json, "the string does not end", diag);
		bytes[0] = *json->at++;
		if (bytes[0] == '"')
			break;
		if ((unsigned char)bytes[0] < ' ')
			return bad(json, "control character in a string", diag);
		if (bytes[0] == '\\') {
			n = escape(json, bytes);
			if (!n)
				return bad(json, "unknown escape", diag);
		}
		if (used + n >= sizeof(json->text))
			return bad(json, "string too long", diag);
		memcpy(json->text + used, bytes, n);
		used += n;
	}
	json->text[used] = '\0';
	return 0;
}

static size_t digits(struct bdt_json_reader *json)
{
	size_t n = 0;

	for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++)
		n++;
	return n;
}

static bool accept(struct bdt_json_reader *json, const char *set)
{
	if (json->at == json->end || !*json->at || !strchr(set, *json->at))
		return false;
	json->at++;
	return true;
}

static int number(struct bdt_json_reader *json, struct bdt_diag *diag)
{
	const char *first = json->at;
	bool whole;
	size_t n;

	accept(json, "-");
	whole = digits(json);
	if (!whole || (accept(json, ".") && !digits(json)))
		return bad(json, "a number needs digits", diag);
	if (accept(json, "eE")) {
		accept(json, "+-");
		if (!digits(json))
			return bad(json, "an exponent needs digits", diag);
	}
	n = json->at - first;
	if (n >= sizeof(json->text))
		return bad(json, "number too long", diag);
	memcpy(json->text, first, n);
	json->text[n] = '\0';
	json->number = strtod(json->text, NULL);
	return 0;
}

static int word(struct bdt_json_reader *json, struct bdt_diag *diag)
{
	static const struct {
		const char *name;
		enum bdt_json_token type;
	} words[] = { { "true", BDT_JSONR_TRUE }, { "false", BDT_JSONR_FALSE }, { "null", BDT_JSONR_NULL } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i].name);

		if ((size_t)(json->end - json->at) >= n && !memcmp(json->at, words[i].name, n)) {
			json->at += n;
			json->type = words[i].type;
			return 0;
		}
	}
	return bad(json, "a value was expected", diag);
}

static void after_value(struct bdt_json_reader *json)
{
	json->want = json->depth ? BDT_JSONR_WANT_NEXT : BDT_JSONR_WANT_NONE;
}

static int open_level(struct bdt_json_reader *json, struct bdt_diag *diag)
{
	if (json->depth == BT_JSON_READER_DEPTH)
		return bad(json, "nested too deeply", diag);
	json->type = *json->at == '{' ? BDT_JSONR_OBJECT : BDT_JSONR_ARRAY;
	json->closer[json->depth++] = *json->at++ == '{' ? '}' : ']';
	json->want = BDT_JSONR_WANT_FIRST;
	return 0;
}

static int close_level(struct bdt_json_reader *json)
{
	json->type = *json->at++ == '}' ? BDT_JSONR_OBJECT_END : BDT_JSONR_ARRAY_END;
	json->depth--;
	after_value(json);
	return 0;
}

static int value(struct bdt_json_reader *json, struct bdt_diag *diag)
{
	int err;

	skip_space(json);
	if (json->at == json->end)
		return bad(json, "the text ends early", diag);
	if (*json->at == '{' || *json->at == '[')
		return open_level(json, diag);
	if (*json->at == '"') {
		json->type = BDT_JSONR_STRING;
		err = string(json, diag);
	} else if (*json->at == '-' || (*json->at >= '0' && *json->at <= '9')) {
		json->type = BDT_JSONR_NUMBER;
		err = number(json, diag);
	} else {
		err = word(json, diag);
	}
	after_value(json);
	return err;
}

static int key(struct bdt_json_reader *json, struct bdt_diag *diag)
{
	int err;

	if (json->at == json->end || *json->at != '"')
		return bad(json, "a member name was expected", diag);
	err = string(json, diag);
	if (err)
		return err;
	skip_space(json);
	if (!accept(json, ":"))
		return bad(json, "':' was expected", diag);
	json->type = BDT_JSONR_KEY;
	json->want = BDT_JSONR_WANT_VALUE;
	return 0;
}

int bdt_json_reader_next(struct bdt_json_reader *json, struct bdt_diag *diag)
{
	char closer;

	json->text[0] = '\0';
	json->number = 0;
	if (json->want == BDT_JSONR_WANT_VALUE)
		return value(json, diag);
	skip_space(json);
	if (json->want == BDT_JSONR_WANT_NONE)
		return json->at == json->end ? 1 : bad(json, "text behind the end", diag);
	closer = json->closer[json->depth - 1];
	if (json->at < json->end && *json->at == closer)
		return close_level(json);
	if (json->want == BDT_JSONR_WANT_NEXT) {
		if (!accept(json, ","))
			return bad(json, "',' or the end of the level was expected", diag);
		skip_space(json);
	}
	return closer == '}' ? key(json, diag) : value(json, diag);
}
