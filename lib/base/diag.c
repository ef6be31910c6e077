/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/utf8.h"
#include <buddytrace/diag.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void bdt_diag_clear(struct bdt_diag *diag)
{
	if (diag)
		*diag = (struct bdt_diag){ .offset = BT_NO_OFFSET };
}

int bdt_diag_set(struct bdt_diag *diag, int err, uint64_t offset, const char *format, ...)
{
	va_list args;

	if (!diag || diag->err)
		return err;
	diag->err = err;
	diag->offset = offset;
	va_start(args, format);
	vsnprintf(diag->text, sizeof(diag->text), format, args);
	va_end(args);
	bdt_clean_text(diag->text);
	return err;
}

void bdt_log_warn(const struct bdt_log *log, const char *format, ...)
{
	char text[BT_DIAG_TEXT];
	va_list args;

	if (!log || !log->warn)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	bdt_clean_text(text);
	log->warn(log->user, text);
}
