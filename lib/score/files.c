/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/utf8.h"
#include "score/score.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The tables of a replay directory.  doc/replay-directory.md names the columns. */

struct writer {
	const struct bdt_score *score;
	const struct bdt_replay_result *result;
	const struct bdt_replay_summary *summary;
	const struct bdt_tracefile *tf;
};

static void print_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

/* A name of the recording in a cell: nothing may end it, or the row. */
static void print_name(FILE *out, const char *name)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", name);
	bdt_clean_text(text);
	fputs(text, out);
}

static uint64_t since(const struct bdt_score *s, uint64_t ns)
{
	return ns > s->first_ns ? ns - s->first_ns : 0;
}

static const char *mt_name(const struct bdt_score *s, bdt_migratetype mt)
{
	return bdt_stream_migratetype_name(s->stream, mt);
}

static void print_order_columns(FILE *out, const struct bdt_score *s)
{
	for (bdt_order o = 0; s->state->nzones && o <= s->state->zones[0]->max_order; o++)
		fprintf(out, "\tpages_order%u", o);
	fputc('\n', out);
}

void bdt_fallbacks_header(FILE *out)
{
	fputs("number\ttime_s\tcpu\tpid\ttask\tzone\tclass\tcause\torder\tobs_pfn\tobs_alloc_mt\tobs_"
	      "fallback_mt\t"
	      "obs_fallback_order\tobs_ownership\tpred_pfn\tpred_alloc_mt\tpred_fallback_mt\t"
	      "pred_fallback_order\tpred_ownership\tonset\n",
	      out);
}

static void print_side(FILE *out, const struct bdt_score *s, enum bdt_source source, bdt_pfn pfn,
		       bdt_migratetype mt, bdt_migratetype fallback_mt, bdt_order fallback_order)
{
	if (source == BDT_FROM_NOWHERE || pfn == BT_PFN_NONE)
		fputs("\t.", out);
	else
		fprintf(out, "\t0x%" PRIx64, pfn);
	if (bdt_source_is_fallback(source))
		fprintf(out, "\t%s\t%s\t%u\t%d", mt_name(s, mt), mt_name(s, fallback_mt), fallback_order,
			source == BDT_FROM_CLAIM);
	else
		fprintf(out, "\t%s\t.\t.\t.", mt_name(s, mt));
}

void bdt_fallbacks_row(const struct bdt_score *s, const struct bdt_outcome *o, bool onset)
{
	bool observed = bdt_source_is_fallback(o->observed.source);
	bool predicted = bdt_source_is_fallback(o->predicted.source);
	FILE *out = s->fallbacks;

	fprintf(out, "%" PRIu64 "\t", o->number);
	print_seconds(out, since(s, o->time_ns));
	fprintf(out, "\t%u\t%d\t%s\t%s\t%s\t%s\t%u", o->cpu, o->pid, bdt_stream_task(s->stream, o->pid),
		o->zone->name,
		observed && predicted ? "tp"
		: observed            ? "fn"
				      : "fp",
		o->exact ? "." : bdt_cause_names[o->cause], o->order);
	print_side(out, s, o->observed.source, o->observed.pfn, o->mt, o->observed.fallback_mt,
		   o->observed.fallback_order);
	print_side(out, s, o->predicted.source, o->predicted.pfn, o->mt, o->predicted.fallback_mt,
		   o->predicted.fallback_order);
	fprintf(out, "\t%d\n", onset);
}

static void write_series(const struct writer *w, FILE *out)
{
	const struct bdt_bins *b = &w->score->bins;

	fputs("begin_s\tend_s\tevents\tremovals\texact\tknown\tknown_exact\tobserved\tpredicted\ttp\tfp\tfn\t"
	      "onsets_observed\tonsets_predicted\tonsets_tp\tcontradictions\tlost\n",
	      out);
	for (size_t i = 0; i < b->n; i++) {
		const struct bdt_tally *t = &b->tally[i];
		const uint64_t columns[] = {
			t->events,
			t->removals,
			t->exact,
			t->known,
			t->known_exact,
			t->fallbacks.observed,
			t->fallbacks.predicted,
			t->fallbacks.tp,
			t->fallbacks.predicted - t->fallbacks.tp,
			t->fallbacks.observed - t->fallbacks.tp,
			t->onsets.observed,
			t->onsets.predicted,
			t->onsets.tp,
			t->contradictions,
			t->lost,
		};

		print_seconds(out, i * b->width_ns);
		fputc('\t', out);
		print_seconds(out, (i + 1) * b->width_ns);
		for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++)
			fprintf(out, "\t%" PRIu64, columns[c]);
		fputc('\n', out);
	}
}

static void write_free(const struct writer *w, FILE *out)
{
	const struct bdt_score *s = w->score;
	const struct bdt_bins *b = &s->bins;
	/* nothing was modelled before the start state stood */
	uint64_t begin = since(s, s->start_ns);

	fputs("time_s\tnode\tzone", out);
	print_order_columns(out, s);
	for (size_t i = 0; i < b->n; i++)
		for (size_t z = 0; (i + 1) * b->width_ns > begin && z < s->state->nzones; z++) {
			const struct bdt_zone *zone = s->state->zones[z];

			print_seconds(out, (i + 1) * b->width_ns);
			fprintf(out, "\t%d\t%s", zone->node, zone->name);
			for (bdt_order o = 0; o <= zone->max_order; o++)
				fprintf(out, "\t%" PRIu64, b->free[i].pages[z][o]);
			fputc('\n', out);
		}
}

