/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"

/* Stands in for record where the recorder was not built. */
static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fputs("buddytrace record: this buddytrace was configured --without-record: it reads and replays "
	      "only\n",
	      stderr);
	return BDT_EXIT_USAGE;
}

const struct bdt_cmd bdt_cmd_record = {
	.name = "record",
	.args = "",
	.help = "not in this build (configured --without-record)",
	.about = "",
	.max_args = -1,
	.run = run,
};
