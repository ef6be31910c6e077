/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/tracefile.h>

void bdt_print_text(const char *text, size_t n)
{
	for (; n--; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

int bdt_open_recording(const char *path, struct bdt_tracefile **out, struct bdt_diag *diag)
{
	const struct bdt_tracefile_info *info;
	int ret = bdt_tracefile_open(path, out, diag);

	if (ret)
		return ret;
	info = bdt_tracefile_info(*out);
	if (info->cut)
		bdt_log_warn(bdt_tool_log(), "%s: %s", path, info->cut_reason);
	return 0;
}
