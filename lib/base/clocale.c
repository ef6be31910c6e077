/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/clocale.h"

struct bdt_locale bdt_locale_c(void)
{
	struct bdt_locale saved = { .mine = newlocale(LC_ALL_MASK, "C", (locale_t)0) };

	if (saved.mine)
		saved.old = uselocale(saved.mine);
	return saved;
}

void bdt_locale_restore(struct bdt_locale saved)
{
	if (!saved.mine)
		return;
	uselocale(saved.old);
	freelocale(saved.mine);
}
