/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include "parts.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE      ((size_t)4096)
#define HUGE_PAGE (2 * MIB)
/* Pipes of 1 MiB between two looks at the free lists. */
#define TOP_UP_STEP 32
#define BLOCK       ((size_t)128 << 10)

static char block[BLOCK];

uint64_t next_random(struct workload *w)
{
	uint64_t x = w->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	w->random = x;
	return x >> 16;
}

bool chance(struct workload *w, unsigned int percent)
{
	return next_random(w) % 100 < percent;
}

void region_map(struct region *r, size_t size, bool huge)
{
	r->size = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	r->base = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0);
	if (r->base == MAP_FAILED)
		*r = (struct region){ NULL, 0 };
	else
		madvise(r->base, r->size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void region_touch(struct region *r, size_t first, size_t end)
{
	for (size_t at = first; at < end && at < r->size && !interrupted; at += PAGE)
		r->base[at] = 1;
}

void region_touch_huge(struct region *r)
{
	for (size_t at = 0; at < r->size && !interrupted; at += HUGE_PAGE)
		r->base[at] = 1;
}

void region_release_alternate(struct region *r, size_t first, size_t end)
{
	for (size_t at = first; at < end && at < r->size && !interrupted; at += 2 * PAGE)
		madvise(r->base + at, PAGE, MADV_DONTNEED);
}

void region_release_random(struct region *r, struct workload *w, unsigned int percent)
{
	for (size_t at = 0; at < r->size && !interrupted; at += PAGE)
		if (chance(w, percent))
			madvise(r->base + at, PAGE, MADV_DONTNEED);
}

void region_unmap(struct region *r)
{
	if (r->base)
		munmap(r->base, r->size);
	*r = (struct region){ NULL, 0 };
}

/* Room for one more pair; false when there is no memory. */
static bool make_room(struct pairs *p)
{
	size_t room = p->room ? 2 * p->room : 64;
	void *fds;

	if (p->n < p->room)
		return true;
	fds = realloc(p->fds, room * sizeof(p->fds[0]));
	if (!fds)
		return false;
	p->fds = fds;
	p->room = room;
	return true;
}

void pairs_add_pipes(struct pairs *p, size_t n, size_t size)
{
	while (n-- && !interrupted && make_room(p)) {
		int *fds = p->fds[p->n];

		if (pipe2(fds, O_NONBLOCK | O_CLOEXEC))
			return;
		fcntl(fds[1], F_SETPIPE_SZ, (int)size);
		for (size_t done = 0; done < size && write(fds[1], block, PAGE) > 0; done += PAGE)
			;
		p->n++;
	}
}

/* Free bytes in the unmovable blocks of the zone that pipes are filled from. */
static size_t free_unmovable(void)
{
	FILE *file = fopen("/proc/pagetypeinfo", "re");
	char line[512];
	size_t pages = 0;

	while (file && fgets(line, sizeof(line), file)) {
		char *at = strstr(line, "Unmovable ");

		if (!at || !strstr(line, "zone   Normal, type"))
			continue;
		at += strlen("Unmovable ");
		for (unsigned int order = 0; *at && *at != '\n'; order++) {
			pages += strtoul(at, &at, 10) << order;
			at += strspn(at, " >");
		}
	}
	if (file)
		fclose(file);
	return pages * PAGE;
}

void pairs_top_up(struct pairs *p, const struct workload *w)
{
	for (size_t added = 0; added < w->top_up && !interrupted && free_unmovable() > TOP_UP_STEP * MIB;
	     added += TOP_UP_STEP)
		pairs_add_pipes(p, TOP_UP_STEP, MIB);
}

void pairs_add_sockets(struct pairs *p, size_t n, size_t size)
{
	while (n-- && !interrupted && make_room(p)) {
		int *fds = p->fds[p->n];

		if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
			return;
		while (send(fds[0], block, size < BLOCK ? size : BLOCK, 0) > 0)
			;
		p->n++;
	}
}

void pairs_close_random(struct pairs *p, struct workload *w, unsigned int percent)
{
	for (size_t i = 0; i < p->n;) {
		if (!chance(w, percent)) {
			i++;
			continue;
		}
		close(p->fds[i][0]);
		close(p->fds[i][1]);
		p->n--;
		memcpy(p->fds[i], p->fds[p->n], sizeof(p->fds[i]));
	}
}

void pairs_close(struct pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		close(p->fds[i][0]);
		close(p->fds[i][1]);
	}
	free(p->fds);
	*p = (struct pairs){ NULL, 0, 0 };
}

static void file_path(const struct workload *w, const char *name, unsigned int i, char *path, size_t size)
{
	snprintf(path, size, "%s/%s/%u", w->dir, name, i);
}

void files_create(struct workload *w, const char *name, unsigned int n, size_t max_size)
{
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	mkdir(path, 0700);
	for (unsigned int i = 0; i < n && !interrupted; i++) {
		size_t size = 1 + next_random(w) % max_size;
		int fd;

		file_path(w, name, i, path, sizeof(path));
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0)
			return;
		if (write(fd, block, size < BLOCK ? size : BLOCK) < 0)
			i = n;
		close(fd);
	}
}

void files_read(struct workload *w, const char *name, unsigned int n)
{
	char path[2 * PATH_MAX], content[8192];
	struct stat st;

	for (unsigned int i = 0; i < n && !interrupted; i++) {
		int fd;

		file_path(w, name, i, path, sizeof(path));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			while (read(fd, content, sizeof(content)) > 0)
				;
			close(fd);
		}
		file_path(w, name, n + i, path, sizeof(path));
		stat(path, &st);
	}
}

void files_remove(struct workload *w, const char *name, unsigned int n, unsigned int percent)
{
	char path[2 * PATH_MAX];

	for (unsigned int i = 0; i < n; i++) {
		if (percent < 100 && !chance(w, percent))
			continue;
		file_path(w, name, i, path, sizeof(path));
		unlink(path);
	}
	if (percent < 100)
		return;
	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	rmdir(path);
}

static void fill_file(int fd, size_t size)
{
	for (size_t done = 0; done < size && !interrupted; done += BLOCK)
		if (write(fd, block, BLOCK) != (ssize_t)BLOCK)
			return;
}

void page_cache(struct workload *w, size_t size)
{
	char path[2 * PATH_MAX], content[16384];
	int fd;

	snprintf(path, sizeof(path), "%s/cache", w->dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	unlink(path);
	fill_file(fd, size);
	fdatasync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (off_t at = 0; !interrupted && pread(fd, content, sizeof(content), at) > 0; at += sizeof(content))
		;
	close(fd);
}

void tmpfs(struct workload *w, size_t size)
{
	int fd = memfd_create("bt-workload", MFD_CLOEXEC);

	if (fd < 0)
		return;
	fill_file(fd, size);
	for (size_t at = 0; at < size && !interrupted; at += 4 * PAGE)
		if (chance(w, 50))
			fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, PAGE);
	close(fd);
}

void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return;
	fputs(text, file);
	fclose(file);
}

void compact(const struct workload *w)
{
	if (w->compact && !interrupted)
		write_text("/proc/sys/vm/compact_memory", "1");
}

void forks(unsigned int n, size_t size)
{
	while (n-- && !interrupted) {
		pid_t pid = fork();

		if (pid < 0)
			return;
		if (pid == 0) {
			struct region r;

			region_map(&r, size, false);
			if (r.base)
				region_touch(&r, 0, size);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}
