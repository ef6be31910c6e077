/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/names.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int bdt_names_init(struct bdt_names *names, size_t max)
{
	*names = (struct bdt_names){ .max = max, .nslots = 1 };
	while (names->nslots < 2 * max)
		names->nslots *= 2;
	names->text = calloc(max, sizeof(*names->text));
	names->slots = calloc(names->nslots, sizeof(*names->slots));
	return names->text && names->slots ? 0 : -ENOMEM;
}

void bdt_names_finish(struct bdt_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->text[i]);
	free(names->text);
	free(names->slots);
	*names = (struct bdt_names){ 0 };
}

/* FNV-1a */
static uint64_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3;
	return h;
}

size_t bdt_names_add(struct bdt_names *names, const char *text)
{
	size_t at = hash(text) & (names->nslots - 1);

	for (; names->slots[at]; at = (at + 1) & (names->nslots - 1))
		if (!strcmp(names->text[names->slots[at] - 1], text))
			return names->slots[at] - 1;
	if (names->n == names->max)
		return names->max;
	names->text[names->n] = strdup(text);
	if (!names->text[names->n])
		return names->max;
	names->slots[at] = (uint32_t)++names->n;
	return names->n - 1;
}
