/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/format.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *bdt_format_count(struct bdt_format *buf, uint64_t n)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *to = buf->text;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return buf->text;
}

const char *bdt_format_share(struct bdt_format *buf, double share)
{
	if (!(share >= 0)) {
		snprintf(buf->text, sizeof(buf->text), "not measured");
	} else if (share == 0 || share == 1) {
		snprintf(buf->text, sizeof(buf->text), "%d %%", (int)share * 100);
	} else {
		double distance = fmin(share, fabs(1 - share)) * 100;
		int digits = 2;

		while (digits < 6 && distance < 0.5 * pow(10, -digits))
			digits++;
		snprintf(buf->text, sizeof(buf->text), "%.*f %%", digits, share * 100);
	}
	return buf->text;
}

const char *bdt_format_ratio(struct bdt_format *buf, uint64_t part, uint64_t whole)
{
	return bdt_format_share(buf, whole ? (double)part / (double)whole : -1);
}

/* Three significant digits, but all digits of whole numbers. */
static int decimals(double value)
{
	return value >= 100 || value == floor(value) ? 0 : value >= 10 ? 1 : 2;
}

const char *bdt_format_bytes(struct bdt_format *buf, double bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	size_t unit = 0;

	while (bytes >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buf->text, sizeof(buf->text), "%.*f %s", decimals(bytes), bytes, units[unit]);
	return buf->text;
}

const char *bdt_format_seconds(struct bdt_format *buf, double seconds)
{
	static const struct {
		double factor;
		const char *unit;
	} units[] = { { 1, "s" }, { 1e3, "ms" }, { 1e6, "µs" }, { 1e9, "ns" } };
	size_t unit = 0;

	while (seconds > 0 && unit < 3 && seconds * units[unit].factor < 1)
		unit++;
	seconds *= units[unit].factor;
	snprintf(buf->text, sizeof(buf->text), "%.*f %s", decimals(seconds), seconds, units[unit].unit);
	return buf->text;
}
