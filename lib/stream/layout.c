/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/layout.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Offset and size of `name` in a line like "field: u64 timestamp; offset:0; size:8; signed:0;". */
static bool field(const char *text, const char *name, uint32_t *offset, uint32_t *size)
{
	char key[32];
	const char *at;

	snprintf(key, sizeof(key), " %s;", name);
	at = strstr(text, key);
	if (!at)
		return false;
	return sscanf(at + strlen(key), " offset:%u; size:%u;", offset, size) == 2;
}

bool bdt_layout_sizes(const char *text, uint32_t *page_size, unsigned int *long_size)
{
	uint32_t offset, size, data, data_size;

	if (!field(text, "commit", &offset, &size) || !field(text, "data", &data, &data_size) || data > 256 ||
	    data_size > 1u << 26)
		return false;
	*long_size = size;
	*page_size = data + data_size;
	return true;
}

int bdt_layout_parse(struct bdt_layout *layout, const char *text, size_t len, unsigned int long_size,
		     uint32_t page_size, bool big_endian, struct bdt_diag *diag)
{
	uint32_t stamp_size = 8, data_size = 0;
	bool complete = true;
	char *copy;

	*layout = (struct bdt_layout){ .big_endian = big_endian,
				       .page_size = page_size,
				       .commit_offset = 8,
				       .commit_size = long_size,
				       .data_offset = 8 + long_size };
	if (len) {
		copy = strndup(text, len);
		if (!copy)
			return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
		complete = field(copy, "timestamp", &layout->stamp_offset, &stamp_size) &&
			   field(copy, "commit", &layout->commit_offset, &layout->commit_size) &&
			   field(copy, "data", &layout->data_offset, &data_size);
		free(copy);
	}
	if (!complete || stamp_size != 8 || (layout->commit_size != 4 && layout->commit_size != 8) ||
	    layout->data_offset > 256 || layout->stamp_offset > layout->data_offset - 8 ||
	    layout->commit_offset > layout->data_offset - layout->commit_size || layout->data_offset < 12)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "the recorded header_page does not describe a sub-buffer");
	if (page_size < layout->data_offset + 8 || page_size > 1u << 26)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "sub-buffers of %u bytes are impossible",
				    page_size);
	return 0;
}
