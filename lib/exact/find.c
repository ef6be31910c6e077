/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "exact/inside.h"
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Finds its way around the kernel without a symbol table: production kernels hide addresses, and some leave
 * data symbols out altogether.
 */

#define CALIBRATION_VOTES  16
#define CALIBRATION_ROUNDS 200
#define CALIBRATION_BYTES  ((size_t)1 << 20)
#define SECTION_ORDER      15            /* log2 of the pages in a memory section: 128 MiB of 4 KiB pages */
#define DIRECT_MAP_STEP    0x40000000ULL /* the direct map begins at a multiple of 1 GiB */
#define DIRECT_MAP_STEPS   4096

int bdt_exact_peek(struct bdt_exact *e, uint64_t address, void *to, size_t size)
{
	char *out = to;

	while (size) {
		size_t n = size < BT_EXACT_PEEK ? size : BT_EXACT_PEEK;
		int err;

		e->shared->peek_address = address;
		e->shared->peek_size = (unsigned int)n;
		err = bdt_exact_run(e->peek, -1);
		if (err)
			return err;
		if (e->shared->peek_error)
			return -EFAULT;
		memcpy(out, e->shared->peek, n);
		out += n;
		address += n;
		size -= n;
	}
	return 0;
}

static uint64_t peek_u64(struct bdt_exact *e, uint64_t address)
{
	uint64_t value = 0;

	bdt_exact_peek(e, address, &value, sizeof(value));
	return value;
}

static int find_nodes(struct bdt_exact *e, struct bdt_diag *diag)
{
	struct bpf_link *link = bpf_program__attach_iter(e->nodes, NULL);
	char buffer[64];
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;

	while (fd >= 0 && read(fd, buffer, sizeof(buffer)) > 0)
		;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return e->shared->nr_nodes ? 0
				   : bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
						  "cannot find the memory nodes of this kernel");
}

static void add_zone(struct bdt_exact *e, uint64_t address, int node)
{
	const struct bt_exact_layout *l = &e->shared->layout;
	uint64_t start = peek_u64(e, address + (uint64_t)l->start_pfn.offset);
	uint64_t spanned = peek_u64(e, address + (uint64_t)l->spanned_pages.offset);
	struct bdt_exact_zone *zone = &e->zones[e->nzones];

	if (!spanned || e->nzones == BT_EXACT_ZONES)
		return;
	zone->node = node;
	zone->start = start;
	zone->end = start + spanned;
	bdt_exact_peek(e, peek_u64(e, address + (uint64_t)l->name.offset), zone->name,
		       sizeof(zone->name) - 1);
	e->shared->zone[e->nzones++] =
		(struct bt_exact_zone){ .address = address, .start = start, .end = start + spanned };
	e->shared->nr_zones = (unsigned int)e->nzones;
}

static int find_zones(struct bdt_exact *e, struct bdt_diag *diag)
{
	const struct bt_exact_layout *l = &e->shared->layout;

	for (unsigned int i = 0; i < e->shared->nr_nodes; i++) {
		uint64_t node = e->shared->node[i];
		int numbers[2] = { 0, 0 };

		bdt_exact_peek(e, node + (uint64_t)l->nr_zones.offset, &numbers[0], sizeof(int));
		bdt_exact_peek(e, node + (uint64_t)l->node_id.offset, &numbers[1], sizeof(int));
		for (int z = 0; z < numbers[0] && z < BT_EXACT_ZONES; z++)
			add_zone(e, node + (uint64_t)z * (uint64_t)l->zone_size, numbers[1]);
	}
	return e->nzones ? 0
			 : bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
					"cannot find the memory zones of this kernel");
}

static int check_layout(struct bdt_exact *e, struct bdt_diag *diag)
{
	const struct bt_exact_layout *l = &e->shared->layout;
	unsigned int shift = 0;

	while (l->page_size > 0 && 1 << shift < l->page_size)
		shift++;
	if (l->page_size != 1 << shift || l->orders > BT_EXACT_ORDERS || l->types > BT_EXACT_TYPES ||
	    l->pcp_lists > BT_EXACT_PCP)
		return bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
				    "this kernel's struct page (%d bytes), orders (%d) or migratetypes (%d) "
				    "are not as expected",
				    l->page_size, l->orders, l->types);
	e->shared->page_shift = shift;
	return 0;
}

