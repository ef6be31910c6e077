// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the free lists of a zone in order, while the kernel holds the zone lock.
 *
 * The tracepoint mm_page_alloc_zone_locked fires under that lock with interrupts off: a program attached to
 * it sees lists that nobody changes, at a known place of the event stream, which a marker line printed into
 * the same stream tells.  Lists are read from both ends at once, because the time goes into cache misses and
 * two of them overlap; a run that takes longer than its budget stops, and the loader starts another.
 *
 * It never writes to the kernel, and reads all memory through bpf_probe_read_kernel(): a pointer that leads
 * nowhere is an error code, not a fault.
 *
 * The programs stand in the order of their work: where things are, what page 0 is and what there is to wait
 * for, then the lists of a zone and those of a CPU, what interrupts find locked, and what is reported to a
 * host.
 */
#include "exact/bpf/layout.bpf.h"
#include "exact/bpf/nodes.bpf.h"

#include "exact/bpf/calibrate.bpf.h"
#include "exact/bpf/count.bpf.h"

#include "exact/bpf/zone.bpf.h"

#include "exact/bpf/pcp.bpf.h"

#include "exact/bpf/held.bpf.h"

#include "exact/bpf/reporting.bpf.h"

char LICENSE[] SEC("license") = "GPL";
