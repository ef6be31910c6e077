/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/hotplug.h"
#include "base/array.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS 65536

int bdt_cpus_parse(struct bdt_cpus *cpus, const char *text)
{
	bdt_cpus_finish(cpus);
	while (*text >= '0' && *text <= '9') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last >= MAX_CPUS)
			break;
		for (; first <= last; first++) {
			uint32_t *id = bdt_array_add(&cpus->ids, &cpus->n, sizeof(*id));

			if (!id)
				return -ENOMEM;
			*id = (uint32_t)first;
		}
		text = end + (*end == ',');
	}
	return 0;
}

int bdt_cpus_read(struct bdt_cpus *cpus, struct bdt_text *text, const char *root, const char *which,
		  struct bdt_diag *diag)
{
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s", which);
	err = bdt_text_read(text, root, path);
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read %s: %s", path, strerror(-err));
	err = bdt_cpus_parse(cpus, text->data);
	if (!err && !cpus->n)
		err = bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "%s names no CPU", path);
	return err;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

bool bdt_cpus_has(const struct bdt_cpus *cpus, uint32_t id)
{
	return cpus->n && bsearch(&id, cpus->ids, cpus->n, sizeof(id), compare);
}

void bdt_cpus_finish(struct bdt_cpus *cpus)
{
	free(cpus->ids);
	*cpus = (struct bdt_cpus){ NULL, 0 };
}
