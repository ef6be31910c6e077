/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/clocale.h"
#include "base/outfile.h"
#include "base/text.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/page.h"
#include "report/svg.h"
#include <buddytrace/report.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
	":root{color-scheme:light dark;--back:#fff;--text:#1d2329;--soft:#59636e;--line:#d5dae0;\n"
	"  --shade:#f3f5f7;--strong:#005a8d}\n"
	"@media (prefers-color-scheme:dark){:root{--back:#15191e;--text:#e4e8ec;--soft:#9da7b1;\n"
	"  --line:#363d45;--shade:#1f252b;--strong:#6dbef0}}\n"
	"body{margin:0 auto;max-width:66rem;padding:1.5rem;background:var(--back);color:var(--text);\n"
	"  font:16px/1.55 system-ui,sans-serif}\n"
	"h1{font-size:1.7rem;line-height:1.25;margin:0 0 .2rem}\n"
	"h2{font-size:1.3rem;margin:2.4rem 0 .6rem;border-bottom:1px solid var(--line);\n"
	"  padding-bottom:.2rem}\n"
	"h3{font-size:1.05rem;margin:1.4rem 0 .4rem}\n"
	".sub,.note,figcaption,footer{color:var(--soft)}\n"
	".note,figcaption,footer{font-size:.9rem}\n"
	".verdict{font-size:1.2rem;font-weight:600;color:var(--strong);margin:.4rem 0}\n"
	".task{font-family:monospace}p,figcaption,ol{max-width:52rem}\n"
	".wide{overflow-x:auto}\n"
	"table{border-collapse:collapse;font-size:.92rem;margin:.4rem 0}\n"
	"th,td{text-align:left;padding:.22rem .8rem .22rem .5rem;border-bottom:1px solid var(--line);\n"
	"  vertical-align:top;overflow-wrap:anywhere}\n"
	"td:first-child,th{overflow-wrap:normal}\n"
	"@media screen and (max-width:48rem){td{overflow-wrap:break-word}}\n"
	"thead th{border-bottom:2px solid var(--line);vertical-align:bottom}\n"
	"th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}\n"
	"td.n{white-space:nowrap}\n"
	"th.group{background:var(--shade);padding-top:.45rem}\n"
	"figure{margin:1rem 0 2.2rem}figcaption{margin-top:.5rem}\n"
	".chart{background:#fff;color:#000;border:1px solid var(--line);border-radius:6px;\n"
	"  padding:.4rem;overflow-x:auto}\n"
	".chart svg{display:block;width:100%;height:auto;min-width:40rem}\n"
	"dt{font-weight:600;margin-top:.5rem}dd{margin:0 0 0 1.2rem}\n"
	"nav{font-size:.9rem;margin:.6rem 0}\n"
	"nav a{color:var(--strong);margin-right:1rem;display:inline-block}\n"
	"@media print{:root{--back:#fff;--text:#000;--soft:#444;--line:#bbb;--shade:#eee;--strong:#000}\n"
	"  body{max-width:none;padding:0;font-size:10.5pt}nav{display:none}figure,tr,section>h2{\n"
	"  break-inside:avoid}h2,h3{break-after:avoid}.wide,.chart{overflow:visible}.chart svg{\n"
	"  min-width:0}}\n";

static void head(const struct bdt_page *page)
{
	FILE *out = page->out;
	const char *kernel = bdt_scorefile_text(&page->tables->score, "kernel");
	const char *uname = page->tf ? bdt_tracefile_info(page->tf)->uname : "";

	kernel = kernel && *kernel ? kernel : "of unknown release";
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>buddytrace: "
	      "Linux ",
	      out);
	bdt_html_text(out, kernel);
	fputs("</title>\n<style>\n", out);
	fputs(style, out);
	fputs("</style>\n</head>\n<body>\n<header>\n<h1>Memory fallbacks, predicted and observed: Linux ",
	      out);
	bdt_html_text(out, kernel);
	fputs("</h1>\n<p class=\"sub\">", out);
	bdt_html_text(out, *uname ? uname : "buddytrace report");
	fputs("</p>\n<nav><a href=\"#figures\">Key figures</a><a href=\"#charts\">Charts</a>"
	      "<a href=\"#pairs\">Tables</a>",
	      out);
	if (page->tf)
		fputs("<a href=\"#observed\">Observed</a>", out);
	fputs("<a href=\"#recording\">Recording</a>"
	      "<a href=\"#reading\">How to read</a><a "
	      "href=\"#glossary\">Glossary</a></nav>\n</header>\n<main>\n",
	      out);
}