/* Pages are taken and given back, until the address of the memory map is sure. */
static int calibrate(struct bdt_exact *e, struct bdt_diag *diag)
{
	struct bpf_link *links[2];

	links[0] = bpf_program__attach(bpf_object__find_program_by_name(e->object, "calibrate_page"));
	links[1] = bpf_program__attach(bpf_object__find_program_by_name(e->object, "calibrate_pfn"));
	e->shared->calibrate = 1;
	for (int i = 0; links[0] && links[1] && i < CALIBRATION_ROUNDS; i++) {
		char *memory = mmap(NULL, CALIBRATION_BYTES, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			break;
		memset(memory, 1, CALIBRATION_BYTES);
		munmap(memory, CALIBRATION_BYTES);
		if (e->shared->votes >= CALIBRATION_VOTES)
			break;
	}
	e->shared->calibrate = 0;
	bpf_link__destroy(links[0]);
	bpf_link__destroy(links[1]);
	if (e->shared->votes < CALIBRATION_VOTES)
		return bdt_diag_set(diag, -EOPNOTSUPP, BT_NO_OFFSET,
				    "cannot find the memory map of this kernel (%u for, %u against)",
				    e->shared->votes, e->shared->against);
	return 0;
}

static uint64_t symbol_address(const char *wanted)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], name[256], type;
	uint64_t address, found = 0;

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%" SCNx64 " %c %255s", &address, &type, name) == 3 && !strcmp(name, wanted))
			found = address;
	if (f)
		fclose(f);
	return found;
}

/*
 * The note for crash dumps names the table of memory sections.  Its physical address is public; the direct
 * map that holds it is found by trying, from the address of a node downwards.
 */
static uint64_t sections_from_note(struct bdt_exact *e)
{
	static const char key[] = "SYMBOL(mem_section)=";
	FILE *f = fopen("/sys/kernel/vmcoreinfo", "re");
	uint64_t physical = 0, size = 0, base = e->shared->node[0] & ~(DIRECT_MAP_STEP - 1);
	char note[BT_EXACT_PEEK + 1], *found;
	int fields = f ? fscanf(f, "%" SCNx64 " %" SCNx64, &physical, &size) : 0;

	if (f)
		fclose(f);
	if (fields != 2)
		return 0;
	for (int i = 0; i < DIRECT_MAP_STEPS; i++, base -= DIRECT_MAP_STEP) {
		if (bdt_exact_peek(e, base + physical, note, 64) || !memmem(note, 64, "VMCOREINFO", 10))
			continue;
		if (bdt_exact_peek(e, base + physical, note, BT_EXACT_PEEK))
			return 0;
		note[BT_EXACT_PEEK] = '\0';
		/* The note's header has zeros in it. */
		found = memmem(note, BT_EXACT_PEEK, key, sizeof(key) - 1);
		return found ? strtoull(found + sizeof(key) - 1, NULL, 16) : 0;
	}
	return 0;
}

/* Where the types of pageblocks are; without them the snapshot has lists only. */
static void find_sections(struct bdt_exact *e)
{
	uint64_t pointer = symbol_address("mem_section");

	e->shared->sections = pointer ? peek_u64(e, pointer) : sections_from_note(e);
	e->shared->per_root = (unsigned int)(sysconf(_SC_PAGESIZE) / e->shared->layout.section_size);
	e->shared->section_order = SECTION_ORDER;
}

int bdt_exact_find(struct bdt_exact *e, struct bdt_diag *diag)
{
	int err = bdt_exact_run(e->layout, -1);

	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot run a BPF program: %s", strerror(-err));
	err = check_layout(e, diag);
	if (!err)
		err = find_nodes(e, diag);
	if (!err)
		err = find_zones(e, diag);
	if (!err)
		err = calibrate(e, diag);
	if (!err)
		find_sections(e);
	return err;
}
