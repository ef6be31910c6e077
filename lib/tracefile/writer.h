/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_WRITER_H
#define BT_TRACEFILE_WRITER_H

#include <buddytrace/diag.h>
#include <buddytrace/tracefile.h>

/*
 * Writes a trace.dat version 7 with zstd: used by record (live) and import (a captured machine).
 *
 * Sub-buffers are compressed as they arrive, 64 pages a chunk, into one spool file per CPU beside the output
 * (OUTPUT.cpuN.part); bdt_writer_finish() concatenates the compressed bytes and renames OUTPUT.part to OUTPUT.
 * No raw data ever reaches the disk.  bdt_writer_append() may be called from one thread per CPU at the same
 * time; everything else from one thread only.
 */
struct bdt_writer;

struct bdt_writer_options {
	bool big_endian;
	unsigned int long_size; /* bytes */
	uint32_t page_size;	/* sub-buffer size, bytes */
	const char *clock;	/* text of trace_clock, "[local] global ..." or just the name */
	const char *uname;	/* text for the UNAME option, "" = none */
	/*
	 * TSC2NSEC option: ns = (ticks * mult) >> shift; mult 0 = none, stamps are ns.  trace-cmd needs
	 * mult < 2^31 and shift <= 32 to come to the same ns.
	 */
	uint32_t tsc_mult, tsc_shift;
	const uint32_t *cpus; /* CPU numbers */
	size_t ncpus;
};

/*
 * Starts the file `path` (and its .part files beside it).  `options` and the strings in it are copied.  0, errno
 * values of open(2), -ENOMEM.  Ended by bdt_writer_finish() or bdt_writer_abandon().
 */
int bdt_writer_create(const char *path, const struct bdt_writer_options *options, struct bdt_writer **out,
		      struct bdt_diag *diag);

/* header_page and header_event texts. */
int bdt_writer_header_info(struct bdt_writer *w, const char *header_page, size_t page_len,
			   const char *header_event, size_t event_len);
/* One event format text (contents of the `format` file); copied. */
int bdt_writer_format(struct bdt_writer *w, const char *system, const char *text, size_t len);
/* saved_cmdlines text; replaces an earlier one; copied. */
int bdt_writer_cmdlines(struct bdt_writer *w, const char *text, size_t len);
/* per_cpu/cpuN/stats text for cpus[i]; copied. */
int bdt_writer_cpustat(struct bdt_writer *w, size_t i, const char *text, size_t len);
/* A pair of the MACHINE section; copied; a key given again replaces its value. */
int bdt_writer_machine(struct bdt_writer *w, const char *key, const char *value);
/* A record of the LOSS section. */
int bdt_writer_loss(struct bdt_writer *w, const struct bdt_loss_cpu *loss);

/*
 * `npages` whole sub-buffers of cpus[i], in ring order.  May block on the disk.  -ENOSPC and other write
 * errors stick: later calls return the same error, finish() still writes what is there.
 */
int bdt_writer_append(struct bdt_writer *w, size_t i, const void *pages, size_t npages,
		      struct bdt_diag *diag);

/* Starts a snapshot; pieces are added to the latest one. */
int bdt_writer_snapshot(struct bdt_writer *w, const char *name);
int bdt_writer_piece(struct bdt_writer *w, const char *name, uint64_t begin_ns, uint64_t end_ns,
		     const void *data, size_t size);
/*
 * Page flags are added chunk by chunk in ascending order, `flags` being BT_PAGE_* sets, `count` of them from
 * pfn `first`.  Chunks are compressed as they come: 2 bytes per page are never held for the whole machine.
 */
int bdt_writer_pageflags(struct bdt_writer *w, uint64_t first, uint64_t count, const uint16_t *flags,
			 uint64_t begin_ns, uint64_t end_ns);

/*
 * Completes the file and frees the writer.  After a write error the file is completed as far as possible and
 * the error returned.  bdt_writer_abandon() removes everything and frees the writer (NULL is allowed).
 */
int bdt_writer_finish(struct bdt_writer *w, uint64_t *file_bytes, struct bdt_diag *diag);
void bdt_writer_abandon(struct bdt_writer *w);

#endif
