/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_SCOREFILE_H
#define BT_REPORT_SCOREFILE_H

#include <buddytrace/diag.h>
#include <stddef.h>
#include <stdint.h>

/*
 * score.json as pairs of path and value: "fallbacks.onsets.recall" -> "0.99".  Members of arrays are left out
 * (they have tables of their own).  What a replay did not measure is absent; so are members that are null and
 * shares below 0, which stand for "nothing to divide by".
 */
struct bdt_scorefile {
	size_t n;
	struct bdt_scorefile_pair {
		char *path, *text;
		double number; /* -1 for strings */
	} * pairs;
};

/*
 * Reads DIR/score.json.  0, errno values of open(2), -EBADMSG (no JSON object), -EFBIG (more than 1 MiB or
 * 1000 members).  Free with bdt_scorefile_finish(), after an error too.
 */
int bdt_scorefile_read(struct bdt_scorefile *score, const char *dir, struct bdt_diag *diag);
void bdt_scorefile_finish(struct bdt_scorefile *score);

/* Value at `path`, -1 when it is absent or no number.  O(n). */
double bdt_scorefile_number(const struct bdt_scorefile *score, const char *path);
/* The same for a count; 0 when it is absent. */
uint64_t bdt_scorefile_count(const struct bdt_scorefile *score, const char *path);
/* Text at `path` (numbers as they were written), NULL when it is absent; borrowed.  O(n). */
const char *bdt_scorefile_text(const struct bdt_scorefile *score, const char *path);

#endif
