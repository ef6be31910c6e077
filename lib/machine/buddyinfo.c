/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/lines.h"
#include <buddytrace/machine.h>
#include <errno.h>

int bdt_buddyinfo_parse(const char *text, size_t size, struct bdt_buddyinfo *out, struct bdt_diag *diag)
{
	struct bdt_lines lines;

	*out = (struct bdt_buddyinfo){ 0 };
	bdt_lines_init(&lines, text, size);
	while (bdt_lines_next(&lines)) {
		unsigned int orders = 0;
		uint64_t value;

		if (out->n == BT_MAX_ZONES)
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "buddyinfo has more than %d zones",
					    BT_MAX_ZONES);
		if (!bdt_lines_zone(&lines, &out->zones[out->n].node, out->zones[out->n].name, BT_ZONE_NAME))
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "buddyinfo line %u is no zone",
					    lines.number);
		for (; orders < BT_MAX_ORDERS && bdt_lines_u64(&lines, &value); orders++)
			out->zones[out->n].nr_free[orders] = value;
		if (!orders || bdt_lines_u64(&lines, &value) || (out->n && orders != out->norders))
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
					    "buddyinfo line %u has an impossible number of orders",
					    lines.number);
		out->norders = orders;
		out->n++;
	}
	if (!out->n)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "buddyinfo is empty");
	return 0;
}
