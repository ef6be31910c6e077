/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"

/* Stands in for the commands of the recorder where it was not built. */
static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fputs("buddytrace: this buddytrace was configured --without-record: it reads and replays only\n",
	      stderr);
	return BDT_EXIT_USAGE;
}

#define STAND_IN(command)                                                  \
	const struct bdt_cmd bdt_cmd_##command = {                         \
		.name = #command,                                          \
		.args = "",                                                \
		.help = "not in this build (configured --without-record)", \
		.about = "",                                               \
		.max_args = -1,                                            \
		.run = run,                                                \
	}

STAND_IN(record);
STAND_IN(estimate);
STAND_IN(doctor);
