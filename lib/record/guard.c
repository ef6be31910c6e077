/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/guard.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The kernel refuses to remove an instance until the last file of the dead recorder is closed. */
#define REMOVE_TRIES 100
#define REMOVE_PAUSE 20000000 /* ns */
#define DONE         'd'

static void close_others(int keep)
{
	long max = sysconf(_SC_OPEN_MAX);

#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 34)
	if (!close_range(0, keep - 1, 0) && !close_range(keep + 1, ~0U, 0))
		return;
#endif
#endif
	for (int fd = 0; fd < (max > 0 ? max : 1024); fd++)
		if (fd != keep)
			close(fd);
}

/* Only calls that are safe behind fork() in a process with threads. */
static void watch(int in, const char *tracing_on, const char *dir)
{
	struct timespec pause = { 0, REMOVE_PAUSE };
	char word = 0;
	ssize_t n;
	int fd;

	setsid();
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_IGN);
	close_others(in);
	while ((n = read(in, &word, 1)) < 0 && errno == EINTR)
		;
	if (n == 1 && word == DONE)
		_exit(0);
	fd = open(tracing_on, O_WRONLY);
	if (fd >= 0) {
		n = write(fd, "0", 1);
		close(fd);
	}
	for (int i = 0; i < REMOVE_TRIES && rmdir(dir) && errno == EBUSY; i++)
		nanosleep(&pause, NULL);
	_exit(0);
}

int bdt_guard_start(struct bdt_guard *guard, const char *dir)
{
	char tracing_on[PATH_MAX];
	int fds[2];

	guard->pid = 0;
	guard->socket = -1;
	if ((size_t)snprintf(tracing_on, sizeof(tracing_on), "%s/tracing_on", dir) >= sizeof(tracing_on))
		return -ENAMETOOLONG;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return -errno;
	guard->pid = fork();
	if (guard->pid == 0) {
		close(fds[1]);
		watch(fds[0], tracing_on, dir);
	}
	close(fds[0]);
	if (guard->pid < 0) {
		int err = -errno;

		close(fds[1]);
		guard->pid = 0;
		return err;
	}
	guard->socket = fds[1];
	return 0;
}

void bdt_guard_stop(struct bdt_guard *guard)
{
	const char word = DONE;
	ssize_t n;

	if (!guard->pid)
		return;
	do
		n = send(guard->socket, &word, 1, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	close(guard->socket);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		;
	guard->pid = 0;
	guard->socket = -1;
}
