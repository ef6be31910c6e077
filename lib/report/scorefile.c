/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/scorefile.h"
#include "base/array.h"
#include "base/json_read.h"
#include "base/outfile.h"
#include "base/text.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES (1 << 20)
#define MAX_PAIRS 1000
#define MAX_PATH  256

struct walk {
	struct bdt_json_reader json;
	struct bdt_scorefile *score;
	char path[MAX_PATH];
	size_t length; /* of path, without the name of the member that comes next */
	size_t levels[BT_JSON_READER_DEPTH];
	unsigned int depth, arrays; /* open levels; open arrays */
};

static int add(struct walk *walk, struct bdt_diag *diag)
{
	struct bdt_scorefile_pair *pair;

	if (walk->arrays || walk->json.type == BDT_JSONR_NULL)
		return 0;
	if (walk->score->n == MAX_PAIRS)
		return bdt_diag_set(diag, -EFBIG, BT_NO_OFFSET, "more than %d members", MAX_PAIRS);
	pair = bdt_array_add(&walk->score->pairs, &walk->score->n, sizeof(*pair));
	if (!pair)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	pair->path = strdup(walk->path);
	pair->text = strdup(walk->json.text);
	pair->number = walk->json.type == BDT_JSONR_NUMBER ? walk->json.number : -1;
	return pair->path && pair->text ? 0 : bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
}

static void open_level(struct walk *walk)
{
	walk->arrays += walk->json.type == BDT_JSONR_ARRAY;
	walk->levels[walk->depth++] = walk->length;
	walk->length = strlen(walk->path);
}

static void close_level(struct walk *walk)
{
	walk->arrays -= walk->json.type == BDT_JSONR_ARRAY_END;
	walk->length = walk->levels[--walk->depth];
	walk->path[walk->length] = '\0';
}

/* Returns 0, or -EBADMSG for a name that does not fit. */
static int member(struct walk *walk, struct bdt_diag *diag)
{
	size_t room = sizeof(walk->path) - walk->length;
	int n = snprintf(walk->path + walk->length, room, "%s%s", walk->length ? "." : "", walk->json.text);

	return n < 0 || (size_t)n >= room ? bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "member name too long")
					  : 0;
}

static int step(struct walk *walk, struct bdt_diag *diag)
{
	switch (walk->json.type) {
	case BDT_JSONR_OBJECT:
	case BDT_JSONR_ARRAY:
		open_level(walk);
		return 0;
	case BDT_JSONR_OBJECT_END:
	case BDT_JSONR_ARRAY_END:
		close_level(walk);
		return 0;
	case BDT_JSONR_KEY:
		return member(walk, diag);
	default:
		return add(walk, diag);
	}
}

static int parse(struct bdt_scorefile *score, const char *text, size_t size, struct bdt_diag *diag)
{
	struct walk walk = { .score = score };
	int err;

	bdt_json_reader_init(&walk.json, text, size);
	err = bdt_json_reader_next(&walk.json, diag);
	if (!err && walk.json.type != BDT_JSONR_OBJECT)
		return bdt_diag_set(diag, -EBADMSG, 0, "not a JSON object");
	while (!err) {
		err = step(&walk, diag);
		if (!err)
			err = bdt_json_reader_next(&walk.json, diag);
	}
	return err == 1 ? 0 : err;
}

int bdt_scorefile_read(struct bdt_scorefile *score, const char *dir, struct bdt_diag *diag)
{
	struct bdt_diag why;
	char *path = bdt_path_join(dir, "score", ".json");
	struct bdt_text text = { 0 };
	int err;

	*score = (struct bdt_scorefile){ 0 };
	bdt_diag_clear(&why);
	if (!path)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	err = bdt_text_read(&text, NULL, path);
	if (err == -ENOENT || err == -ENOTDIR) {
		bdt_diag_set(diag, err, BT_NO_OFFSET,
			     "%s: no score.json here; make one with: buddytrace replay FILE -o DIR", dir);
	} else {
		if (!err)
			err = text.size > MAX_BYTES ? -EFBIG : parse(score, text.data, text.size, &why);
		if (err)
			bdt_diag_set(diag, err, why.offset, "%s: %s", path,
				     why.err ? why.text : strerror(-err));
	}
	bdt_text_finish(&text);
	free(path);
	return err;
}

void bdt_scorefile_finish(struct bdt_scorefile *score)
{
	for (size_t i = 0; i < score->n; i++) {
		free(score->pairs[i].path);
		free(score->pairs[i].text);
	}
	free(score->pairs);
	*score = (struct bdt_scorefile){ 0 };
}

static const struct bdt_scorefile_pair *find(const struct bdt_scorefile *score, const char *path)
{
	for (size_t i = 0; i < score->n; i++)
		if (!strcmp(score->pairs[i].path, path))
			return &score->pairs[i];
	return NULL;
}

double bdt_scorefile_number(const struct bdt_scorefile *score, const char *path)
{
	const struct bdt_scorefile_pair *pair = find(score, path);

	return pair && pair->number >= 0 && pair->number <= 1e18 ? pair->number : -1;
}

uint64_t bdt_scorefile_count(const struct bdt_scorefile *score, const char *path)
{
	double number = bdt_scorefile_number(score, path);

	return number > 0 ? (uint64_t)number : 0;
}

const char *bdt_scorefile_text(const struct bdt_scorefile *score, const char *path)
{
	const struct bdt_scorefile_pair *pair = find(score, path);

	return pair ? pair->text : NULL;
}
