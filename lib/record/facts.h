/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_FACTS_H
#define BT_RECORD_FACTS_H

#include "tracefile/writer.h"

/*
 * Writes what describes the machine and does not change while recording (kernel, command line, vm sysctls,
 * settings of the allocator's helpers) to the MACHINE section, read below `root`.  What cannot be read is
 * left out.  0 or the writer's error.
 */
int bdt_facts_write(struct bdt_writer *w, const char *root);
/* Counters that do change, again; their keys get the suffix ".end". */
int bdt_facts_write_end(struct bdt_writer *w, const char *root);
/* A MACHINE pair with a formatted value.  0 or the writer's error. */
int bdt_facts_set(struct bdt_writer *w, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Text for the UNAME option: name, host, release, version, machine. */
void bdt_facts_uname(char *text, size_t size);

#endif
