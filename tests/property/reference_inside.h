/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_REFERENCE_INSIDE_H
#define BT_TESTS_REFERENCE_INSIDE_H

#include "reference.h"

/* What the halves of the reference allocator share. */

#define REF_PAGES(order) ((uint32_t)1 << (order))

/* The type of the pageblock of a page. */
unsigned int ref_type_of(const struct reference *r, uint32_t page);
/* Of all pageblocks from `page` on, 2^order pages, one at least. */
void ref_set_type(struct reference *r, uint32_t page, unsigned int order, unsigned int type);
/* Puts a free block on the list of a type, at either end, or takes it off. */
void ref_put(struct reference *r, uint32_t page, unsigned int order, unsigned int type, bool tail);
void ref_unlink(struct reference *r, uint32_t page, unsigned int order);
/* Moves the free blocks that begin in the pageblock to the lists of a type; false when there are none. */
bool ref_move_pageblock(struct reference *r, uint32_t page, unsigned int type);

#endif
