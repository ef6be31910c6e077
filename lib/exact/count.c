/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "exact/inside.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct bpf_program *counter(const struct bdt_exact *e, uint32_t event)
{
#define PROGRAM(number, event) [number] = "count_" #event,
	static const char *const names[BT_EXACT_EVENTS] = { BT_EXACT_COUNTED(PROGRAM) };
#undef PROGRAM

	return bpf_object__find_program_by_name(e->object, names[event]);
}

int bdt_exact_count(struct bdt_exact *e, struct bdt_diag *diag)
{
	size_t attached = 0;

	for (uint32_t i = 0; i < BT_EXACT_EVENTS; i++) {
		struct bpf_program *program = counter(e, i);

		e->counters[i] = program ? bpf_program__attach(program) : NULL;
		attached += e->counters[i] != NULL;
	}
	return attached ? 0
			: bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
				       "cannot attach to the events of the page allocator: %s",
				       strerror(errno));
}

/* A program that is running on a CPU is not run again for an event that interrupts it; the kernel counts these. */
static uint64_t not_seen(const struct bdt_exact *e, uint32_t event)
{
	const struct bpf_program *program = counter(e, event);
	struct bpf_prog_info info = { .type = 0 };
	uint32_t size = sizeof(info);

	if (!program || bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

int bdt_exact_fired(struct bdt_exact *e, struct bt_exact_fired *out, uint64_t missed[BT_EXACT_EVENTS])
{
	int cpus = libbpf_num_possible_cpus(), fd = bpf_object__find_map_fd_by_name(e->object, "fired");
	struct bt_exact_fired *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;
	int err = 0;

	if (!values)
		return -ENOMEM;
	memset(out, 0, (size_t)BT_EXACT_EVENTS * BT_EXACT_CPUS * sizeof(*out));
	for (uint32_t i = 0; !err && i < BT_EXACT_EVENTS; i++) {
		err = bpf_map_lookup_elem(fd, &i, values) ? -errno : 0;
		for (int cpu = 0; !err && cpu < cpus && cpu < BT_EXACT_CPUS; cpu++)
			out[i * BT_EXACT_CPUS + (uint32_t)cpu] = values[cpu];
		missed[i] = not_seen(e, i);
	}
	free(values);
	return err;
}
