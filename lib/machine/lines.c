/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/lines.h"
#include <string.h>

void bdt_lines_init(struct bdt_lines *lines, const char *text, size_t size)
{
	*lines = (struct bdt_lines){ .next = text, .end = text + size };
	lines->at = lines->line;
}

bool bdt_lines_next(struct bdt_lines *lines)
{
	size_t left = (size_t)(lines->end - lines->next), len, copied;
	const char *newline;

	if (!left)
		return false;
	newline = memchr(lines->next, '\n', left);
	len = newline ? (size_t)(newline - lines->next) : left;
	copied = len < sizeof(lines->line) ? len : sizeof(lines->line) - 1;
	memcpy(lines->line, lines->next, copied);
	lines->line[copied] = '\0';
	lines->at = lines->line;
	lines->next += newline ? len + 1 : len;
	lines->number++;
	return true;
}

static char *blanks(char *at)
{
	return at + strspn(at, " \t\r");
}

bool bdt_lines_skip(struct bdt_lines *lines, const char *word)
{
	char *at = blanks(lines->at);
	size_t len = strlen(word);

	if (strncmp(at, word, len))
		return false;
	lines->at = at + len;
	return true;
}

bool bdt_lines_u64(struct bdt_lines *lines, uint64_t *value)
{
	char *at = blanks(lines->at);
	uint64_t v = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *at - '0', &v))
			return false;
	lines->at = at;
	*value = v;
	return true;
}

bool bdt_lines_word(struct bdt_lines *lines, char *word, size_t size)
{
	char *at = blanks(lines->at);
	size_t len = strcspn(at, " \t\r,"), copied = len < size ? len : size - 1;

	if (!len)
		return false;
	for (size_t i = 0; i < copied; i++)
		word[i] = at[i] < ' ' || at[i] == 0x7f ? '?' : at[i];
	word[copied] = '\0';
	lines->at = at + len;
	return true;
}

bool bdt_lines_zone(struct bdt_lines *lines, int *node, char *name, size_t size)
{
	uint64_t number;

	if (!bdt_lines_skip(lines, "Node ") || !bdt_lines_u64(lines, &number) || number > 1u << 20 ||
	    !bdt_lines_skip(lines, ",") || !bdt_lines_skip(lines, "zone ") ||
	    !bdt_lines_word(lines, name, size))
		return false;
	bdt_lines_skip(lines, ",");
	*node = (int)number;
	return true;
}
