/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * faults ROUNDS [FILE]: the load that makes the most events of the page allocator: on every CPU a process
 * that maps 32 MiB, touches each page and unmaps all, so often.  Writes CPU seconds (user + system) of all of
 * them and seconds that passed to FILE or standard output.
 */

#define SIZE ((size_t)32 << 20)

static int run(long rounds, size_t step)
{
	for (long i = 0; i < rounds; i++) {
		char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return 1;
		madvise(p, SIZE, MADV_NOHUGEPAGE);
		for (size_t at = 0; at < SIZE; at += step)
			p[at] = 1;
		munmap(p, SIZE);
	}
	return 0;
}

static double seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 0, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct timespec begin, end;
	struct rusage used;
	int status, failed = 0;
	FILE *out = argc > 2 ? fopen(argv[2], "w") : stdout;

	if (argc < 2 || !out) {
		fputs("usage: faults ROUNDS [FILE]\n", stderr);
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (long i = 0; i < cpus; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(run(rounds, (size_t)sysconf(_SC_PAGESIZE)));
		failed |= pid < 0;
	}
	while (wait(&status) > 0)
		failed |= status;
	clock_gettime(CLOCK_MONOTONIC, &end);
	getrusage(RUSAGE_CHILDREN, &used);
	fprintf(out, "%.3f %.3f\n", seconds(&used.ru_utime) + seconds(&used.ru_stime),
		(double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9);
	return fclose(out) || failed;
}
