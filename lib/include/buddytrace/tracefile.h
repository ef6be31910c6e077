/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_TRACEFILE_H
#define BUDDYTRACE_TRACEFILE_H

#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A trace.dat file, version 6 or 7, by buddytrace or by trace-cmd, open for reading.
 * Everything except the sub-buffers is read at open; the sub-buffers are streamed by bdt_stream.
 */
struct bdt_tracefile;

/* What the file says of itself.  Strings belong to the tracefile and are never NULL ("" = not recorded). */
struct bdt_tracefile_info {
	const char *path;
	unsigned int version;    /* 6 or 7 */
	const char *compression; /* "zstd", "none" */
	bool big_endian;         /* byte order of the recorded machine */
	unsigned int long_size;  /* 4 or 8 bytes */
	uint32_t page_size;      /* size of a sub-buffer, bytes */
	const char *clock;       /* name of the trace clock, e.g. "x86-tsc" */
	const char *uname;
	const char *buffer; /* name of the buffer that is read, "" = top */
	bool native;        /* has sections of buddytrace */
	/*
	 * From a stamp to ns, as trace-cmd report does: ns = ((stamp * mult) >> shift) + offset, the product
	 * in 128 bits, the sum modulo 2^64.  mult 0: the stamp is ns already, only the offset is added.  mult
	 * and shift are of the TSC2NSEC option (whose own offset trace-cmd stores and does not add), offset
	 * is the sum of the DATE and OFFSET options: 0 in files of buddytrace, where snapshots are stamped on
	 * this scale.
	 */
	uint32_t tsc_mult, tsc_shift;
	uint64_t tsc_offset;
	bool cut; /* the file ends early, or an own section is corrupt; what is there was kept */
	const char *cut_reason; /* "" or what is missing and where, one line */
	bool unfinished; /* the recording was not completed, or not yet; what there is is read from its parts
			  */
	uint64_t file_bytes, data_bytes; /* size of the file; bytes of (compressed) sub-buffer data in it */
};

/* Per recorded CPU. */
struct bdt_tracefile_cpu {
	uint32_t cpu;        /* number of the CPU on the recorded machine */
	uint64_t data_bytes; /* bytes in the file */
	const char *stats;   /* text of per_cpu/cpuN/stats when recording stopped, "" = not recorded */
};

/* What the recorder counted, per CPU; from the LOSS section of native files. */
struct bdt_loss_cpu {
	uint32_t cpu;
	uint64_t written; /* events the kernel wrote to the ring */
	uint64_t read;    /* events that reached the file */
	uint64_t overrun, dropped;
};

/*
 * Opens `path`.  A file that is cut short opens with what is there (info.cut), and so does a recording that
 * was not completed (info.unfinished), by the name of its head, OUTPUT.part, or by OUTPUT.  Errors: -ENOENT
 * and other errno values of open(2), -EBADMSG (not a trace.dat, corrupt), -ENODATA (cut before the event
 * formats), -EPROTONOSUPPORT (version or compression not read here).  Free with bdt_tracefile_close().
 */
int bdt_tracefile_open(const char *path, struct bdt_tracefile **out, struct bdt_diag *diag);
void bdt_tracefile_close(struct bdt_tracefile *tf); /* NULL is allowed */

/* What became of an unfinished recording. */
struct bdt_recovery {
	char path[4096];     /* of the complete file */
	uint64_t file_bytes; /* its size */
	uint64_t subbuffers; /* in it; 0 when all of them had been written when it was interrupted */
	uint64_t left_out;   /* bytes of chunks that are not complete */
};

/*
 * Makes the recording OUTPUT.part with its OUTPUT.cpuN.part a regular file OUTPUT, with everything up to the
 * last complete chunk of each CPU; `path` is OUTPUT or OUTPUT.part.  A file OUTPUT that exists is renamed to
 * OUTPUT.old. Reads all of it.  May be interrupted and run again.  Errors: -ENOENT (there is no such
 * recording), -EBUSY (its recorder lives), those of bdt_tracefile_open(), -ENOSPC and others of writing:
 * nothing is lost then.
 */
int bdt_tracefile_recover(const char *path, struct bdt_recovery *out, const struct bdt_log *log,
			  struct bdt_diag *diag);

/* Description of the file and number of recorded CPUs; borrowed, cannot fail. */
const struct bdt_tracefile_info *bdt_tracefile_info(const struct bdt_tracefile *tf);
size_t bdt_tracefile_ncpus(const struct bdt_tracefile *tf);
/* i < bdt_tracefile_ncpus(); borrowed. */
const struct bdt_tracefile_cpu *bdt_tracefile_cpu(const struct bdt_tracefile *tf, size_t i);

