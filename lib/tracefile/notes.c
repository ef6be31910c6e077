/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <buddytrace/notes.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Facts "exact.N", "fired.EVENT" and "recorded.EVENT", as lib/record writes them.  Files are not to be trusted:
 * what is not there or no number stays 0.  In a series N goes on from file to file.
 */

/* The number behind "KEY=" in a text of such words; 0 when there is none. */
static uint64_t number(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *pos = text; (pos = strstr(pos, key)); pos += len)
		if ((pos == text || pos[-1] == ' ') && pos[len] == '=')
			return strtoull(pos + len + 1, NULL, 10);
	return 0;
}

/* The i-th fact whose key begins like that; *rest is the rest of its key.  NULL behind the last one. */
static const char *fact(const struct bdt_tracefile *tf, const char *prefix, size_t i, const char **rest)
{
	const char *key, *text;

	for (size_t k = 0; bdt_tracefile_machine_at(tf, k, &key, &text); k++) {
		if (strncmp(key, prefix, strlen(prefix)) || i--)
			continue;
		*rest = key + strlen(prefix);
		return text;
	}
	return NULL;
}

bool bdt_note_exact(const struct bdt_tracefile *tf, size_t i, struct bdt_note_exact *out)
{
	const char *n, *text = fact(tf, "exact.", i, &n);

	*out = (struct bdt_note_exact){ .name = "" };
	if (!text || sscanf(text, "%31s", out->name) != 1)
		return false;
	out->runs = (uint32_t)number(text, "runs");
	out->cut = (uint32_t)number(text, "cut");
	out->unlocked = (uint32_t)number(text, "unlocked");
	out->failed = (uint32_t)number(text, "failed");
	out->entries = number(text, "entries");
	out->longest_ns = number(text, "longest_ns");
	out->total_ns = number(text, "total_ns");
	return true;
}

/* "... cpus=0:123,5:7," */
static void read_cpus(const char *text, uint64_t counts[BT_NOTE_CPUS], size_t *ncpus)
{
	const char *pos = text ? strstr(text, " cpus=") : NULL;

	if (!pos)
		return;
	for (pos += strlen(" cpus="); isdigit((unsigned char)*pos);) {
		char *end;
		unsigned long cpu = strtoul(pos, &end, 10);

		if (*end != ':' || !isdigit((unsigned char)end[1]) || cpu >= BT_NOTE_CPUS)
			return;
		counts[cpu] = strtoull(end + 1, &end, 10);
		if (cpu >= *ncpus)
			*ncpus = cpu + 1;
		pos = end + (*end == ',');
	}
}

bool bdt_note_fired(const struct bdt_tracefile *tf, size_t i, struct bdt_note_fired *out)
{
	const char *event, *fired = fact(tf, "fired.", i, &event), *recorded;
	char key[128];

	memset(out, 0, sizeof(*out));
	if (!fired)
		return false;
	snprintf(out->event, sizeof(out->event), "%s", event);
	snprintf(key, sizeof(key), "recorded.%s", out->event);
	recorded = bdt_tracefile_machine(tf, key);
	out->uncounted = number(fired, "missed");
	out->fired = strtoull(fired, NULL, 10) + out->uncounted;
	out->at_ends = number(fired, "ends");
	out->init = number(fired, "init");
	out->recorded = recorded ? strtoull(recorded, NULL, 10) : 0;
	read_cpus(fired, out->cpu_fired, &out->ncpus);
	read_cpus(recorded, out->cpu_recorded, &out->ncpus);
	return true;
}
