/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "report/canvas.h"
#include "report/format.h"
#include "report/html.h"
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

static void counts_and_shares(void **state)
{
	struct bdt_format text;

	(void)state;
	assert_string_equal(bdt_format_count(&text, 0), "0");
	assert_string_equal(bdt_format_count(&text, 999), "999");
	assert_string_equal(bdt_format_count(&text, 1000), "1,000");
	assert_string_equal(bdt_format_count(&text, UINT64_MAX), "18,446,744,073,709,551,615");
	assert_string_equal(bdt_format_share(&text, 0.94691), "94.69 %");
	assert_string_equal(bdt_format_share(&text, 0), "0 %");
	assert_string_equal(bdt_format_share(&text, 1), "100 %");
	assert_string_equal(bdt_format_share(&text, -1), "not measured");
	assert_string_equal(bdt_format_share(&text, NAN), "not measured");
	/* What is not everything must not read as 100 %, what is not nothing not as 0. */
	assert_string_equal(bdt_format_share(&text, 0.99999), "99.999 %");
	assert_string_equal(bdt_format_share(&text, 0.00001), "0.001 %");
	assert_string_equal(bdt_format_ratio(&text, 3, 0), "not measured");
	assert_string_equal(bdt_format_ratio(&text, 1, 3), "33.33 %");
}

static void units(void **state)
{
	struct bdt_format text;

	(void)state;
	assert_string_equal(bdt_format_bytes(&text, 512), "512 bytes");
	assert_string_equal(bdt_format_bytes(&text, 4096), "4 KiB");
	assert_string_equal(bdt_format_bytes(&text, 3.5 * 1048576), "3.50 MiB");
	assert_string_equal(bdt_format_bytes(&text, 1073741824.0 * 123.4), "123 GiB");
	assert_string_equal(bdt_format_seconds(&text, 12.34), "12.3 s");
	assert_string_equal(bdt_format_seconds(&text, 0.05), "50 ms");
	assert_string_equal(bdt_format_seconds(&text, 3.25e-6), "3.25 µs");
	assert_string_equal(bdt_format_seconds(&text, 0), "0 s");
}

static void nice_steps(void **state)
{
	(void)state;
	assert_float_equal(bdt_nice_step(10, 5), 2, 1e-9);
	assert_float_equal(bdt_nice_step(0.7, 7), 0.1, 1e-9);
	assert_float_equal(bdt_nice_step(123456, 7), 20000, 1e-6);
	assert_float_equal(bdt_nice_step(1e-9, 10), 1e-10, 1e-15);
}

static void html_is_escaped(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	bdt_html_text(out, "<b a=\"1\" c='2'>&amp;\n\x1b\x7f\xff\xc3\xa4\xc3");
	fclose(out);
	assert_string_equal(
		text, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;\uFFFD\uFFFD\uFFFD\uFFFD\u00e4\uFFFD");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_shares),
		cmocka_unit_test(units),
		cmocka_unit_test(nice_steps),
		cmocka_unit_test(html_is_escaped),
	};

	return cmocka_run_group_tests_name("report_text", tests, NULL, NULL);
}
