/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "exact/inside.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int bdt_exact_count(struct bdt_exact *e, struct bdt_diag *diag)
{
#define PROGRAM(number, event) [number] = "count_" #event,
	static const char *const names[BT_EXACT_EVENTS] = { BT_EXACT_COUNTED(PROGRAM) };
#undef PROGRAM
	size_t attached = 0;

	for (size_t i = 0; i < BT_EXACT_EVENTS; i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(e->object, names[i]);

		e->counters[i] = program ? bpf_program__attach(program) : NULL;
		attached += e->counters[i] != NULL;
	}
	return attached ? 0
			: bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
				       "cannot attach to the events of the page allocator: %s",
				       strerror(errno));
}

int bdt_exact_fired(struct bdt_exact *e, struct bt_exact_fired *out)
{
	int cpus = libbpf_num_possible_cpus(), fd = bpf_object__find_map_fd_by_name(e->object, "fired");
	struct bt_exact_fired *values = cpus > 0 ? calloc((size_t)cpus, sizeof(*values)) : NULL;
	int err = 0;

	if (!values)
		return -ENOMEM;
	for (uint32_t i = 0; !err && i < BT_EXACT_EVENTS; i++) {
		out[i] = (struct bt_exact_fired){ 0, 0 };
		err = bpf_map_lookup_elem(fd, &i, values) ? -errno : 0;
		for (int cpu = 0; !err && cpu < cpus; cpu++) {
			out[i].all += values[cpu].all;
			out[i].init += values[cpu].init;
		}
	}
	free(values);
	return err;
}
