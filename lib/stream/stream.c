/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/stream.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define UNLIKELY(x)   __builtin_expect(!!(x), 0)

/* Shorter than any pause, ns. */
#define PAUSE_MIN 50000000

static int read_formats(struct bdt_stream *s, struct bdt_diag *diag)
{
	const struct bdt_tracefile_info *info = s->info;
	const char *text, *system;
	size_t len;
	int ret;

	text = bdt_tracefile_header_page(s->tf, &len);
	ret = bdt_layout_parse(&s->layout, text, len, info->long_size, info->page_size, info->big_endian,
			       diag);
	if (ret)
		return ret;
	ret = bdt_formats_init(&s->formats, diag);
	for (size_t i = 0; !ret && i < bdt_tracefile_nformats(s->tf); i++) {
		text = bdt_tracefile_format(s->tf, i, &system, &len);
		ret = bdt_formats_add(&s->formats, system, text, len, diag);
	}
	if (ret)
		return ret;
	bdt_stream_find_migratetypes(s);
	text = bdt_tracefile_cmdlines(s->tf, &len);
	return bdt_tasks_parse(&s->tasks, text, len, diag);
}

int bdt_stream_open(const struct bdt_tracefile *tf, struct bdt_stream **out, struct bdt_diag *diag)
{
	struct bdt_stream *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	s->tf = tf;
	s->info = bdt_tracefile_info(tf);
	s->nlanes = bdt_tracefile_ncpus(tf);
	s->lanes = calloc(s->nlanes + 1, sizeof(*s->lanes));
	s->heap = calloc(s->nlanes + 1, sizeof(*s->heap));
	s->batch = calloc(BT_STREAM_BATCH, sizeof(*s->batch));
	if (s->lanes && s->heap && s->batch)
		ret = 0;
	else
		ret = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	if (!ret && s->info->tsc_shift > 64)
		ret = bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "impossible TSC2NSEC shift %u",
				   s->info->tsc_shift);
	if (!ret)
		ret = read_formats(s, diag);
	for (size_t i = 0; !ret && i < s->nlanes; i++) {
		s->lanes[i].walk.cpu = bdt_tracefile_cpu(tf, i)->cpu;
		ret = bdt_pages_open(tf, i, &s->lanes[i].pages, diag);
	}
	if (ret) {
		bdt_stream_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

void bdt_stream_close(struct bdt_stream *s)
{
	if (!s)
		return;
	bdt_printer_destroy(s->printer);
	for (size_t i = 0; s->lanes && i < s->nlanes; i++)
		bdt_pages_close(s->lanes[i].pages);
	bdt_formats_finish(&s->formats);
	bdt_tasks_finish(&s->tasks);
	free(s->lanes);
	free(s->heap);
	free(s->batch);
	free(s);
}

static bool before(const struct bdt_heap_entry *a, const struct bdt_heap_entry *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->lane < b->lane;
}

/* Restores the heap after its top has changed. */
static void sift_down(struct bdt_stream *s)
{
	struct bdt_heap_entry moved = s->heap[0];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= s->nheap)
			break;
		if (child + 1 < s->nheap && before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!before(&s->heap[child], &moved))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = moved;
}

static void push(struct bdt_stream *s, struct bdt_heap_entry entry)
{
	size_t i = s->nheap++;

	while (i && before(&entry, &s->heap[(i - 1) / 2])) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = entry;
}

/*
 * Moves a lane whose sub-buffers are used up to its next record, reading chunks as needed.  At the end of the
 * CPU the record is empty, and 0 is returned only if lost events remain to be told.
 */
static int feed(struct bdt_stream *s, struct bdt_lane *lane, struct bdt_diag *diag)
{
	struct bdt_walk *w = &lane->walk;
	const uint8_t *data;
	size_t npages;
	int ret;

	do {
		ret = bdt_pages_next(lane->pages, &data, &npages, diag);
		if (ret == 1) {
			w->data = NULL;
			lane->time_ns = bdt_stream_ns(s->info, w->page_stamp);
			if (lane->time_ns < lane->last_ns)
				lane->time_ns = lane->last_ns;
			return w->gap ? 0 : 1;
		}
		if (ret)
			return ret;
		bdt_walk_load(w, &s->layout, data, npages);
		ret = bdt_walk_step(w, &s->layout, s->layout.big_endian, diag);
	} while (ret == 1);
	lane->time_ns = bdt_stream_ns(s->info, w->stamp);
	return ret;
}

