/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_KERNEL_H
#define BT_REPLAY_KERNEL_H

#include "replay/run.h"

/*
 * Finds which kernel was recorded and which profile models it, or the kernel that was `told` (NULL = none),
 * and fills in those of *result.  A kernel that only comes near a profile is warned of.  0, or
 * -EPROTONOSUPPORT for one that is unknown or has no model.
 */
int bdt_kernel_choose(const struct bdt_tracefile *tf, const char *told, struct bdt_replay_result *result,
		      const struct bdt_log *log, struct bdt_diag *diag);

#endif
