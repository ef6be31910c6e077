/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <record/notify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The other end: a service manager, at an abstract address. */
static int manager;

static int set_up(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@bt-notify-%ld", (long)getpid());
	memcpy(address.sun_path, name, strlen(name));
	address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setenv("NOTIFY_SOCKET", name, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return bind(manager, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
}

static int tear_down(void **state)
{
	(void)state;
	close(manager);
	return 0;
}

static void expect(const char *want)
{
	char text[1024];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	assert_string_equal(text, want);
}

static void messages_arrive(void **state)
{
	struct bdt_notify n;

	(void)state;
	bdt_notify_init(&n);
	bdt_notify_ready(&n);
	expect("READY=1");
	assert_true(bdt_notify_wants_status(&n));
	bdt_notify_status(&n, "%d events", 7);
	expect("STATUS=7 events");
	assert_false(bdt_notify_wants_status(&n));
	/* Nobody asked for signs of life. */
	bdt_notify_alive(&n);
	expect("");
	bdt_notify_stopping(&n);
	expect("STOPPING=1");
	bdt_notify_alive(&n);
	expect("EXTEND_TIMEOUT_USEC=30000000");
	bdt_notify_alive(&n);
	expect("");
	bdt_notify_finish(&n);
}

static void signs_of_life_come_when_due(void **state)
{
	struct bdt_notify n;
	char pid[32];

	(void)state;
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	/* Nothing keeps this process from its CPU for a day. */
	setenv("WATCHDOG_USEC", "172800000000", 1);
	bdt_notify_init(&n);
	bdt_notify_alive(&n);
	expect("WATCHDOG=1");
	bdt_notify_alive(&n);
	expect("");
	bdt_notify_finish(&n);
	setenv("WATCHDOG_USEC", "20000", 1);
	bdt_notify_init(&n);
	bdt_notify_alive(&n);
	expect("WATCHDOG=1");
	usleep(11000);
	bdt_notify_alive(&n);
	expect("WATCHDOG=1");
	bdt_notify_finish(&n);
	setenv("WATCHDOG_PID", "1", 1);
	bdt_notify_init(&n);
	bdt_notify_alive(&n);
	expect("");
	bdt_notify_finish(&n);
}

static void without_a_manager_nothing_happens(void **state)
{
	static const char *const names[] = { "", "relative", "/nowhere/at/all", "@" };
	struct bdt_notify n;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		bdt_notify_init(&n);
		bdt_notify_ready(&n);
		bdt_notify_status(&n, "x");
		bdt_notify_finish(&n);
	}
	unsetenv("NOTIFY_SOCKET");
	bdt_notify_init(&n);
	bdt_notify_ready(&n);
	bdt_notify_finish(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_arrive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signs_of_life_come_when_due, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_manager_nothing_happens, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
