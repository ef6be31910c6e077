/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include "workload.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEFAULT_HOG 95

static const struct mix *const mixes[] = { &mix_holes, &mix_mix, &mix_pressure, &mix_huge };

#define NMIXES (sizeof(mixes) / sizeof(mixes[0]))

volatile sig_atomic_t interrupted;

static void interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static int usage(void)
{
	fputs("usage: bt-workload MIX [--mib N] [--rounds N] [--seed N] [--hog PERCENT] [--top-up MIB]\n"
	      "       [--compact] [--dir DIR]\n"
	      "  --mib N        size of a round; 0: what is left of the memory (pressure, huge)\n"
	      "  --rounds N     how many\n"
	      "  --seed N       of the random choices (1)\n"
	      "  --hog PERCENT  of the available memory to hold (pressure, huge; 95)\n"
	      "  --top-up MIB   most unmovable memory to take first, so that what follows falls back (holes, "
	      "mix; 0)\n"
	      "  --compact      let the kernel compact all memory in each round (holes, mix, huge)\n"
	      "  --dir DIR      where to put files ($TMPDIR or /tmp)\n"
	      "mixes:\n",
	      stderr);
	for (size_t i = 0; i < NMIXES; i++)
		fprintf(stderr, "  %-9s %s (--mib %zu --rounds %u)\n", mixes[i]->name, mixes[i]->help,
			mixes[i]->mib, mixes[i]->rounds);
	return 2;
}

static const struct mix *find(const char *name)
{
	for (size_t i = 0; i < NMIXES; i++)
		if (!strcmp(mixes[i]->name, name))
			return mixes[i];
	return NULL;
}

static int parse(struct workload *w, int argc, char **argv)
{
	static const struct option options[] = {
		{ "mib", required_argument, NULL, 'm' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "hog", required_argument, NULL, 'h' },
		{ "dir", required_argument, NULL, 'd' },
		{ "top-up", required_argument, NULL, 't' },
		{ "compact", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t number = optarg ? strtoull(optarg, NULL, 0) : 0;

		if (c == 'm')
			w->mib = number;
		else if (c == 'r')
			w->rounds = (unsigned int)number;
		else if (c == 's')
			w->seed = number;
		else if (c == 'h')
			w->hog = (unsigned int)number;
		else if (c == 't')
			w->top_up = number;
		else if (c == 'c')
			w->compact = true;
		else if (c == 'd')
			snprintf(w->dir, sizeof(w->dir), "%s", optarg);
		else
			return -1;
	}
	return optind == argc && w->hog < 100 ? 0 : -1;
}

static int make_directory(struct workload *w)
{
	const char *parent = getenv("TMPDIR");

	if (!*w->dir)
		snprintf(w->dir, sizeof(w->dir), "%s", parent && *parent ? parent : "/tmp");
	strncat(w->dir, "/bt-workload.XXXXXX", sizeof(w->dir) - strlen(w->dir) - 1);
	return mkdtemp(w->dir) ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct workload w = { .seed = 1, .hog = DEFAULT_HOG };
	const struct mix *mix = argc > 1 ? find(argv[1]) : NULL;
	struct rlimit files;
	int code;

	if (!mix)
		return usage();
	w.mib = mix->mib;
	w.rounds = mix->rounds;
	if (parse(&w, argc - 1, argv + 1))
		return usage();
	if (make_directory(&w)) {
		perror("bt-workload: scratch directory");
		return 1;
	}
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	w.random = 88172645463325252 + w.seed * 7919;
	code = mix->run(&w);
	rmdir(w.dir);
	return code;
}
