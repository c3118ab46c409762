/* SPDX-License-Identifier: GPL-3.0-or-later */
/* h1.h owns the syntax of HTTP/1.1 requests (RFC 9112), strictly read: what
 * two readers could take in two ways is refused. It works on bytes it is
 * given and knows no socket, no answer policy and no Lua. */
#ifndef BMCSH_H1_H
#define BMCSH_H1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define H1_MAX_HEAD 32768 /* request line and header together */

struct h1_text {
	const char *p; /* not terminated */
	size_t len;
};

struct h1_field {
	struct h1_text name; /* in lower case */
	struct h1_text value;
};

struct h1_head {
	struct h1_text method, target;
	struct h1_field *fields;
	size_t nfields;
	uint64_t length; /* of the body, where it is not chunked */
	unsigned minor;  /* of HTTP/1.minor */
	bool chunked, keep_alive, expects_continue;
};

bool h1_is(struct h1_text text, const char *other);

/* Whether text may be a method or the name of a field. */
bool h1_is_token(struct h1_text text);

/* Whether text may be the value of a field: no CR, LF, NUL or other control
 * character except the tab. */
bool h1_is_value(struct h1_text text);

/* A non-negative decimal number without sign; false if it is anything else. */
bool h1_number(struct h1_text text, uint64_t *number);

/* The number of bytes up to the end of the head that starts at p, 0 when it
 * has not all come. *seen remembers, from call to call, how far was looked. */
size_t h1_head_size(const char *p, size_t len, size_t *seen);

/* How many fields the head has at most. */
size_t h1_count_fields(const char *p, size_t len);

/* Reads a head; fields is room for h1_count_fields(). head then points into
 * p, where names have become lower case. 0, or the status that tells the
 * client what is wrong: 400, 501, 505. */
int h1_parse(struct h1_head *head, char *p, size_t len, struct h1_field *fields);

/* A chunked body. All zero is its start. */
struct h1_chunks {
	unsigned char state;
	uint64_t left;
	size_t overhead; /* bytes of the current size line or trailer */
};

enum h1_step { H1_MORE, H1_DATA, H1_END, H1_BAD };

/* Takes bytes from *p on and moves it. H1_DATA: *data is part of the body;
 * H1_MORE: all was taken; H1_END: the body is complete, *p is behind it. */
enum h1_step h1_chunk(struct h1_chunks *c, const char **p, const char *end, struct h1_text *data);

/* The words for a status, "" for one not registered. */
const char *h1_reason(int status);

#endif
