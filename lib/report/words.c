/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/words.h"
#include <string.h>

static const struct bdt_word classes[] = {
	{ "tp", "fallback predicted, details differ" },
	{ "fp", "predicted, did not happen" },
	{ "fn", "observed, not predicted" },
	{ "pfn", "removal, another page frame" },
};

const char *bdt_word_class(const char *class)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (!strcmp(classes[i].word, class))
			return classes[i].meaning;
	return class;
}

static const struct {
	const char *cause;
	unsigned int color;
	const char *meaning;
} causes[] = {
	{ "state-unknown", 0x56b4e9,
	  "the order of the list or the type of the pageblock was never observed" },
	{ "reorder-possible", 0xf0e442,
	  "an event of another CPU is so close that the order in the recording need not be that in the "
	  "kernel" },
	{ "lost-events", 0xe69f00, "events were lost shortly before" },
	{ "compaction", 0x009e73,
	  "the zone was being compacted: pages move and lists rotate without events" },
	{ "pcp-bypass", 0x0072b2, "the page was freed past the per-CPU lists, which no event tells" },
	{ "unrecorded", 0xcc79a7, "the page became free without any recorded event" },
	{ "model-wrong", 0xd55e00, "none of the others: the model is to blame" },
};

unsigned int bdt_word_cause_color(const char *cause)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(causes[i].cause, cause))
			return causes[i].color;
	return 0x999999;
}

const char *bdt_word_cause(const char *cause)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!strcmp(causes[i].cause, cause))
			return causes[i].meaning;
	return "";
}

const struct bdt_word bdt_glossary[] = {
	{ "page", "The unit of memory, 4 KiB on most machines." },
	{ "page frame number (pfn)",
	  "Physical address divided by the page size: the name of one page of memory." },
	{ "order", "Size of a block: 2^order pages that belong together. Order 0 is one page." },
	{ "buddy allocator",
	  "The kernel's store of free memory: free blocks of every order, split and merged in halves." },
	{ "zone", "A range of memory with its own free lists: DMA, DMA32, Normal, and others." },
	{ "free list",
	  "The free blocks of one zone, order and migratetype, in a fixed order; the first one is taken." },
	{ "pageblock", "A large aligned block of pages (2 MiB on x86) that carries one migratetype." },
	{ "migratetype",
	  "What may live in a pageblock: Movable pages can be moved away later, Unmovable ones never, "
	  "Reclaimable ones can be thrown away." },
	{ "removal", "A block leaves the free lists: the kernel hands it out or refills a per-CPU list." },
	{ "fallback",
	  "The free lists of the wanted migratetype are empty, so the kernel takes a block of another one. "
	  "This is what mixes types and fragments memory (event mm_page_alloc_extfrag)." },
	{ "claim", "A fallback that takes over the whole pageblock and changes its migratetype." },
	{ "steal", "A fallback that takes just one block out of a foreign pageblock." },
	{ "onset",
	  "A fallback that comes after an ordinary removal of the same zone, order and migratetype: the "
	  "beginning of a run. Runs are easy to continue, beginnings are hard to predict." },
	{ "compaction", "The kernel moves pages together to make large free blocks." },
	{ "precision", "Of the predicted fallbacks, the share that happened." },
	{ "recall", "Of the fallbacks that happened, the share that was predicted." },
	{ "F1", "Harmonic mean of precision and recall." },
	{ "persistence baseline",
	  "The simplest rival: what happened last for this zone, order and migratetype will happen "
	  "again. A model must beat it to have understood anything." },
	{ "known",
	  "A removal whose block entered its list, or was split, after the start snapshot: only then can its "
	  "position be known." },
	{ "contradiction",
	  "A block is removed that the model holds not to be free: state or recording has a hole." },
	{ "Jaccard index",
	  "Pages free in both, divided by pages free in either: 100 % means that model and snapshot "
	  "agree on every free page." },
	{ NULL, NULL },
};
