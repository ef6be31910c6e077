/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "report/svg.h"
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char picture[] =
	"<?xml version=\"1.0\"?>\n<!-- by nobody -->\n<svg width=\"9\" "
	"xmlns=\"http://www.w3.org/2000/svg\"\n>\n"
	"<title>t<g/></title><defs><circle id='gpPt1' r='0.5'/></defs>\n"
	"<filter id='f'><feFlood flood-color='#FFF'/></filter>\n"
	"<g fill = 'rgb(  0, 1,2)'><use xlink:href='#gpPt1'/><text>a &lt; b</text></g>\n</svg>\n";

static int embed(const char *text, size_t size, char **out)
{
	size_t used;
	FILE *f = open_memstream(out, &used);
	struct bdt_diag diag;
	int err;

	assert_non_null(f);
	bdt_diag_clear(&diag);
	err = bdt_svg_embed(f, text, size, "p", "a \"label\"", &diag);
	assert_int_equal(diag.err, err);
	fclose(f);
	return err;
}

static void a_picture_of_gnuplot(void **state)
{
	char *out;

	(void)state;
	assert_int_equal(embed(picture, strlen(picture), &out), 0);
	assert_string_equal(
		out, "<svg role=\"img\" aria-label=\"a &quot;label&quot;\" width=\"9\">\n"
		     "<defs><circle id=\"p-gpPt1\" r=\"0.5\"/></defs>\n\n"
		     "<g fill=\"rgb(  0, 1,2)\"><use href=\"#p-gpPt1\"/><text>a &lt; b</text></g>\n</svg>");
	free(out);
}

static void what_gnuplot_does_not_write(void **state)
{
	static const char *const bad[] = {
		"",
		"text",
		"<g/>",
		"<svg>",
		"<svg></svg></svg>",
		"<svg></svg><svg></svg>",
		"<svg/>x",
		"<svg><script>1</script></svg>",
		"<svg><foreignObject/></svg>",
		"<svg><image href='x.png'/></svg>",
		"<svg><a href='#x'/></svg>",
		"<svg><style>g{}</style></svg>",
		"<svg onload='x'/>",
		"<svg><g OnClick='x'/></svg>",
		"<svg><g style='background:url(x)'/></svg>",
		"<svg><g fill='url(http://x)'/></svg>",
		"<svg><use href='http://x#y'/></svg>",
		"<svg><use xlink:href='x.svg#y'/></svg>",
		"<svg><g a=b/></svg>",
		"<svg><g a='b></svg>",
		"<svg><g a='&quot;'/></svg>",
		"<svg><!DOCTYPE x></svg>",
		"<svg><![CDATA[x]]></svg>",
		"<svg><!-- x </svg>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *out;

		if (embed(bad[i], strlen(bad[i]), &out) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		free(out);
	}
}

/* Cut or changed anywhere: it ends, inside the text, and never lets a script through. */
static void any_bytes(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t size = strlen(picture);
		char *text = malloc(size), *out;

		assert_non_null(text);
		memcpy(text, picture, size);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % size] = k ? picture[(seed >> 16) % size] : (char)(seed >> 24);
		}
		size -= seed % (round % 2 ? 1 : size);
		embed(text, size, &out);
		assert_null(strstr(out, "<script"));
		free(out);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_of_gnuplot),
		cmocka_unit_test(what_gnuplot_does_not_write),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests_name("svg", tests, NULL, NULL);
}
