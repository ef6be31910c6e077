/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_ARRAY_H
#define BT_BASE_ARRAY_H

#include <stddef.h>

/*
 * Adds one zeroed element to a plain array: `array` is the address of the pointer to its first element (NULL
 * when *n is 0), `size` that of an element in bytes.  The room is implied by *n (the next power of two), so
 * an array must grow through this function only.  Returns the element, NULL when out of memory (the array is
 * unchanged).  Amortised O(1).  Free the array with free().
 */
void *bdt_array_add(void *array, size_t *n, size_t size);

#endif
