/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_world.h"
#include "model/profile.h"
#include <cmocka.h>

static void there_are_eight(void **state)
{
	(void)state;
	assert_non_null(bdt_profile_name(KERNELS - 1));
	assert_null(bdt_profile_name(KERNELS));
}

static void point_releases_have_their_backports(void **state)
{
	struct bdt_profile p;

	(void)state;
	assert_int_equal(bdt_profile_find("6.1.115", &p, NULL), 0);
	assert_false(p.min_reserve);
	assert_int_equal(bdt_profile_find("6.1.116", &p, NULL), 0);
	assert_true(p.min_reserve && p.highatomic_flag && !p.highatomic_high);
	assert_int_equal(bdt_profile_find("6.2.16", &p, NULL), 0);
	assert_false(p.min_reserve);
	assert_int_equal(bdt_profile_find("6.1.96", &p, NULL), 0);
	assert_int_equal(p.pcp_thp, 1);
	assert_int_equal(bdt_profile_find("6.1.97", &p, NULL), 0);
	assert_int_equal(p.pcp_thp, 2);
	assert_int_equal(bdt_profile_find("6.12.64", &p, NULL), 0);
	assert_false(p.merge_retags_all);
	assert_int_equal(bdt_profile_find("6.12.65", &p, NULL), 0);
	assert_true(p.merge_retags_all);
	assert_int_equal(bdt_profile_find("6.12.28", &p, NULL), 0);
	assert_int_equal(p.engine, BDT_ENGINE_STEAL_ONCE);
	assert_int_equal(bdt_profile_find("5.10.11", &p, NULL), 0);
	assert_int_equal(p.zone_locked, BDT_ZONE_LOCKED_ALWAYS);
	/* the distribution's revision stands where the point release is not told */
	assert_int_equal(bdt_profile_find("6.1.0-56-cloud-amd64", &p, NULL), 0);
	assert_int_equal(p.release, bdt_release_number("6.1.192"));
	assert_int_equal(bdt_profile_find("6.1.0", &p, NULL), 0);
	assert_int_equal(p.pcp_thp, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_eight),
		cmocka_unit_test(point_releases_have_their_backports),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
