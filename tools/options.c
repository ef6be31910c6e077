/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 32
/* getopt_long's return values of options: index into the table, out of the way of '?' and -1. */
#define FIRST_VALUE 256
#define HELP_VALUE  (FIRST_VALUE + MAX_OPTIONS)

static const struct bdt_option help_option = {
	"help", 'h', BDT_OPT_FLAG, NULL, "show this help", NULL, NULL
};

static size_t count(const struct bdt_option *options)
{
	size_t n = 0;

	while (options[n].name)
		n++;
	return n;
}

bool bdt_parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	return !errno && end != text && !*end && !strchr(text, '-');
}

struct unit {
	const char *name;
	double factor;
};

/* A positive number with one of the `n` units behind it, as a whole number of the smallest. */
static bool parse_quantity(const char *text, const struct unit *units, size_t n, uint64_t *result)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || !(value >= 0))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(end, units[i].name))
			continue;
		value *= units[i].factor;
		if (value < 1 || value >= 9e18)
			return false;
		*result = (uint64_t)value;
		return true;
	}
	return false;
}

bool bdt_parse_duration(const char *text, uint64_t *ns)
{
	static const struct unit units[] = { { "", 1e9 }, { "s", 1e9 },  { "ms", 1e6 },  { "us", 1e3 },
					     { "ns", 1 }, { "m", 60e9 }, { "h", 3600e9 } };

	return parse_quantity(text, units, sizeof(units) / sizeof(units[0]), ns);
}

bool bdt_parse_size(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{ "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 }, { "G", 1 << 30 }, { "T", 1099511627776.0 }
	};

	return parse_quantity(text, units, sizeof(units) / sizeof(units[0]), bytes);
}

/* The list and its texts live as long as the program. */
static bool add_to_list(struct bdt_option_list *list, const char *text)
{
	const char **items = realloc(list->items, (list->n + 2) * sizeof(*items));

	if (!items)
		return false;
	list->items = items;
	items[list->n++] = text;
	items[list->n] = NULL;
	return true;
}

static bool parse_choice(const char *text, const struct bdt_option *option)
{
	for (unsigned int i = 0; option->choices[i]; i++) {
		if (strcmp(text, option->choices[i]))
			continue;
		*(unsigned int *)option->value = i;
		return true;
	}
	return false;
}

static bool store(const struct bdt_option *option, const char *text)
{
	switch (option->type) {
	case BDT_OPT_FLAG:
		*(bool *)option->value = true;
		return true;
	case BDT_OPT_STRING:
		*(const char **)option->value = text;
		return true;
	case BDT_OPT_NUMBER:
		return bdt_parse_number(text, option->value);
	case BDT_OPT_DURATION:
		return bdt_parse_duration(text, option->value);
	case BDT_OPT_CHOICE:
		return parse_choice(text, option);
	case BDT_OPT_SIZE:
		return bdt_parse_size(text, option->value);
	case BDT_OPT_OPTIONAL:
		*(const char **)option->value = text ? text : "";
		return true;
	case BDT_OPT_LIST:
		return add_to_list(option->value, text);
	}
	return false;
}

/*
 * Tables for getopt_long; ':' leaves the messages to us.  Options may follow the operands, except where the
 * operands are a command with options of its own: a leading '+' stops at the first one.
 */
static void prepare(const struct bdt_cmd *cmd, struct option *longs, char *shorts)
{
	size_t n = count(cmd->options);

	if (n > MAX_OPTIONS)
		abort();
	if (cmd->max_args < 0)
		*shorts++ = '+';
	*shorts++ = ':';
	for (size_t i = 0; i <= n; i++) {
		const struct bdt_option *option = i < n ? &cmd->options[i] : &help_option;
		int has_arg = option->type == BDT_OPT_FLAG	 ? no_argument
			      : option->type == BDT_OPT_OPTIONAL ? optional_argument
								 : required_argument;

		longs[i] = (struct option){ option->name, has_arg, NULL,
					    i < n ? FIRST_VALUE + (int)i : HELP_VALUE };
		if (!option->letter)
			continue;
		*shorts++ = option->letter;
		if (has_arg == required_argument)
			*shorts++ = ':';
	}
	longs[n + 1] = (struct option){ NULL, 0, NULL, 0 };
	*shorts = '\0';
}

/* The option that getopt_long returned `value` for, NULL if it is none of the table. */
static const struct bdt_option *lookup(const struct bdt_cmd *cmd, int value)
{
	if (value == HELP_VALUE || value == help_option.letter)
		return &help_option;
	if (value >= FIRST_VALUE)
		return &cmd->options[value - FIRST_VALUE];
	for (const struct bdt_option *option = cmd->options; option->name; option++)
		if (option->letter && option->letter == value)
			return option;
	return NULL;
}

int bdt_options_parse(const struct bdt_cmd *cmd, int argc, char **argv)
{
	struct option longs[MAX_OPTIONS + 2];
	char shorts[2 * MAX_OPTIONS + 5];
	const struct bdt_option *option;
	int value;

	prepare(cmd, longs, shorts);
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (value == ':') {
			bdt_usage_error(cmd, "option '%s' needs an argument", argv[optind - 1]);
			return -1;
		}
		if (value == '?') {
			if (optopt && optopt < FIRST_VALUE)
				bdt_usage_error(cmd, "unknown option '-%c'", optopt);
			else
				bdt_usage_error(cmd, "unknown or ambiguous option '%s'", argv[optind - 1]);
			return -1;
		}
		option = lookup(cmd, value);
		if (option == &help_option) {
			bdt_options_help(cmd, stdout);
			return -2;
		}
		if (!option || !store(option, optarg)) {
			bdt_usage_error(cmd, "'%s' is no value for --%s", optarg,
					option ? option->name : "?");
			return -1;
		}
	}
	return optind;
}

static void option_line(const struct bdt_option *option, FILE *out)
{
	char left[64], letter[8] = "    ";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	if (option->type == BDT_OPT_OPTIONAL)
		snprintf(left, sizeof(left), "%s--%s[=%s]", letter, option->name, option->arg);
	else
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name, option->arg ? " " : "",
			 option->arg ? option->arg : "");
	fprintf(out, "  %-26s %s\n", left, option->help);
}

void bdt_options_help(const struct bdt_cmd *cmd, FILE *out)
{
	fprintf(out, "Usage: buddytrace %s [OPTION]...%s%s\n\n%c%s.\n", cmd->name, *cmd->args ? " " : "",
		cmd->args, cmd->help[0] & ~0x20, cmd->help + 1);
	if (*cmd->about)
		fprintf(out, "\n%s", cmd->about);
	fputs("\nOptions:\n", out);
	for (const struct bdt_option *option = cmd->options; option->name; option++)
		option_line(option, out);
	option_line(&help_option, out);
}
