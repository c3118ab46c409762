/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bytes.h owns a queue of bytes: added at the end, dropped at the front. */
#ifndef BMCSH_BYTES_H
#define BMCSH_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is an empty queue. */
struct bytes {
	char *block;
	size_t start, len, size;
};

/* The first byte of a queue that is not empty; valid until the next call. */
const char *bytes_front(const struct bytes *b);

/* False, with nothing added, when memory is short. */
bool bytes_add(struct bytes *b, const void *p, size_t len);

/* Drops from the front; an emptied queue keeps a block of moderate size. */
void bytes_drop(struct bytes *b, size_t len);

/* Makes it empty and gives the memory back. Idempotent. */
void bytes_free(struct bytes *b);

#endif
