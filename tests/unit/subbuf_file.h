/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_SUBBUF_FILE_H
#define BT_TESTS_SUBBUF_FILE_H

#include "subbuf.h"
#include "tracefile/writer.h"

/* A recording of sub-buffers that were made by hand. */

/* How every event begins, as its format tells it. */
#define SUBBUF_COMMON                                                                  \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"         \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"         \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* Begins the file `path` of Linux 6.1 with sub-buffers like `layout` of these CPUs; a failure ends the test.
 */
struct bdt_writer *subbuf_file(const char *path, const struct bdt_layout *layout, const uint32_t *cpus,
			       unsigned int ncpus);

#endif
