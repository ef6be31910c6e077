/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <inttypes.h>

static const struct bdt_option options[] = { { 0 } };

static int recover(const char *path)
{
	struct bdt_recovery done;
	struct bdt_diag diag;
	int ret;

	bdt_diag_clear(&diag);
	ret = bdt_tracefile_recover(path, &done, bdt_tool_log(), &diag);
	if (ret)
		return bdt_fail(path, ret, &diag);
	bdt_progress_clear();
	fprintf(stderr, "buddytrace: %s: %" PRIu64 " bytes", done.path, done.file_bytes);
	if (done.subbuffers)
		fprintf(stderr, ", %" PRIu64 " sub-buffers", done.subbuffers);
	if (done.left_out)
		fprintf(stderr, "; %" PRIu64 " bytes of chunks that are not complete were left out",
			done.left_out);
	fputc('\n', stderr);
	return BDT_EXIT_OK;
}

static int run(int argc, char **argv)
{
	int code = BDT_EXIT_OK;

	for (int i = 0; i < argc; i++)
		if (recover(argv[i]))
			code = BDT_EXIT_FAILURE;
	return code;
}

const struct bdt_cmd bdt_cmd_recover = {
	.name = "recover",
	.args = "FILE...",
	.help = "make regular files of recordings that were not completed",
	.about = "FILE is the name that the recording was going to have, or FILE.part.  A recorder\n"
		 "that was killed, or a power cut, leaves FILE.part and FILE.cpuN.part; of these a\n"
		 "file is made that holds everything up to the last complete chunk of each CPU.\n"
		 "Refused while the recorder lives.\n",
	.options = options,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
