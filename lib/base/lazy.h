/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_LAZY_H
#define BT_BASE_LAZY_H

#include <stddef.h>

/*
 * Zeroed memory that costs nothing until it is touched: for tables as large as the recorded machine.
 * NULL when there is no address space.  Release with bdt_lazy_free(), which takes NULL.
 */
void *bdt_lazy_alloc(size_t bytes);
void bdt_lazy_free(void *memory, size_t bytes);

#endif
