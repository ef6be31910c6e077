/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "charts.h"
#include "cmd.h"
#include <buddytrace/json.h>

static const char *const extensions[] = { [BDT_PLOT_SVG] = ".svg", [BDT_PLOT_PNG] = ".png" };

int bdt_charts_draw(struct bdt_charts *charts, struct bdt_diag *diag)
{
	int err = bdt_plot_run(charts->dir, charts->format, &charts->drawn, bdt_tool_log(), diag);

	bdt_progress_clear();
	if (!err && !charts->drawn)
		bdt_log_warn(bdt_tool_log(),
			     "gnuplot is not installed (package gnuplot-nox): no pictures were drawn; the "
			     "scripts are in %s",
			     charts->dir);
	return err;
}

void bdt_charts_list(const struct bdt_charts *charts)
{
	const char *name, *heading;

	for (size_t i = 0; bdt_plot_chart(i, &name, &heading); i++)
		printf("%s/%s%s\t%s\n", charts->dir, name, charts->drawn ? extensions[charts->format] : ".gp",
		       heading);
}

static void path(struct bdt_json *json, const char *key, const char *name, const char *extension)
{
	char file[256];

	snprintf(file, sizeof(file), "%s%s", name, extension);
	bdt_json_string(json, key, file);
}

void bdt_charts_json(const struct bdt_charts *charts, const char *html)
{
	const char *name, *heading;
	struct bdt_json json;

	bdt_json_init(&json, stdout);
	bdt_json_object(&json, NULL);
	bdt_json_string(&json, "directory", charts->dir);
	if (html)
		bdt_json_string(&json, "page", html);
	bdt_json_bool(&json, "drawn", charts->drawn);
	bdt_json_array(&json, "charts");
	for (size_t i = 0; bdt_plot_chart(i, &name, &heading); i++) {
		bdt_json_object(&json, NULL);
		bdt_json_string(&json, "title", heading);
		path(&json, "script", name, ".gp");
		path(&json, "data", name, ".tsv");
		if (charts->drawn)
			path(&json, "picture", name, extensions[charts->format]);
		bdt_json_end(&json);
	}
	bdt_json_end(&json);
	bdt_json_end(&json);
	bdt_json_finish(&json);
}
