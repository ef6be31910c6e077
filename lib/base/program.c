/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/program.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Reads until the end, so that the program never blocks, and keeps what fits. */
static void collect(int fd, char *output, size_t size)
{
	size_t used = 0;
	char rest[512];

	for (;;) {
		size_t room = size - 1 - used;
		ssize_t n = room ? read(fd, output + used, room) : read(fd, rest, sizeof(rest));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (room)
			used += (size_t)n;
	}
	output[used] = '\0';
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int redirect(posix_spawn_file_actions_t *actions, const char *dir, int from, int to)
{
	int err = posix_spawn_file_actions_addchdir_np(actions, dir);

	if (!err)
		err = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(actions, from, to);
	if (!err)
		err = posix_spawn_file_actions_addopen(actions,
						       to == STDOUT_FILENO ? STDERR_FILENO : STDOUT_FILENO,
						       "/dev/null", O_WRONLY, 0);
	return err;
}

int bdt_program_run(const char *const argv[], const char *dir, int fd, char *output, size_t size)
{
	posix_spawn_file_actions_t actions;
	int ends[2], err;
	pid_t pid;

	output[0] = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	err = posix_spawn_file_actions_init(&actions);
	if (!err) {
		err = redirect(&actions, dir, ends[1], fd);
		if (!err)
			err = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	if (!err)
		collect(ends[0], output, size);
	close(ends[0]);
	return err ? -err : wait_for(pid);
}
