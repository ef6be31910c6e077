/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_WORDS_H
#define BT_REPORT_WORDS_H

#include <stddef.h>

/* The words of the score for people who do not know it. */

/* "fn" -> "observed, not predicted"; the word itself if it is none of ours. */
const char *bdt_word_class(const char *class);
/* What a cause means, "" if it is none of ours. */
const char *bdt_word_cause(const char *cause);
/* Colour of a cause, 0xRRGGBB. */
unsigned int bdt_word_cause_color(const char *cause);

/* The glossary of the report: kernel words and ours, one line each; ends with a NULL word. */
struct bdt_word {
	const char *word, *meaning;
};
extern const struct bdt_word bdt_glossary[];

#endif
