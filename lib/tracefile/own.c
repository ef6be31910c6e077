/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracefile/file.h"

#include "base/array.h"
#include <errno.h>
#include <stdlib.h>

static int own_machine(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_cursor *c)
{
	struct bdt_pair *pairs = NULL, *pair;
	size_t n = 0;
	int err = bdt_machine_decode(c, &pairs, &n);

	(void)s;
	for (size_t i = 0; i < n && !err; i++) {
		pair = bdt_array_add(&tf->machine, &tf->nmachine, sizeof(*pair));
		if (pair)
			*pair = pairs[i];
		else
			err = -ENOMEM;
	}
	free(pairs);
	tf->nmachine_sections += !err;
	return err;
}

static int own_loss(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_cursor *c)
{
	(void)s;
	return tf->loss ? 0 : bdt_loss_decode(c, &tf->loss, &tf->nloss);
}

static int own_snapshot(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_cursor *c)
{
	struct bdt_kept_snapshot *kept = bdt_array_add(&tf->snapshots, &tf->nsnapshots, sizeof(*kept));
	int err;

	(void)s;
	if (!kept)
		return -ENOMEM;
	kept->stored = tf->nstored++;
	err = bdt_snapshot_decode(c, &kept->snap);
	if (err)
		tf->nsnapshots--;
	return err;
}

static int own_pageflags(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_cursor *c)
{
	struct bdt_pageflags_ref *ref = bdt_array_add(&tf->pageflags, &tf->npageflags, sizeof(*ref));
	int err;

	if (!ref)
		return -ENOMEM;
	ref->content = *c;
	ref->offset = s->offset;
	err = bdt_pageflags_decode_times(c, &ref->snapshot, &ref->begin_ns, &ref->end_ns);
	if (err)
		tf->npageflags--;
	return err;
}

static const struct {
	uint16_t id;
	int (*take)(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_cursor *c);
} sections[] = {
	{ BDT_MACHINE, own_machine },
	{ BDT_SNAPSHOT, own_snapshot },
	{ BDT_PAGEFLAGS, own_pageflags },
	{ BDT_LOSS, own_loss },
};

static int take(struct bdt_tracefile *tf, size_t kind, const struct bdt_section *s, struct bdt_diag *diag)
{
	struct bdt_cursor c;
	int err = bdt_section_load(tf, s, &c, NULL);

	if (!err) {
		tf->info.native = true;
		err = sections[kind].take(tf, s, &c);
	}
	if (err == -ENOMEM)
		return bdt_file_enomem(tf, diag);
	/* The events do not depend on it: without the section the file is still a recording. */
	if (err == -EBADMSG || err == -ENODATA)
		bdt_file_cut(tf, "section 0x%x at byte %ju is corrupt and was left out", s->id,
			     (uintmax_t)s->offset);
	/* A newer version is as good as none. */
	return 0;
}

int bdt_own_load(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_diag *diag)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (sections[i].id == s->id)
			return take(tf, i, s, diag);
	return 0;
}

static void widen(struct bdt_snapshot *snap, uint64_t begin_ns, uint64_t end_ns)
{
	if (begin_ns < snap->begin_ns)
		snap->begin_ns = begin_ns;
	if (end_ns > snap->end_ns)
		snap->end_ns = end_ns;
}

static void place(struct bdt_tracefile *tf, struct bdt_kept_snapshot *kept)
{
	struct bdt_snapshot *snap = &kept->snap;

	snap->begin_ns = UINT64_MAX;
	snap->end_ns = 0;
	for (size_t i = 0; i < snap->npieces; i++)
		widen(snap, snap->pieces[i].begin_ns, snap->pieces[i].end_ns);
	for (size_t i = 0; i < tf->npageflags; i++) {
		const struct bdt_pageflags_ref *ref = &tf->pageflags[i];

		if (ref->snapshot != kept->stored || snap->has_pageflags)
			continue;
		kept->pageflags = i;
		snap->has_pageflags = true;
		widen(snap, ref->begin_ns, ref->end_ns);
	}
	snap->unplaced = snap->end_ns == 0 || snap->begin_ns == UINT64_MAX;
	if (snap->unplaced)
		snap->begin_ns = snap->end_ns = kept->stored == 0 && snap->end_ns == 0 ? 0 : UINT64_MAX;
}

