/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include <buddytrace/doctor.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was found, last run. */
static struct bdt_doctor_finding findings[64];
static size_t nfindings;

static void keep(void *user, const struct bdt_doctor_finding *finding)
{
	(void)user;
	assert_true(nfindings < sizeof(findings) / sizeof(findings[0]));
	findings[nfindings++] = *finding;
}

static int look(void)
{
	struct bdt_doctor_options options = { .tracefs = fakeroot, .root = fakeroot, .directory = fakeroot };

	nfindings = 0;
	return bdt_doctor_run(&options, keep, NULL, NULL);
}

static void expect(const char *check, enum bdt_doctor_state state, const char *text, const char *fix)
{
	for (size_t i = 0; i < nfindings; i++) {
		if (strcmp(findings[i].check, check))
			continue;
		assert_int_equal(findings[i].state, state);
		assert_non_null(strstr(findings[i].text, text));
		assert_string_equal(findings[i].fix, fix);
		return;
	}
	fail_msg("no finding of %s", check);
}

static void a_machine_without_tracefs(void **state)
{
	(void)state;
	assert_int_equal(look(), -ENODEV);
	expect("tracefs", BDT_DOCTOR_MISSING, "not mounted", "mount -t tracefs nodev /sys/kernel/tracing");
	expect("rights", BDT_DOCTOR_UNKNOWN, "without tracefs", "");
	expect("events", BDT_DOCTOR_UNKNOWN, "without tracefs", "");
	expect("clock", BDT_DOCTOR_UNKNOWN, "without tracefs", "");
	expect("disk", BDT_DOCTOR_OK, "MiB are free", "");
}

static void a_kernel_that_is_locked_down(void **state)
{
	(void)state;
	fakeroot_put("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	look();
	expect("tracefs", BDT_DOCTOR_MISSING, "not mounted", "mount -t tracefs nodev /sys/kernel/tracing");
	fakeroot_put("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	look();
	expect("tracefs", BDT_DOCTOR_MISSING, "locked down", "boot without lockdown=confidentiality");
	expect("rights", BDT_DOCTOR_MISSING, "nobody may trace", "boot without lockdown=confidentiality");
}

static void what_the_kernel_hides(void **state)
{
	(void)state;
	look();
	expect("snapshots", BDT_DOCTOR_ADVICE, "/proc/kpageflags",
	       "root, and a kernel with CONFIG_PROC_PAGE_MONITOR");
	expect("symbols", BDT_DOCTOR_ADVICE, "cannot be read", "");
	expect("pressure", BDT_DOCTOR_ADVICE, "psi", "psi=1 on the kernel's command line");
	fakeroot_put("proc/kpageflags", "12345678");
	fakeroot_put("proc/pagetypeinfo", "12345678");
	fakeroot_put("proc/kallsyms", "0000000000000000 A fixed_percpu_data\n");
	fakeroot_put("proc/pressure/memory", "some avg10=0.00\n");
	look();
	expect("snapshots", BDT_DOCTOR_OK, "can be read", "");
	expect("symbols", BDT_DOCTOR_ADVICE, "hides",
	       "CAP_SYSLOG, or sysctl kernel.kptr_restrict=0 for root");
	expect("pressure", BDT_DOCTOR_OK, "can be read", "");
	fakeroot_put("proc/kallsyms", "ffffffff81000000 T _stext\n");
	look();
	expect("symbols", BDT_DOCTOR_OK, "shows addresses", "");
}

static void programs_are_installed_as_the_distribution_does(void **state)
{
	char *path = strdup(getenv("PATH") ? getenv("PATH") : "");

	(void)state;
	setenv("PATH", fakeroot, 1);
	look();
	expect("gnuplot", BDT_DOCTOR_ADVICE, "no gnuplot", "install gnuplot");
	fakeroot_put("etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\n");
	look();
	expect("gnuplot", BDT_DOCTOR_ADVICE, "no gnuplot", "apt-get install gnuplot-nox");
	expect("fonts", BDT_DOCTOR_ADVICE, "fc-list", "apt-get install fonts-dejavu-core");
	fakeroot_put("etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");
	look();
	expect("gnuplot", BDT_DOCTOR_ADVICE, "no gnuplot", "dnf install gnuplot-minimal");
	setenv("PATH", path, 1);
	free(path);
}

static void a_directory_that_is_not_there(void **state)
{
	struct bdt_doctor_options options = { .tracefs = fakeroot,
					      .root = fakeroot,
					      .directory = "/nowhere/at/all" };

	(void)state;
	nfindings = 0;
	bdt_doctor_run(&options, keep, NULL, NULL);
	expect("disk", BDT_DOCTOR_MISSING, "/nowhere/at/all: No such file", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_machine_without_tracefs, fakeroot_make, fakeroot_remove),
		cmocka_unit_test_setup_teardown(a_kernel_that_is_locked_down, fakeroot_make, fakeroot_remove),
		cmocka_unit_test_setup_teardown(what_the_kernel_hides, fakeroot_make, fakeroot_remove),
		cmocka_unit_test_setup_teardown(programs_are_installed_as_the_distribution_does,
						fakeroot_make, fakeroot_remove),
		cmocka_unit_test_setup_teardown(a_directory_that_is_not_there, fakeroot_make,
						fakeroot_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
