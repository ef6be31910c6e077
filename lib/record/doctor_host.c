/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/program.h"
#include "record/doctor.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zstd.h>

#define ENOUGH_BYTES (UINT64_C(1) << 30)

/* How programs are installed; the last one is for systems that are not listed. */
static const struct distribution {
	const char *id, *install, *gnuplot, *fonts;
} distributions[] = {
	{ "debian", "apt-get install", "gnuplot-nox", "fonts-dejavu-core" },
	{ "fedora", "dnf install", "gnuplot-minimal", "dejavu-sans-fonts" },
	{ "suse", "zypper install", "gnuplot", "dejavu-fonts" },
	{ "arch", "pacman -S", "gnuplot", "ttf-dejavu" },
	{ "alpine", "apk add", "gnuplot", "ttf-dejavu" },
	{ NULL, "install", "gnuplot", "DejaVu fonts" },
};

/* Where ID or ID_LIKE of os-release has the word. */
static const struct distribution *find_distribution(struct bdt_doctor *d)
{
	const struct distribution *dist = distributions;

	if (bdt_text_read(&d->text, d->root, "/etc/os-release"))
		d->text.size = 0;
	for (; dist->id; dist++)
		for (const char *pos = d->text.size ? d->text.data : NULL; pos && (pos = strstr(pos, "ID"));
		     pos++) {
			const char *end = strchr(pos, '\n'), *found = strstr(pos, dist->id);

			if (found && (!end || found < end))
				return dist;
		}
	return dist;
}

static bool readable(const struct bdt_doctor *d, const char *path, void *data, size_t size)
{
	char full[PATH_MAX];
	ssize_t n;
	int fd;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", d->root, path) >= sizeof(full))
		return false;
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, data, size);
	close(fd);
	return n > 0;
}

static void look_snapshots(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	uint64_t word;

	if (!readable(d, "/proc/kpageflags", &word, sizeof(word)))
		bdt_doctor_find(
			f, BDT_DOCTOR_ADVICE, "root, and a kernel with CONFIG_PROC_PAGE_MONITOR",
			"/proc/kpageflags cannot be read: a replay would start from an unknown state");
	else if (!readable(d, "/proc/pagetypeinfo", &word, sizeof(word)))
		bdt_doctor_find(
			f, BDT_DOCTOR_ADVICE, "root",
			"/proc/pagetypeinfo cannot be read: the types of free pages would be unknown");
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "/proc/kpageflags and pagetypeinfo can be read");
}

/* Whether the first line of kallsyms has another address than 0. */
static void look_symbols(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	char text[256] = "";

	if (!readable(d, "/proc/kallsyms", text, sizeof(text) - 1))
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, NULL,
				"/proc/kallsyms cannot be read: stacks would have no names");
	else if (text[strspn(text, "0")] == ' ')
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, "CAP_SYSLOG, or sysctl kernel.kptr_restrict=0 for root",
				"/proc/kallsyms hides the addresses: stacks would have no names");
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "/proc/kallsyms shows addresses");
}

static void look_realtime(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	struct sched_param old, fifo = { .sched_priority = 1 };
	int policy, err;

	(void)d;
	pthread_getschedparam(pthread_self(), &policy, &old);
	err = pthread_setschedparam(pthread_self(), SCHED_FIFO, &fifo);
	if (err)
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, "ulimit -r 1; LimitRTPRIO=1 in a unit",
				"SCHED_FIFO is refused (%s): a small ring may overrun on a busy machine",
				strerror(err));
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "SCHED_FIFO is permitted");
	if (!err)
		pthread_setschedparam(pthread_self(), policy, &old);
}

static void look_memlock(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	(void)d;
	if (mlockall(MCL_CURRENT)) {
		bdt_doctor_find(
			f, BDT_DOCTOR_ADVICE, "ulimit -l unlimited; LimitMEMLOCK=infinity in a unit",
			"memory cannot be locked (%s): page faults of the recorder would be in the trace",
			strerror(errno));
		return;
	}
	munlockall();
	bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "memory can be locked");
}

static void look_pressure(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	char text[8];

	if (readable(d, "/proc/pressure/memory", text, sizeof(text)))
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "/proc/pressure/memory can be read");
	else
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, "psi=1 on the kernel's command line",
				"no /proc/pressure/memory: record --trigger psi=... will not work");
}

static void look_btf(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	char text[8];

	if (readable(d, "/sys/kernel/btf/vmlinux", text, sizeof(text)))
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "the kernel describes its types");
	else
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, "a kernel with CONFIG_DEBUG_INFO_BTF",
				"the kernel does not describe its types (BTF), which only BPF programs need");
}

static void look_disk(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	const char *dir = d->options->directory ? d->options->directory : ".";
	struct statvfs fs;
	uint64_t bytes;

	if (statvfs(dir, &fs)) {
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, NULL, "%s: %s", dir, strerror(errno));
		return;
	}
	bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (access(dir, W_OK))
		bdt_doctor_find(f, BDT_DOCTOR_MISSING, "record --output FILE elsewhere", "%s: %s", dir,
				strerror(errno));
	else if (bytes < ENOUGH_BYTES)
		bdt_doctor_find(f, BDT_DOCTOR_ADVICE, "record --max-size, --keep, --min-free",
				"%s: %" PRIu64
				" MiB are free; buddytrace estimate tells what a recording takes",
				dir, bytes >> 20);
	else
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "%s: %" PRIu64 " MiB are free", dir, bytes >> 20);
}

static void look_zstd(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	(void)d;
	bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "libzstd %s", ZSTD_versionString());
}

static void look_gnuplot(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	static const char *const argv[] = { "gnuplot", "--version", NULL };
	const struct distribution *dist = find_distribution(d);
	char out[64], fix[128];

	if (!bdt_program_run(argv, "/", STDOUT_FILENO, out, sizeof(out))) {
		out[strcspn(out, "\n")] = '\0';
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "%s", out);
		return;
	}
	snprintf(fix, sizeof(fix), "%s %s", dist->install, dist->gnuplot);
	bdt_doctor_find(f, BDT_DOCTOR_ADVICE, fix,
			"no gnuplot: plot and report write charts as scripts and data only");
}

static void look_fonts(struct bdt_doctor *d, struct bdt_doctor_finding *f)
{
	static const char *const argv[] = { "fc-list", ":", "family", NULL };
	const struct distribution *dist = find_distribution(d);
	char out[4096], fix[128];
	int err = bdt_program_run(argv, "/", STDOUT_FILENO, out, sizeof(out));

	if (!err && *out) {
		bdt_doctor_find(f, BDT_DOCTOR_OK, NULL, "there are fonts for pictures");
		return;
	}
	snprintf(fix, sizeof(fix), "%s %s", dist->install, dist->fonts);
	bdt_doctor_find(f, BDT_DOCTOR_ADVICE, fix, "%s: PNG pictures may have no letters; SVG ones have",
			err == -ENOENT ? "no fc-list that could list fonts" : "no fonts");
}

const struct bdt_doctor_check bdt_doctor_host[] = {
	{ "snapshots", look_snapshots },
	{ "symbols", look_symbols },
	{ "realtime", look_realtime },
	{ "memlock", look_memlock },
	{ "pressure", look_pressure },
	{ "btf", look_btf },
	{ "disk", look_disk },
	{ "zstd", look_zstd },
	{ "gnuplot", look_gnuplot },
	{ "fonts", look_fonts },
	{ 0 },
};
