/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/array.h"
#include "base/bytes.h"
#include "import/input.h"
#include "import/machine.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK_PAGES 4096

/* Files that change while the machine runs; everything else is a fact about the machine. */
static const char *const pieces[] = { "buddyinfo", "pagetypeinfo", "zoneinfo", "vmstat",
				      "iomem",     "meminfo",      "slabinfo" };

static bool is_piece(const char *path)
{
	if (strncmp(path, "proc/", 5))
		return false;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		if (!strcmp(path + 5, pieces[i]))
			return true;
	return false;
}

static int is_snapshot(const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return name[0] != '.' && !bdt_input_path(path, sizeof(path), NULL, "%s/%s/proc", dir, name) &&
	       !stat(path, &st) && S_ISDIR(st.st_mode);
}

int bdt_import_snapshots_find(struct bdt_import_snapshots *snaps, const char *dir, struct bdt_diag *diag)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort), ret = 0;

	*snaps = (struct bdt_import_snapshots){ 0 };
	if (n < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s", strerror(errno));
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		struct bdt_import_snapshot *snap = NULL;

		if (!ret && is_snapshot(dir, name) && strlen(name) < sizeof(snap->name)) {
			snap = bdt_array_add(&snaps->list, &snaps->n, sizeof(*snap));
			if (snap)
				strcpy(snap->name, name);
			else
				ret = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
		}
		free(names[i]);
	}
	free(names);
	return ret;
}

void bdt_import_snapshots_finish(struct bdt_import_snapshots *snaps)
{
	free(snaps->list);
	*snaps = (struct bdt_import_snapshots){ 0 };
}

void bdt_import_snapshots_marker(struct bdt_import_snapshots *snaps, const char *text, size_t len,
				 uint64_t time_ns)
{
	char line[128], name[64], what[8];

	snprintf(line, sizeof(line), "%.*s", (int)(len < sizeof(line) ? len : sizeof(line) - 1), text);
	if (sscanf(line, "snap %63s %7s", name, what) != 2)
		return;
	for (size_t i = 0; i < snaps->n; i++) {
		struct bdt_import_snapshot *snap = &snaps->list[i];

		if (strcmp(snap->name, name))
			continue;
		if (!strcmp(what, "begin") && !snap->begin_known) {
			snap->begin_known = true;
			snap->begin_ns = time_ns;
		} else if (!strcmp(what, "end")) {
			snap->end_known = true;
			snap->end_ns = time_ns;
		}
	}
}

/* The stamp file overrides the markers; a snapshot without either is put at an end of the stream. */
static int place(struct bdt_import_snapshot *snap, const char *dir, bool first, const struct bdt_log *log,
		 struct bdt_diag *diag)
{
	char path[PATH_MAX], *text;
	size_t len;
	int ret = bdt_input_path(path, sizeof(path), diag, "%s/%s/stamp", dir, snap->name);

	if (!ret)
		ret = bdt_input_text(path, &text, &len, diag);
	if (!ret) {
		snap->begin_known = snap->end_known =
			sscanf(text, "%" SCNu64 " %" SCNu64, &snap->begin_ns, &snap->end_ns) == 2;
		free(text);
		if (!snap->begin_known)
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "%s: two times in ns are wanted",
					    path);
	} else if (ret != -ENOENT) {
		return ret;
	}
	if (snap->begin_known && snap->end_known && snap->begin_ns <= snap->end_ns)
		return 0;
	bdt_log_warn(log, "snapshot %s has no place in the stream: put %s", snap->name,
		     first ? "before the first event" : "behind the last event");
	snap->begin_ns = snap->end_ns = first ? 0 : UINT64_MAX;
	return 0;
}

struct job {
	struct bdt_writer *w;
	const struct bdt_import_snapshot *snap;
	const char *dir; /* DIR/NAME */
	bool big_endian;
	bool facts; /* the first snapshot tells the facts about the machine */
};

static int write_pageflags(const struct job *job, const char *path, struct bdt_diag *diag)
{
	const struct bdt_import_snapshot *snap = job->snap;
	uint16_t *flags = malloc(CHUNK_PAGES * sizeof(*flags));
	uint64_t *kpf = malloc(CHUNK_PAGES * sizeof(*kpf)), first = 0;
	struct bdt_input *in = NULL;
	size_t got = 0;
	int ret = flags && kpf ? bdt_input_open(path, &in, diag) : -ENOMEM;

	while (!ret) {
		ret = bdt_input_read(in, kpf, CHUNK_PAGES * sizeof(*kpf), &got, diag);
		got /= sizeof(*kpf);
		if (ret || !got)
			break;
		for (size_t i = 0; i < got; i++)
			flags[i] = bdt_pageflags_from_kpf(bdt_load(&kpf[i], 8, job->big_endian));
		ret = bdt_writer_pageflags(job->w, first, got, flags, snap->begin_ns, snap->end_ns);
		first += got;
	}
	bdt_input_close(in);
	free(flags);
	free(kpf);
	return ret;
}

static int add_file(void *user, const char *name, struct bdt_diag *diag)
{
	const struct job *job = user;
	const struct bdt_import_snapshot *snap = job->snap;
	char path[PATH_MAX], *text;
	size_t len;
	int ret = bdt_input_path(path, sizeof(path), diag, "%s/%s", job->dir, name);

	if (ret)
		return ret;
	if (!strcmp(name, "proc/kpageflags"))
		return write_pageflags(job, path, diag);
	if (strncmp(name, "proc/", 5) && strncmp(name, "sys/", 4))
		return 0;
	if (!is_piece(name) && !job->facts)
		return 0;
	ret = bdt_input_text(path, &text, &len, diag);
	if (ret)
		return ret;
	if (is_piece(name)) {
		ret = bdt_writer_piece(job->w, name + 5, snap->begin_ns, snap->end_ns, text, len);
	} else {
		text[strcspn(text, "\n")] = '\0';
		ret = bdt_writer_machine(job->w, name, text);
	}
	free(text);
	return ret;
}

static int by_place(const void *a, const void *b)
{
	const struct bdt_import_snapshot *x = a, *y = b;

	if (x->begin_ns != y->begin_ns)
		return x->begin_ns < y->begin_ns ? -1 : 1;
	return strcmp(x->name, y->name);
}

int bdt_import_snapshots_write(struct bdt_import_snapshots *snaps, const char *dir, struct bdt_writer *w,
			       bool big_endian, const struct bdt_log *log, struct bdt_diag *diag)
{
	char path[PATH_MAX];
	int ret = 0;

	for (size_t i = 0; !ret && i < snaps->n; i++)
		ret = place(&snaps->list[i], dir, i == 0, log, diag);
	if (!ret && snaps->n)
		qsort(snaps->list, snaps->n, sizeof(*snaps->list), by_place);
	for (size_t i = 0; !ret && i < snaps->n; i++) {
		struct job job = { w, &snaps->list[i], path, big_endian, i == 0 };

		ret = bdt_writer_snapshot(w, snaps->list[i].name);
		if (!ret)
			ret = bdt_input_path(path, sizeof(path), diag, "%s/%s", dir, snaps->list[i].name);
		if (!ret)
			ret = bdt_import_tree(path, add_file, &job, diag);
	}
	return ret;
}
