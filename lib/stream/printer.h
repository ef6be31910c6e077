/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_PRINTER_H
#define BT_STREAM_PRINTER_H

#include <buddytrace/event.h>
#include <buddytrace/tracefile.h>

/*
 * Makes the text of events as their print fmt says.  That is the work of libtraceevent, which trusts both the
 * format and the record; a recording may be hostile.  So it is done in a process of its own, the worker,
 * without exec: what the worker is given and what it makes lies in memory that both share.  When it dies, or
 * takes too long, the event that it was at is never tried again, and a new worker goes on.
 */
struct bdt_printer;

/* `tf` must live longer.  0 or -ENOMEM.  Free with bdt_printer_destroy() (NULL is allowed). */
int bdt_printer_create(const struct bdt_tracefile *tf, struct bdt_printer **out);
void bdt_printer_destroy(struct bdt_printer *p);
/*
 * Finds the text of the record of `ev`, one of `n` events that stand in a row from there on, in memory; those
 * behind it are made in the same go if texts seem to be wanted in that order.  0 and the text, borrowed until
 * the next call and not terminated; 1 when it cannot be made.
 */
int bdt_printer_text(struct bdt_printer *p, const struct bdt_event *ev, size_t n, const char **text,
		     size_t *len);

/* What parent and worker share.  The parent trusts nothing of what the worker may have written. */
#define BT_PRINT_RECORDS 256
#define BT_PRINT_IN      (1u << 20)
#define BT_PRINT_OUT     (1u << 20)
/* Bytes of zeroes behind each record, so that a string without an end has one. */
#define BT_PRINT_PAD 64
/* Instead of a length: the record does not fit its format. */
#define BT_PRINT_NO_TEXT UINT32_MAX

struct bdt_print_area {
	uint32_t n;       /* records that wait */
	uint32_t current; /* the one that the worker is at */
	uint32_t done;    /* texts that are ready when the worker answers; at least 1 */
	struct {
		uint64_t time_ns;
		uint32_t cpu, at, size; /* at: bytes from the start of in[] */
		uint16_t id;
	} record[BT_PRINT_RECORDS];
	struct {
		uint32_t at, len;
	} text[BT_PRINT_RECORDS];
	_Alignas(8) uint8_t in[BT_PRINT_IN];
	char out[BT_PRINT_OUT];
};

/*
 * The worker: sends one byte through `sock` when it is ready, then one for each that it receives, until the
 * other end is closed.  Never returns.
 */
void bdt_print_worker(const struct bdt_tracefile *tf, struct bdt_print_area *area, int sock, bool symbols)
	__attribute__((noreturn));

#endif
