/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"

#define FIRST_ROOM 256

static bool move(struct http_buf *b, size_t room)
{
	char *bytes = b->secret ? malloc(room) : realloc(b->bytes, room);

	if (bytes == NULL)
		return false;
	if (b->secret && b->bytes != NULL) {
		memcpy(bytes, b->bytes, b->len);
		secret_wipe(b->bytes, b->len);
		free(b->bytes);
	}
	b->bytes = bytes;
	b->room = room;
	return true;
}

bool http_buf_reserve(struct http_buf *b, size_t more)
{
	size_t room = b->room < FIRST_ROOM ? FIRST_ROOM : b->room;

	if (b->room - b->len >= more)
		return true;
	while (room - b->len < more)
		room *= 2;
	return move(b, room);
}

void http_buf_put(struct http_buf *b, const char *bytes, size_t len)
{
	if (len > 0)
		memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
}

bool http_buf_add(struct http_buf *b, const char *bytes, size_t len)
{
	if (!http_buf_reserve(b, len))
		return false;
	http_buf_put(b, bytes, len);
	return true;
}

bool http_buf_add_json(struct http_buf *b, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		char code[8];

		if (c >= ' ' && c != '"' && c != '\\') {
			if (!http_buf_add(b, &bytes[i], 1))
				return false;
			continue;
		}
		snprintf(code, sizeof code, "\\u%04x", c);
		if (!http_buf_add(b, code, strlen(code)))
			return false;
	}
	return true;
}

void http_buf_clear(struct http_buf *b)
{
	bool secret = b->secret;

	if (secret && b->bytes != NULL)
		secret_wipe(b->bytes, b->len);
	free(b->bytes);
	*b = (struct http_buf){ .secret = secret };
}