static void write_marks(const struct writer *w, FILE *out)
{
	fputs("snapshot\ttime_s\tnode\tzone", out);
	print_order_columns(out, w->score);
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(w->tf); i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(w->tf, i);
		const struct bdt_piece *piece = bdt_snapshot_piece(snap, "buddyinfo");
		struct bdt_buddyinfo bi;

		if (!piece || bdt_buddyinfo_parse(piece->data, piece->size, &bi, NULL))
			continue;
		for (size_t z = 0; z < bi.n; z++) {
			print_name(out, snap->name);
			fputc('\t', out);
			if (snap->unplaced)
				fputc('.', out);
			else
				print_seconds(out, since(w->score, piece->end_ns));
			fprintf(out, "\t%d\t%s", bi.zones[z].node, bi.zones[z].name);
			for (bdt_order o = 0; o <= w->score->state->zones[0]->max_order; o++)
				fprintf(out, "\t%" PRIu64, o < bi.norders ? bi.zones[z].nr_free[o] << o : 0);
			fputc('\n', out);
		}
	}
}

static void write_confusion(const struct writer *w, FILE *out)
{
	const struct bdt_score *s = w->score;

	fputs("alloc_migratetype\tfallback_migratetype\talloc_order\tfallback_"
	      "order\tobserved\tpredicted\tboth\n",
	      out);
	for (bdt_migratetype a = 0; a < BT_MAX_MIGRATETYPES; a++)
		for (bdt_migratetype f = 0; f < BT_MAX_MIGRATETYPES; f++)
			for (bdt_order ao = 0; ao < BT_MAX_ORDERS; ao++)
				for (bdt_order fo = 0; fo < BT_MAX_ORDERS; fo++) {
					const struct bdt_confusion_cell *c = &s->confusion[a][f][ao][fo];

					if (c->observed || c->predicted)
						fprintf(out, "%s\t%s\t%u\t%u\t%u\t%u\t%u\n", mt_name(s, a),
							mt_name(s, f), ao, fo, c->observed, c->predicted,
							c->both);
				}
}

static void write_causes(const struct writer *w, FILE *out)
{
	static const char *const classes[] = {
		[BDT_CLASS_OTHER] = "pfn",
		[BDT_CLASS_FP] = "fp",
		[BDT_CLASS_FN] = "fn",
	};

	fputs("class\tcause\tcount\n", out);
	for (int class = 0; class < 3; class ++)
		for (int cause = BDT_CAUSE_NONE + 1; cause < BDT_CAUSE_NR; cause++)
			if (w->score->causes[class][cause])
				fprintf(out, "%s\t%s\t%" PRIu64 "\n", classes[class], bdt_cause_names[cause],
					w->score->causes[class][cause]);
}

static void write_removals(const struct writer *w, FILE *out)
{
	const struct bdt_score *s = w->score;

	fputs("node\tzone\torder\tmigratetype\tremovals\texact\tknown\tknown_exact\n", out);
	for (size_t z = 0; z < s->state->nzones; z++)
		for (bdt_order o = 0; o < BT_MAX_ORDERS; o++)
			for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++) {
				const struct bdt_tally *t = &s->lists[z][mt][o];

				if (t->removals)
					fprintf(out,
						"%d\t%s\t%u\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
						"\t%" PRIu64 "\n",
						s->state->zones[z]->node, s->state->zones[z]->name, o,
						mt_name(s, mt), t->removals, t->exact, t->known,
						t->known_exact);
			}
}

static int more_fallbacks(const void *a, const void *b)
{
	const struct bdt_task_count *x = a, *y = b;

	if (x->fallbacks != y->fallbacks)
		return x->fallbacks < y->fallbacks ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void write_tasks(const struct writer *w, FILE *out)
{
	struct bdt_task_count sorted[BT_TASKS];
	size_t n = w->score->ntasks;

	memcpy(sorted, w->score->tasks, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), more_fallbacks);
	fputs("task\tfallbacks\tclaims\tsteals\n", out);
	for (size_t i = 0; i < n && i < 50; i++)
		fprintf(out, "%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", sorted[i].name,
			sorted[i].fallbacks, sorted[i].claims, sorted[i].steals);
}

static void write_json(const struct writer *w, FILE *out)
{
	bdt_score_write_json(w->score, w->result, w->summary, out);
}

static const struct {
	const char *name;
	void (*write)(const struct writer *w, FILE *out);
} files[] = {
	{ "series.tsv", write_series }, { "free.tsv", write_free },
	{ "marks.tsv", write_marks },   { "confusion.tsv", write_confusion },
	{ "causes.tsv", write_causes }, { "removals.tsv", write_removals },
	{ "tasks.tsv", write_tasks },   { "score.json", write_json },
};

static int write_file(const struct writer *w, const char *dir, size_t i, struct bdt_diag *diag)
{
	char path[4096];
	FILE *out;
	int err = 0;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, files[i].name) >= sizeof(path))
		return bdt_diag_set(diag, -ENAMETOOLONG, BT_NO_OFFSET, "%s: name too long", dir);
	out = fopen(path, "we");
	if (!out) {
		err = -errno;
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be created: %s", path,
				    strerror(-err));
	}
	files[i].write(w, out);
	if (ferror(out))
		err = -EIO;
	if (fclose(out) && !err)
		err = -errno;
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be written: %s", path,
				    strerror(-err));
	return 0;
}

int bdt_score_write(const struct bdt_score *s, const struct bdt_replay_result *result,
		    const struct bdt_replay_summary *summary, const struct bdt_tracefile *tf, const char *dir,
		    struct bdt_diag *diag)
{
	struct writer w = { s, result, summary, tf };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int err = write_file(&w, dir, i, diag);

		if (err)
			return err;
	}
	return 0;
}
