/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "stream/fields.h"
#include "stream/formats.h"
#include "stream/printer.h"
#include "tracefile/pages.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <traceevent/event-parse.h>
#include <unistd.h>

/* A larger symbol table than any kernel's is not looked at. */
#define MAX_TEXT (256u << 20)
/* What parsing and printing may take on top of what the process had before. */
#define MEMORY_MAX ((rlim_t)2 << 30)

struct worker {
	const struct bdt_tracefile *tf;
	struct bdt_print_area *area;
	struct tep_handle *tep;
	struct trace_seq seq;
	uint32_t *format; /* by event id: number of the format text + 1, 0 = none or parsed */
	bool big_endian;
};

/* Memory that is mapped now, in bytes. */
static rlim_t mapped(void)
{
	unsigned long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");

	if (statm) {
		if (fscanf(statm, "%20lu", &pages) != 1)
			pages = 0;
		fclose(statm);
	}
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Makes dying cheap and quiet, and living without the parent impossible. */
static void confine(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL, SIGTERM };
	const struct rlimit none = { 0, 0 };
	struct rlimit memory = { .rlim_max = RLIM_INFINITY };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	setrlimit(RLIMIT_CORE, &none);
	memory.rlim_cur = memory.rlim_max = mapped() + MEMORY_MAX;
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &memory);
#endif
}

static void symbols(struct tep_handle *tep, const char *text, size_t len,
		    int (*parse)(struct tep_handle *tep, const char *text))
{
	char *copy = len && len <= MAX_TEXT ? strndup(text, len) : NULL;

	if (copy)
		parse(tep, copy);
	free(copy);
}

static void load_symbols(struct worker *w)
{
	const char *text;
	size_t len;

	text = bdt_tracefile_kallsyms(w->tf, &len);
	symbols(w->tep, text, len, tep_parse_kallsyms);
	text = bdt_tracefile_printk(w->tf, &len);
	symbols(w->tep, text, len, tep_parse_printk_formats);
}

static void find_formats(struct worker *w)
{
	for (size_t i = 0; i < bdt_tracefile_nformats(w->tf); i++) {
		const char *system, *text;
		char name[128];
		unsigned int id;
		size_t len;

		text = bdt_tracefile_format(w->tf, i, &system, &len);
		if (bdt_format_identify(text, len, name, &id) && id < BT_EVENT_IDS)
			w->format[id] = (uint32_t)i + 1;
	}
}

static bool init(struct worker *w)
{
	const struct bdt_tracefile_info *info = bdt_tracefile_info(w->tf);

	w->big_endian = info->big_endian;
	w->format = calloc(BT_EVENT_IDS, sizeof(*w->format));
	w->tep = tep_alloc();
	if (!w->format || !w->tep)
		return false;
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_long_size(w->tep, (int)info->long_size);
	tep_set_file_bigendian(w->tep, info->big_endian ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	tep_set_local_bigendian(w->tep, bdt_host_big_endian() ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	trace_seq_init(&w->seq);
	/* trace-cmd loads them as well: without them a few events have another text. */
	tep_load_plugins(w->tep);
	find_formats(w);
	return true;
}

/* Parsed when first met, so that a format which kills the parser costs only its own event. */
static void parse_format(struct worker *w, uint16_t id)
{
	const char *system, *text;
	size_t len;

	if (!w->format[id])
		return;
	text = bdt_tracefile_format(w->tf, w->format[id] - 1, &system, &len);
	tep_parse_event(w->tep, text, len, system);
	w->format[id] = 0;
}

/* Does the record hold all that its variable fields say is there? */
static bool is_whole(const struct worker *w, struct tep_event *event, const uint8_t *record, uint32_t size)
{
	const struct tep_format_field *field = event ? event->format.fields : NULL;

	for (; field; field = field->next) {
		uint32_t value, at, len;

		if (!(field->flags & TEP_FIELD_IS_DYNAMIC) || field->size != 4)
			continue;
		if (field->offset < 0 || size < 4 || (uint32_t)field->offset > size - 4)
			return false;
		value = bdt_load32(record + field->offset, w->big_endian);
		at = value & 0xffff;
		len = value >> 16;
		if (field->flags & TEP_FIELD_IS_RELATIVE)
			at += (uint32_t)field->offset + 4;
		if (len && (at > size || len > size - at))
			return false;
	}
	return true;
}

static uint32_t print_one(struct worker *w, uint32_t i, char *out, uint32_t room)
{
	struct bdt_print_area *area = w->area;
	uint8_t *data = area->in + area->record[i].at;
	struct tep_record record = { .ts = area->record[i].time_ns,
				     .cpu = (int)area->record[i].cpu,
				     .data = data,
				     .size = (int)area->record[i].size,
				     .record_size = (int)area->record[i].size,
				     .ref_count = 1 };
	uint32_t len;

	trace_seq_reset(&w->seq);
	tep_print_event(w->tep, &w->seq, &record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&w->seq);
	len = (uint32_t)strnlen(w->seq.buffer, room);
	memcpy(out, w->seq.buffer, len);
	/* A marker's text has its own line end. */
	return len - (len && out[len - 1] == '\n');
}

static void print_all(struct worker *w)
{
	struct bdt_print_area *area = w->area;
	uint32_t used = 0;

	for (area->done = 0; area->done < area->n && used < BT_PRINT_OUT / 2; area->done++) {
		uint32_t i = area->done, size = area->record[i].size;
		const uint8_t *data = area->in + area->record[i].at;
		uint16_t id = area->record[i].id;

		area->current = i;
		parse_format(w, id);
		area->text[i].at = used;
		area->text[i].len = BT_PRINT_NO_TEXT;
		if (!is_whole(w, tep_find_event(w->tep, id), data, size))
			continue;
		area->text[i].len = print_one(w, i, area->out + used, BT_PRINT_OUT / 2);
		used += area->text[i].len;
	}
}

void bdt_print_worker(const struct bdt_tracefile *tf, struct bdt_print_area *area, int sock,
		      bool with_symbols)
{
	struct worker w = { .tf = tf, .area = area };
	char byte = 0;

	confine();
	if (!init(&w))
		_exit(1);
	if (with_symbols)
		load_symbols(&w);
	while (send(sock, &byte, 1, MSG_NOSIGNAL) == 1 && recv(sock, &byte, 1, 0) == 1)
		print_all(&w);
	_exit(0);
}
