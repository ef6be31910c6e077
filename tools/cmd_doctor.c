/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/doctor.h>
#include <buddytrace/json.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *tracefs;
static bool json;

static const struct {
	const char *name, *color;
} states[] = {
	[BDT_DOCTOR_OK] = { "ok", "32" },
	[BDT_DOCTOR_ADVICE] = { "advice", "33" },
	[BDT_DOCTOR_MISSING] = { "missing", "31" },
	[BDT_DOCTOR_UNKNOWN] = { "unknown", "2" },
};

static bool use_color(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") && !(no_color && *no_color);
}

static void print_text(void *user, const struct bdt_doctor_finding *f)
{
	const bool *color = user;
	const char *name = states[f->state].name;

	if (*color)
		printf("\033[%sm%-8s\033[0m %-10s %s\n", states[f->state].color, name, f->check, f->text);
	else
		printf("%-8s %-10s %s\n", name, f->check, f->text);
	if (*f->fix)
		printf("%-8s %-10s   -> %s\n", "", "", f->fix);
}

static void print_json(void *user, const struct bdt_doctor_finding *f)
{
	struct bdt_json *j = user;

	bdt_json_object(j, NULL);
	bdt_json_string(j, "check", f->check);
	bdt_json_string(j, "state", states[f->state].name);
	bdt_json_string(j, "text", f->text);
	bdt_json_string(j, "fix", *f->fix ? f->fix : NULL);
	bdt_json_end(j);
}

static const char *verdict(int err)
{
	if (err == -EPERM || err == -ENODEV)
		return "This machine cannot be recorded: no rights to trace, or no tracefs.";
	return err ? "This machine cannot be recorded as it is." : "This machine can be recorded.";
}

static int run(int argc, char **argv)
{
	struct bdt_doctor_options options = { .tracefs = tracefs, .directory = argc ? argv[0] : NULL };
	bool color = use_color();
	struct bdt_json j;
	int err, code;

	if (json) {
		bdt_json_init(&j, stdout);
		bdt_json_object(&j, NULL);
		bdt_json_array(&j, "findings");
		err = bdt_doctor_run(&options, print_json, &j, bdt_tool_log());
		bdt_json_end(&j);
		bdt_json_bool(&j, "can_record", !err);
		bdt_json_end(&j);
		bdt_json_finish(&j);
	} else {
		err = bdt_doctor_run(&options, print_text, &color, bdt_tool_log());
		puts(verdict(err));
	}
	code = bdt_stdout_close();
	if (code != BDT_EXIT_OK || !err)
		return code;
	return err == -EPERM || err == -ENODEV ? BDT_EXIT_NO_PRIVILEGE : BDT_EXIT_FAILURE;
}

static const struct bdt_option options_table[] = {
	{ "tracefs", 0, BDT_OPT_STRING, "DIR", "where tracefs is mounted (found by itself)", &tracefs, NULL },
	{ "json", 0, BDT_OPT_FLAG, NULL, "print as JSON", &json, NULL },
	{ 0 },
};

const struct bdt_cmd bdt_cmd_doctor = {
	.name = "doctor",
	.args = "[DIRECTORY]",
	.help = "tell whether this machine can be recorded, and what to do where it cannot",
	.about = "Looks at tracing, rights, clock, limits, the disk (of DIRECTORY, or of the\n"
		 "working directory) and the programs for charts.  Each line is ok, advice,\n"
		 "missing or unknown, with what mends it below.\n",
	.options = options_table,
	.min_args = 0,
	.max_args = 1,
	.run = run,
};
