/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/command.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_MS 20

/* Between fork and exec. */
static void wait_and_exec(int go, int result, char *const *argv)
{
	char word;
	ssize_t n;
	int err;

	while ((n = read(go, &word, 1)) < 0 && errno == EINTR)
		;
	if (n != 1)
		_exit(0);
	execvp(argv[0], argv);
	err = errno;
	n = write(result, &err, sizeof(err));
	_exit(n == sizeof(err) ? 127 : 126);
}

int bdt_command_prepare(struct bdt_command *c, char *const *argv, struct bdt_diag *diag)
{
	int go[2], result[2], err;

	*c = (struct bdt_command){ .go = -1, .result = -1, .pidfd = -1, .status = -1 };
	if (!argv || !argv[0])
		return 0;
	/* A socket, because writing to a pipe of a process that was killed would kill this one. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go))
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot run %s: %s", argv[0],
				    strerror(errno));
	if (pipe2(result, O_CLOEXEC)) {
		err = bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot run %s: %s", argv[0], strerror(errno));
		goto err0;
	}
	c->pid = fork();
	if (c->pid == 0) {
		close(go[1]);
		wait_and_exec(go[0], result[1], argv);
	}
	if (c->pid < 0) {
		c->pid = 0;
		err = bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot run %s: %s", argv[0], strerror(errno));
		goto err1;
	}
	close(go[0]);
	close(result[1]);
	c->go = go[1];
	c->result = result[0];
#ifdef SYS_pidfd_open
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
#endif
	return 0;
err1:
	close(result[0]);
	close(result[1]);
err0:
	close(go[0]);
	close(go[1]);
	return err;
}

static void reap(struct bdt_command *c, int options)
{
	int status;
	pid_t pid;

	if (!c->pid || c->status >= 0)
		return;
	while ((pid = waitpid(c->pid, &status, options)) < 0 && errno == EINTR)
		;
	if (pid == 0)
		return;
	if (pid < 0)
		c->status = 0;
	else if (WIFSIGNALED(status))
		c->status = 128 + WTERMSIG(status);
	else if (WIFEXITED(status))
		c->status = WEXITSTATUS(status);
}

int bdt_command_start(struct bdt_command *c, const char *name, struct bdt_diag *diag)
{
	int exec_errno = 0;
	ssize_t n;

	if (!c->pid)
		return 0;
	do
		n = send(c->go, "g", 1, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	do
		n = read(c->result, &exec_errno, sizeof(exec_errno));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(exec_errno))
		return 0;
	reap(c, 0);
	c->failed = true;
	c->status = exec_errno == ENOENT ? 127 : 126;
	return bdt_diag_set(diag, -exec_errno, BT_NO_OFFSET, "cannot run %s: %s", name, strerror(exec_errno));
}

bool bdt_command_ended(struct bdt_command *c)
{
	reap(c, WNOHANG);
	return c->pid && c->status >= 0;
}

void bdt_command_stop(struct bdt_command *c, int timeout_ms, bool (*give_up)(void *user), void *user)
{
	if (!c->pid || bdt_command_ended(c))
		return;
	c->stopped = true;
	kill(c->pid, SIGTERM);
	for (int waited = 0; waited < timeout_ms && !give_up(user) && !bdt_command_ended(c); waited += STEP_MS) {
		struct pollfd fd = { .fd = c->pidfd, .events = POLLIN };

		poll(&fd, 1, STEP_MS);
	}
	if (!bdt_command_ended(c))
		kill(c->pid, SIGKILL);
	reap(c, 0);
}

static void close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void bdt_command_finish(struct bdt_command *c)
{
	close_if_open(&c->go);
	close_if_open(&c->result);
	close_if_open(&c->pidfd);
	reap(c, 0);
	c->pid = 0;
}
