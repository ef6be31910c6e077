/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/lines.h"
#include <buddytrace/machine.h>
#include <string.h>

bool bdt_vmstat_get(const char *text, size_t size, const char *key, uint64_t *value)
{
	struct bdt_lines lines;
	char word[64];

	bdt_lines_init(&lines, text, size);
	while (bdt_lines_next(&lines))
		if (bdt_lines_word(&lines, word, sizeof(word)) && !strcmp(word, key))
			return bdt_lines_u64(&lines, value);
	return false;
}
