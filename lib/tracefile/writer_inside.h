/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_WRITER_INSIDE_H
#define BT_TRACEFILE_WRITER_INSIDE_H

#include "tracefile/own.h"
#include "tracefile/spool.h"
#include "tracefile/writer.h"

/* The inside of struct bdt_writer: writer.c collects, writer_sections.c puts it into the file. */
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

struct bdt_writer_snapshot {
	char *name; /* NULL = none is open */
	struct bdt_piece *pieces;
	size_t npieces;
	struct bdt_pageflags_encoder pageflags;
};

struct bdt_writer {
	char *path, *part; /* OUTPUT, OUTPUT.part */
	int fd;
	uint64_t pos;           /* bytes written */
	uint64_t options_at;    /* where the header holds the offset of OPTIONS */
	struct bdt_diag failed; /* first error; it sticks */

	struct bdt_writer_options options;
	char *clock, *uname;
	uint32_t *cpus;
	struct bdt_spool *spools; /* one per CPU */
	char **stats;             /* one per CPU, NULL = none */

	struct bdt_buf header_info, cmdlines;
	struct bdt_writer_system *systems;
	size_t nsystems;
	struct bdt_pair *machine;
	size_t nmachine;
	struct bdt_loss_cpu *loss;
	size_t nloss;
	struct bdt_writer_snapshot snapshot;
	uint32_t nsnapshots; /* closed ones */
	struct bdt_writer_section *sections;
	size_t nsections;
};

/* Frees what an open snapshot holds; none is open then. */
void bdt_writer_snapshot_clear(struct bdt_writer_snapshot *snap);
/* Keeps the first error, as a diag of the file that is being written; returns it. */
int bdt_writer_fail(struct bdt_writer *w, int err);
int bdt_writer_put_header(struct bdt_writer *w);
/* Writes the SNAPSHOT and PAGEFLAGS sections of the open snapshot, if there is one, and closes it. */
int bdt_writer_put_snapshot(struct bdt_writer *w);
/* Writes everything else: metadata, own sections, options, sub-buffers. */
int bdt_writer_put_rest(struct bdt_writer *w);

#endif
