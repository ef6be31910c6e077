/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compact_result.h"

const char *const bdt_compact_result_names[BDT_COMPACT_NR] = {
	[BDT_COMPACT_NOT_SUITABLE_ZONE] = "not_suitable_zone",
	[BDT_COMPACT_SKIPPED] = "skipped",
	[BDT_COMPACT_DEFERRED] = "deferred",
	[BDT_COMPACT_NO_SUITABLE_PAGE] = "no_suitable_page",
	[BDT_COMPACT_CONTINUE] = "continue",
	[BDT_COMPACT_COMPLETE] = "complete",
	[BDT_COMPACT_PARTIAL_SKIPPED] = "partial_skipped",
	[BDT_COMPACT_CONTENDED] = "contended",
	[BDT_COMPACT_SUCCESS] = "success",
};

/* Results by their number in 4.0 - 4.6. */
static const enum bdt_compact_result old_numbers[] = {
	BDT_COMPACT_DEFERRED,          BDT_COMPACT_SKIPPED,   BDT_COMPACT_CONTINUE,
	BDT_COMPACT_SUCCESS,           BDT_COMPACT_COMPLETE,  BDT_COMPACT_NO_SUITABLE_PAGE,
	BDT_COMPACT_NOT_SUITABLE_ZONE, BDT_COMPACT_CONTENDED,
};

#define NR_OLD ((int)(sizeof(old_numbers) / sizeof(old_numbers[0])))

enum bdt_compact_result bdt_compact_result_from(long long number, bool old)
{
	if (number < 0 || number >= (old ? NR_OLD : BDT_COMPACT_NR))
		return BDT_COMPACT_NR;
	return old ? old_numbers[number] : (enum bdt_compact_result)number;
}

int bdt_compact_result_number(enum bdt_compact_result result, bool old)
{
	if (!old)
		return (int)result;
	for (int i = 0; i < NR_OLD; i++)
		if (old_numbers[i] == result)
			return i;
	return -1;
}
