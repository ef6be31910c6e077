/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine/lines.h"
#include <buddytrace/machine.h>
#include <errno.h>
#include <string.h>

/* Lines "WORD NUMBER" of a zone; the pagesets' words end with a colon. */
static const struct {
	const char *word;
	size_t offset;
} fields[] = {
	{ "free", offsetof(struct bdt_zoneinfo_zone, free) },
	{ "boost", offsetof(struct bdt_zoneinfo_zone, boost) },
	{ "min", offsetof(struct bdt_zoneinfo_zone, min) },
	{ "low", offsetof(struct bdt_zoneinfo_zone, low) },
	{ "high", offsetof(struct bdt_zoneinfo_zone, high) },
	{ "promo", offsetof(struct bdt_zoneinfo_zone, promo) },
	{ "spanned", offsetof(struct bdt_zoneinfo_zone, spanned) },
	{ "present", offsetof(struct bdt_zoneinfo_zone, present) },
	{ "managed", offsetof(struct bdt_zoneinfo_zone, managed) },
	{ "nr_free_cma", offsetof(struct bdt_zoneinfo_zone, nr_free_cma) },
	{ "start_pfn:", offsetof(struct bdt_zoneinfo_zone, start_pfn) },
};

static void pageset(struct bdt_zoneinfo_zone *zone, const char *word, uint64_t value)
{
	if (!strcmp(word, "cpu:"))
		zone->npcp++;
	else if (!strcmp(word, "count:"))
		zone->pcp_count += value;
	else if (!strcmp(word, "high:") && zone->npcp == 1)
		zone->pcp_high = value;
	else if (!strcmp(word, "batch:") && zone->npcp == 1)
		zone->pcp_batch = value;
}

/* "(0, 459, 459)", what does not fit is left out */
static void protection(struct bdt_zoneinfo_zone *zone, struct bdt_lines *lines)
{
	uint64_t value;

	while (zone->nprotection < BT_MAX_NODE_ZONES && bdt_lines_u64(lines, &value)) {
		zone->protection[zone->nprotection++] = value;
		bdt_lines_skip(lines, ",");
	}
}

static void zone_line(struct bdt_zoneinfo_zone *zone, struct bdt_lines *lines)
{
	char word[32];
	uint64_t value;

	if (bdt_lines_skip(lines, "protection: (")) {
		protection(zone, lines);
		return;
	}
	bdt_lines_skip(lines, "pages ");
	if (!bdt_lines_word(lines, word, sizeof(word)) || !bdt_lines_u64(lines, &value))
		return;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(word, fields[i].word))
			memcpy((char *)zone + fields[i].offset, &value, sizeof(value));
	pageset(zone, word, value);
}

/* Ends the zone that was read: one without memory is overwritten by the next. */
static int zone_end(struct bdt_zoneinfo *out, const struct bdt_zoneinfo_zone *zone, struct bdt_diag *diag)
{
	uint64_t end;

	if (!zone->present)
		return 0;
	if (out->n == BT_MAX_ZONES)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "zoneinfo has more than %d zones",
				    BT_MAX_ZONES);
	if (__builtin_add_overflow(zone->start_pfn, zone->spanned, &end) || end >> 52 ||
	    zone->present > zone->spanned || zone->managed > zone->present)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "zoneinfo: impossible sizes of node %d zone %s", zone->node, zone->name);
	out->zones[out->n++] = *zone;
	return 0;
}

int bdt_zoneinfo_parse(const char *text, size_t size, struct bdt_zoneinfo *out, struct bdt_diag *diag)
{
	struct bdt_zoneinfo_zone zone = { .node = -1 }, next;
	struct bdt_lines lines;
	int ret;

	*out = (struct bdt_zoneinfo){ 0 };
	bdt_lines_init(&lines, text, size);
	while (bdt_lines_next(&lines)) {
		next = (struct bdt_zoneinfo_zone){ 0 };
		if (!bdt_lines_zone(&lines, &next.node, next.name, sizeof(next.name))) {
			lines.at = lines.line;
			zone_line(&zone, &lines);
			continue;
		}
		ret = zone_end(out, &zone, diag);
		if (ret)
			return ret;
		next.index = next.node == zone.node ? zone.index + 1 : 0;
		zone = next;
		if (zone.index == out->nclasses && out->nclasses < BT_MAX_NODE_ZONES)
			memcpy(out->class_name[out->nclasses++], zone.name, sizeof(zone.name));
	}
	ret = zone_end(out, &zone, diag);
	if (ret)
		return ret;
	if (!out->n)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "zoneinfo describes no zone with memory");
	return 0;
}