static int by_begin(const void *a, const void *b)
{
	const struct bdt_kept_snapshot *x = a, *y = b;

	if (x->snap.begin_ns != y->snap.begin_ns)
		return x->snap.begin_ns < y->snap.begin_ns ? -1 : 1;
	return x->stored < y->stored ? -1 : 1;
}

static int by_key(const void *a, const void *b)
{
	const struct bdt_pair *const *x = a, *const *y = b;
	int order = strcmp((*x)->key, (*y)->key);

	return order ? order : *x < *y ? -1 : 1;
}

/* Of several MACHINE sections a later one says more, or says it anew: each key is kept once. */
static int merge_machine(struct bdt_tracefile *tf)
{
	struct bdt_pair **sorted = malloc((tf->nmachine + 1) * sizeof(struct bdt_pair *));
	size_t n = tf->nmachine, kept = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &tf->machine[i];
	qsort(sorted, n, sizeof(struct bdt_pair *), by_key);
	for (size_t i = 0, first = 0; i < n; i++) {
		if (strcmp(sorted[i]->key, sorted[first]->key)) {
			first = i;
		} else if (i > first) {
			sorted[first]->value = sorted[i]->value;
			sorted[i]->value = NULL;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (tf->machine[i].value)
			tf->machine[kept++] = tf->machine[i];
	tf->nmachine = kept;
	free(sorted);
	return 0;
}

int bdt_own_finish(struct bdt_tracefile *tf)
{
	int err = tf->nmachine_sections > 1 ? merge_machine(tf) : 0;

	for (size_t i = 0; i < tf->nsnapshots; i++)
		place(tf, &tf->snapshots[i]);
	if (tf->nsnapshots)
		qsort(tf->snapshots, tf->nsnapshots, sizeof(*tf->snapshots), by_begin);
	return err;
}

size_t bdt_tracefile_nloss(const struct bdt_tracefile *tf)
{
	return tf->nloss;
}

const struct bdt_loss_cpu *bdt_tracefile_loss(const struct bdt_tracefile *tf, size_t i)
{
	return &tf->loss[i];
}

const char *bdt_tracefile_machine(const struct bdt_tracefile *tf, const char *key)
{
	for (size_t i = 0; i < tf->nmachine; i++)
		if (!strcmp(tf->machine[i].key, key))
			return tf->machine[i].value;
	return NULL;
}

bool bdt_tracefile_machine_at(const struct bdt_tracefile *tf, size_t i, const char **key, const char **value)
{
	if (i >= tf->nmachine)
		return false;
	*key = tf->machine[i].key;
	*value = tf->machine[i].value;
	return true;
}

size_t bdt_tracefile_nsnapshots(const struct bdt_tracefile *tf)
{
	return tf->nsnapshots;
}

const struct bdt_snapshot *bdt_tracefile_snapshot(const struct bdt_tracefile *tf, size_t i)
{
	return &tf->snapshots[i].snap;
}

int bdt_tracefile_pageflags(const struct bdt_tracefile *tf, size_t i, struct bdt_pageflags **out,
			    struct bdt_diag *diag)
{
	const struct bdt_kept_snapshot *kept = &tf->snapshots[i];
	const struct bdt_pageflags_ref *ref;
	struct bdt_cursor c;
	int err;

	if (!kept->snap.has_pageflags)
		return bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET, "%s: snapshot \"%s\" has no page flags",
				    tf->path, kept->snap.name);
	ref = &tf->pageflags[kept->pageflags];
	c = ref->content;
	err = bdt_pageflags_decode(&c, out);
	if (err)
		bdt_diag_set(diag, err, ref->offset,
			     "%s: the page flags of snapshot \"%s\" cannot be read: %s", tf->path,
			     kept->snap.name, strerror(-err));
	return err;
}
