/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LOSS (0x8004): what the recorder counted per CPU.
 *
 *	u32 version	1
 *	u32 n		CPUs
 *	n times:
 *	  u32 cpu, u32 0
 *	  u64 written	events the kernel wrote to the ring
 *	  u64 read	events that reached the file
 *	  u64 overrun	events overwritten before they were read
 *	  u64 dropped	events that the kernel could not write
 *
 * written = read + overrun + dropped when nothing went missing unnoticed; a reader reports the difference.
 */
#include "tracefile/own.h"

#include <errno.h>
#include <stdlib.h>

#define LOSS_RECORD 40 /* bytes */

void bdt_loss_encode(struct bdt_buf *out, const struct bdt_loss_cpu *loss, size_t n)
{
	bdt_buf_uint(out, 4, BT_OWN_VERSION);
	bdt_buf_uint(out, 4, n);
	for (size_t i = 0; i < n; i++) {
		bdt_buf_uint(out, 4, loss[i].cpu);
		bdt_buf_uint(out, 4, 0);
		bdt_buf_uint(out, 8, loss[i].written);
		bdt_buf_uint(out, 8, loss[i].read);
		bdt_buf_uint(out, 8, loss[i].overrun);
		bdt_buf_uint(out, 8, loss[i].dropped);
	}
}

int bdt_loss_decode(struct bdt_cursor *c, struct bdt_loss_cpu **loss, size_t *n)
{
	uint32_t version = bdt_cursor_u32(c), count = bdt_cursor_u32(c);
	struct bdt_loss_cpu *out;

	if (version > BT_OWN_VERSION)
		return -EPROTONOSUPPORT;
	if (c->bad || version != BT_OWN_VERSION || count > bdt_cursor_left(c) / LOSS_RECORD)
		return -EBADMSG;
	out = calloc(count ? count : 1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		out[i].cpu = bdt_cursor_u32(c);
		bdt_cursor_u32(c);
		out[i].written = bdt_cursor_u64(c);
		out[i].read = bdt_cursor_u64(c);
		out[i].overrun = bdt_cursor_u64(c);
		out[i].dropped = bdt_cursor_u64(c);
	}
	*loss = out;
	*n = count;
	return 0;
}
