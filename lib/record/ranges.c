/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/ranges.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define RAM "System RAM"

/* "  00100000-bfffffff : System RAM (kmem)"; false for other lines. */
static bool parse_line(const char *line, const char *end, uint64_t *first, uint64_t *last)
{
	char *rest;

	*first = strtoull(line, &rest, 16);
	if (rest == line || rest >= end || *rest != '-')
		return false;
	line = rest + 1;
	*last = strtoull(line, &rest, 16);
	if (rest == line || end - rest < 3 || strncmp(rest, " : ", 3))
		return false;
	rest += 3;
	return (size_t)(end - rest) >= strlen(RAM) && !strncmp(rest, RAM, strlen(RAM)) && *last > *first;
}

static int add(struct bdt_ranges *r, uint64_t first, uint64_t end)
{
	struct bdt_range *last = r->n ? &r->ranges[r->n - 1] : NULL;
	struct bdt_range *more;

	if (last && first <= last->end) {
		if (end > last->end)
			last->end = end;
		return 0;
	}
	more = realloc(r->ranges, (r->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	r->ranges = more;
	r->ranges[r->n++] = (struct bdt_range){ first, end };
	return 0;
}

int bdt_ranges_parse(struct bdt_ranges *r, const char *iomem, size_t size, uint64_t page_size)
{
	const char *end = iomem + size;
	int err = 0;

	*r = (struct bdt_ranges){ NULL, 0 };
	while (!err && iomem < end) {
		const char *newline = memchr(iomem, '\n', (size_t)(end - iomem));
		const char *line_end = newline ? newline : end;
		uint64_t first, last;

		if (parse_line(iomem, line_end, &first, &last))
			err = add(r, first / page_size, last / page_size + 1);
		iomem = line_end + 1;
	}
	if (!err && !r->n)
		err = add(r, 0, UINT64_MAX);
	if (err)
		bdt_ranges_finish(r);
	return err;
}

void bdt_ranges_finish(struct bdt_ranges *r)
{
	free(r->ranges);
	*r = (struct bdt_ranges){ NULL, 0 };
}
