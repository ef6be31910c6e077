/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/utf8.h"
#include <assert.h>
#include <buddytrace/json.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <string.h>

void bdt_json_init(struct bdt_json *json, FILE *out)
{
	*json = (struct bdt_json){ .out = out };
}

int bdt_json_finish(struct bdt_json *json)
{
	assert(json->depth == 0);
	fputc('\n', json->out);
	return fflush(json->out) || ferror(json->out) ? -EIO : 0;
}

static void line(struct bdt_json *json)
{
	fprintf(json->out, "\n%*s", (int)(2 * json->depth), "");
}

static void quoted(FILE *out, const char *text)
{
	static const char short_form[] = "\bb\ff\nn\rr\tt\"\"\\\\";

	fputc('"', out);
	for (const unsigned char *s = (const unsigned char *)text; *s;) {
		int n = bdt_utf8_length((const char *)s);
		const char *form = n == 1 ? strchr(short_form, *s) : NULL;

		if (form && (form - short_form) % 2 == 0)
			fprintf(out, "\\%c", form[1]);
		else if (!n)
			fputs("\\ufffd", out);
		else if (*s < ' ' || *s == 0x7f)
			fprintf(out, "\\u%04x", *s);
		else
			fwrite(s, 1, n, out);
		s += n ? n : 1;
	}
	fputc('"', out);
}

/* What stands before every value: the comma, the line and the name. */
static void lead(struct bdt_json *json, const char *key)
{
	uint64_t level = 1ull << json->depth;

	if (json->depth) {
		assert(!key == !!(json->arrays & level));
		if (json->filled & level)
			fputc(',', json->out);
		line(json);
	} else {
		assert(!key && !(json->filled & level));
	}
	json->filled |= level;
	if (key) {
		quoted(json->out, key);
		fputs(": ", json->out);
	}
}

static void nest(struct bdt_json *json, const char *key, bool array)
{
	uint64_t level;

	lead(json, key);
	assert(json->depth < BT_JSON_DEPTH);
	level = 1ull << ++json->depth;
	json->filled &= ~level;
	json->arrays = array ? json->arrays | level : json->arrays & ~level;
	fputc(array ? '[' : '{', json->out);
}

void bdt_json_object(struct bdt_json *json, const char *key)
{
	nest(json, key, false);
}

void bdt_json_array(struct bdt_json *json, const char *key)
{
	nest(json, key, true);
}

void bdt_json_end(struct bdt_json *json)
{
	uint64_t level = 1ull << json->depth;

	assert(json->depth > 0);
	json->depth--;
	if (json->filled & level)
		line(json);
	fputc(json->arrays & level ? ']' : '}', json->out);
}

void bdt_json_string(struct bdt_json *json, const char *key, const char *value)
{
	if (!value) {
		bdt_json_null(json, key);
		return;
	}
	lead(json, key);
	quoted(json->out, value);
}

void bdt_json_u64(struct bdt_json *json, const char *key, uint64_t value)
{
	lead(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

void bdt_json_u64_if(struct bdt_json *json, const char *key, bool known, uint64_t value)
{
	if (known)
		bdt_json_u64(json, key, value);
	else
		bdt_json_null(json, key);
}

void bdt_json_i64(struct bdt_json *json, const char *key, int64_t value)
{
	lead(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void bdt_json_double(struct bdt_json *json, const char *key, double value, int digits)
{
	const char *point = localeconv()->decimal_point;
	char text[400], *at;

	assert(digits >= 0 && digits <= 17);
	if (!isfinite(value)) {
		bdt_json_null(json, key);
		return;
	}
	lead(json, key);
	snprintf(text, sizeof(text), "%.*f", digits, value);
	at = strstr(text, point);
	if (!at) {
		fputs(text, json->out);
		return;
	}
	fprintf(json->out, "%.*s.%s", (int)(at - text), text, at + strlen(point));
}

/* One miss among millions is no 1. */
void bdt_json_ratio(struct bdt_json *json, const char *key, double value)
{
	double distance = value < 0.5 ? value : 1 - value, unit = 1e-6;
	int digits = 6;

	for (; distance > 0 && distance < unit / 2 && digits < 12; digits++)
		unit /= 10;
	if (value < 0)
		bdt_json_null(json, key);
	else
		bdt_json_double(json, key, value, digits);
}

void bdt_json_bool(struct bdt_json *json, const char *key, bool value)
{
	lead(json, key);
	fputs(value ? "true" : "false", json->out);
}

void bdt_json_null(struct bdt_json *json, const char *key)
{
	lead(json, key);
	fputs("null", json->out);
}
