/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_METER_H
#define BT_RECORD_METER_H

#include <stdint.h>

#define BT_METER_SLOTS 12

/*
 * By how much a counter has grown within a window of time that slides along: its values are kept at up to ten
 * times of the window.  All zero but for the window is a meter that has seen nothing.
 */
struct bdt_meter {
	uint64_t window_ns;
	unsigned int n;
	struct {
		uint64_t now_ns, value;
	} samples[BT_METER_SLOTS]; /* oldest first; at most the first one is older than the window */
};

/*
 * The counter is `value` at `now_ns`, which does not go backward.  Returns the growth within the window; when
 * the last values are further apart than that, as much of the growth as a window has of the time.  A counter
 * that has become smaller has not grown.
 */
double bdt_meter_add(struct bdt_meter *m, uint64_t now_ns, uint64_t value);
/* Forgets what it has seen. */
void bdt_meter_reset(struct bdt_meter *m);

#endif