/* Fills the heap at the start and feeds the lane that stopped the latest batch. */
static int prepare(struct bdt_stream *s, struct bdt_diag *diag)
{
	struct bdt_lane *lane = s->starved;
	int ret;

	if (lane) {
		ret = feed(s, lane, diag);
		if (ret < 0)
			return ret;
		if (ret)
			s->heap[0] = s->heap[--s->nheap];
		else
			s->heap[0].time_ns = lane->time_ns;
		sift_down(s);
		s->starved = NULL;
	}
	while (s->nopened < s->nlanes) {
		lane = &s->lanes[s->nopened++];
		ret = feed(s, lane, diag);
		if (ret < 0)
			return ret;
		if (!ret)
			push(s, (struct bdt_heap_entry){ lane->time_ns, (uint32_t)(lane - s->lanes) });
	}
	return 0;
}

static void emit_gap(struct bdt_stream *s, struct bdt_lane *lane, struct bdt_event *ev)
{
	struct bdt_walk *w = &lane->walk;

	*ev = (struct bdt_event){
		.time_ns = lane->time_ns, .number = s->number++, .cpu = w->cpu, .kind = BDT_EV_GAP
	};
	ev->gap.count = w->lost;
	s->stats.by_kind[BDT_EV_GAP]++;
	s->stats.gaps++;
	if (w->lost < 0)
		s->stats.gaps_unknown++;
	else
		s->stats.lost += (uint64_t)w->lost;
	w->gap = false;
}

/* The gap that a pause leaves is no CPU's; it is told with the one that has the next event. */
static void emit_pause(struct bdt_stream *s, const struct bdt_lane *lane, struct bdt_event *ev)
{
	*ev = (struct bdt_event){ .time_ns = lane->time_ns,
				  .number = s->number++,
				  .cpu = lane->walk.cpu,
				  .kind = BDT_EV_GAP,
				  .gap.count = -1 };
	s->stats.by_kind[BDT_EV_GAP]++;
	s->stats.gaps++;
	s->stats.gaps_unknown++;
	s->stats.pauses++;
	s->stats.paused_ns += lane->time_ns - s->stats.last_ns;
	s->paused = false;
}

/*
 * The trace goes on before its marker can be written, so the first event behind a silence ends the pause; the
 * marker does where there was none.
 */
static bool pause_is_over(const struct bdt_stream *s, const struct bdt_lane *lane)
{
	return lane->time_ns > s->stats.last_ns && lane->time_ns - s->stats.last_ns >= PAUSE_MIN;
}

static bool marker_is(const struct bdt_stream *s, const struct bdt_event *ev, const char *text)
{
	size_t length = strlen(text), offset = s->formats.marker_text;

	return offset && ev->raw_size >= offset + length && !memcmp(ev->raw + offset, text, length);
}

/* True when the marker ends a pause that has not been told. */
static bool note_marker(struct bdt_stream *s, const struct bdt_event *ev)
{
	bool paused = s->paused;

	if (marker_is(s, ev, BT_MARKER_PAUSE))
		s->paused = true;
	else if (marker_is(s, ev, BT_MARKER_RESUME))
		return paused;
	return false;
}

ALWAYS_INLINE void count(struct bdt_stream *s, struct bdt_lane *lane, const struct bdt_event *ev)
{
	struct bdt_stream_stats *stats = &s->stats;

	if (!stats->events)
		stats->first_ns = ev->time_ns;
	else if (ev->time_ns == stats->last_ns && ev->cpu != s->last_cpu)
		stats->ties++;
	stats->backward += ev->time_ns < lane->last_ns;
	stats->events++;
	stats->by_kind[ev->kind]++;
	stats->last_ns = lane->last_ns = ev->time_ns;
	s->last_cpu = ev->cpu;
}

ALWAYS_INLINE int emit(struct bdt_stream *s, struct bdt_lane *lane, struct bdt_event *ev, bool big,
		       struct bdt_diag *diag)
{
	const struct bdt_formats *f = &s->formats;
	const struct bdt_walk *w = &lane->walk;
	const uint8_t *record = w->data;
	const struct bdt_decoder *d;

