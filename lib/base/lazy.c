/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/lazy.h"
#include <sys/mman.h>

void *bdt_lazy_alloc(size_t bytes)
{
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

void bdt_lazy_free(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}
