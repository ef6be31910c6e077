/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_JSON_H
#define BUDDYTRACE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes JSON as it goes, indented by two spaces, same calls = same bytes.  Numbers never depend on the
 * locale.  `key` is the member's name inside an object and NULL inside an array and for the outermost value.
 * Unbalanced calls and more than BT_JSON_DEPTH levels are programming errors.
 */
#define BT_JSON_DEPTH 62

struct bdt_json {
	FILE *out;
	unsigned int depth;
	uint64_t filled; /* bit d: level d has a member already */
	uint64_t arrays; /* bit d: level d is an array */
};

/* Starts writing to `out`, which stays the caller's. */
void bdt_json_init(struct bdt_json *json, FILE *out);
/* Ends the line of the outermost value; 0 or -EIO when writing failed at any time. */
int bdt_json_finish(struct bdt_json *json);

/* Opens an object or an array; each needs its bdt_json_end(). */
void bdt_json_object(struct bdt_json *json, const char *key);
void bdt_json_array(struct bdt_json *json, const char *key);
/* Closes the innermost object or array. */
void bdt_json_end(struct bdt_json *json);

/* Bytes that are not UTF-8 become U+FFFD; NULL becomes null. */
void bdt_json_string(struct bdt_json *json, const char *key, const char *value);
void bdt_json_u64(struct bdt_json *json, const char *key, uint64_t value);
/* null unless `known`. */
void bdt_json_u64_if(struct bdt_json *json, const char *key, bool known, uint64_t value);
void bdt_json_i64(struct bdt_json *json, const char *key, int64_t value);
/* `digits` behind the point, at most 17; NaN and infinities become null. */
void bdt_json_double(struct bdt_json *json, const char *key, double value, int digits);
/* Six digits behind the point, more where that would read 1 or 0 without being so; a negative value, which had nothing to divide by, becomes null. */
void bdt_json_ratio(struct bdt_json *json, const char *key, double value);
void bdt_json_bool(struct bdt_json *json, const char *key, bool value);
void bdt_json_null(struct bdt_json *json, const char *key);

#endif
