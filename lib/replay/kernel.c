/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/kernel.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* "Linux version 6.18.44-x (...)", "Linux host 6.18.44-x #1 ..." or a bare release. */
static void find_release(const struct bdt_tracefile *tf, char *out, size_t size)
{
	const char *release = bdt_tracefile_machine(tf, "uname.release");
	const char *uname = bdt_tracefile_info(tf)->uname;

	out[0] = '\0';
	if (release) {
		snprintf(out, size, "%s", release);
		return;
	}
	for (const char *at = uname; *at; at++)
		if ((at == uname || at[-1] == ' ') && *at >= '1' && *at <= '9' && strchr(at, '.')) {
			snprintf(out, size, "%.*s", (int)strcspn(at, " "), at);
			return;
		}
}

/*
 * Debian counts its own revisions in the release, "6.1.0-56-cloud-amd64"; the point release, and so the
 * changes that were backported, is in the version: "#1 SMP Debian 6.1.192-2 ...".  False when it is not.
 */
static bool find_point_release(const struct bdt_tracefile *tf, char *out, size_t size)
{
	static const char before[] = " Debian ";
	const char *version = bdt_tracefile_machine(tf, "uname.version");
	const char *at = strstr(version ? version : bdt_tracefile_info(tf)->uname, before);

	if (!at)
		return false;
	at += sizeof(before) - 1;
	snprintf(out, size, "%.*s", (int)strcspn(at, " "), at);
	return bdt_release_number(out) != 0;
}

/* "5.10, 6.1 or 7.2" */
static void name_profiles(char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; bdt_profile_name(i) && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s",
					 !i                        ? ""
					 : bdt_profile_name(i + 1) ? ", "
								   : " or ",
					 bdt_profile_name(i));
}

int bdt_kernel_choose(const struct bdt_tracefile *tf, const char *told, struct bdt_replay_result *res,
		      const struct bdt_log *log, struct bdt_diag *diag)
{
	char known[128], point[64];
	const char *kernel = told;

	find_release(tf, res->kernel, sizeof(res->kernel));
	if (!kernel && !res->kernel[0])
		return bdt_diag_set(diag, -EPROTONOSUPPORT, BT_NO_OFFSET,
				    "the file does not say which kernel was recorded; name it with --kernel");
	if (!kernel)
		kernel = find_point_release(tf, point, sizeof(point)) ? point : res->kernel;
	if (bdt_profile_find(kernel, &res->resolved, &res->profile_exact)) {
		name_profiles(known, sizeof(known));
		return bdt_diag_set(diag, -EPROTONOSUPPORT, BT_NO_OFFSET,
				    "no model for kernel %s; --kernel %s replays it as that one", kernel,
				    known);
	}
	res->profile = &res->resolved;
	if (!res->profile_exact)
		bdt_log_warn(log, "kernel %s is not modelled itself, replayed as %s", kernel,
			     res->profile->name);
	return 0;
}
