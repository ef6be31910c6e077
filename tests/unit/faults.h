/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What changes files, in place of the C library's: the process can be made to die at any of these calls.
 * Nothing waits for the disk.
 */
struct faults {
	uint64_t
		die_at; /* this process ends inside of the call with this number, counted from 1; 0 = never */
	uint64_t calls; /* made so far */
	size_t copy_max;   /* bytes that copy_file_range() copies at a time, 0 = any */
	bool no_copy;      /* copy_file_range() does not work */
	bool disk_is_full; /* what fstatvfs() says */
};
extern struct faults faults;

#endif
