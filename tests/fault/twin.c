/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a recorder: keeps a copy of every sub-buffer that it reads from the ring of CPU N in the
 * file $BUDDYTRACE_TWIN/cpuN, before the recorder gets it.  Whatever becomes of the recorder, this is what it
 * had.  $BUDDYTRACE_TWIN/syncedN gets, each time when what is stored of CPU N has reached the disk, the number
 * of bytes in cpuN when that began, as text.
 */
#include <config.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_FD 1024

/* Descriptor of the copy for one of the recorder's; 0 = not a ring. */
static int copies[MAX_FD];

/* False when there are no copies. */
static bool path_of(int fd, char *path, size_t size)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
	return n > 0 && getenv("BUDDYTRACE_TWIN");
}

static int copy_of(int fd)
{
	const char *dir = getenv("BUDDYTRACE_TWIN"), *ring;
	char path[4096];
	unsigned int cpu;

	if (!path_of(fd, path, sizeof(path)))
		return 0;
	ring = strstr(path, "/per_cpu/cpu");
	if (!ring || sscanf(ring, "/per_cpu/cpu%u/trace_pipe_raw", &cpu) != 1 ||
	    !strstr(ring, "trace_pipe_raw"))
		return 0;
	snprintf(path, sizeof(path), "%s/cpu%u", dir, cpu);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

ssize_t read(int fd, void *data, size_t size)
{
	ssize_t n = syscall(SYS_read, fd, data, size);

	if (n <= 0 || size < 4096 || size & (size - 1) || fd < 0 || fd >= MAX_FD)
		return n;
	if (!copies[fd])
		copies[fd] = copy_of(fd);
	if (copies[fd] > 0) {
		/* Part-filled ones are padded by the recorder. */
		memset((char *)data + n, 0, size - (size_t)n);
		if (syscall(SYS_write, copies[fd], data, size) != (ssize_t)size)
			abort();
	}
	return n;
}

int fdatasync(int fd)
{
	const char *dir = getenv("BUDDYTRACE_TWIN"), *part;
	char path[4096], text[32];
	struct stat st = { .st_size = 0 };
	unsigned int cpu;
	int ret, out, n;

	part = path_of(fd, path, sizeof(path)) ? strstr(path, ".cpu") : NULL;
	if (!part || sscanf(part, ".cpu%u.part", &cpu) != 1)
		return (int)syscall(SYS_fdatasync, fd);
	snprintf(path, sizeof(path), "%s/cpu%u", dir, cpu);
	stat(path, &st);
	ret = (int)syscall(SYS_fdatasync, fd);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/synced%u", dir, cpu);
	out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	n = snprintf(text, sizeof(text), "%" PRId64 "\n", (int64_t)st.st_size);
	if (out < 0 || syscall(SYS_write, out, text, n) != n)
		abort();
	close(out);
	return 0;
}
