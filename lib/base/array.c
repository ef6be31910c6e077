/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *bdt_array_add(void *array, size_t *n, size_t size)
{
	char *data;

	memcpy(&data, array, sizeof(data));
	if ((*n & (*n - 1)) == 0) {
		size_t room = *n ? 2 * *n : 1;

		if (room > SIZE_MAX / 2 / size)
			return NULL;
		data = realloc(data, room * size);
		if (!data)
			return NULL;
		memcpy(array, &data, sizeof(data));
	}
	data += *n * size;
	memset(data, 0, size);
	++*n;
	return data;
}
