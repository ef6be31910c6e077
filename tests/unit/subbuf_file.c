/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "subbuf_file.h"
#include <cmocka.h>
#include <string.h>

struct bdt_writer *subbuf_file(const char *path, const struct bdt_layout *layout, const uint32_t *cpus,
			       unsigned int ncpus)
{
	const struct bdt_writer_options options = { .big_endian = layout->big_endian,
						    .long_size = layout->commit_size,
						    .page_size = 4096,
						    .clock = "[local] global",
						    .uname = "Linux h 6.1.0",
						    .cpus = cpus,
						    .ncpus = ncpus };
	const char *page = layout->commit_size == 8
				   ? "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				     "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				     "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n"
				   : "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				     "\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n"
				     "\tfield: char data;\toffset:12;\tsize:4084;\tsigned:0;\n";
	struct bdt_writer *w;

	assert_int_equal(bdt_writer_create(path, &options, &w, NULL), 0);
	assert_int_equal(bdt_writer_header_info(w, page, strlen(page), "", 0), 0);
	return w;
}
