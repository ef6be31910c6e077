/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_FILE_H
#define BT_TRACEFILE_FILE_H

#include "base/bytes.h"
#include "tracefile/format.h"
#include "tracefile/own.h"
#include "tracefile/pages.h"

/*
 * The inside of struct bdt_tracefile, for the files of the reader.  Functions return 0 or -errno and fill
 * the diag; the text begins with the path of the file.
 */
struct bdt_text {
	const char *text;
	size_t len; /* bytes */
};

struct bdt_format {
	const char *system;
	struct bdt_text text;
};

/* Where the sub-buffers of a CPU are; index as in `cpus`. */
struct bdt_extent {
	uint64_t offset, size; /* bytes, inside the file */
	bool cut;              /* the file ends before the CPU's data does */
	/*
	 * Of an unfinished recording: the spool, -1 = none.  It has the data from `gone` on, what is before
	 * that is in the file.  `counted`: there are `nchunks` whole chunks, whatever the word in front says.
	 */
	int spool;
	uint64_t gone;
	bool counted;
	uint32_t nchunks;
};

/* A section as it was met, for whoever takes up an unfinished recording. */
struct bdt_met {
	uint16_t id;
	uint64_t offset;
};

/* A PAGEFLAGS section and the snapshot it says it belongs to. */
struct bdt_pageflags_ref {
	struct bdt_cursor content; /* held by the tracefile; the frames in it are compressed */
	uint64_t offset;           /* of the section */
	uint32_t snapshot;
	uint64_t begin_ns, end_ns;
};

/* A snapshot in stream order; `stored` is its position in the file. */
struct bdt_kept_snapshot {
	struct bdt_snapshot snap;
	uint32_t stored;
	size_t pageflags; /* index in tf->pageflags; has_pageflags tells whether there is one */
};

struct bdt_tracefile {
	struct bdt_tracefile_info info;
	char *path;   /* of the file that is read */
	char *output; /* it may be the head of an unfinished recording that will be called so; NULL = no */
	int fd;
	bool zstd;         /* compressed sections are zstd; false = there are none */
	bool packed;       /* the sub-buffers are compressed */
	uint64_t sections; /* version 7: offset of the first section, right behind that of the options */
	bool listed;       /* version 7: the header names OPTIONS */
	uint64_t buffer;   /* version 7: offset of the BUFFER section, 0 = not known */
	/* When there was no way but to walk: all sections but OPTIONS and BUFFER; where the last one ends. */
	struct bdt_met *met;
	size_t nmet;
	uint64_t walked;

	void **blobs; /* what was read at open; everything below points into it */
	size_t nblobs;
	size_t held; /* bytes in blobs, at most BT_METADATA_MAX */

	char clock[BT_CLOCK_NAME];
	char cut_reason[256];
	struct bdt_text header_page, header_event, cmdlines, kallsyms, printk;
	struct bdt_format *formats;
	size_t nformats;
	struct bdt_text *stats; /* CPUSTAT texts in file order */
	size_t nstats;
	struct bdt_tracefile_cpu *cpus;
	struct bdt_extent *extents;
	size_t ncpus, nextents; /* equal */

	struct bdt_pair *machine;
	size_t nmachine, nmachine_sections;
	struct bdt_loss_cpu *loss;
	size_t nloss;
	struct bdt_kept_snapshot *snapshots;
	size_t nsnapshots;
	uint32_t nstored; /* SNAPSHOT sections in the file, also those that are too new */
	struct bdt_pageflags_ref *pageflags;
	size_t npageflags;
};

/* file.c: reading bytes and noting what was found. */

/* Exactly `size` bytes at `offset`; -ENODATA when the file is shorter. */
int bdt_file_read(const struct bdt_tracefile *tf, uint64_t offset, void *to, size_t size,
		  struct bdt_diag *diag);
/* The same for bytes of a CPU's data; `offset` counts from its start. */
int bdt_file_read_data(const struct bdt_tracefile *tf, const struct bdt_extent *e, uint64_t offset, void *to,
		       size_t size, struct bdt_diag *diag);
