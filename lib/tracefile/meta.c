/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracefile/file.h"

#include "base/array.h"
#include <errno.h>
#include <stdlib.h>

void bdt_meta_text(struct bdt_cursor *c, size_t size, struct bdt_text *text)
{
	uint64_t len = bdt_cursor_uint(c, size);
	const char *p = bdt_cursor_bytes(c, len);

	if (p)
		*text = (struct bdt_text){ p, (size_t)len };
}

static void named_text(struct bdt_cursor *c, const char *name, struct bdt_text *text)
{
	if (strcmp(bdt_cursor_str(c), name))
		c->bad = true;
	bdt_meta_text(c, 8, text);
}

void bdt_meta_header_info(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	named_text(c, "header_page", &tf->header_page);
	named_text(c, "header_event", &tf->header_event);
}

int bdt_meta_formats(struct bdt_tracefile *tf, struct bdt_cursor *c, const char *system)
{
	uint32_t n = bdt_cursor_u32(c);

	for (uint32_t i = 0; i < n && !c->bad; i++) {
		struct bdt_text text = { "", 0 };
		struct bdt_format *format;

		bdt_meta_text(c, 8, &text);
		if (c->bad)
			break;
		format = bdt_array_add(&tf->formats, &tf->nformats, sizeof(*format));
		if (!format)
			return -ENOMEM;
		*format = (struct bdt_format){ system, text };
	}
	return 0;
}

int bdt_meta_systems(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	uint32_t n = bdt_cursor_u32(c);
	int err = 0;

	for (uint32_t i = 0; i < n && !c->bad && !err; i++) {
		const char *system = bdt_cursor_str(c);

		err = bdt_meta_formats(tf, c, system);
	}
	return err;
}

void bdt_clock_name(const char *text, size_t len, char name[BT_CLOCK_NAME])
{
	const char *end = text + len, *open = memchr(text, '[', len);
	const char *close = open ? memchr(open, ']', (size_t)(end - open)) : NULL;
	size_t n = 0;

	if (close) {
		text = open + 1;
		end = close;
	}
	while (text + n < end && n < BT_CLOCK_NAME - 1 && (unsigned char)text[n] > ' ')
		n++;
	memcpy(name, text, n);
	name[n] = 0;
}

static int option_clock(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	size_t len = bdt_cursor_left(c);

	if (len)
		bdt_clock_name(bdt_cursor_bytes(c, len), len, tf->clock);
	return 0;
}

static int option_uname(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	const char *text = bdt_cursor_str(c);

	if (!c->bad)
		tf->info.uname = text;
	return 0;
}

static int option_cpustat(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	const char *text = bdt_cursor_str(c);
	struct bdt_text *stat;

	if (c->bad)
		return 0;
	stat = bdt_array_add(&tf->stats, &tf->nstats, sizeof(*stat));
	if (!stat)
		return -ENOMEM;
	*stat = (struct bdt_text){ text, strlen(text) };
	return 0;
}

static int option_tsc2nsec(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	uint32_t mult = bdt_cursor_u32(c), shift = bdt_cursor_u32(c);

	/* An offset follows, which trace-cmd writes but does not add. */
	if (c->bad)
		return 0;
	tf->info.tsc_mult = mult;
	tf->info.tsc_shift = shift;
	return 0;
}

/* The text of a number, decimal or 0x..., possibly negative. */
static int add_offset(struct bdt_tracefile *tf, struct bdt_cursor *c, uint64_t unit_ns)
{
	const char *text = bdt_cursor_str(c);

	if (!c->bad)
		tf->info.tsc_offset += (uint64_t)strtoll(text, NULL, 0) * unit_ns;
	return 0;
}

static int option_date(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	return add_offset(tf, c, 1000);
}

static int option_offset(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	return add_offset(tf, c, 1);
}

static const struct {
	uint16_t id;
	int (*take)(struct bdt_tracefile *tf, struct bdt_cursor *c);
} options[] = {
	{ BDT_DATE, option_date },   { BDT_OFFSET, option_offset },   { BDT_TRACECLOCK, option_clock },
	{ BDT_UNAME, option_uname }, { BDT_CPUSTAT, option_cpustat }, { BDT_TSC2NSEC, option_tsc2nsec },
};

int bdt_meta_option(struct bdt_tracefile *tf, uint16_t id, struct bdt_cursor *c)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].id == id)
			return options[i].take(tf, c);
	return 0;
}
