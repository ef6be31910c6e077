/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_FAKEROOT_H
#define BT_TESTS_FAKEROOT_H

/* A directory that stands in for "/": /proc, /sys and /etc made of plain files. */
extern char fakeroot[256];

/* cmocka's set-up and tear-down: makes the empty directory, removes it with all that is in it. */
int fakeroot_make(void **state);
int fakeroot_remove(void **state);
/* Writes the file `path` below it, making its directories. */
void fakeroot_put(const char *path, const char *text);

#endif
