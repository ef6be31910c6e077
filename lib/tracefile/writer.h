/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_WRITER_H
#define BT_TRACEFILE_WRITER_H

#include <buddytrace/diag.h>
#include <buddytrace/tracefile.h>

/*
 * Writes a trace.dat version 7 with zstd: used by record (live) and import (a captured machine).
 *
 * Sub-buffers are compressed as they arrive, 64 pages a chunk, into one spool file per CPU beside the output
 * (OUTPUT.cpuN.part); bdt_writer_finish() concatenates the compressed bytes and renames OUTPUT.part to
 * OUTPUT. No raw data ever reaches the disk.  bdt_writer_append() and bdt_writer_flush_chunk() may be called
 * from one thread per CPU at the same time, bdt_writer_bytes() from any; everything else from one thread
 * only.
 *
 * From bdt_writer_start() on the recording survives this process: whatever happens, what was handed over
 * until the last complete chunk can be read from the .part files, and bdt_tracefile_recover() completes them.
 * buddytrace-trace.dat(5), "UNFINISHED RECORDINGS", says how they look.
 */
struct bdt_writer;

struct bdt_writer_options {
	bool big_endian;
	unsigned int long_size; /* bytes */
	uint32_t page_size;     /* sub-buffer size, bytes */
	const char *clock;      /* text of trace_clock, "[local] global ..." or just the name */
	const char *uname;      /* text for the UNAME option, "" = none */
	/*
	 * TSC2NSEC option: ns = (ticks * mult) >> shift; mult 0 = none, stamps are ns.  trace-cmd needs
	 * mult < 2^31 and shift <= 32 to come to the same ns.
	 */
	uint32_t tsc_mult, tsc_shift;
	const uint32_t *cpus; /* CPU numbers; a CPU costs memory and a file from its first sub-buffer on */
	size_t ncpus;
	bool only_used_cpus;       /* name only the CPUs that got sub-buffers or stats in the complete file */
	const struct bdt_log *log; /* borrowed, NULL = no warnings */
};

/*
 * Starts the file `path` (and its .part files beside it).  `options` and the strings in it are copied.  What
 * a writer that died left of an earlier recording of that name is kept as OUTPUT.old.part and so on, with a
 * warning.  0, errno values of open(2), -EBUSY (another process is writing it), -ENOMEM.  Ended by
 * bdt_writer_finish() or bdt_writer_abandon().
 */
int bdt_writer_create(const char *path, const struct bdt_writer_options *options, struct bdt_writer **out,
		      struct bdt_diag *diag);

/* header_page and header_event texts. */
int bdt_writer_header_info(struct bdt_writer *w, const char *header_page, size_t page_len,
			   const char *header_event, size_t event_len);
/* One event format text (contents of the `format` file); copied.  -EINVAL behind bdt_writer_start(). */
int bdt_writer_format(struct bdt_writer *w, const char *system, const char *text, size_t len);
/* Text of /proc/kallsyms, less than 4 GiB; copied.  -EINVAL behind bdt_writer_start(). */
int bdt_writer_kallsyms(struct bdt_writer *w, const char *text, size_t len);
/*
 * Writes what was told until now, which makes the recording one that can be recovered, and starts a
 * thread that pushes what is written out to the disk and then out of the page cache, so that a power cut
 * costs a second or two.  What is told later is put there as it comes.  0 or the write error, which does not
 * end the recording.  Does not wait for the disk.
 */
int bdt_writer_start(struct bdt_writer *w, struct bdt_diag *diag);
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
/*
 * Writes the chunk of cpus[i] that is not full yet, if there is one: what was appended survives this process
 * then.  Small chunks compress worse and make the file slower to read, so not more often than once a second.
 */
int bdt_writer_flush_chunk(struct bdt_writer *w, size_t i, struct bdt_diag *diag);
/* Has cpus[i] sub-buffers that wait for a chunk to become full?  Called where they are appended. */
bool bdt_writer_chunk_is_open(const struct bdt_writer *w, size_t i);
/* Bytes written so far, of sub-buffers (complete chunks) and all else: near the size of the complete file. */
uint64_t bdt_writer_bytes(const struct bdt_writer *w);

/* Starts a snapshot; pieces are added to the latest one. */
int bdt_writer_snapshot(struct bdt_writer *w, const char *name);
/* Completes the snapshot: it is in the file then.  Implied by the next snapshot and by bdt_writer_finish().
 */
int bdt_writer_snapshot_end(struct bdt_writer *w);
int bdt_writer_piece(struct bdt_writer *w, const char *name, uint64_t begin_ns, uint64_t end_ns,
		     const void *data, size_t size);
/*
 * Page flags are added chunk by chunk in ascending order, `flags` being BT_PAGE_* sets, `count` of them from
 * pfn `first`.  Chunks are compressed as they come: 2 bytes per page are never held for the whole machine.
 * -EINVAL for pfns from BT_PAGEFLAGS_PFNS on.
 */
int bdt_writer_pageflags(struct bdt_writer *w, uint64_t first, uint64_t count, const uint16_t *flags,
			 uint64_t begin_ns, uint64_t end_ns);

/*
 * Completes the file and frees the writer.  After a write error the file is completed as far as possible and
 * the error returned; when not even that is possible the .part files are left, *file_bytes is not set, and
 * the diag says so.  Needs as much free space again as the sub-buffers take, or next to none where the file
 * system can punch holes.  bdt_writer_abandon() removes everything and frees the writer (NULL is allowed).
 */
int bdt_writer_finish(struct bdt_writer *w, uint64_t *file_bytes, struct bdt_diag *diag);
void bdt_writer_abandon(struct bdt_writer *w);

#endif
