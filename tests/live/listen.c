/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* listen PATH: prints the datagrams that arrive at the socket PATH, a line for each; ends with one that says so. */
int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[4096];
	ssize_t n;

	if (argc != 2 || fd < 0 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	memcpy(address.sun_path, argv[1], strlen(argv[1]));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		return 1;
	alarm(300);
	while ((n = recv(fd, text, sizeof(text), 0)) >= 0) {
		for (ssize_t i = 0; i < n; i++)
			putchar(text[i] == '\n' ? ' ' : text[i]);
		putchar('\n');
		fflush(stdout);
		if (n >= 10 && !memcmp(text, "STOPPING=1", 10))
			break;
	}
	return 0;
}
