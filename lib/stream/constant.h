/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_CONSTANT_H
#define BT_STREAM_CONSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Evaluates a C expression of integer constants, as the kernel's macros leave them in print formats: casts to
 * integer types, + - * / % << >> & | ^ ~ ! < > <= >= == != && || ?: and parentheses.  Every step is done in
 * 64 bits, signed.  False, with *value untouched, when the text is anything else, divides by zero or nests
 * deeper than the kernel's ever do.  O(len).
 */
bool bdt_constant_eval(const char *text, size_t len, int64_t *value);

#endif