/* Allocates `size` bytes and a NUL behind them that live as long as `tf`; -EBADMSG beyond BT_METADATA_MAX. */
int bdt_file_hold(struct bdt_tracefile *tf, uint64_t size, uint64_t offset, void **out,
		  struct bdt_diag *diag);
/* Notes that the file ends early; the first reason is kept. */
void bdt_file_cut(struct bdt_tracefile *tf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds a CPU whose data is at [offset, offset + size); what lies behind the end of the file is cut off. */
int bdt_file_cpu(struct bdt_tracefile *tf, uint32_t cpu, uint64_t offset, uint64_t size);
/*
 * Adds a CPU with this extent, which it takes: bdt_tracefile_close() closes the spool.  0, also when it is left
 * out because there are BT_CPUS_MAX of them; -ENOMEM.
 */
int bdt_file_extent(struct bdt_tracefile *tf, uint32_t cpu, const struct bdt_extent *e);
int bdt_file_enomem(const struct bdt_tracefile *tf, struct bdt_diag *diag);

/* section.c */
struct bdt_section {
	uint16_t id;
	bool compressed;
	uint64_t offset; /* of the section's header */
	uint64_t size;   /* bytes in the file behind the header */
};
/* Reads a section's header; -ENODATA when the header or the section goes beyond the end of the file. */
int bdt_section_head(const struct bdt_tracefile *tf, uint64_t offset, struct bdt_section *s,
		     struct bdt_diag *diag);
/* The bytes of a section, decompressed, held by `tf`. */
int bdt_section_load(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_cursor *c,
		     struct bdt_diag *diag);

/* meta.c: the parts that versions 6 and 7 share; a cursor that ends too early is left `bad`. */
void bdt_meta_header_info(struct bdt_tracefile *tf, struct bdt_cursor *c);
/* u32 n, then n formats, all of `system`; 0 or -ENOMEM. */
int bdt_meta_formats(struct bdt_tracefile *tf, struct bdt_cursor *c, const char *system);
/* u32 n, then n systems with their name and formats. */
int bdt_meta_systems(struct bdt_tracefile *tf, struct bdt_cursor *c);
/* A text with its length in `size` bytes before it. */
void bdt_meta_text(struct bdt_cursor *c, size_t size, struct bdt_text *text);
/* Options that both versions have: clock, uname, stats, TSC2NSEC.  `c` is the option's data; 0 or -ENOMEM. */
int bdt_meta_option(struct bdt_tracefile *tf, uint16_t id, struct bdt_cursor *c);

/* reader_v6.c, reader_v7.c: everything behind the magic, the version, endianness, size of long, page size. */
int bdt_read_v6(struct bdt_tracefile *tf, uint64_t at, struct bdt_diag *diag);
int bdt_read_v7(struct bdt_tracefile *tf, uint64_t at, struct bdt_diag *diag);

/* unfinished.c: the CPUs of a recording that was not completed. */

/*
 * Adds a CPU whose data is in a spool only, up to its last complete chunk, or nowhere.  0 or -ENOMEM; a spool
 * that cannot be used is noted as missing.
 */
int bdt_unfinished_cpu(struct bdt_tracefile *tf, uint32_t cpu);
/*
 * Adds a CPU whose data is being copied to [offset, offset + size), and still in its spool if there is one. 1
 * when there is none, else as bdt_unfinished_cpu().
 */
int bdt_unfinished_place(struct bdt_tracefile *tf, uint32_t cpu, uint64_t offset, uint64_t size);

/* own.c: takes up one of our sections; unknown ids and newer versions are skipped. */
int bdt_own_load(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_diag *diag);
/* Joins snapshots with their page flags and puts them in stream order; joins what MACHINE sections say.  0,
 * -ENOMEM. */
int bdt_own_finish(struct bdt_tracefile *tf);

#endif