	if (w->size < f->common_size)
		return bdt_walk_corrupt(w, "record too short for an event", diag);
	ev->time_ns = lane->time_ns;
	ev->cpu = w->cpu;
	ev->id = (uint16_t)bdt_field_load(&f->type, record, big);
	ev->flags = (uint8_t)bdt_field_load(&f->flags, record, big);
	ev->preempt_count = (uint8_t)bdt_field_load(&f->preempt_count, record, big);
	ev->pid = (int32_t)bdt_field_load(&f->pid, record, big);
	ev->kind = f->kinds[ev->id];
	ev->raw = record;
	ev->raw_size = w->size > UINT16_MAX ? UINT16_MAX : (uint16_t)w->size;
	d = &f->decoders[ev->kind];
	if (w->size < d->min_size)
		return bdt_walk_corrupt(w, "record too short for its event", diag);
	ev->missing = d->missing;
	memset(ev->field, 0, sizeof(ev->field));
	for (unsigned int i = 0; i < d->nfields; i++)
		ev->field[i] = bdt_field_load(&d->field[i], record, big);
	if (d->may_fail && (!ev->field[0] || ev->field[0] == -1 ||
			    (d->field[0].load == BDT_LOAD_U32 && ev->field[0] == UINT32_MAX)))
		ev->field[0] = (int64_t)BT_PFN_NONE;
	ev->number = s->number++;
	count(s, lane, ev);
	return 0;
}

/*
 * Merges into the batch until it is full or the sub-buffers of a CPU are used up: the raw pointers of this
 * batch go into them, so the next chunk is read only when the batch has been used.
 */
ALWAYS_INLINE int fill(struct bdt_stream *s, size_t *n, bool big, struct bdt_diag *diag)
{
	*n = 0;
	while (s->nheap && *n < BT_STREAM_BATCH - 2) {
		struct bdt_lane *lane = &s->lanes[s->heap[0].lane];
		int ret;

		if (lane->walk.gap)
			emit_gap(s, lane, &s->batch[(*n)++]);
		if (UNLIKELY(s->paused) && pause_is_over(s, lane))
			emit_pause(s, lane, &s->batch[(*n)++]);
		ret = lane->walk.data ? emit(s, lane, &s->batch[*n], big, diag) : 1;
		if (ret < 0)
			return ret;
		*n += !ret;
		if (!ret && UNLIKELY(s->batch[*n - 1].kind == BDT_EV_MARKER) &&
		    note_marker(s, &s->batch[*n - 1]))
			emit_pause(s, lane, &s->batch[(*n)++]);
		ret = bdt_walk_step(&lane->walk, &s->layout, big, diag);
		if (ret) {
			s->starved = lane;
			return ret;
		}
		lane->time_ns = bdt_stream_ns(s->info, lane->walk.stamp);
		s->heap[0].time_ns = lane->time_ns;
		sift_down(s);
	}
	return 0;
}

int bdt_stream_next(struct bdt_stream *s, const struct bdt_event **events, size_t *n, struct bdt_diag *diag)
{
	int ret;

	do {
		*n = 0;
		ret = s->error.err ? s->error.err : prepare(s, &s->error);
		if (!ret && !s->nheap)
			return 1;
		if (!ret)
			ret = s->layout.big_endian ? fill(s, n, true, &s->error)
						   : fill(s, n, false, &s->error);
	} while (!*n && ret >= 0);
	if (ret < 0)
		s->error.err = ret;
	if (ret < 0 && !*n)
		return bdt_diag_set(diag, ret, s->error.offset, "%s", s->error.text);
	*events = s->batch;
	s->nbatch = *n;
	return 0;
}

const struct bdt_stream_stats *bdt_stream_stats(const struct bdt_stream *s)
{
	return &s->stats;
}

void bdt_stream_position(const struct bdt_stream *s, uint64_t *done, uint64_t *total)
{
	*done = 0;
	for (size_t i = 0; i < s->nlanes; i++)
		*done += bdt_pages_position(s->lanes[i].pages);
	*total = s->info->data_bytes;
}

const char *bdt_stream_task(const struct bdt_stream *s, int32_t pid)
{
	return bdt_tasks_name(&s->tasks, pid);
}

const char *bdt_stream_event_name(const struct bdt_stream *s, uint16_t id)
{
	return s->formats.names[id] ? s->formats.names[id] : "";
}

bool bdt_stream_has(const struct bdt_stream *s, enum bdt_event_kind kind)
{
	return s->formats.decoders[kind].present;
}
