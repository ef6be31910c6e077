/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * cost [-o FILE] COMMAND...: runs it with its output thrown away, or in FILE, and prints CPU seconds (user +
 * system, the trustworthy figure on a shared machine) and peak resident memory in KiB, of it and of the
 * children that it waited for.  Exit: that of the command.
 */
int main(int argc, char **argv)
{
	const char *output = "/dev/null";
	struct rusage usage;
	int status, c;
	pid_t pid;

	while ((c = getopt(argc, argv, "+o:")) == 'o')
		output = optarg;
	if (c != -1 || optind == argc) {
		fputs("usage: cost [-o FILE] COMMAND [ARGUMENT]...\n", stderr);
		return 2;
	}
	argv += optind;
	pid = fork();
	if (pid == 0) {
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666), STDOUT_FILENO);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
		perror("cost");
		return 1;
	}
	printf("%.3f %ld\n",
	       usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
		       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6,
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
