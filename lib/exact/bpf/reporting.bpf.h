/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the kernel reports free pages to the host. */
#ifndef BT_EXACT_BPF_REPORTING_H
#define BT_EXACT_BPF_REPORTING_H

#include "exact/bpf/memory.bpf.h"

/*
 * Free page reporting reorders lists without an event.  It is work of a workqueue: marker lines tell when a
 * pass begins and ends, and each time that it goes on because the host has a batch.  In between it depends on
 * the lists alone what is reported.  cf. page_reporting_process(), virtballoon_free_page_report()
 */
#define REPORTING_FUNCTION "page_reporting_process"

/* The kernel tells the name, since it may hide the address; each function is asked about once. */
static __always_inline int is_reporting(__u64 function)
{
	__u64 *asked = &shared.other_work[(function >> 4) % BT_EXACT_WORKS];
	char name[sizeof(REPORTING_FUNCTION) + 1] = "";

	if (shared.reporting_work)
		return function == shared.reporting_work;
	if (*asked == function)
		return 0;
	*asked = function;
	BPF_SNPRINTF(name, sizeof(name), "%ps", function);
	if (bpf_strncmp(name, sizeof(name), REPORTING_FUNCTION))
		return 0;
	shared.reporting_work = function;
	return 1;
}

SEC("raw_tp/workqueue_execute_start")
int BPF_PROG(reporting_begins, struct work_struct *work)
{
	__u64 function = 0;

	READ(function, (__u64)work + bpf_core_field_offset(struct work_struct, func));
	if (!is_reporting(function))
		return 0;
	shared.reporting_woken = shared.reporting_steps = 0;
	shared.reporting_task = bpf_get_current_task();
	bpf_printk("buddytrace reporting begin");
	return 0;
}

SEC("raw_tp/workqueue_execute_end")
int reporting_ends(void *ctx)
{
	if (!shared.reporting_task || shared.reporting_task != bpf_get_current_task())
		return 0;
	shared.reporting_task = 0;
	bpf_printk("buddytrace reporting end");
	return 0;
}

static __always_inline void handed_over(void)
{
	shared.reporting_woken = 0;
	bpf_printk("buddytrace reporting handed over %u", ++shared.reporting_steps);
}

/* The host has the batch, and the task that waits for it may be running still. */
SEC("raw_tp/sched_waking")
int BPF_PROG(reporting_woken, __u64 task)
{
	if (!shared.reporting_task || task != shared.reporting_task)
		return 0;
	if (task == bpf_get_current_task())
		handed_over();
	else
		shared.reporting_woken = 1;
	return 0;
}

SEC("raw_tp/sched_switch")
int BPF_PROG(reporting_goes_on, __u64 preempted, __u64 goes, __u64 comes)
{
	if (shared.reporting_woken && comes == shared.reporting_task)
		handed_over();
	return 0;
}

#endif
