/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/instance.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#define NAME_PREFIX "buddytrace-"
#define LOCKED_DOWN "the kernel is locked down (confidentiality): nobody may trace"
#define ADVICE_ROOT "run as root, or have tracefs mounted with a group of yours (mount -o remount,gid=)"

static bool no_rights(int err)
{
	return err == EACCES || err == EPERM;
}

bool bdt_locked_down(const char *root)
{
	struct bdt_text text = { NULL, 0, 0 };
	bool yes = !bdt_text_read(&text, root, "/sys/kernel/security/lockdown") &&
		   strstr(text.data, "[confidentiality]");

	bdt_text_finish(&text);
	return yes;
}

/* Path of tracefs in *dir (the library's), mounted if need be. */
static int find_tracefs(const char **dir, struct bdt_diag *diag)
{
	tracefs_set_loglevel(TEP_LOG_NONE);
	*dir = tracefs_tracing_dir();
	if (*dir)
		return 0;
	if (bdt_locked_down(NULL))
		return bdt_diag_set(diag, -EPERM, BT_NO_OFFSET, LOCKED_DOWN);
	return bdt_diag_set(diag, -ENODEV, BT_NO_OFFSET,
			    "tracefs is not mounted: as root, mount -t tracefs nodev /sys/kernel/tracing");
}

/*
 * Removes the instances of recorders that died together with their guard.  A recorder that this process
 * cannot see (another pid namespace) is safe: the kernel does not remove an instance whose files are open.
 */
static void remove_stale(const char *instances, const struct bdt_log *log)
{
	DIR *dir = opendir(instances);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		const char *digits = entry->d_name + strlen(NAME_PREFIX);
		char *end;
		long pid;

		if (strncmp(entry->d_name, NAME_PREFIX, strlen(NAME_PREFIX)) || *digits < '1' ||
		    *digits > '9')
			continue;
		pid = strtol(digits, &end, 10);
		if ((*end && *end != '-') || !kill((pid_t)pid, 0) || errno != ESRCH)
			continue;
		if (!unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR))
			bdt_log_warn(log,
				     "removed the trace instance %s, left behind by a recorder that died",
				     entry->d_name);
	}
	closedir(dir);
}

static int make_directory(struct bdt_instance *in, const char *tracefs, struct bdt_diag *diag)
{
	int err;

	/*
	 * This process has none of that name: it was left by a dead one that had the same id, as the first
	 * process of a container has each time.
	 */
	if (!mkdir(in->dir, 0750) || (errno == EEXIST && !rmdir(in->dir) && !mkdir(in->dir, 0750)))
		return 0;
	err = errno;
	if ((no_rights(err) || err == ENOENT) && bdt_locked_down(NULL))
		return bdt_diag_set(diag, -EPERM, BT_NO_OFFSET, LOCKED_DOWN);
	if (no_rights(err))
		return bdt_diag_set(diag, -EPERM, BT_NO_OFFSET, "no permission to trace in %s: %s", tracefs,
				    ADVICE_ROOT);
	if (err == ENOENT || err == ENOTDIR)
		return bdt_diag_set(
			diag, -ENODEV, BT_NO_OFFSET,
			"%s is no tracefs with instances: mount -t tracefs nodev /sys/kernel/tracing",
			tracefs);
	return bdt_diag_set(diag, -err, BT_NO_OFFSET, "cannot create %s: %s", in->dir, strerror(err));
}

int bdt_instance_create(struct bdt_instance *in, const char *tracefs, const struct bdt_log *log,
			struct bdt_diag *diag)
{
	return bdt_instance_create_for(in, "", tracefs, log, diag);
}

int bdt_instance_create_for(struct bdt_instance *in, const char *purpose, const char *tracefs,
			    const struct bdt_log *log, struct bdt_diag *diag)
{
	char parent[PATH_MAX - 64], name[64];
	int err;

	*in = (struct bdt_instance){ .guard = { 0, -1 } };
	if (!tracefs) {
		err = find_tracefs(&tracefs, diag);
		if (err)
			return err;
	}
	snprintf(name, sizeof(name), NAME_PREFIX "%ld%s%s", (long)getpid(), *purpose ? "-" : "", purpose);
	if ((size_t)snprintf(parent, sizeof(parent), "%s/instances", tracefs) >= sizeof(parent))
		return bdt_diag_set(diag, -ENAMETOOLONG, BT_NO_OFFSET, "path of tracefs is too long");
	snprintf(in->dir, sizeof(in->dir), "%s/%s", parent, name);
	remove_stale(parent, log);
	err = make_directory(in, tracefs, diag);
	if (err)
		return err;
	err = bdt_guard_start(&in->guard, in->dir);
	if (err)
		bdt_log_warn(log, "nobody will remove %s should this process be killed: %s", in->dir,
			     strerror(-err));
	in->handle = tracefs_instance_alloc(tracefs, name);
	if (!in->handle) {
		rmdir(in->dir);
		bdt_guard_stop(&in->guard);
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "cannot attach to %s", in->dir);
	}
	err = bdt_instance_trace(in, false, diag);
	if (err)
		bdt_instance_destroy(in, log);
	return err;
}

void bdt_instance_destroy(struct bdt_instance *in, const struct bdt_log *log)
{
	if (!in->handle)
		return;
	tracefs_trace_off(in->handle);
	tracefs_instance_free(in->handle);
	in->handle = NULL;
	if (rmdir(in->dir))
		bdt_log_warn(log, "cannot remove %s: %s; remove it with rmdir", in->dir, strerror(errno));
	bdt_guard_stop(&in->guard);
}

int bdt_instance_write(struct bdt_instance *in, const char *file, const char *value, struct bdt_diag *diag)
{
	errno = 0;
	if (tracefs_instance_file_write(in->handle, file, value) >= 0)
		return 0;
	return bdt_diag_set(diag,
			    no_rights(errno) ? -EPERM
			    : errno          ? -errno
					     : -EIO,
			    BT_NO_OFFSET, "cannot write '%s' to %s/%s: %s", value, in->dir, file,
			    errno ? strerror(errno) : "refused");
}

int bdt_instance_read(const struct bdt_instance *in, const char *file, struct bdt_text *text,
		      struct bdt_diag *diag)
{
	char path[PATH_MAX];
	int err;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", in->dir, file) >= sizeof(path))
		return -ENAMETOOLONG;
	err = bdt_text_read(text, NULL, path);
	if (err)
		return bdt_diag_set(diag, no_rights(-err) ? -EPERM : err, BT_NO_OFFSET, "cannot read %s: %s",
				    path, strerror(-err));
	return 0;
}

int bdt_instance_trace(struct bdt_instance *in, bool on, struct bdt_diag *diag)
{
	return bdt_instance_write(in, "tracing_on", on ? "1" : "0", diag);
}
