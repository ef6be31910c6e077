/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include "cmd.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static const struct bdt_cmd *const commands[] = {
	&bdt_cmd_record,
	&bdt_cmd_recover,
	&bdt_cmd_info,
	&bdt_cmd_stat,
	&bdt_cmd_replay,
	&bdt_cmd_plot,
	&bdt_cmd_report,
	&bdt_cmd_dump,
	&bdt_cmd_import,
	&bdt_cmd_estimate,
	&bdt_cmd_doctor,
	NULL,
};

static void help(FILE *out)
{
	fputs("Usage: buddytrace COMMAND [OPTION]... [ARGUMENT]...\n\n"
	      "Records what the Linux page allocator did, replays it through a model of that allocator and\n"
	      "compares the fallbacks that the model predicts with those that the kernel made.\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->help);
	fputs("\nOptions:\n"
	      "  -h, --help     this text; after a command: its options\n"
	      "  -V, --version  print the version\n",
	      out);
}

static const struct bdt_cmd *find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int bdt_usage_error(const struct bdt_cmd *cmd, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "buddytrace %s: ", cmd->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (see buddytrace %s --help)\n", cmd->name);
	return BDT_EXIT_USAGE;
}

int bdt_fail(const char *file, int err, const struct bdt_diag *diag)
{
	bool named = file && diag && diag->err && !strncmp(diag->text, file, strlen(file));

	bdt_progress_clear();
	fputs("buddytrace: ", stderr);
	if (file && !named)
		fprintf(stderr, "%s: ", file);
	fputs(diag && diag->err ? diag->text : strerror(-err), stderr);
	if (diag && diag->err && diag->offset != BT_NO_OFFSET)
		fprintf(stderr, " (at byte %" PRIu64 ")", diag->offset);
	fputc('\n', stderr);
	return BDT_EXIT_FAILURE;
}

int bdt_stdout_close(void)
{
	bool failed = ferror(stdout);

	if (fclose(stdout) || failed)
		return bdt_fail("standard output", errno ? -errno : -EIO, NULL);
	return BDT_EXIT_OK;
}

static int run(const struct bdt_cmd *cmd, int argc, char **argv)
{
	int first = cmd->options ? bdt_options_parse(cmd, argc, argv) : 1;
	int n = argc - first;

	if (first == -1)
		return BDT_EXIT_USAGE;
	if (first == -2)
		return bdt_stdout_close();
	if (n < cmd->min_args)
		return bdt_usage_error(cmd, "%s is missing", cmd->args);
	if (cmd->max_args >= 0 && n > cmd->max_args)
		return bdt_usage_error(cmd, "unexpected argument '%s'", argv[first + cmd->max_args]);
	return cmd->run(n, argv + first);
}

/*
 * What is opened later must not get the number of a standard stream that was closed, and its messages with
 * it. Reading and writing them fails as before.
 */
static void occupy_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	const struct bdt_cmd *cmd;
	int code;

	occupy_standard_streams();
	setlocale(LC_CTYPE, "");
	setlocale(LC_NUMERIC, "C");
	if (argc < 2) {
		help(stderr);
		return BDT_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		help(stdout);
		return bdt_stdout_close();
	}
	if (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version")) {
		puts(PACKAGE_STRING);
		return bdt_stdout_close();
	}
	cmd = find(argv[1]);
	if (!cmd) {
		fprintf(stderr, "buddytrace: no command '%s' (see buddytrace --help)\n", argv[1]);
		return BDT_EXIT_USAGE;
	}
	code = run(cmd, argc - 1, argv + 1);
	bdt_progress_clear();
	return code;
}
