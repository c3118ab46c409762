/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_text.h owns what is known of the bytes of a JSON text: where a character,
 * a number, a value ends, and short strings by their bytes. It knows no Lua.
 * Every text has a NUL at its end, which may be looked at. */
#ifndef BMCSH_JSON_TEXT_H
#define BMCSH_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 sequence at p, 0 when it is none. */
size_t json_utf8_size(const char *p);

static inline const char *json_skip_space(const char *p)
{
	while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
		p++;
	return p;
}

/* The end of the number at p, NULL when it is none; *whole: it is written without
 * fraction and exponent. */
const char *json_number_end(const char *p, bool *whole);

/* Move *p behind a value, and behind a string whose opening quote is passed. They
 * look for its end only: what it holds may be no JSON. NULL, or why there is none;
 * *p is then where that was seen. */
const char *json_skip_value(const char **p, const char *end);
const char *json_skip_string(const char **p, const char *end);

#define JSON_SLOT_BITS 9
#define JSON_SLOT_TEXT 31

struct json_slot {
	unsigned char len;
	char text[JSON_SLOT_TEXT];
};

/* A number of JSON_SLOT_BITS for a string, by its length and both its ends. */
static inline unsigned json_slot_index(const char *s, size_t len)
{
	const uint64_t spread = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t head = 0, tail = 0, h;

	if (len >= 8) {
		memcpy(&head, s, 8);
		memcpy(&tail, s + len - 8, 8);
	} else if (len >= 4) {
		memcpy(&head, s, 4);
		memcpy(&tail, s + len - 4, 4);
	} else if (len > 0) {
		head = (unsigned char)s[0];
		tail = (uint64_t)(unsigned char)s[len / 2] << 8 | (unsigned char)s[len - 1];
	}
	h = (head + len) * spread;
	h = (h ^ h >> 32 ^ tail) * spread;
	return (unsigned)(h >> (64 - JSON_SLOT_BITS));
}

/* Names of fields, without regard to case. Zeroed: none. */
#define JSON_NAMES_BITS 6

struct json_names {
	struct json_slot of[1 << JSON_NAMES_BITS]; /* in lower case; len 0: a free one */
	unsigned count;
};

/* false: an empty name, one that is too long, or one too many. */
bool json_names_add(struct json_names *names, const char *name, size_t len);
bool json_names_has(const struct json_names *names, const char *name, size_t len);

#endif
