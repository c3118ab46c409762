/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json_text.h"

#define ROOM (1 << JSON_NAMES_BITS)
#define COUNT_MAX (ROOM / 2) /* so that a look-up ends soon */

static bool is_tail(const char *p)
{
	return (*p & 0xc0) == 0x80;
}

size_t json_utf8_size(const char *p)
{
	unsigned char c = (unsigned char)*p, next;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4 || !is_tail(p + 1))
		return 0;
	if (c < 0xe0)
		return 2;
	next = (unsigned char)p[1];
	if (!is_tail(p + 2) || (c == 0xe0 && next < 0xa0) || (c == 0xed && next > 0x9f))
		return 0;
	if (c < 0xf0)
		return 3;
	if (!is_tail(p + 3) || (c == 0xf0 && next < 0x90) || (c == 0xf4 && next > 0x8f))
		return 0;
	return 4;
}

static void fold(char *to, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] | 0x20 : from[i]);
}

/* Where a name of lower case is or would be. */
static unsigned find(const struct json_names *names, const char *name, size_t len)
{
	unsigned i = json_slot_index(name, len) >> (JSON_SLOT_BITS - JSON_NAMES_BITS);

	while (names->of[i].len != 0 &&
	       (names->of[i].len != len || memcmp(names->of[i].text, name, len) != 0))
		i = (i + 1) % ROOM;
	return i;
}

bool json_names_add(struct json_names *names, const char *name, size_t len)
{
	struct json_slot *slot;
	char lower[JSON_SLOT_TEXT];

	if (len == 0 || len > sizeof lower || names->count == COUNT_MAX)
		return false;
	fold(lower, name, len);
	slot = &names->of[find(names, lower, len)];
	names->count++;
	slot->len = (unsigned char)len;
	memcpy(slot->text, lower, len);
	return true;
}

bool json_names_has(const struct json_names *names, const char *name, size_t len)
{
	char lower[JSON_SLOT_TEXT];

	if (len == 0 || len > sizeof lower)
		return false;
	fold(lower, name, len);
	return names->of[find(names, lower, len)].len != 0;
}
