/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "report/html.h"
#include "report/svg.h"
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MAX_NAME 32

struct scan {
	const char *start, *at, *end;
	FILE *out;
	const char *prefix, *label;
	unsigned int depth; /* open elements */
	unsigned int skip;  /* depth of the element that is being dropped, 0 = none */
	bool done;          /* the svg element is closed */
};

static const char *const kept[] = { "svg",    "g",       "path",    "text",     "tspan", "use",  "rect",
				    "circle", "ellipse", "polygon", "polyline", "line",  "defs", NULL };
static const char *const dropped[] = { "title", "desc", "filter", "feFlood", "feComposite", NULL };

static int bad(const struct scan *scan, const char *what, struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -EBADMSG, (uint64_t)(scan->at - scan->start),
			    "not a picture made by gnuplot: %s", what);
}

static bool listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static bool starts(const struct scan *scan, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(scan->end - scan->at) >= n && !memcmp(scan->at, with, n);
}

/* Moves behind `text`; false when it does not come. */
static bool skip_past(struct scan *scan, const char *text)
{
	for (; scan->at < scan->end; scan->at++) {
		if (starts(scan, text)) {
			scan->at += strlen(text);
			return true;
		}
	}
	return false;
}

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
	       c == '-' || c == '_';
}

static bool read_name(struct scan *scan, char name[MAX_NAME])
{
	size_t n = 0;

	while (scan->at < scan->end && n < MAX_NAME - 1 && name_char(*scan->at))
		name[n++] = *scan->at++;
	name[n] = '\0';
	return n > 0;
}

static void skip_space(struct scan *scan)
{
	while (scan->at < scan->end && memchr(" \t\r\n", *scan->at, 4))
		scan->at++;
}

static bool contains(const char *text, size_t size, const char *what)
{
	return memmem(text, size, what, strlen(what)) != NULL;
}

static void put_value(struct scan *scan, const char *value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (value[i] == '"')
			fputs("&quot;", scan->out);
		else
			fputc((unsigned char)value[i] < ' ' ? ' ' : value[i], scan->out);
	}
}

static int put_attribute(struct scan *scan, const char *name, const char *value, size_t size,
			 struct bdt_diag *diag)
{
	bool reference = !strcmp(name, "href") || !strcmp(name, "xlink:href");

	if (!strncmp(name, "xmlns", 5))
		return 0;
	if (!strncasecmp(name, "on", 2) || !strcmp(name, "style") || contains(value, size, "(#") ||
	    contains(value, size, "url") || contains(value, size, "&") || contains(value, size, "<"))
		return bad(scan, "unexpected attribute", diag);
	if (reference && (!size || *value != '#'))
		return bad(scan, "reference to another file", diag);
	fprintf(scan->out, " %s=\"", reference ? "href" : name);
	if (reference) {
		fprintf(scan->out, "#%s-", scan->prefix);
		value++;
		size--;
	} else if (!strcmp(name, "id")) {
		fprintf(scan->out, "%s-", scan->prefix);
	}
	put_value(scan, value, size);
	fputc('"', scan->out);
	return 0;
}

/* From behind the element's name to its '>'; *closed: it ended with "/>". */
static int attributes(struct scan *scan, bool skip, bool *closed, struct bdt_diag *diag)
{
	char name[MAX_NAME];

	for (;;) {
		const char *value, *quote;
		int err;

		skip_space(scan);
		*closed = starts(scan, "/>");
		if (*closed || starts(scan, ">")) {
			scan->at += *closed ? 2 : 1;
			return 0;
		}
		if (!read_name(scan, name))
			return bad(scan, "no attribute name", diag);
		skip_space(scan);
		if (!starts(scan, "="))
			return bad(scan, "no attribute value", diag);
		scan->at++;
		skip_space(scan);
		if (!starts(scan, "\"") && !starts(scan, "'"))
			return bad(scan, "no attribute value", diag);
		value = scan->at + 1;
		quote = memchr(value, *scan->at, (size_t)(scan->end - value));
		if (!quote)
			return bad(scan, "an attribute does not end", diag);
		err = skip ? 0 : put_attribute(scan, name, value, (size_t)(quote - value), diag);
		if (err)
			return err;
		scan->at = quote + 1;
	}
}

static int open_element(struct scan *scan, struct bdt_diag *diag)
{
	char name[MAX_NAME];
	bool skip, closed;
	int err;

	scan->at++;
	if (!read_name(scan, name) || (!listed(kept, name) && !listed(dropped, name)))
		return bad(scan, "unexpected element", diag);
	if (scan->done || (scan->depth == 0) != !strcmp(name, "svg"))
		return bad(scan, "not one svg element", diag);
	skip = scan->skip || listed(dropped, name);
	if (!skip)
		fprintf(scan->out, "<%s", name);
	if (!scan->depth) {
		fputs(" role=\"img\" aria-label=\"", scan->out);
		bdt_html_text(scan->out, scan->label);
		fputc('"', scan->out);
	}
	err = attributes(scan, skip, &closed, diag);
	if (err)
		return err;
	scan->depth += !closed;
	if (!skip)
		fputs(closed ? "/>" : ">", scan->out);
	else if (!closed && !scan->skip)
		scan->skip = scan->depth;
	return 0;
}

static int close_element(struct scan *scan, struct bdt_diag *diag)
{
	char name[MAX_NAME];

	scan->at += 2;
	if (!read_name(scan, name) || (!listed(kept, name) && !listed(dropped, name)))
		return bad(scan, "unexpected element", diag);
	skip_space(scan);
	if (!starts(scan, ">") || !scan->depth)
		return bad(scan, "an element does not end", diag);
	scan->at++;
	if (!scan->skip)
		fprintf(scan->out, "</%s>", name);
	else if (scan->skip == scan->depth)
		scan->skip = 0;
	scan->depth--;
	scan->done = !scan->depth;
	return 0;
}

static int characters(struct scan *scan, struct bdt_diag *diag)
{
	const char *next = memchr(scan->at, '<', (size_t)(scan->end - scan->at));
	size_t n = (size_t)((next ? next : scan->end) - scan->at);
	bool blank = true;

	for (size_t i = 0; i < n && blank; i++)
		blank = memchr(" \t\r\n", scan->at[i], 4) != NULL;
	if (!scan->depth && !blank)
		return bad(scan, "text outside", diag);
	if (!scan->skip && !blank)
		fwrite(scan->at, 1, n, scan->out);
	else if (!scan->skip && scan->depth)
		fputc('\n', scan->out);
	scan->at += n;
	return 0;
}

int bdt_svg_embed(FILE *out, const char *text, size_t size, const char *prefix, const char *label,
		  struct bdt_diag *diag)
{
	struct scan scan = {
		.start = text, .at = text, .end = text + size, .out = out, .prefix = prefix, .label = label
	};
	int err = 0;

	while (!err && scan.at < scan.end) {
		if (starts(&scan, "<?"))
			err = skip_past(&scan, "?>") ? 0 : bad(&scan, "cut", diag);
		else if (starts(&scan, "<!--"))
			err = skip_past(&scan, "-->") ? 0 : bad(&scan, "cut", diag);
		else if (starts(&scan, "</"))
			err = close_element(&scan, diag);
		else if (*scan.at == '<')
			err = open_element(&scan, diag);
		else
			err = characters(&scan, diag);
	}
	return err || scan.done ? err : bad(&scan, "cut", diag);
}
