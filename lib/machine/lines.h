/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MACHINE_LINES_H
#define BT_MACHINE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines of a text that is not trusted, and the words on them. */
struct bdt_lines {
	const char *next, *end;
	unsigned int number; /* of the current line, from 1 */
	char line[512];      /* the current line without its newline; longer ones are cut */
	char *at;            /* what of it has not been read */
};

/* Starts reading `size` bytes, which must stay; bdt_lines_next() moves to the first line. */
void bdt_lines_init(struct bdt_lines *lines, const char *text, size_t size);
/* Moves to the next line; false at the end. */
bool bdt_lines_next(struct bdt_lines *lines);
/* Reads past `word` if it is next, with blanks before it; false leaves the position. */
bool bdt_lines_skip(struct bdt_lines *lines, const char *word);
/* Next decimal number, with blanks before it; false leaves the position. */
bool bdt_lines_u64(struct bdt_lines *lines, uint64_t *value);
/* Next run of anything but blanks and commas; false at the end of the line, too long ones are cut. */
bool bdt_lines_word(struct bdt_lines *lines, char *word, size_t size);
/* "Node N, zone NAME" with an optional comma: the start of a zone in all these files. */
bool bdt_lines_zone(struct bdt_lines *lines, int *node, char *name, size_t size);

#endif
