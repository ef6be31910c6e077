/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "replay/marker.h"
#include <stdio.h>
#include <string.h>

bool bdt_marker_text(const struct bdt_event *ev, const char *prefix, char *text, size_t size)
{
	const char *at;
	size_t n;

	if (ev->kind != BDT_EV_BPF_MARKER || !ev->raw)
		return false;
	at = memmem(ev->raw, ev->raw_size, prefix, strlen(prefix));
	if (!at)
		return false;
	n = (size_t)(ev->raw + ev->raw_size - (const uint8_t *)at);
	snprintf(text, size, "%.*s", (int)(n < size ? n : size - 1), at);
	return true;
}
