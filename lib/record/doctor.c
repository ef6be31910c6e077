/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/doctor.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void bdt_doctor_find(struct bdt_doctor_finding *f, enum bdt_doctor_state state, const char *fix,
		     const char *format, ...)
{
	va_list args;

	f->state = state;
	snprintf(f->fix, sizeof(f->fix), "%s", fix ? fix : "");
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

int bdt_doctor_run(const struct bdt_doctor_options *options,
		   void (*report)(void *user, const struct bdt_doctor_finding *finding), void *user,
		   const struct bdt_log *log)
{
	static const struct bdt_doctor_check *const groups[] = { bdt_doctor_tracing, bdt_doctor_host };
	struct bdt_doctor d = { .options = options, .root = options->root ? options->root : "" };
	int err;

	bdt_diag_clear(&d.diag);
	d.err = bdt_instance_create(&d.instance, options->tracefs, log, &d.diag);
	err = d.err && d.err != -EPERM && d.err != -ENODEV ? -EOPNOTSUPP : d.err;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		for (const struct bdt_doctor_check *check = groups[i]; check->name; check++) {
			struct bdt_doctor_finding finding = { .check = check->name };

			check->look(&d, &finding);
			if (finding.state == BDT_DOCTOR_MISSING && !err)
				err = -EOPNOTSUPP;
			report(user, &finding);
		}
	}
	bdt_instance_destroy(&d.instance, log);
	bdt_text_finish(&d.text);
	return err;
}
