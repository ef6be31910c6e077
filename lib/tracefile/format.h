/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_FORMAT_H
#define BT_TRACEFILE_FORMAT_H

#include <stddef.h>

/*
 * The words of the trace.dat container, shared by reader and writer.  trace-cmd.dat.v7(5) and
 * trace-cmd.dat.v6(5) describe it; buddytrace-trace.dat(5) describes the sections of our own.
 *
 *	header	17 08 44 "tracing", version NUL, u8 big endian, u8 size of long, u32 page size,
 *		version 7: algorithm NUL, its version NUL, u64 offset of the first OPTIONS section
 *	section	u16 id, u16 flags, u32 name, u64 size, then `size` bytes; sections tile the rest of the file
 *	option	u16 id, u32 size, then `size` bytes; the last one, DONE, holds the offset of the next OPTIONS
 */
#define BT_MAGIC      "\x17\x08\x44tracing"
#define BT_MAGIC_SIZE 10

#define BT_HEADER_MAX         64 /* bytes, of what we write */
#define BT_SECTION_HEADER     16 /* bytes */
#define BT_SECTION_COMPRESSED 0x0001
#define BT_SECTION_NO_NAME    0xffffffffu

enum bdt_section_id {
	BDT_OPTIONS = 0, /* the section; as an option: DONE */
	BDT_DATE = 1,    /* us to add to each stamp */
	BDT_CPUSTAT = 2,
	BDT_BUFFER = 3,
	BDT_TRACECLOCK = 4,
	BDT_UNAME = 5,
	BDT_OFFSET = 7, /* ns to add to each stamp */
	BDT_CPUCOUNT = 8,
	BDT_TSC2NSEC = 14,
	BDT_HEADER_INFO = 16,
	BDT_FTRACE_EVENTS = 17,
	BDT_EVENT_FORMATS = 18,
	BDT_KALLSYMS = 19,
	BDT_PRINTK = 20,
	BDT_CMDLINES = 21,
	/* Ours.  Each is an option that holds the offset of the section with the same id. */
	BDT_OWN_FIRST = 0x8000,
	BDT_MACHINE = 0x8001,
	BDT_SNAPSHOT = 0x8002,
	BDT_PAGEFLAGS = 0x8003,
	BDT_LOSS = 0x8004,
};

/*
 * In a compressed file the data of a CPU is a u32 number of chunks and the chunks; the size that the BUFFER
 * option gives is that of the chunks alone.
 */
#define BT_CHUNK_COUNT     4            /* bytes */
#define BT_CHUNK_PAGES     64           /* sub-buffers in a chunk that we write */
#define BT_CHUNK_HEADER    8            /* bytes: u32 compressed size, u32 size */
#define BT_CHUNK_MAX       (64u << 20)  /* bytes of a decompressed chunk that we read */
#define BT_PAGE_SIZE_MAX   (1u << 20)   /* bytes of a sub-buffer */
#define BT_SECTION_MAX     (256u << 20) /* bytes of a decompressed section */
#define BT_METADATA_MAX    (1u << 30)   /* bytes of everything that is read at open */
#define BT_CPUS_MAX        8192         /* as many as kernels can be built for; each takes some KB to read */
#define BT_PAGEFLAGS_CHUNK (1u << 20)   /* pages in a chunk of PAGEFLAGS, at most */
#define BT_PAGEFLAGS_PFNS  (1ull << 30) /* 4 TiB of 4 KiB pages: a bound for what a file can make us allocate */

/*
 * In front of the data of a CPU while it is in a file of its own (OUTPUT.cpuN.part):
 *	magic, u32 version 1, u32 cpu, u32 page size, u32 0, u64 bytes of the data that may be gone
 */
#define BT_SPOOL_MAGIC      "\x17\x08\x44""btcpu"
#define BT_SPOOL_MAGIC_SIZE 8
#define BT_SPOOL_VERSION    1
#define BT_SPOOL_GONE       24 /* offset of the last word, bytes */
#define BT_SPOOL_HEADER     32 /* bytes */

#define BT_CLOCK_NAME 64 /* bytes, with the NUL */
/* Takes the name in brackets out of the text of trace_clock, or its first word when there are none. */
void bdt_clock_name(const char *text, size_t len, char name[BT_CLOCK_NAME]);

#endif
