/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_STREAM_H
#define BUDDYTRACE_STREAM_H

#include <buddytrace/diag.h>
#include <buddytrace/event.h>
#include <buddytrace/tracefile.h>
#include <stdio.h>

/*
 * The events of a trace file, merged by time.  Ties keep the order of the CPUs in the file; events of one CPU
 * never change their order.  Lost events appear as BDT_EV_GAP in their place.  Memory: one decompressed chunk
 * per CPU, whatever the length of the trace.
 */
struct bdt_stream;

struct bdt_stream_stats {
	uint64_t events;       /* without gaps */
	uint64_t by_kind[BDT_EV_NR];
	uint64_t gaps;	       /* places where events are missing */
	uint64_t lost;	       /* events missing, where the number is known */
	uint64_t gaps_unknown; /* gaps of unknown length */
	uint64_t pauses;       /* ... those where the recorder paused the trace */
	uint64_t paused_ns;    /* between the events before and behind them */
	uint64_t first_ns, last_ns; /* of the events seen so far; 0 when none */
	uint64_t ties;	       /* neighbours of different CPUs with the same stamp */
	uint64_t backward;     /* stamps smaller than their predecessor on the same CPU */
};

/* `tf` must live longer than the stream.  Free with bdt_stream_close() (NULL is allowed). */
int bdt_stream_open(const struct bdt_tracefile *tf, struct bdt_stream **out, struct bdt_diag *diag);
void bdt_stream_close(struct bdt_stream *s);

/*
 * Next batch: *events points to *n > 0 events, valid until the next call.  Returns 0, 1 at the end, or
 * -EBADMSG at a corrupt sub-buffer (what came before was delivered).
 */
int bdt_stream_next(struct bdt_stream *s, const struct bdt_event **events, size_t *n, struct bdt_diag *diag);

/* Counts so far; borrowed. */
const struct bdt_stream_stats *bdt_stream_stats(const struct bdt_stream *s);
/* Bytes of file data consumed, and their total: for progress. */
void bdt_stream_position(const struct bdt_stream *s, uint64_t *done, uint64_t *total);

/* Name of task `pid` as recorded, control characters replaced by '?'; "<...>" if unknown; borrowed. */
const char *bdt_stream_task(const struct bdt_stream *s, int32_t pid);
/* "system:name" of an event id of this file, control characters replaced by '?'; "" if unknown; borrowed. */
const char *bdt_stream_event_name(const struct bdt_stream *s, uint16_t id);
/*
 * Writes the fields of an event as its print fmt says, as trace-cmd report does; no newline.  0; 1 when that
 * cannot be done and the fields are written as numbers (of an unknown event: the bytes of the record);
 * -ENOMEM or -EIO.  Print formats are interpreted in a process of their own, because a hostile one may kill
 * the interpreter: the first call forks it, bdt_stream_close() ends it.  Cheap only for events of the latest
 * batch in their order.
 */
int bdt_stream_print_fields(struct bdt_stream *s, const struct bdt_event *ev, FILE *out);
/*
 * Name of a migratetype, order of the names of the last pagetypeinfo piece or of the kernel profile;
 * "Unmovable", "Movable", ...; "?" if unknown; static or borrowed.
 */
const char *bdt_stream_migratetype_name(const struct bdt_stream *s, bdt_migratetype mt);
/*
 * Return addresses of a BDT_EV_STACK event, innermost first, at most `max` of them; markers that are no
 * addresses are left out.  Returns their number, 0 for other events.
 */
size_t bdt_stream_stack(const struct bdt_stream *s, const struct bdt_event *ev, uint64_t *addresses,
			size_t max);
/* "success", "contended", ...: a status of mm_compaction_end by its print fmt; "?" if unknown; borrowed. */
const char *bdt_stream_compaction_status(const struct bdt_stream *s, int64_t status);
/*
 * i-th word of the gfp flags by the print fmt of mm_page_alloc, borrowed, and what it stands for; false past the
 * last one.  The longest combinations come first.
 */
bool bdt_stream_gfp_flag(const struct bdt_stream *s, size_t i, const char **name, uint64_t *mask);
/* pageblock_order from the print fmt of mm_page_alloc_extfrag; -1 when it cannot be evaluated. */
int bdt_stream_pageblock_order(const struct bdt_stream *s);
/* Does the file have this kind of event (its format was recorded)? */
bool bdt_stream_has(const struct bdt_stream *s, enum bdt_event_kind kind);

#endif