/* The picture in a text of its own: half a picture must not get into the page. */
static int embed(const struct bdt_chart *chart, const char *path, char **picture, struct bdt_diag *diag)
{
	struct bdt_text text = { 0 };
	struct bdt_diag why;
	size_t used = 0;
	FILE *out = NULL;
	int err;

	bdt_diag_clear(&why);
	*picture = NULL;
	err = bdt_text_read(&text, NULL, path);
	if (err == -ENOENT)
		return 0;
	if (!err) {
		out = open_memstream(picture, &used);
		err = out ? bdt_svg_embed(out, text.data, text.size, chart->name, chart->heading, &why)
			  : -ENOMEM;
	}
	bdt_text_finish(&text);
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	if (err)
		bdt_diag_set(diag, err, why.offset, "%s: %s", path, why.err ? why.text : strerror(-err));
	return err;
}

static int chart_figure(const struct bdt_page *page, const struct bdt_chart *chart, struct bdt_diag *diag)
{
	char *path = bdt_path_join(page->tables->dir, chart->name, ".svg"), *picture = NULL;
	int err = path ? embed(chart, path, &picture, diag)
		       : bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");

	if (!err) {
		fputs("<figure>\n<div class=\"chart\">", page->out);
		if (picture)
			fputs(picture, page->out);
		else
			fprintf(page->out,
				"<p>%s: not drawn, because gnuplot was not there. Its script is %s.gp.</p>",
				chart->heading, chart->name);
		fputs("</div>\n<figcaption>", page->out);
		bdt_html_text(page->out, chart->caption);
		fputs("</figcaption>\n</figure>\n", page->out);
	}
	free(picture);
	free(path);
	return err;
}

static int charts(const struct bdt_page *page, struct bdt_diag *diag)
{
	int err = 0;

	fputs("<section id=\"charts\">\n<h2>Charts</h2>\n", page->out);
	for (size_t i = 0; !err && bdt_charts[i]; i++)
		err = chart_figure(page, bdt_charts[i], diag);
	fputs("</section>\n", page->out);
	return err;
}

static int write_page(const struct bdt_page *page, const struct bdt_log *log, struct bdt_diag *diag)
{
	const char *tool = bdt_scorefile_text(&page->tables->score, "tool");
	int err;

	head(page);
	bdt_page_verdict(page);
	bdt_page_figures(page);
	err = charts(page, diag);
	if (err)
		return err;
	err = bdt_page_tables(page, log, diag);
	if (err)
		return err;
	err = bdt_page_observed(page, log, diag);
	if (err)
		return err;
	bdt_page_recording(page);
	bdt_page_help(page);
	fputs("</main>\n<footer><p>Made by ", page->out);
	bdt_html_text(page->out, tool ? tool : "buddytrace");
	fputs(". All figures are computed from the recording; this page holds no scripts and loads "
	      "nothing.</p></footer>\n"
	      "</body>\n</html>\n",
	      page->out);
	return 0;
}

int bdt_report_write(const char *replay_dir, const struct bdt_tracefile *tf, const char *html,
		     const struct bdt_log *log, struct bdt_diag *diag)
{
	struct bdt_locale locale = bdt_locale_c();
	struct bdt_tables tables;
	struct bdt_page page = { .tables = &tables, .tf = tf };
	struct bdt_outfile out = { 0 };
	/* what is missing was said when it was plotted */
	int err = bdt_tables_read(&tables, replay_dir, NULL, diag);

	if (!err)
		err = bdt_outfile_open(&out, html, diag);
	if (!err) {
		page.out = out.f;
		err = write_page(&page, log, diag);
		if (err)
			bdt_outfile_abandon(&out);
		else
			err = bdt_outfile_commit(&out, diag);
	}
	bdt_tables_finish(&tables);
	bdt_locale_restore(locale);
	return err;
}
