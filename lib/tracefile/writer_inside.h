/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_WRITER_INSIDE_H
#define BT_TRACEFILE_WRITER_INSIDE_H

#include "tracefile/own.h"
#include "tracefile/spool.h"
#include "tracefile/writeback.h"
#include "tracefile/writer.h"

/*
 * The inside of struct bdt_writer: writer.c collects, writer_sections.c puts it into the head,
 * writer_finish.c makes head and spools one file, recover.c does so for those of another process.
 */
struct bdt_writer_system {
	char *name;
	uint32_t nformats;
	struct bdt_buf formats; /* u64 length, text, ... */
};

/* A section that is in the file already and that the options must name. */
struct bdt_writer_section {
	uint16_t id;
	uint64_t offset;
};

/* A section that may be written several times, because what it holds changes; the last one counts. */
struct bdt_writer_place {
	uint64_t offset; /* 0 = not in the file yet */
	bool changed;    /* since it was written */
};

struct bdt_writer_snapshot {
	char *name; /* NULL = none is open */
	struct bdt_piece *pieces;
	size_t npieces;
	struct bdt_pageflags_encoder pageflags;
};

struct bdt_writer {
	char *path, *part; /* OUTPUT, OUTPUT.part */
	int fd;
	_Atomic uint64_t bytes; /* written, to all files */
	uint64_t pos;           /* bytes written to the head */
	uint64_t reserved;      /* the disk has room for the head up to there */
	uint64_t options_at;    /* where the header holds the offset of OPTIONS */
	struct bdt_diag failed; /* first error; it sticks */
	bool headed;            /* the sections that come first are written */
	bool durable;           /* the order in which things reach the disk matters */
	struct bdt_writeback *writeback;

	struct bdt_writer_options options;
	char *clock, *uname;
	uint32_t *cpus;
	struct bdt_spool *spools; /* one per CPU */
	uint64_t *places;         /* offset of the data of each CPU in the complete file */
	char **stats;             /* one per CPU, NULL = none */

	struct bdt_buf header_info, cmdlines, kallsyms;
	struct bdt_writer_system *systems;
	size_t nsystems;
	struct bdt_pair *machine;
	size_t nmachine;
	struct bdt_writer_place machine_place, cmdlines_place;
	struct bdt_loss_cpu *loss;
	size_t nloss;
	struct bdt_writer_snapshot snapshot;
	uint32_t nsnapshots; /* closed ones */
	struct bdt_writer_section *sections;
	size_t nsections;
};

/* Allocates and fills what both a new and a taken up recording need; free with bdt_writer_destroy(). */
struct bdt_writer *bdt_writer_new(const char *path, const struct bdt_writer_options *options,
				  struct bdt_diag *diag);
/* Closes and frees everything, removes nothing. */
void bdt_writer_destroy(struct bdt_writer *w);
/* Frees what an open snapshot holds; none is open then. */
void bdt_writer_snapshot_clear(struct bdt_writer_snapshot *snap);
/* Keeps the first error, as a diag of the file that is being written; returns it. */
int bdt_writer_fail(struct bdt_writer *w, int err);
/* Keeps room on the disk behind what is written, for completing the file when the disk is full.  -errno. */
int bdt_writer_reserve(struct bdt_writer *w);

/* The functions below return 0 or the error of what they wrote; w->failed keeps the first one. */
int bdt_writer_put_header(struct bdt_writer *w);
/* Everything that has to be there to read the sub-buffers; once. */
int bdt_writer_put_head(struct bdt_writer *w);
/* MACHINE with one pair, which goes before what was written earlier. */
int bdt_writer_put_pair(struct bdt_writer *w, const struct bdt_pair *pair);
int bdt_writer_put_cmdlines(struct bdt_writer *w);
/* Writes the SNAPSHOT and PAGEFLAGS sections of the open snapshot, if there is one, and closes it. */
int bdt_writer_put_snapshot(struct bdt_writer *w);
/* What is missing up to the header of the BUFFER section; *options becomes the offset of the OPTIONS section.
 */
int bdt_writer_put_rest(struct bdt_writer *w, uint64_t *options);

/*
 * Copies the spools to their places, and gives the file its name.  0, or -errno with everything left where it
 * can be read and taken up.
 */
int bdt_writer_complete(struct bdt_writer *w, uint64_t *file_bytes);

#endif
