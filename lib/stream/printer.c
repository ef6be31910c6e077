/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/printer.h"
#include "stream/formats.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Milliseconds that the worker may take; the symbols of a large kernel are read in 300, a batch in 1. */
#define START_MS 60000
#define BATCH_MS 10000
/* How much bad luck is borne before everything is left to its raw fields. */
#define BUDGET      16
#define COST_DEATH  1
#define COST_SILENT 8

struct bdt_printer {
	const struct bdt_tracefile *tf;
	struct bdt_print_area *area;
	pid_t pid; /* of the worker, 0 = none */
	int sock;
	bool no_symbols; /* they killed a worker */
	int budget;      /* used up: no more workers */
	uint8_t *bad;    /* by event id: killed a worker */
	uint32_t want;   /* records of the next request */
	/* Of the latest request. */
	uint64_t number[BT_PRINT_RECORDS];
	uint16_t id[BT_PRINT_RECORDS];
	uint32_t nrecords, ntexts, next;
};

int bdt_printer_create(const struct bdt_tracefile *tf, struct bdt_printer **out)
{
	struct bdt_printer *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->tf = tf;
	p->sock = -1;
	p->budget = BUDGET;
	p->bad = calloc(BT_EVENT_IDS, 1);
	p->area = mmap(NULL, sizeof(*p->area), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p->area == MAP_FAILED)
		p->area = NULL;
	if (!p->bad || !p->area) {
		bdt_printer_destroy(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

static void stop(struct bdt_printer *p)
{
	if (p->sock >= 0)
		close(p->sock);
	p->sock = -1;
	if (!p->pid)
		return;
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
}

void bdt_printer_destroy(struct bdt_printer *p)
{
	if (!p)
		return;
	stop(p);
	if (p->area)
		munmap(p->area, sizeof(*p->area));
	free(p->bad);
	free(p);
}

/* Waits for the worker's byte; a worker that died or hangs is done away with, and paid for. */
static bool answered(struct bdt_printer *p, int timeout_ms)
{
	struct pollfd fd = { .fd = p->sock, .events = POLLIN };
	int ready;
	char byte;

	do {
		ready = poll(&fd, 1, timeout_ms);
	} while (ready < 0 && errno == EINTR);
	if (ready == 1 && recv(p->sock, &byte, 1, 0) == 1)
		return true;
	p->budget -= ready ? COST_DEATH : COST_SILENT;
	stop(p);
	return false;
}

static bool start(struct bdt_printer *p)
{
	int pair[2];

	if (p->pid)
		return true;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		p->budget = 0;
		return false;
	}
	p->pid = fork();
	if (!p->pid) {
		close(pair[0]);
		bdt_print_worker(p->tf, p->area, pair[1], !p->no_symbols);
	}
	close(pair[1]);
	p->sock = pair[0];
	if (p->pid < 0) {
		p->pid = 0;
		p->budget = 0;
		stop(p);
		return false;
	}
	if (answered(p, START_MS))
		return true;
	p->no_symbols = true;
	return false;
}

/* Fills the area with the records of events from `ev` on, at least with that one. */
static void put_records(struct bdt_printer *p, const struct bdt_event *ev, size_t n)
{
	struct bdt_print_area *area = p->area;
	uint32_t used = 0;

	p->nrecords = 0;
	for (; n && p->nrecords < p->want; ev++, n--) {
		uint32_t i = p->nrecords;

		if (!ev->raw || p->bad[ev->id])
			continue;
		if (used + ev->raw_size + BT_PRINT_PAD + 8 > BT_PRINT_IN)
			break;
		memcpy(area->in + used, ev->raw, ev->raw_size);
		memset(area->in + used + ev->raw_size, 0, BT_PRINT_PAD);
		area->record[i].time_ns = ev->time_ns;
		area->record[i].cpu = ev->cpu;
		area->record[i].id = ev->id;
		area->record[i].at = used;
		area->record[i].size = ev->raw_size;
		p->number[i] = ev->number;
		p->id[i] = ev->id;
		used = (used + ev->raw_size + BT_PRINT_PAD + 7) & ~7u;
		p->nrecords++;
	}
	area->n = p->nrecords;
	area->current = 0;
	area->done = 0;
}

/* Has the worker print what was put; there are no texts when it could not. */
static void request(struct bdt_printer *p)
{
	char byte = 0;
	uint32_t at;

	p->ntexts = p->next = 0;
	if (!start(p))
		return;
	/* A worker that is dead is noticed in the answer. */
	(void)!send(p->sock, &byte, 1, MSG_NOSIGNAL);
	if (answered(p, BATCH_MS)) {
		p->ntexts = p->area->done < p->nrecords ? p->area->done : p->nrecords;
		if (p->ntexts)
			return;
		/* It has written where it should not. */
		p->budget -= COST_DEATH;
		stop(p);
	}
	at = p->area->current;
	p->bad[p->id[at < p->nrecords ? at : 0]] = 1;
}

/* The text of the event from the latest request, if it was part of it. */
static bool find(struct bdt_printer *p, const struct bdt_event *ev, const char **text, size_t *len)
{
	uint32_t at, size;

	if (p->next >= p->ntexts || p->number[p->next] != ev->number)
		return false;
	at = p->area->text[p->next].at;
	size = p->area->text[p->next].len;
	p->next++;
	*text = NULL;
	*len = 0;
	if (size == BT_PRINT_NO_TEXT || at > BT_PRINT_OUT || size > BT_PRINT_OUT - at)
		return true;
	*text = p->area->out + at;
	*len = size;
	return true;
}

int bdt_printer_text(struct bdt_printer *p, const struct bdt_event *ev, size_t n, const char **text,
		     size_t *len)
{
	while (!p->bad[ev->id] && !find(p, ev, text, len)) {
		bool in_order = p->ntexts && p->next == p->ntexts;

		if (p->budget <= 0)
			return 1;
		p->want = in_order ? p->want * 4 : 1;
		if (p->want > BT_PRINT_RECORDS)
			p->want = BT_PRINT_RECORDS;
		put_records(p, ev, n);
		request(p);
	}
	return p->bad[ev->id] || !*text ? 1 : 0;
}
