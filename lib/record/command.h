/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_COMMAND_H
#define BT_RECORD_COMMAND_H

#include <buddytrace/diag.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The command that is run while recording.  Its process is forked before the recorder has threads and locked
 * memory, and waits until recording has begun.
 */
struct bdt_command {
	pid_t pid;    /* 0 = none */
	int go;       /* a byte written here starts the program, closing it ends the process */
	int result;   /* the errno value of a failed exec comes from here, else EOF */
	int pidfd;    /* readable when the command has ended; -1 where the kernel has none */
	bool failed;  /* it could not be executed */
	bool stopped; /* we ended it */
	int status;   /* exit code, 128 + n for signal n; -1 = still running or none */
};

/* Forks.  argv NULL: no command, all other calls then do nothing.  0 or -errno. */
int bdt_command_prepare(struct bdt_command *c, char *const *argv, struct bdt_diag *diag);
/* Starts the program `name`.  0; -ENOENT, -EACCES ... when it cannot be executed (status is 127 or 126). */
int bdt_command_start(struct bdt_command *c, const char *name, struct bdt_diag *diag);
/* True when there is a command and it has ended. */
bool bdt_command_ended(struct bdt_command *c);
/*
 * Asks a command that still runs to end (SIGTERM); it is killed when it lasts `timeout_ms` longer, or when
 * `give_up` (called every 20 ms with `user`) returns true.
 */
void bdt_command_stop(struct bdt_command *c, int timeout_ms, bool (*give_up)(void *user), void *user);
/* Ends the process, started or not, and closes everything. */
void bdt_command_finish(struct bdt_command *c);

#endif
