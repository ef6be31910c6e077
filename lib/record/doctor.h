/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_DOCTOR_H
#define BT_RECORD_DOCTOR_H

#include "base/text.h"
#include "record/instance.h"
#include <buddytrace/doctor.h>

/* What the checks share. */
struct bdt_doctor {
	const struct bdt_doctor_options *options;
	const char *root;
	struct bdt_instance instance; /* handle NULL = none could be made */
	int err;                      /* why not */
	struct bdt_diag diag;
	struct bdt_text text; /* of whatever file */
};

/* One check; finding->check is set, the state BDT_DOCTOR_OK. */
struct bdt_doctor_check {
	const char *name;
	void (*look)(struct bdt_doctor *d, struct bdt_doctor_finding *finding);
};

/* The checks of tracing and those of the rest of the machine; the last one has no name. */
extern const struct bdt_doctor_check bdt_doctor_tracing[];
extern const struct bdt_doctor_check bdt_doctor_host[];

/* Sets the finding; `fix` may be NULL. */
void bdt_doctor_find(struct bdt_doctor_finding *f, enum bdt_doctor_state state, const char *fix,
		     const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
