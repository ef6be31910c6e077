/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TOOLS_CMD_H
#define BT_TOOLS_CMD_H

#include <buddytrace/diag.h>
#include <buddytrace/tracefile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A subcommand of buddytrace is one const struct in its own cmd_NAME.c, listed in the table of main.c.
 * Its command line is described by a table of options: getopt, --help and the checks are made from it.
 */

enum bdt_exit {
	BDT_EXIT_OK,
	BDT_EXIT_FAILURE,
	BDT_EXIT_USAGE,
	BDT_EXIT_NO_PRIVILEGE = 77, /* no rights, or no tracefs */
};

enum bdt_option_type {
	BDT_OPT_FLAG,     /* value: bool */
	BDT_OPT_STRING,   /* value: const char * */
	BDT_OPT_NUMBER,   /* value: uint64_t */
	BDT_OPT_DURATION, /* value: uint64_t, nanoseconds, above 0; "90", "1.5s", "250ms", "5m", "1h" */
	BDT_OPT_CHOICE,   /* value: unsigned int, index into choices */
	BDT_OPT_SIZE,     /* value: uint64_t, bytes, above 0; "4096", "64K", "1.5G" (powers of 1024) */
	BDT_OPT_LIST,     /* value: struct bdt_option_list; may be given again */
	BDT_OPT_OPTIONAL, /* value: const char *; the argument can be left out, then it is "" */
};

/* The arguments of an option that was given any number of times. */
struct bdt_option_list {
	const char **items; /* ended by NULL; NULL = not given */
	size_t n;
};

struct bdt_option {
	const char *name; /* long name without dashes; NULL ends the table */
	char letter;      /* short name, 0 = none */
	enum bdt_option_type type;
	const char *arg; /* what --help calls the argument; NULL for flags */
	const char *help;
	void *value;                /* set when the option is given; holds the default before */
	const char *const *choices; /* BDT_OPT_CHOICE: names, ended by NULL */
};

struct bdt_cmd {
	const char *name;
	const char *args;                 /* operands as in the usage line: "FILE", "[FILE]...", "" */
	const char *help;                 /* one line, no full stop, for the list of commands */
	const char *about;                /* a few more lines for --help, each ended by \n; "" = none */
	const struct bdt_option *options; /* --help is added to every table; NULL: argv is passed unparsed */
	int min_args, max_args; /* number of operands; -1 = any, and options end at the first */
	/* argv: the operands only; returns enum bdt_exit or a child's code. */
	int (*run)(int argc, char **argv);
};

/* The commands; each is defined in its cmd_NAME.c. */
extern const struct bdt_cmd bdt_cmd_doctor;
extern const struct bdt_cmd bdt_cmd_dump;
extern const struct bdt_cmd bdt_cmd_estimate;
extern const struct bdt_cmd bdt_cmd_import;
extern const struct bdt_cmd bdt_cmd_info;
extern const struct bdt_cmd bdt_cmd_plot;
extern const struct bdt_cmd bdt_cmd_record;
extern const struct bdt_cmd bdt_cmd_recover;
extern const struct bdt_cmd bdt_cmd_replay;
extern const struct bdt_cmd bdt_cmd_report;
extern const struct bdt_cmd bdt_cmd_stat;

/*
 * Parses the options of `cmd` from argv (argv[0] is the command's name).  Returns the index of the first
 * operand, -1 after an error that has been reported (usage), -2 when --help was printed.
 */
int bdt_options_parse(const struct bdt_cmd *cmd, int argc, char **argv);
/* A duration as BDT_OPT_DURATION takes it; false when it is none. */
bool bdt_parse_duration(const char *text, uint64_t *ns);
/* A number as BDT_OPT_NUMBER takes it; false when it is none. */
bool bdt_parse_number(const char *text, uint64_t *value);
/* A size as BDT_OPT_SIZE takes it; false when it is none. */
bool bdt_parse_size(const char *text, uint64_t *bytes);
/* Prints the usage line, the text and the options of `cmd`. */
void bdt_options_help(const struct bdt_cmd *cmd, FILE *out);

/* One line on stderr, `buddytrace COMMAND: message`, with a hint at --help; returns BDT_EXIT_USAGE. */
int bdt_usage_error(const struct bdt_cmd *cmd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * One line on stderr: `buddytrace: FILE: message`, with the offset when the diag has one; FILE is left out when
 * the message starts with it or `file` is NULL.  `err` is what the failed call returned and is explained when
 * the diag is empty.  Returns BDT_EXIT_FAILURE.
 */
int bdt_fail(const char *file, int err, const struct bdt_diag *diag);
/* Prints `n` bytes of text out of a recording: control characters become '?'. */
void bdt_print_text(const char *text, size_t n);
/* bdt_tracefile_open(), with a warning when the file is cut short. */
int bdt_open_recording(const char *path, struct bdt_tracefile **out, struct bdt_diag *diag);
/* Flushes stdout; BDT_EXIT_OK, or BDT_EXIT_FAILURE after a line on stderr when anything could not be written.
 */
int bdt_stdout_close(void);

/*
 * The log for library calls: warnings as lines on stderr, progress as a bar when stderr is a terminal.
 * Static, lives as long as the program.
 */
const struct bdt_log *bdt_tool_log(void);
/* Whether stderr is a terminal and the last bar or line is old enough for a new one. */
bool bdt_progress_due(void);
/* Shows a line in place of the bar, red when it is alarming; only when bdt_progress_due() said so. */
void bdt_progress_line(const char *text, bool alarming);
/* Takes the bar off the screen; before anything else is written to the terminal. */
void bdt_progress_clear(void);

#endif
