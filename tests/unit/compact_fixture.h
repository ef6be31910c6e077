/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMPACT_FIXTURE_H
#define COMPACT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/compact.h"
#include <cmocka.h>
#include <string.h>

#define UNMOVABLE 0
#define MOVABLE   1
#define BASE      0x100000ULL
#define NPB       512U

/* One zone of 16 pageblocks under the rules of one kernel. */
struct fixture {
	struct bdt_profile profile;
	struct bdt_zone *z;
	struct bdt_compact_zone cz;
	struct bdt_watermarks marks;
};

static inline void open_fixture(struct fixture *f, const char *release)
{
	memset(f, 0, sizeof(*f));
	assert_int_equal(bdt_profile_find(release, &f->profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&f->profile, BASE, BASE + 16 * NPB, 10, 9, &f->z), 0);
	assert_int_equal(bdt_compact_zone_init(&f->cz, f->z, &f->profile.compaction), 0);
	f->marks = (struct bdt_watermarks){ .mark = { 100, 125, 150, 175 } };
	f->cz.marks = &f->marks;
}

static inline void close_fixture(struct fixture *f)
{
	bdt_compact_zone_finish(&f->cz);
	bdt_zone_destroy(f->z);
}

#endif
