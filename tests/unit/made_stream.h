/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_MADE_STREAM_H
#define BT_TESTS_MADE_STREAM_H

#include "subbuf.h"
#include <buddytrace/stream.h>

/* A recording of CPUs 2 and 5, made by hand: in any byte order and with any size of long, opened as a stream.
 */
struct made_stream {
	struct subbuf cpus[2][4];
	size_t npages[2]; /* sub-buffers of each CPU that go into the file */
	struct bdt_tracefile *file;
	struct bdt_stream *stream;
	const char *alloc_format; /* of mm_page_alloc in the next file; NULL: the usual one */
};

extern struct made_stream made;

/* Formats of mm_page_alloc with 64-bit words and of mm_page_alloc_extfrag (id 502). */
extern const char made_alloc64[], made_extfrag[];

/* All sub-buffers empty from time 1000; one of each CPU counts. */
void made_start(bool big, unsigned int long_size);
/* The head of an event: type, flags, preempt count, pid; `words` is its whole size in 4-byte words. */
void made_event(struct subbuf *b, uint32_t delta, uint32_t words, uint32_t id, int32_t pid);
/* An event kmem:mm_page_alloc of task 42. */
void made_alloc(struct subbuf *b, uint32_t delta, uint64_t pfn, uint32_t order, int32_t mt);
/* An event clock:tick of task 7, which the library does not know. */
void made_tick(struct subbuf *b, uint32_t delta, uint32_t n);
/* Text of trace_marker, in 16 to 64 bytes; of 64-bit machines. */
void made_marker(struct subbuf *b, uint32_t delta, const char *text);
/* Writes what was built and opens it as a stream. */
void made_finish(void);
/* Closes it; a teardown of cmocka. */
int made_close(void **state);

/* All events of the stream, the first `max` of them copied (raw is gone); *ret is what ended it. */
size_t made_drain(struct bdt_event *out, size_t max, int *ret, struct bdt_diag *diag);

#endif
