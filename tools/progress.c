/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH   30
#define INTERVAL_NS 100000000

static struct {
	bool known, tty, color;
	bool shown; /* a bar is on the screen */
	uint64_t last_ns;
} bar;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool on_terminal(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (!bar.known) {
		bar.known = true;
		bar.tty = isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
		bar.color = bar.tty && !(no_color && *no_color);
	}
	return bar.tty;
}

void bdt_progress_clear(void)
{
	if (!bar.shown)
		return;
	fputs("\r\033[K", stderr);
	bar.shown = false;
}

static void warn(void *user, const char *text)
{
	(void)user;
	bdt_progress_clear();
	fprintf(stderr, "buddytrace: warning: %s\n", text);
}

static void draw(const char *what, uint64_t done, uint64_t total)
{
	double share = done < total ? (double)done / (double)total : 1;
	int full = (int)(share * BAR_WIDTH);

	fprintf(stderr, "\r\033[K%s%-16s", bar.color ? "\033[2m" : "", what);
	if (!total) {
		fprintf(stderr, " %" PRIu64, done);
	} else {
		fprintf(stderr, " %3d%% [", (int)(share * 100));
		for (int i = 0; i < BAR_WIDTH; i++)
			fputc(i < full ? '#' : '.', stderr);
		fputc(']', stderr);
	}
	fputs(bar.color ? "\033[0m" : "", stderr);
	fflush(stderr);
	bar.shown = true;
}

bool bdt_progress_due(void)
{
	uint64_t now;

	if (!on_terminal())
		return false;
	now = now_ns();
	if (bar.shown && now - bar.last_ns < INTERVAL_NS)
		return false;
	bar.last_ns = now;
	return true;
}

static void progress(void *user, const char *what, uint64_t done, uint64_t total)
{
	(void)user;
	if (bdt_progress_due())
		draw(what, done, total);
}

/* A line that wraps could not be taken off again. */
static int columns(void)
{
	struct winsize size;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col > 1 ? size.ws_col - 1 : 79;
}

void bdt_progress_line(const char *text, bool alarming)
{
	fprintf(stderr, "\r\033[K%s%.*s%s", !bar.color ? "" : alarming ? "\033[31m" : "\033[2m", columns(), text,
		bar.color ? "\033[0m" : "");
	fflush(stderr);
	bar.shown = true;
}

const struct bdt_log *bdt_tool_log(void)
{
	static const struct bdt_log log = { .warn = warn, .progress = progress };

	return &log;
}
