/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "record/notify.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_NS   5000000000
#define STOPPING_NS 5000000000

static uint64_t number(const char *name)
{
	const char *text = getenv(name);
	char *end;
	uint64_t value;

	if (!text || *text < '0' || *text > '9')
		return 0;
	value = strtoull(text, &end, 10);
	return *end ? 0 : value;
}

/* Twice as often as asked for, as sd_watchdog_enabled(3) advises. */
static uint64_t watchdog_ns(void)
{
	uint64_t pid = number("WATCHDOG_PID"), us = number("WATCHDOG_USEC");

	if ((getenv("WATCHDOG_PID") && pid != (uint64_t)getpid()) || us > UINT64_MAX / 1000)
		return 0;
	return us * 1000 / 2;
}

void bdt_notify_init(struct bdt_notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	*n = (struct bdt_notify){ .fd = -1, .address.sun_family = AF_UNIX };
	if (length < 2 || length >= sizeof(n->address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(n->address.sun_path, path, length);
	/* '@' stands for the zero byte of an abstract address, whose length counts. */
	if (path[0] == '@')
		n->address.sun_path[0] = '\0';
	n->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	n->watchdog_ns = watchdog_ns();
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static void send_text(struct bdt_notify *n, const char *text)
{
	ssize_t sent;

	if (n->fd < 0)
		return;
	do
		sent = sendto(n->fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&n->address,
			      n->size);
	while (sent < 0 && errno == EINTR);
}

void bdt_notify_ready(struct bdt_notify *n)
{
	send_text(n, "READY=1");
}

void bdt_notify_alive(struct bdt_notify *n)
{
	uint64_t interval = n->watchdog_ns, now;

	if (n->stopping && (!interval || interval > STOPPING_NS))
		interval = STOPPING_NS;
	if (n->fd < 0 || !interval)
		return;
	now = bdt_now_ns();
	if (n->alive_ns && now - n->alive_ns < interval)
		return;
	n->alive_ns = now;
	if (n->watchdog_ns)
		send_text(n, "WATCHDOG=1");
	if (n->stopping)
		send_text(n, "EXTEND_TIMEOUT_USEC=30000000");
}

bool bdt_notify_wants_status(const struct bdt_notify *n)
{
	return n->fd >= 0 && (!n->status_ns || bdt_now_ns() - n->status_ns >= STATUS_NS);
}

void bdt_notify_status(struct bdt_notify *n, const char *format, ...)
{
	char text[512] = "STATUS=";
	va_list args;

	if (n->fd < 0)
		return;
	va_start(args, format);
	vsnprintf(text + strlen(text), sizeof(text) - strlen(text), format, args);
	va_end(args);
	n->status_ns = bdt_now_ns();
	send_text(n, text);
}

void bdt_notify_stopping(struct bdt_notify *n)
{
	n->stopping = true;
	send_text(n, "STOPPING=1");
}

void bdt_notify_finish(struct bdt_notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}
