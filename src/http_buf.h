/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_buf.h owns bytes that grow. A secret buffer leaves no copy of itself
 * behind when it moves, and is wiped when it goes. */
#ifndef BMCSH_HTTP_BUF_H
#define BMCSH_HTTP_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct http_buf {
	char *bytes;
	size_t len, room;
	bool secret;
};

/* Makes room for so many more bytes. false without memory. */
bool http_buf_reserve(struct http_buf *b, size_t more);
bool http_buf_add(struct http_buf *b, const char *bytes, size_t len);

/* For what room was made for. */
void http_buf_put(struct http_buf *b, const char *bytes, size_t len);

/* The inside of a JSON string. */
bool http_buf_add_json(struct http_buf *b, const char *bytes, size_t len);

/* Empty again; secret stays secret. */
void http_buf_clear(struct http_buf *b);

#endif
