/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_UTF8_H
#define BT_BASE_UTF8_H

/* Bytes of the UTF-8 sequence at `s` (1 to 4), 0 if there is none.  Surrogates and overlong forms are none.
 */
int bdt_utf8_length(const char *s);
/* Names out of recordings are not to be trusted: makes '?' of what moves the cursor or ends a line or a cell. */
void bdt_clean_text(char *text);

#endif
