/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/clocale.h"
#include "base/outfile.h"
#include "base/program.h"
#include "report/chart.h"
#include <buddytrace/report.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct bdt_chart *const bdt_charts[] = {
	&bdt_chart_fallbacks,
	&bdt_chart_cumulative,
	&bdt_chart_confusion,
	&bdt_chart_free,
	&bdt_chart_exact,
	&bdt_chart_causes,
	NULL,
};

static const struct {
	const char *extension, *setting;
} formats[] = {
	[BDT_PLOT_SVG] = { ".svg", "FMT='svg'" },
	[BDT_PLOT_PNG] = { ".png", "FMT='png'" },
};

bool bdt_plot_chart(size_t i, const char **name, const char **heading)
{
	if (i >= sizeof(bdt_charts) / sizeof(bdt_charts[0]) - 1)
		return false;
	*name = bdt_charts[i]->name;
	*heading = bdt_charts[i]->heading;
	return true;
}

static int open_in(struct bdt_outfile *out, const char *dir, const char *name, const char *extension,
		   struct bdt_diag *diag)
{
	char *path = bdt_path_join(dir, name, extension);
	int err = path ? bdt_outfile_open(out, path, diag)
		       : bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");

	free(path);
	return err;
}

static int write_chart(const struct bdt_chart *chart, const struct bdt_tables *tables, struct bdt_diag *diag)
{
	struct bdt_outfile gp, tsv;
	struct bdt_canvas canvas = { .name = chart->name };
	int err = open_in(&gp, tables->dir, chart->name, ".gp", diag);

	if (err)
		return err;
	err = open_in(&tsv, tables->dir, chart->name, ".tsv", diag);
	if (err) {
		bdt_outfile_abandon(&gp);
		return err;
	}
	canvas.gp = gp.f;
	canvas.tsv = tsv.f;
	err = chart->write(&canvas, tables);
	if (err) {
		bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: %s", chart->name, strerror(-err));
		bdt_outfile_abandon(&gp);
		bdt_outfile_abandon(&tsv);
		return err;
	}
	fputs("unset multiplot\n", gp.f);
	err = bdt_outfile_commit(&tsv, diag);
	if (err)
		bdt_outfile_abandon(&gp);
	else
		err = bdt_outfile_commit(&gp, diag);
	return err;
}

/* A picture of an earlier run would pass for one of these data. */
static int remove_picture(const char *dir, const char *name, const char *extension, struct bdt_diag *diag)
{
	char *path = bdt_path_join(dir, name, extension);
	int err = 0;

	if (!path)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	if (unlink(path) && errno != ENOENT) {
		err = -errno;
		bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be replaced: %s", path, strerror(-err));
	}
	free(path);
	return err;
}

/* One line of what gnuplot said: the one that names the trouble, behind the echo of the script. */
static const char *complaint(char *text)
{
	char *last = text;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (line[strspn(line, " \t^")])
			last = line;
	return *last ? last : "it says nothing";
}

static int draw(const char *dir, const char *name, enum bdt_plot_format format, bool *drawn,
		struct bdt_diag *diag)
{
	char script[64], said[2048];
	const char *argv[] = { "gnuplot", "-d", "-e", formats[format].setting, script, NULL };
	int code;

	snprintf(script, sizeof(script), "%s.gp", name);
	code = bdt_program_run(argv, dir, STDERR_FILENO, said, sizeof(said));
	if (code == -ENOENT) {
		*drawn = false;
		return 0;
	}
	if (code < 0)
		return bdt_diag_set(diag, code, BT_NO_OFFSET, "gnuplot cannot be run: %s", strerror(-code));
	if (code)
		return bdt_diag_set(diag, -EIO, BT_NO_OFFSET, "gnuplot failed (exit code %d) on %s/%s: %s",
				    code, dir, script, complaint(said));
	return 0;
}

/* Without fonts gnuplot draws a PNG that has no letters and says nothing of it. */
static void check_fonts(const struct bdt_log *log)
{
	static const char *const argv[] = { "fc-list", ":", "family", NULL };
	char said[64];

	if (bdt_program_run(argv, "/", STDOUT_FILENO, said, sizeof(said)) == 0 && !*said)
		bdt_log_warn(
			log,
			"no fonts are installed: the PNG charts will have no text; install fonts-dejavu-core "
			"or draw SVG");
}

static int plot(const struct bdt_tables *tables, enum bdt_plot_format format, bool *drawn,
		const struct bdt_log *log, struct bdt_diag *diag)
{
	size_t n = sizeof(bdt_charts) / sizeof(bdt_charts[0]) - 1;
	int err = 0;

	for (size_t i = 0; !err && i < n; i++) {
		err = remove_picture(tables->dir, bdt_charts[i]->name, formats[format].extension, diag);
		if (!err)
			err = write_chart(bdt_charts[i], tables, diag);
	}
	if (!err && format == BDT_PLOT_PNG)
		check_fonts(log);
	for (size_t i = 0; !err && *drawn && i < n; i++) {
		if (log && log->progress)
			log->progress(log->user, "charts", i, n);
		err = draw(tables->dir, bdt_charts[i]->name, format, drawn, diag);
	}
	return err;
}

int bdt_plot_run(const char *replay_dir, enum bdt_plot_format format, bool *drawn, const struct bdt_log *log,
		 struct bdt_diag *diag)
{
	struct bdt_locale locale = bdt_locale_c();
	struct bdt_tables tables;
	int err = bdt_tables_read(&tables, replay_dir, log, diag);

	*drawn = true;
	if (!err)
		err = plot(&tables, format, drawn, log, diag);
	bdt_tables_finish(&tables);
	bdt_locale_restore(locale);
	return err;
}
