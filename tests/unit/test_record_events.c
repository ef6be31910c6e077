/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include "record/filters.h"
#include "record/stacks.h"
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* How events and filters are named, and which symbols a recording gets. */

static int setup(void **state)
{
	static const char *const files[] = { "events/enable", "events/kmem/mm_page_alloc/format",
					     "events/net/mm_page_alloc/format", "events/net/rx/format",
					     "proc/kallsyms" };

	if (fakeroot_make(state))
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		fakeroot_put(files[i], "");
	return 0;
}

static void names_are_parsed(void **state)
{
	static const char *const bad[] = { "",       ":",        "kmem:",   ":x", "a:b:c",
					   "../x:y", "kmem:a/b", "kmem: x", "*" };
	struct bdt_event_name name;
	char text[200];

	(void)state;
	assert_int_equal(bdt_event_name_parse(&name, "kmem:mm_page_alloc", 18, NULL), 0);
	assert_string_equal(name.system, "kmem");
	assert_string_equal(name.event, "mm_page_alloc");
	assert_int_equal(bdt_event_name_parse(&name, "sched_switch", 12, NULL), 0);
	assert_string_equal(name.system, "");
	assert_string_equal(name.event, "sched_switch");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(bdt_event_name_parse(&name, bad[i], strlen(bad[i]), NULL), -EINVAL);
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(bdt_event_name_parse(&name, text, sizeof(text) - 1, NULL), -EINVAL);
}

static int resolve(const char *text, struct bdt_event_name *name, struct bdt_diag *diag)
{
	struct bdt_instance in = { .handle = NULL };

	snprintf(in.dir, sizeof(in.dir), "%s", fakeroot);
	assert_int_equal(bdt_event_name_parse(name, text, strlen(text), diag), 0);
	return bdt_event_name_resolve(name, &in, diag);
}

static void systems_are_found(void **state)
{
	struct bdt_event_name name;
	struct bdt_diag diag;

	(void)state;
	assert_int_equal(resolve("rx", &name, NULL), 0);
	assert_string_equal(name.system, "net");
	assert_int_equal(resolve("kmem:mm_page_alloc", &name, NULL), 0);
	bdt_diag_clear(&diag);
	assert_int_equal(resolve("kmem:rx", &name, &diag), -ENOENT);
	assert_string_equal(diag.text, "this kernel has no event kmem:rx");
	bdt_diag_clear(&diag);
	assert_int_equal(resolve("enable", &name, &diag), -ENOENT);
	assert_string_equal(diag.text, "this kernel has no event enable");
	bdt_diag_clear(&diag);
	assert_int_equal(resolve("mm_page_alloc", &name, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "have an event mm_page_alloc: write "));
}

static void filters_are_parsed(void **state)
{
	static const char *const bad[] = { "", "=", "order", "mm_page_alloc=", "=order>1", "a b=c" };
	struct bdt_event_name name;
	const char *expression;
	struct bdt_diag diag;

	(void)state;
	assert_int_equal(bdt_filter_parse("kmem:mm_page_alloc=order==3 && pfn>=1", &name, &expression, NULL),
			 0);
	assert_string_equal(name.system, "kmem");
	assert_string_equal(name.event, "mm_page_alloc");
	assert_string_equal(expression, "order==3 && pfn>=1");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(bdt_filter_parse(bad[i], &name, &expression, NULL), -EINVAL);
	bdt_diag_clear(&diag);
	bdt_filter_parse("order > 2", &name, &expression, &diag);
	assert_string_equal(diag.text, "'order > 2' is no filter: write SYSTEM:EVENT=EXPRESSION");
}

static unsigned int nwarnings;

static void warn(void *user, const char *text)
{
	(void)user;
	(void)text;
	nwarnings++;
}

static void symbols_are_functions(void **state)
{
	const struct bdt_log log = { .warn = warn };
	struct bdt_text text = { NULL, 0, 0 };

	(void)state;
	fakeroot_put("proc/kallsyms", "0000000000000000 A fixed_percpu_data\n"
				      "ffffffff81000000 T _stext\n"
				      "ffffffff81000010 d some_data\n"
				      "ffffffff81000020 t static_function\n"
				      "\n"
				      "garbage\n"
				      "ffffffffc0000000 t of_a_module\t[module]\n"
				      "ffffffffc0000010 W");
	assert_int_equal(bdt_stacks_symbols(fakeroot, &text, &log), 0);
	assert_string_equal(text.data, "ffffffff81000000 T _stext\n"
				       "ffffffff81000020 t static_function\n"
				       "ffffffffc0000000 t of_a_module\t[module]\n"
				       "ffffffffc0000010 W");
	assert_int_equal(text.size, strlen(text.data));
	assert_int_equal(nwarnings, 0);
	fakeroot_put("proc/kallsyms", "0000000000000000 T _stext\n0000000000000000 t static_function\n");
	assert_int_equal(bdt_stacks_symbols(fakeroot, &text, &log), 0);
	assert_int_equal(text.size, 0);
	assert_int_equal(nwarnings, 1);
	fakeroot_put("proc/kallsyms", "");
	assert_int_equal(bdt_stacks_symbols(fakeroot, &text, &log), 0);
	assert_int_equal(text.size, 0);
	assert_int_equal(bdt_stacks_symbols("/nonexistent", &text, &log), 0);
	assert_int_equal(text.size, 0);
	assert_int_equal(nwarnings, 3);
	bdt_text_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_parsed),
		cmocka_unit_test(systems_are_found),
		cmocka_unit_test(filters_are_parsed),
		cmocka_unit_test(symbols_are_functions),
	};

	return cmocka_run_group_tests_name("record_events", tests, setup, fakeroot_remove);
}
