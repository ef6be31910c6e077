/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * MACHINE (0x8001): what is known of the recorded machine and of the recording, as keys and values.
 *
 *	u32 version	1
 *	u32 n		pairs
 *	n times:
 *	  key, NUL	not empty
 *	  u32 size	bytes of the value, without its NUL
 *	  value, NUL
 *
 * Valid when n pairs fit, every NUL is where it must be and no key is given twice (not checked when read: the
 * first one counts).  Bytes behind the last pair are ignored.  Order is that of the writer.
 */
#include "tracefile/own.h"

#include "base/array.h"
#include <errno.h>
#include <stdlib.h>

void bdt_machine_encode(struct bdt_buf *out, const struct bdt_pair *pairs, size_t n)
{
	bdt_buf_uint(out, 4, BT_OWN_VERSION);
	bdt_buf_uint(out, 4, n);
	for (size_t i = 0; i < n; i++) {
		bdt_buf_str(out, pairs[i].key);
		bdt_buf_uint(out, 4, strlen(pairs[i].value));
		bdt_buf_str(out, pairs[i].value);
	}
}

int bdt_machine_decode(struct bdt_cursor *c, struct bdt_pair **pairs, size_t *n)
{
	uint32_t version = bdt_cursor_u32(c), count = bdt_cursor_u32(c);
	struct bdt_pair *out = NULL;
	size_t done = 0;
	int err = -EBADMSG;

	if (version > BT_OWN_VERSION)
		return -EPROTONOSUPPORT;
	while (done < count) {
		const char *key = bdt_cursor_str(c);
		uint32_t size = bdt_cursor_u32(c);
		const char *value = bdt_cursor_bytes(c, (uint64_t)size + 1);
		struct bdt_pair *pair;

		if (c->bad || !*key || value[size])
			goto fail;
		pair = bdt_array_add(&out, &done, sizeof(*out));
		if (!pair) {
			err = -ENOMEM;
			goto fail;
		}
		*pair = (struct bdt_pair){ key, value };
	}
	if (c->bad || version != BT_OWN_VERSION)
		goto fail;
	*pairs = out;
	*n = done;
	return 0;
fail:
	free(out);
	return err;
}
