/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024
/* An idle connection should not keep the block of its largest message. */
#define KEPT_SIZE 16384

const char *bytes_front(const struct bytes *b)
{
	return b->block + b->start;
}

static bool make_room(struct bytes *b, size_t len)
{
	size_t used = b->start + b->len, size = b->size > 0 ? b->size : FIRST_SIZE;
	char *block;

	if (b->size - used >= len)
		return true;
	/* Moving what is left costs no more than what was dropped to get here. */
	if (b->start >= b->len && b->size - b->len >= len) {
		memmove(b->block, b->block + b->start, b->len);
		b->start = 0;
		return true;
	}
	while (size - used < len) {
		if (size > SIZE_MAX / 2)
			return false;
		size *= 2;
	}
	block = realloc(b->block, size);
	if (block == NULL)
		return false;
	b->block = block;
	b->size = size;
	return true;
}

bool bytes_add(struct bytes *b, const void *p, size_t len)
{
	if (len == 0)
		return true;
	if (!make_room(b, len))
		return false;
	memcpy(b->block + b->start + b->len, p, len);
	b->len += len;
	return true;
}

void bytes_drop(struct bytes *b, size_t len)
{
	b->start += len;
	b->len -= len;
	if (b->len > 0)
		return;
	b->start = 0;
	if (b->size > KEPT_SIZE)
		bytes_free(b);
}

void bytes_free(struct bytes *b)
{
	free(b->block);
	memset(b, 0, sizeof *b);
}
