/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limits RELEASE FILE: prints, for all snapshots of a recording, how many numbers of zoneinfo were compared
 * with what the model computes, and how many differ.  One line: marks, protection, batch, high, bounds, and
 * the bits of the gfp mask, with and without the recorded format, and the pages on per-CPU lists when the
 * system is given what was observed; each as COMPARED/WRONG.
 */
#include "replay/recorded.h"
#include <inttypes.h>
#include <stdio.h>

/* Zones whose per-CPU lists hold as many pages as the kernel prints, and those that do not. */
static void count_pages(const struct bdt_system *s, const struct bdt_zoneinfo *info, uint64_t pages[2])
{
	for (size_t i = 0; i < s->nzones; i++) {
		uint64_t count = 0;

		for (unsigned int cpu = 0; cpu < s->ncpus; cpu++)
			count += s->zones[i].pcp.cpu[cpu].count;
		pages[0]++;
		pages[1] += count != info->zones[i].pcp_count || bdt_pcpset_validate(&s->zones[i].pcp);
	}
}

/* Compares one snapshot with a system of its sizes: memory can come and go while it is recorded. */
static int check_snapshot(const struct bdt_tracefile *tf, size_t i, const struct bdt_profile *profile,
			  struct bdt_recorded_check *check, uint64_t pages[2], struct bdt_diag *diag)
{
	const struct bdt_piece *zi = bdt_snapshot_piece(bdt_tracefile_snapshot(tf, i), "zoneinfo");
	struct bdt_state state = { 0 };
	struct bdt_system *s = NULL;
	struct bdt_zoneinfo info;
	int err;

	if (!zi)
		return 0;
	err = bdt_zoneinfo_parse(zi->data, zi->size, &info, diag);
	if (!err)
		err = bdt_state_create(&state, profile, &info, 10, 9, diag);
	if (!err)
		err = bdt_recorded_system(tf, i, &state, &s, diag);
	if (!err)
		err = bdt_recorded_compare(tf, i, s, check, diag);
	if (!err)
		err = bdt_recorded_observe(tf, i, s, diag);
	if (!err)
		count_pages(s, &info, pages);
	bdt_system_destroy(s);
	bdt_state_finish(&state);
	return err;
}

/* Each bit that the recorded format names, and whether the profile's default is the same. */
static int check_gfp(const struct bdt_tracefile *tf, const struct bdt_profile *profile, unsigned int *bits,
		     unsigned int *wrong, struct bdt_diag *diag)
{
	struct bdt_gfp_map recorded, otherwise;
	struct bdt_stream *stream;
	int err = bdt_stream_open(tf, &stream, diag);

	if (err)
		return err;
	bdt_recorded_gfp(stream, profile, &recorded);
	bdt_gfp_map_default(&otherwise, profile);
	for (unsigned int bit = 0; bit < 64; bit++)
		if (recorded.bit[bit] | otherwise.bit[bit]) {
			++*bits;
			*wrong += recorded.bit[bit] != otherwise.bit[bit];
		}
	bdt_stream_close(stream);
	return 0;
}

int main(int argc, char **argv)
{
	struct bdt_recorded_check check = { 0 };
	struct bdt_tracefile *tf = NULL;
	struct bdt_profile profile;
	struct bdt_diag diag = { 0 };
	unsigned int bits = 0, wrong = 0;
	uint64_t pages[2] = { 0, 0 };
	int err;

	if (argc != 3 || bdt_profile_find(argv[1], &profile, NULL))
		return 2;
	err = bdt_tracefile_open(argv[2], &tf, &diag);
	for (size_t i = 0; !err && i < bdt_tracefile_nsnapshots(tf); i++)
		err = check_snapshot(tf, i, &profile, &check, pages, &diag);
	if (!err)
		err = check_gfp(tf, &profile, &bits, &wrong, &diag);
	if (err)
		fprintf(stderr, "%s\n", diag.text);
	else
		printf("marks %" PRIu64 "/%" PRIu64 " protection %" PRIu64 "/%" PRIu64 " batch %" PRIu64
		       "/%" PRIu64 " high %" PRIu64 "/%" PRIu64 " bounds %" PRIu64 "/%" PRIu64
		       " gfp %u/%u pcp %" PRIu64 "/%" PRIu64 "\n",
		       check.marks, check.marks_wrong, check.protection, check.protection_wrong, check.batch,
		       check.batch_wrong, check.high, check.high_wrong, check.bounds, check.bounds_wrong,
		       bits, wrong, pages[0], pages[1]);
	bdt_tracefile_close(tf);
	return !!err;
}
