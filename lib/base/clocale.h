/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_CLOCALE_H
#define BT_BASE_CLOCALE_H

#include <locale.h>

/*
 * Numbers in files have a decimal point whatever the program's locale says: this switches the calling thread
 * to the C locale and returns the one to go back to.
 */
struct bdt_locale {
	locale_t mine, old;
};
struct bdt_locale bdt_locale_c(void);
/* Goes back; call it once for each bdt_locale_c(). */
void bdt_locale_restore(struct bdt_locale saved);

#endif