/* Number of LOSS records, 0 for files without the section; `i` below that number; borrowed. */
size_t bdt_tracefile_nloss(const struct bdt_tracefile *tf);
const struct bdt_loss_cpu *bdt_tracefile_loss(const struct bdt_tracefile *tf, size_t i);

/*
 * Value of `key` in the MACHINE section, NULL if absent; borrowed.  Keys are paths below / or names:
 * "proc/version", "proc/cmdline", "proc/sys/vm/min_free_kbytes", "uname.release", "uname.machine",
 * "sys/kernel/mm/transparent_hugepage/enabled", "record.command", "record.missing_events", "record.tool",
 * "vmstat.pgfree.begin", "vmstat.pgfree.end" ...
 */
const char *bdt_tracefile_machine(const struct bdt_tracefile *tf, const char *key);
/* i-th pair of the section in stored order; false past the end. */
bool bdt_tracefile_machine_at(const struct bdt_tracefile *tf, size_t i, const char **key, const char **value);

/*
 * One piece of a snapshot: a file of the recorded machine as it was read.  `begin_ns` and `end_ns` are trace
 * clock times (the scale of bdt_event.time_ns) right before and after the read.
 */
struct bdt_piece {
	const char *name; /* path below /proc or /sys: "buddyinfo", "zoneinfo", "kpageflags", ... */
	uint64_t begin_ns, end_ns;
	const void *data; /* text pieces are NUL-terminated behind `size` */
	size_t size;      /* bytes */
};

/*
 * kpageflags, compact.  `flags` holds a BT_PAGE_* set for each pfn from 0; it was read chunk by chunk, and
 * chunk i covers [first, first + count).
 */
struct bdt_pageflags_chunk {
	uint64_t first, count; /* pages */
	uint64_t begin_ns, end_ns;
};
struct bdt_pageflags {
	size_t nchunks;
	struct bdt_pageflags_chunk *chunks; /* ascending, not overlapping; gaps are allowed */
	uint64_t npages;                    /* length of flags */
	uint16_t *flags;
};

/* Bits of bdt_pageflags.flags, from the KPF_* bits of /proc/kpageflags. */
#define BT_PAGE_BUDDY         0x0001
#define BT_PAGE_LRU           0x0002
#define BT_PAGE_SLAB          0x0004
#define BT_PAGE_ANON          0x0008
#define BT_PAGE_PGTABLE       0x0010
#define BT_PAGE_COMPOUND_HEAD 0x0020
#define BT_PAGE_COMPOUND_TAIL 0x0040
#define BT_PAGE_MMAP          0x0080
#define BT_PAGE_NOPAGE        0x0100 /* no struct page, or hwpoisoned or offline */
#define BT_PAGE_RESERVED      0x0200
#define BT_PAGE_HUGE          0x0400 /* hugetlb or THP */
#define BT_PAGE_UNEVICTABLE   0x0800
#define BT_PAGE_REPORTED      0x1000 /* head of a free block that the host was told of: BUDDY and UPTODATE */
#define BT_PAGE_UNKNOWN       0x8000 /* not read */

/* Converts one KPF word of /proc/kpageflags to a BT_PAGE_* set. */
uint16_t bdt_pageflags_from_kpf(uint64_t kpf);

struct bdt_snapshot {
	const char *name; /* "start", "end", or any other */
	/* Order in the stream: begin of the first and end of the last piece. */
	uint64_t begin_ns, end_ns;
	/*
	 * True when the pieces carry no stamps: the place is only known to be before the first event (first
	 * snapshot) or after the last one; begin_ns and end_ns are then 0 or UINT64_MAX.
	 */
	bool unplaced;
	size_t npieces;
	const struct bdt_piece *pieces;
	bool has_pageflags;
};

/* Snapshots in stream order. */
size_t bdt_tracefile_nsnapshots(const struct bdt_tracefile *tf);
const struct bdt_snapshot *bdt_tracefile_snapshot(const struct bdt_tracefile *tf, size_t i);
/* The piece called `name`, NULL if the snapshot lacks it. */
const struct bdt_piece *bdt_snapshot_piece(const struct bdt_snapshot *snap, const char *name);
/*
 * Decodes the page flags of snapshot `i`: 2 bytes per page of the recorded machine.  0, -ENODATA when the
 * snapshot has none, -EBADMSG.  Free with bdt_pageflags_destroy() (NULL is allowed).
 */
int bdt_tracefile_pageflags(const struct bdt_tracefile *tf, size_t i, struct bdt_pageflags **out,
			    struct bdt_diag *diag);
void bdt_pageflags_destroy(struct bdt_pageflags *flags);

#endif
