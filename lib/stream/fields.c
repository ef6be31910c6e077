/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "stream/constant.h"
#include "stream/fields.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PRINT_FMT "\nprint fmt:"
/* Ours have ten. */
#define MAX_ARGUMENTS 64

bool bdt_format_identify(const char *text, size_t len, char name[128], unsigned int *id)
{
	char head[256];

	snprintf(head, sizeof(head), "%.*s", (int)(len < sizeof(head) ? len : sizeof(head) - 1), text);
	return sscanf(head, "name: %127s ID: %9u", name, id) == 2;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Is `name` what a declaration such as "unsigned long args[6]" declares? */
static bool declares(const char *text, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len && text[len - 1] == ']')
		while (len && text[len - 1] != '[')
			len--;
	while (len && !is_name(text[len - 1]))
		len--;
	return len > n && !memcmp(text + len - n, name, n) && !is_name(text[len - n - 1]);
}

bool bdt_format_find_field(const char *text, size_t len, const char *name, struct bdt_format_field *field)
{
	static const char word[] = "\tfield:";
	const char *end = memmem(text, len, PRINT_FMT, strlen(PRINT_FMT));

	end = end ? end : text + len;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		const char *semicolon, *line = text;
		unsigned int is_signed = 0;
		char rest[128];

		stop = stop ? stop : end;
		text = stop + 1;
		semicolon = memchr(line, ';', (size_t)(stop - line));
		if (!semicolon || (size_t)(semicolon - line) < sizeof(word) ||
		    memcmp(line, word, sizeof(word) - 1) != 0 ||
		    !declares(line + sizeof(word) - 1, (size_t)(semicolon - line) - sizeof(word) + 1, name))
			continue;
		snprintf(rest, sizeof(rest), "%.*s", (int)(stop - semicolon < 127 ? stop - semicolon : 127),
			 semicolon);
		if (sscanf(rest, "; offset:%9u; size:%9u; signed:%1u", &field->offset, &field->size,
			   &is_signed) < 2)
			return false;
		field->is_signed = is_signed;
		return field->offset <= UINT16_MAX && field->size <= UINT16_MAX - field->offset;
	}
	return false;
}

/* The end of the string literal whose first character is at `at`; NULL if there is none. */
static const char *string_end(const char *at, const char *end)
{
	for (; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '"')
			return at;
	}
	return NULL;
}

/* Number of arguments that the conversions of a format string take; -1 when it is no simple one. */
static int count_arguments(const char *at, const char *end)
{
	int n = 0;

	for (; at < end && n < MAX_ARGUMENTS; at++) {
		if (*at == '*')
			return -1;
		if (*at != '%')
			continue;
		if (at + 1 < end && at[1] == '%')
			at++;
		else
			n++;
	}
	return n < MAX_ARGUMENTS ? n : -1;
}

/* Where the argument that starts at `at` ends: at the next comma outside of brackets and strings. */
static const char *argument_end(const char *at, const char *end)
{
	int depth = 0;

	for (; at < end; at++) {
		if (*at == '"') {
			at = string_end(at + 1, end);
			if (!at)
				return end;
		} else if (strchr("([{", *at) && *at) {
			depth++;
		} else if (strchr(")]}", *at) && *at) {
			depth--;
		} else if ((*at == ',' && !depth) || *at == '\n') {
			break;
		}
	}
	return at;
}

bool bdt_format_find_constant(const char *text, size_t len, const char *label, long long *value)
{
	const char *end = text + len, *at = memmem(text, len, PRINT_FMT, strlen(PRINT_FMT));
	const char *stop, *labelled;
	int64_t result;
	int n;

	at = at ? memchr(at, '"', (size_t)(end - at)) : NULL;
	stop = at ? string_end(++at, end) : NULL;
	labelled = stop ? memmem(at, (size_t)(stop - at), label, strlen(label)) : NULL;
	if (!labelled || labelled[strlen(label)] != '%')
		return false;
	n = count_arguments(at, labelled);
	if (n < 0)
		return false;
	/* The string itself is the argument before the first. */
	for (at = stop + 1; n >= 0; n--) {
		if (at >= end || *at != ',')
			return false;
		stop = argument_end(++at, end);
		if (n)
			at = stop;
	}
	if (!bdt_constant_eval(at, (size_t)(stop - at), &result))
		return false;
	*value = result;
	return true;
}

/* The end of the first argument of CALL(REC->NAME, ... in the print fmt; NULL if there is no such call. */
static const char *find_call(const char *text, size_t len, const char *call, const char *name)
{
	const char *end = text + len, *at = memmem(text, len, PRINT_FMT, strlen(PRINT_FMT));

	while (at && (at = memmem(at, (size_t)(end - at), call, strlen(call)))) {
		const char *stop;

		at += strlen(call);
		stop = argument_end(at, end);
		if (declares(at, (size_t)(stop - at), name))
			return stop;
	}
	return NULL;
}

/* { VALUE, "WORD" } */
struct pair {
	int64_t value;
	bool constant; /* the value is one */
	const char *word;
	size_t len;
};

/* Reads the pair behind the comma at *at and moves to its end; false when there is none. */
static bool next_pair(const char **at, const char *end, struct pair *pair)
{
	const char *open, *comma, *quote, *close;

	if (!*at || *at >= end || **at != ',')
		return false;
	open = memchr(*at, '{', (size_t)(end - *at));
	comma = open ? argument_end(open + 1, end) : end;
	quote = memchr(comma, '"', (size_t)(end - comma));
	close = quote ? string_end(quote + 1, end) : NULL;
	if (!close)
		return false;
	pair->constant = bdt_constant_eval(open + 1, (size_t)(comma - open) - 1, &pair->value);
	pair->word = quote + 1;
	pair->len = (size_t)(close - quote) - 1;
	*at = argument_end(open, end);
	return true;
}

bool bdt_format_find_symbol(const char *text, size_t len, const char *name, long long value, char *word,
			    size_t size)
{
	const char *at = find_call(text, len, "__print_symbolic(", name);
	struct pair pair;

	while (next_pair(&at, text + len, &pair))
		if (pair.constant && pair.value == value) {
			snprintf(word, size, "%.*s", (int)pair.len, pair.word);
			return true;
		}
	return false;
}

size_t bdt_format_find_flags(const char *text, size_t len, const char *name, struct bdt_format_flag *flags,
			     size_t max)
{
	const char *end = text + len, *at = find_call(text, len, "__print_flags(", name);
	struct pair pair;
	size_t n = 0;

	/* what stands between the words is an argument, too */
	at = at && at < end ? argument_end(at + 1, end) : NULL;
	while (n < max && next_pair(&at, end, &pair)) {
		if (!pair.constant)
			continue;
		flags[n].mask = (uint64_t)pair.value;
		snprintf(flags[n++].name, sizeof(flags->name), "%.*s", (int)pair.len, pair.word);
	}
	return n;
}
