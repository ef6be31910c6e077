/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/history.h"

void bdt_history_add(struct bdt_history *h, struct bdt_snapshotter *s)
{
	struct bdt_history_moment *moment = &h->moments[h->next];

	moment->begin_ns = bdt_clock_now(s->clock);

	for (size_t i = 0; i < BDT_HISTORY_TEXTS && bdt_snapshotter_text(i); i++) {
		struct bdt_history_text *t = &moment->texts[i];

		if (!bdt_snapshotter_due(s, i) ||
		    bdt_snapshotter_read(s, i, &t->text, &t->begin_ns, &t->end_ns))
			t->text.size = 0;
	}
	h->next = (h->next + 1) % BDT_HISTORY_LENGTH;
	h->n += h->n < BDT_HISTORY_LENGTH;
}

static int write_moment(const struct bdt_history_moment *moment, struct bdt_writer *w)
{
	int err = bdt_writer_snapshot(w, "text");

	for (size_t i = 0; !err && i < BDT_HISTORY_TEXTS && bdt_snapshotter_text(i); i++) {
		const struct bdt_history_text *t = &moment->texts[i];

		if (t->text.size)
			err = bdt_writer_piece(w, bdt_snapshotter_text(i), t->begin_ns, t->end_ns,
					       t->text.data, t->text.size);
	}
	return err ? err : bdt_writer_snapshot_end(w);
}

int bdt_history_write(struct bdt_history *h, struct bdt_writer *w, uint64_t since_ns)
{
	int err = 0;

	for (size_t k = 0; !err && k < h->n; k++) {
		const struct bdt_history_moment *moment =
			&h->moments[(h->next + BDT_HISTORY_LENGTH - h->n + k) % BDT_HISTORY_LENGTH];

		if (moment->begin_ns >= since_ns)
			err = write_moment(moment, w);
	}
	h->n = 0;
	return err;
}

void bdt_history_finish(struct bdt_history *h)
{
	for (size_t i = 0; i < BDT_HISTORY_LENGTH; i++)
		for (size_t k = 0; k < BDT_HISTORY_TEXTS; k++)
			bdt_text_finish(&h->moments[i].texts[k].text);
	h->n = 0;
}
