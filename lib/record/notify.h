/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_NOTIFY_H
#define BT_RECORD_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Tells a service manager how the recorder is (Type=notify of systemd): a datagram to the socket that
 * $NOTIFY_SOCKET names.  Without it nothing is done; a message that cannot be delivered is not missed.
 */
struct bdt_notify {
	int fd; /* -1 = nobody wants to know */
	struct sockaddr_un address;
	socklen_t size;
	uint64_t watchdog_ns;         /* a sign of life is due that often, 0 = never */
	uint64_t alive_ns, status_ns; /* CLOCK_MONOTONIC of the last sign and of the last status */
	bool stopping;
};

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. */
void bdt_notify_init(struct bdt_notify *n);
/* READY=1: tracing is on. */
void bdt_notify_ready(struct bdt_notify *n);
/*
 * The sign of life, when due; to be called wherever the recorder makes progress, at any rate.  While stopping it
 * asks for another half a minute as well.
 */
void bdt_notify_alive(struct bdt_notify *n);
/* Whether the last status is so old (5 s) that a new one is worth its cost. */
bool bdt_notify_wants_status(const struct bdt_notify *n);
/* STATUS=, one line. */
void bdt_notify_status(struct bdt_notify *n, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* STOPPING=1. */
void bdt_notify_stopping(struct bdt_notify *n);
void bdt_notify_finish(struct bdt_notify *n);

#endif
