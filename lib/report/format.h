/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_FORMAT_H
#define BT_REPORT_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* Numbers for people.  Each fills `buf` and returns it, so that a call can be an argument of printf(). */
#define BT_FORMAT 48
struct bdt_format {
	char text[BT_FORMAT];
};

/* "1,234,567" */
const char *bdt_format_count(struct bdt_format *buf, uint64_t n);
/*
 * A share (0..1) as "94.69 %": two digits behind the point, more as long as it would read 100 or 0 without
 * being so; below 0: "not measured".
 */
const char *bdt_format_share(struct bdt_format *buf, double share);
/* part / whole as a share; "not measured" when whole is 0. */
const char *bdt_format_ratio(struct bdt_format *buf, uint64_t part, uint64_t whole);
/* "3.2 MiB" */
const char *bdt_format_bytes(struct bdt_format *buf, double bytes);
/* "12.3 s", "450 ms", "3.2 µs", UTF-8 */
const char *bdt_format_seconds(struct bdt_format *buf, double seconds);

#endif
