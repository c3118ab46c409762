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

/* ---- where things end ---- */

static const char *skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

const char *json_number_end(const char *p, bool *whole)
{
	const char *digits = *p == '-' ? p + 1 : p, *at = skip_digits(digits);

	*whole = true;
	if (at == digits || (*digits == '0' && at > digits + 1))
		return NULL;
	if (*at == '.') {
		digits = at + 1;
		at = skip_digits(digits);
		*whole = false;
		if (at == digits)
			return NULL;
	}
	if (*at == 'e' || *at == 'E') {
		digits = at[1] == '+' || at[1] == '-' ? at + 2 : at + 1;
		at = skip_digits(digits);
		*whole = false;
		if (at == digits)
			return NULL;
	}
	return at;
}

const char *json_skip_string(const char **p, const char *end)
{
	const char *from = *p, *at = from - 1, *back;

	do {
		at = memchr(at + 1, '"', (size_t)(end - at - 1));
		if (at == NULL)
			return "a string does not end";
		for (back = at; back > from && back[-1] == '\\'; back--)
			;
	} while ((at - back) % 2 != 0); /* an escaped quote */
	*p = at + 1;
	return NULL;
}

enum { PLAIN, GAP, QUOTE, OPEN, CLOSE, END };

/* What a character is to somebody who looks for the end of a value. */
static const char kinds[256] = {
	[','] = GAP,  [' '] = GAP,  ['\n'] = GAP,  ['\r'] = GAP,  ['\t'] = GAP, ['"'] = QUOTE,
	['['] = OPEN, ['{'] = OPEN, [']'] = CLOSE, ['}'] = CLOSE, ['\0'] = END,
};

static int kind_of(const char *p)
{
	return kinds[(unsigned char)*p];
}

/* After the first bracket. */
static const char *skip_nested(const char **p, const char *end)
{
	const char *at = *p, *why = NULL;
	int open = 1;

	while (open > 0 && why == NULL) {
		while (kind_of(at) <= GAP)
			at++;
		if (at == end) {
			why = "a value does not end";
			break;
		}
		switch (kind_of(at++)) {
		case QUOTE:
			why = json_skip_string(&at, end);
			break;
		case OPEN:
			open++;
			break;
		case CLOSE:
			open--;
			break;
		default: /* a NUL before the end */
			break;
		}
	}
	*p = at;
	return why;
}

const char *json_skip_value(const char **p, const char *end)
{
	const char *at = json_skip_space(*p), *why = NULL;

	switch (kind_of(at)) {
	case QUOTE:
		at++;
		why = json_skip_string(&at, end);
		break;
	case OPEN:
		at++;
		why = skip_nested(&at, end);
		break;
	case PLAIN:
		while (kind_of(at) == PLAIN)
			at++;
		break;
	default:
		why = "a value expected";
	}
	*p = at;
	return why;
}

/* ---- short strings ---- */

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
