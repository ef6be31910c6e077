/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/html.h"
#include "report/page.h"
#include "report/words.h"

static const char how_to_read[] =
	"<ol>\n"
	"<li>Look at the <b>losses</b> first. A replay with lost events compares the kernel with a "
	"state that is no longer the kernel's.</li>\n"
	"<li>Then at the share of removals whose <b>position could be known</b>. The snapshot tells "
	"which blocks are free but not their order in the lists, so every replay starts in partial "
	"ignorance and learns as the lists turn over. Judge the model by the known part, and the "
	"recording by the size of that part.</li>\n"
	"<li><b>Precision and recall</b> of fallbacks are only worth something above the "
	"<b>persistence baseline</b>: under pressure fallbacks come in long runs, and repeating the "
	"last outcome is right almost always. The <b>onsets</b>, the beginnings of such runs, show "
	"whether the model understood why they begin.</li>\n"
	"<li>Every figure is <b>one step ahead</b>: the model says what happens next, then it is told "
	"what happened, and goes on from there. It is not a simulation that runs by itself.</li>\n"
	"<li>Read the <b>causes</b> of mismatches: only <i>model-wrong</i> speaks against the model. "
	"The others say that the recording could not tell.</li>\n"
	"</ol>\n";

void bdt_page_help(const struct bdt_page *page)
{
	fputs("<section id=\"reading\">\n<h2>How to read the score</h2>\n", page->out);
	fputs(how_to_read, page->out);
	fputs("</section>\n<section id=\"glossary\">\n<h2>Glossary</h2>\n<dl>\n", page->out);
	for (const struct bdt_word *word = bdt_glossary; word->word; word++) {
		fputs("<dt>", page->out);
		bdt_html_text(page->out, word->word);
		fputs("</dt><dd>", page->out);
		bdt_html_text(page->out, word->meaning);
		fputs("</dd>\n", page->out);
	}
	fputs("</dl>\n</section>\n", page->out);
}
