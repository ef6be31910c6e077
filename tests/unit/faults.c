/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include "faults.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The program's definitions go before those of the C library. */
int fstatvfs(int fd, struct statvfs *vfs);

struct faults faults;

static bool dies(void)
{
	return ++faults.calls == faults.die_at;
}

static void before(void)
{
	if (dies())
		_exit(0);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
	if (dies()) {
		/* A word is written or is not. */
		if (size > 8)
			syscall(SYS_pwrite64, fd, data, size / 2, offset);
		_exit(0);
	}
	return syscall(SYS_pwrite64, fd, data, size, offset);
}

ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t size,
			unsigned int flags)
{
	before();
	if (faults.no_copy) {
		errno = EXDEV;
		return -1;
	}
	if (faults.copy_max && size > faults.copy_max)
		size = faults.copy_max;
	return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, size, flags);
}

int ftruncate(int fd, off_t size)
{
	before();
	return (int)syscall(SYS_ftruncate, fd, size);
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
	before();
	return (int)syscall(SYS_fallocate, fd, mode, offset, size);
}

int rename(const char *from, const char *to)
{
	before();
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlink(const char *path)
{
	before();
	return unlinkat(AT_FDCWD, path, 0);
}

int fdatasync(int fd)
{
	(void)fd;
	before();
	return 0;
}

int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fstatvfs(int fd, struct statvfs *vfs)
{
	(void)fd;
	*vfs = (struct statvfs){ .f_bavail = faults.disk_is_full ? 0 : 1ul << 40, .f_frsize = 4096 };
	return 0;
}
