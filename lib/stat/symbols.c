/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/symbols.h"
#include "base/array.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No function is longer; what is farther behind the last symbol of a region belongs to nobody. */
#define MAX_FUNCTION (1u << 20)

/* Reads hexadecimal digits; their number is at most 16. */
static const char *parse_address(const char *at, const char *end, uint64_t *address)
{
	const char *start = at;

	*address = 0;
	for (; at < end && at - start < 16; at++) {
		int digit = *at >= '0' && *at <= '9'   ? *at - '0'
			    : *at >= 'a' && *at <= 'f' ? *at - 'a' + 10
						       : -1;

		if (digit < 0)
			break;
		*address = *address << 4 | (unsigned int)digit;
	}
	return at;
}

/* "ADDRESS TYPE NAME\t[MODULE]" */
static bool parse_line(const char *text, const char *at, const char *end, struct bdt_symbol *symbol)
{
	const char *name;

	at = parse_address(at, end, &symbol->address);
	if (!symbol->address || end - at < 4 || at[0] != ' ' || !strchr("tTwW", at[1]) || !at[1] ||
	    at[2] != ' ')
		return false;
	name = at + 3;
	for (at = name; at < end && *at != '\t' && *at != ' '; at++)
		;
	symbol->name = (uint32_t)(name - text);
	symbol->length = (uint32_t)(at - name);
	return symbol->length;
}

/* Of several names of one address the first in the text counts, as in the kernel. */
static int by_address(const void *a, const void *b)
{
	const struct bdt_symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

int bdt_symbols_init(struct bdt_symbols *symbols, const char *text, size_t len)
{
	const char *end = text + (len < UINT32_MAX ? len : UINT32_MAX);
	bool sorted = true;

	*symbols = (struct bdt_symbols){ .text = text };
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		struct bdt_symbol symbol, *slot;

		stop = stop ? stop : end;
		if (parse_line(symbols->text, text, stop, &symbol)) {
			slot = bdt_array_add(&symbols->list, &symbols->n, sizeof(*slot));
			if (!slot)
				return -ENOMEM;
			*slot = symbol;
			sorted &= symbols->n == 1 || slot[-1].address <= slot->address;
		}
		text = stop + 1;
	}
	if (!sorted)
		qsort(symbols->list, symbols->n, sizeof(*symbols->list), by_address);
	return 0;
}

void bdt_symbols_finish(struct bdt_symbols *symbols)
{
	free(symbols->list);
	*symbols = (struct bdt_symbols){ 0 };
}

/* The last symbol at or before `address`, NULL if there is none near. */
static const struct bdt_symbol *find(const struct bdt_symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - symbols->list[low - 1].address >= MAX_FUNCTION)
		return NULL;
	low--;
	while (low && symbols->list[low - 1].address == symbols->list[low].address)
		low--;
	return &symbols->list[low];
}

void bdt_symbols_name(const struct bdt_symbols *symbols, uint64_t address, char name[BT_SYMBOL_NAME])
{
	/* A call at the end of a function returns behind it. */
	const struct bdt_symbol *symbol = find(symbols, address - 1);

	if (!symbol) {
		snprintf(name, BT_SYMBOL_NAME, "0x%" PRIx64, address);
		return;
	}
	snprintf(name, BT_SYMBOL_NAME, "%.*s",
		 (int)(symbol->length < BT_SYMBOL_NAME ? symbol->length : BT_SYMBOL_NAME - 1),
		 symbols->text + symbol->name);
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || (unsigned char)*name >= 0x7f)
			*name = '?';
}
