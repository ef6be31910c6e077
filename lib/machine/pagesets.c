/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/array.h"
#include "machine/lines.h"
#include <buddytrace/machine.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Lines "WORD NUMBER" of a set; a set begins with its CPU. */
static const struct {
	const char *word;
	size_t offset;
	bool bound;
} fields[] = {
	{ "count:", offsetof(struct bdt_pageset, count), false },
	{ "high:", offsetof(struct bdt_pageset, high), false },
	{ "batch:", offsetof(struct bdt_pageset, batch), false },
	{ "high_min:", offsetof(struct bdt_pageset, high_min), true },
	{ "high_max:", offsetof(struct bdt_pageset, high_max), true },
};

static void set_line(struct bdt_pageset *set, struct bdt_lines *lines)
{
	char word[32];
	uint64_t value;

	if (!bdt_lines_word(lines, word, sizeof(word)) || !bdt_lines_u64(lines, &value))
		return;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(word, fields[i].word)) {
			memcpy((char *)set + fields[i].offset, &value, sizeof(value));
			set->has_bounds |= fields[i].bound;
		}
}

int bdt_pagesets_parse(const char *text, size_t size, struct bdt_pagesets *out, struct bdt_diag *diag)
{
	struct bdt_pageset zone = { .node = -1 }, *set = NULL;
	struct bdt_lines lines;
	uint64_t cpu;

	*out = (struct bdt_pagesets){ 0, NULL };
	bdt_lines_init(&lines, text, size);
	while (bdt_lines_next(&lines)) {
		if (bdt_lines_zone(&lines, &zone.node, zone.zone, sizeof(zone.zone))) {
			set = NULL;
			continue;
		}
		lines.at = lines.line;
		if (!bdt_lines_skip(&lines, "cpu:")) {
			if (set)
				set_line(set, &lines);
			continue;
		}
		if (zone.node < 0 || !bdt_lines_u64(&lines, &cpu) || cpu >= 1U << 16) {
			bdt_pagesets_finish(out);
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
					    "zoneinfo line %u: per-CPU lists of no zone or CPU",
					    lines.number);
		}
		set = bdt_array_add(&out->sets, &out->n, sizeof(*set));
		if (!set) {
			bdt_pagesets_finish(out);
			return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
		}
		*set = zone;
		set->cpu = (unsigned int)cpu;
	}
	return 0;
}

void bdt_pagesets_finish(struct bdt_pagesets *sets)
{
	free(sets->sets);
	*sets = (struct bdt_pagesets){ 0, NULL };
}
