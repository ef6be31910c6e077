/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/bounds.h"

enum bdt_bounds_action bdt_bounds_check(const struct bdt_record_options *options,
					const struct bdt_bounds_state *state, const char **why)
{
	uint64_t bytes = state->file_bytes + state->pending_bytes;

	if (options->max_bytes && state->other_bytes + bytes >= options->max_bytes) {
		*why = BT_BOUND_MAX_SIZE;
		return BDT_BOUNDS_STOP;
	}
	if (state->free_bytes < options->min_free_bytes) {
		*why = BT_BOUND_MIN_FREE;
		return state->may_delete ? BDT_BOUNDS_DELETE : BDT_BOUNDS_STOP;
	}
	if (state->may_cut && options->rotate_bytes && bytes >= options->rotate_bytes) {
		*why = BT_BOUND_ROTATE_SIZE;
		return BDT_BOUNDS_CUT;
	}
	if (state->may_cut && options->rotate_ns && state->file_ns >= options->rotate_ns) {
		*why = BT_BOUND_ROTATE_TIME;
		return BDT_BOUNDS_CUT;
	}
	return BDT_BOUNDS_GO_ON;
}

uint64_t bdt_bounds_most(const struct bdt_record_options *options, const struct bdt_bounds_state *state)
{
	if (!options->max_bytes)
		return UINT64_MAX;
	return options->max_bytes > state->other_bytes ? options->max_bytes - state->other_bytes : 0;
}

uint64_t bdt_bounds_limit(const struct bdt_record_options *options, const struct bdt_bounds_state *state)
{
	uint64_t limit = bdt_bounds_most(options, state);

	if (options->rotate_bytes && state->may_cut && options->rotate_bytes < limit)
		limit = options->rotate_bytes;
	return limit;
}
