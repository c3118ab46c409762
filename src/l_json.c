/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module _bmcsh.json: reads JSON as BMCs write it. Writing is Lua's.
 *
 * Why not lua-cjson: reading the answers is the largest part of what a sweep
 * costs above libcurl, and one pass here does what took four there. Tables
 * get their size at once; whole numbers stay integers; null is an absent
 * field; a byte that is no UTF-8 is replaced instead of spoiling the rest. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MAX_DEPTH 1000             /* of the C stack, whatever the caller allows */
#define PENDING 32                 /* fields that wait on the Lua stack for their table */
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Metatables of what an exact reading gives; bmc.json knows their names. */
#define LIST "bmcsh.json.list"
#define OBJECT "bmcsh.json.object"

/* A Lua string ends in NUL, so *p may be read at the end. */
struct reader {
	lua_State *L;
	const char *begin, *p, *end;
	int depth, max_depth;
	bool exact; /* null stays, and an empty list is no empty object */
	const char *why;
};

static bool fail(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static void skip_space(struct reader *r)
{
	while (*r->p == ' ' || *r->p == '\n' || *r->p == '\r' || *r->p == '\t')
		r->p++;
}

static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (*r->p != c)
		return false;
	r->p++;
	return true;
}

/* ---- strings ---- */

static bool is_tail(const char *p)
{
	return (*p & 0xc0) == 0x80;
}

/* Bytes of the UTF-8 sequence at p, 0 when it is none. Never looks beyond a
 * byte that is wrong, so the NUL at the end stops it. */
static size_t utf8_size(const char *p)
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

static void add_utf8(luaL_Buffer *b, unsigned code)
{
	if (code < 0x80) {
		luaL_addchar(b, (char)code);
		return;
	}
	if (code < 0x800) {
		luaL_addchar(b, (char)(0xc0 | code >> 6));
	} else {
		if (code < 0x10000) {
			luaL_addchar(b, (char)(0xe0 | code >> 12));
		} else {
			luaL_addchar(b, (char)(0xf0 | code >> 18));
			luaL_addchar(b, (char)(0x80 | (code >> 12 & 0x3f)));
		}
		luaL_addchar(b, (char)(0x80 | (code >> 6 & 0x3f)));
	}
	luaL_addchar(b, (char)(0x80 | (code & 0x3f)));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits at p, or -1. */
static int hex_code(const char *p)
{
	int code = 0;

	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* After "\u". A surrogate without its other half becomes U+FFFD. */
static bool add_escaped_code(struct reader *r, luaL_Buffer *b)
{
	int code = hex_code(r->p), low;

	if (code < 0)
		return fail(r, "bad \\u escape");
	r->p += 4;
	if (code < 0xd800 || code > 0xdfff) {
		add_utf8(b, (unsigned)code);
		return true;
	}
	low = code < 0xdc00 && r->p[0] == '\\' && r->p[1] == 'u' ? hex_code(r->p + 2) : -1;
	if (low < 0xdc00 || low > 0xdfff) {
		luaL_addstring(b, REPLACEMENT);
		return true;
	}
	r->p += 6;
	add_utf8(b, 0x10000u + ((unsigned)(code - 0xd800) << 10) + (unsigned)(low - 0xdc00));
	return true;
}

static bool add_escape(struct reader *r, luaL_Buffer *b)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = r->p[1];
	const char *at = c != '\0' ? strchr(names, c) : NULL;

	r->p += 2;
	if (c == 'u')
		return add_escaped_code(r, b);
	if (at == NULL)
		return fail(r, "unknown escape in a string");
	luaL_addchar(b, values[at - names]);
	return true;
}

/* From the first character that cannot be copied as it is. */
static bool read_odd_string(struct reader *r, const char *from)
{
	luaL_Buffer b;

	luaL_buffinit(r->L, &b);
	luaL_addlstring(&b, from, (size_t)(r->p - from));
	while (*r->p != '"') {
		size_t size = utf8_size(r->p);

		if (r->p == r->end)
			return fail(r, "a string does not end");
		if (*r->p == '\\') {
			if (!add_escape(r, &b))
				return false;
		} else if (size == 0) {
			luaL_addstring(&b, REPLACEMENT);
			r->p++;
		} else {
			luaL_addlstring(&b, r->p, size);
			r->p += size;
		}
	}
	r->p++;
	luaL_pushresult(&b);
	return true;
}

/* Characters of a string that are copied as they are: all but quote,
 * backslash, NUL and what is not ASCII. */
static const bool is_plain[256] = { [1 ... '"' - 1] = true,
	                            ['"' + 1 ... '\\' - 1] = true,
	                            ['\\' + 1 ... 127] = true };

/* After the opening quote. */
static bool read_string(struct reader *r)
{
	const char *from = r->p, *p = from;

	while (is_plain[(unsigned char)*p])
		p++;
	r->p = p;
	if (*p != '"')
		return read_odd_string(r, from);
	lua_pushlstring(r->L, from, (size_t)(p - from));
	r->p++;
	return true;
}

/* ---- numbers and words ---- */

static const char *skip_digits(const char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* The end of the number at p; NULL when it is none. */
static const char *number_end(const char *p, bool *whole)
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

static bool read_number(struct reader *r)
{
	bool whole;
	const char *p = r->p, *end = number_end(p, &whole);
	lua_Integer n = 0;
	char text[64];

	if (end == NULL)
		return fail(r, "a value expected");
	r->p = end;
	if (whole && end - p <= 18) {
		for (const char *c = *p == '-' ? p + 1 : p; c < end; c++)
			n = n * 10 + (*c - '0');
		lua_pushinteger(r->L, *p == '-' ? -n : n);
		return true;
	}
	if ((size_t)(end - p) >= sizeof text)
		return fail(r, "a number is too long");
	memcpy(text, p, (size_t)(end - p));
	text[end - p] = '\0';
	lua_stringtonumber(r->L, text);
	return true;
}

static bool read_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(r->p, word, len) != 0)
		return fail(r, "a value expected");
	r->p += len;
	return true;
}

