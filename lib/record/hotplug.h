/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_HOTPLUG_H
#define BT_RECORD_HOTPLUG_H

#include "base/text.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of CPUs as the kernel lists them in /sys/devices/system/cpu; some come and go while recording. */
struct bdt_cpus {
	uint32_t *ids; /* ascending */
	size_t n;
};

/* Parses "0-3,5"; ids from 65536 on end the list.  0 or -ENOMEM; the set is replaced. */
int bdt_cpus_parse(struct bdt_cpus *cpus, const char *text);
/* Reads /sys/devices/system/cpu/`which` ("possible", "online") below `root`.  0, -EBADMSG, -errno. */
int bdt_cpus_read(struct bdt_cpus *cpus, struct bdt_text *text, const char *root, const char *which,
		  struct bdt_diag *diag);
/* O(log n). */
bool bdt_cpus_has(const struct bdt_cpus *cpus, uint32_t id);
void bdt_cpus_finish(struct bdt_cpus *cpus);

#endif
