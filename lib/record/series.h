/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_SERIES_H
#define BT_RECORD_SERIES_H

#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The names of the files of one recording.  A single file has the name that was given.  In a series they are
 * STEM-YYYYmmddTHHMMSSZ-NNNN.dat, with the UTC time at which the file was begun and its number since the
 * recording was begun; STEM is the given name without ".dat".
 */
struct bdt_series {
	char *stem; /* with its directory */
	bool numbered;
	unsigned int number; /* of the latest name, 0 = none yet */
	time_t latest;       /* its time: names never go back in time */
	char *path;          /* the latest name */
	char *previous;      /* the name before, without directory, NULL = none */
};

/* `output` is what the user gave.  0 or -ENOMEM. */
int bdt_series_init(struct bdt_series *s, const char *output, bool numbered);
/* Makes the next name; one that exists is never given again in a numbered series.  0 or -ENOMEM. */
int bdt_series_next(struct bdt_series *s, time_t now);
/* The latest name turned out not to become a file: the next one does not call it its previous one. */
void bdt_series_drop(struct bdt_series *s);
void bdt_series_finish(struct bdt_series *s);

/* A finished file of a series. */
struct bdt_series_file {
	char *name; /* without directory */
	uint64_t bytes;
	char time[17];        /* YYYYmmddTHHMMSSZ: text order is time order */
	unsigned long number; /* among those of one time */
};

struct bdt_series_list {
	struct bdt_series_file *files; /* oldest first */
	size_t n;
	uint64_t bytes; /* of all */
};

/*
 * The finished files of the series, of this and of earlier recordings; what is being written is not among
 * them. O(files of the directory).  0, -errno.
 */
int bdt_series_list(const struct bdt_series *s, struct bdt_series_list *list);
void bdt_series_list_finish(struct bdt_series_list *list);
/* Is `name` (no directory) a finished file of the series with that stem (no directory)?  Fills time and
 * number. */
bool bdt_series_match(const char *stem, const char *name, struct bdt_series_file *file);
/*
 * How many of the oldest files have to go so that at most `files` and at most `bytes` remain (0 = any
 * number). The newest one always stays.
 */
size_t bdt_series_excess(const struct bdt_series_list *list, uint32_t files, uint64_t bytes);
/* Deletes the `n` oldest files of `list`; *deleted counts.  What cannot be deleted is warned about. */
void bdt_series_delete(const struct bdt_series *s, const struct bdt_series_list *list, size_t n,
		       uint32_t *deleted, const struct bdt_log *log);

#endif