/* ---- lists and objects ---- */

static bool read_value(struct reader *r);

static bool enter(struct reader *r)
{
	if (++r->depth > r->max_depth)
		return fail(r, "nested too deep");
	luaL_checkstack(r->L, 2 * PENDING + 8, NULL);
	return true;
}

/* [-n, +0] Moves n values behind the list at index t, which has count. */
static void flush_list(lua_State *L, int t, int n, lua_Integer count)
{
	for (int i = n; i > 0; i--)
		lua_rawseti(L, t, count + i);
}

/* [-2n, +0] Moves n fields into the object at index t. */
static void flush_object(lua_State *L, int t, int n)
{
	while (n-- > 0)
		lua_rawset(L, t);
}

/* [-n, +1] The table of n values that wait on the stack, below them. */
static int make_table(lua_State *L, int waiting, int array, int fields)
{
	int t = lua_gettop(L) - waiting + 1;

	lua_createtable(L, array, fields);
	lua_insert(L, t);
	return t;
}

/* After '['. A null keeps its place: false. */
static bool read_list(struct reader *r)
{
	lua_State *L = r->L;
	lua_Integer count = 0;
	int n = 0, t = 0;

	if (!enter(r))
		return false;
	if (!take(r, ']')) {
		do {
			if (n == PENDING) {
				t = t != 0 ? t : make_table(L, n, 2 * PENDING, 0);
				flush_list(L, t, n, count);
				count += n;
				n = 0;
			}
			if (!read_value(r))
				return false;
			if (lua_isnil(L, -1)) {
				lua_pop(L, 1);
				lua_pushboolean(L, 0);
			}
			n++;
		} while (take(r, ','));
		if (!take(r, ']'))
			return fail(r, "',' or ']' expected");
	}
	t = t != 0 ? t : make_table(L, n, n, 0);
	flush_list(L, t, n, count);
	if (r->exact)
		luaL_setmetatable(L, LIST);
	r->depth--;
	return true;
}

/* "name": value on the stack; nothing when the value is null. */
static bool read_field(struct reader *r, int *n)
{
	if (!take(r, '"'))
		return fail(r, "a field name expected");
	if (!read_string(r))
		return false;
	if (!take(r, ':'))
		return fail(r, "':' expected");
	if (!read_value(r))
		return false;
	if (lua_isnil(r->L, -1))
		lua_pop(r->L, 2);
	else
		++*n;
	return true;
}

/* After '{'. */
static bool read_object(struct reader *r)
{
	lua_State *L = r->L;
	int n = 0, t = 0;

	if (!enter(r))
		return false;
	if (!take(r, '}')) {
		do {
			if (n == PENDING) {
				t = t != 0 ? t : make_table(L, 2 * n, 0, 2 * PENDING);
				flush_object(L, t, n);
				n = 0;
			}
			if (!read_field(r, &n))
				return false;
		} while (take(r, ','));
		if (!take(r, '}'))
			return fail(r, "',' or '}' expected");
	}
	t = t != 0 ? t : make_table(L, 2 * n, 0, n);
	flush_object(L, t, n);
	if (r->exact)
		luaL_setmetatable(L, OBJECT);
	r->depth--;
	return true;
}

/* [-0, +1, e] Pushes the value, nil for null unless exact. On failure the stack may hold
 * more than before. */
static bool read_value(struct reader *r)
{
	skip_space(r);
	switch (*r->p) {
	case '"':
		r->p++;
		return read_string(r);
	case '{':
		r->p++;
		return read_object(r);
	case '[':
		r->p++;
		return read_list(r);
	case 't':
		lua_pushboolean(r->L, 1);
		return read_word(r, "true");
	case 'f':
		lua_pushboolean(r->L, 0);
		return read_word(r, "false");
	case 'n':
		if (r->exact)
			lua_pushlightuserdata(r->L, NULL); /* cjson.null */
		else
			lua_pushnil(r->L);
		return read_word(r, "null");
	default:
		return read_number(r);
	}
}

/* decode(text, max_depth[, exact]) -> value | nil, why, position */
static int l_decode(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 1, &len);
	lua_Integer max_depth = luaL_checkinteger(L, 2);
	struct reader r = { .L = L, .begin = text, .p = text, .end = text + len };

	luaL_argcheck(L, max_depth > 0 && max_depth <= MAX_DEPTH, 2, "depth out of range");
	r.max_depth = (int)max_depth;
	r.exact = lua_toboolean(L, 3);
	if (strncmp(r.p, "\xef\xbb\xbf", 3) == 0)
		r.p += 3; /* byte order mark */
	if (read_value(&r)) {
		skip_space(&r);
		if (r.p == r.end)
			return 1;
		fail(&r, "more text after the value");
	}
	lua_settop(L, 0);
	lua_pushnil(L);
	lua_pushstring(L, r.why);
	lua_pushinteger(L, r.p - r.begin + 1);
	return 3;
}

int luaopen__bmcsh_json(lua_State *L);

int luaopen__bmcsh_json(lua_State *L)
{
	static const luaL_Reg functions[] = { { "decode", l_decode }, { NULL, NULL } };

	luaL_newmetatable(L, LIST);
	luaL_newmetatable(L, OBJECT);
	luaL_newlib(L, functions);
	return 1;
}
