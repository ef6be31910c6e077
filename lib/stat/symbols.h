/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_SYMBOLS_H
#define BT_STAT_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

/* The functions of the recorded kernel by their address. */
struct bdt_symbols {
	const char *text; /* /proc/kallsyms, borrowed */
	struct bdt_symbol {
		uint64_t address;
		uint32_t name, length; /* bytes of text */
	} * list;                      /* ascending */
	size_t n;
};

/* Names longer than this are cut. */
#define BT_SYMBOL_NAME 128

/*
 * Takes the functions out of `len` bytes of text, which must stay; lines that are none are skipped, and so
 * are addresses of 0, which the kernel shows to those who may not know.  0 or -ENOMEM.  Free with
 * bdt_symbols_finish().  O(n log n) if the addresses are not in order.
 */
int bdt_symbols_init(struct bdt_symbols *symbols, const char *text, size_t len);
void bdt_symbols_finish(struct bdt_symbols *symbols);
/*
 * Name of the function that the call which returns to `address` is in, or "0x..." if there is none.
 * Characters that are no part of names are replaced by '?'.  O(log n).
 */
void bdt_symbols_name(const struct bdt_symbols *symbols, uint64_t address, char name[BT_SYMBOL_NAME]);

#endif
