/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <buddytrace/diag.h>
#include <cmocka.h>
#include <errno.h>

static void first_message_wins(void **state)
{
	struct bdt_diag diag;

	(void)state;
	bdt_diag_clear(&diag);
	assert_int_equal(bdt_diag_set(&diag, -EBADMSG, 7, "first %d", 1), -EBADMSG);
	assert_int_equal(bdt_diag_set(&diag, -ENODATA, 9, "second"), -ENODATA);
	assert_int_equal(diag.err, -EBADMSG);
	assert_int_equal(diag.offset, 7);
	assert_string_equal(diag.text, "first 1");
}

static void control_characters_are_replaced(void **state)
{
	struct bdt_diag diag;

	(void)state;
	bdt_diag_clear(&diag);
	bdt_diag_set(&diag, -EBADMSG, BT_NO_OFFSET, "%s", "a\x1b[31mb\nc");
	assert_string_equal(diag.text, "a?[31mb?c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_message_wins),
		cmocka_unit_test(control_characters_are_replaced),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
