/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module _bmcsh.json: reads JSON as BMCs write it, and quotes strings.
 *
 * Why not lua-cjson: reading the answers is the largest part of what a sweep
 * costs above libcurl, and one pass here does what took four there. Tables
 * get their size at once; whole numbers stay integers; null is an absent
 * field; a byte that is no UTF-8 is replaced instead of spoiling the rest. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hex.h"
#include "json_text.h"

#define MAX_DEPTH 1000             /* of the C stack, whatever the caller allows */
#define PENDING 32                 /* fields that wait on the Lua stack for their table */
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Metatables of what an exact reading gives; bmc.json knows their names. */
#define LIST "bmcsh.json.list"
#define OBJECT "bmcsh.json.object"

/* Stack indices. */
#define ONLY 4    /* struct json_names, or nil */
#define ENOUGH 5  /* function that is asked of each item of a list, or nil */
#define STRINGS 6 /* see struct json_slot */

/* Names of fields and common values come again and again. What was read lately
 * is found here by its bytes and pushed from a table, at half of what Lua needs
 * to find the string that it has. */
#define SLOTS (1 << JSON_SLOT_BITS)
#define NAMES_CLASS "bmcsh.json.names"

/* A Lua string ends in NUL, so *p may be read at the end. */
struct reader {
	lua_State *L;
	const char *begin, *p, *end;
	struct json_slot *slots; /* that of index i has its string as element i + 1 of STRINGS */
	const struct json_names *only; /* NULL: all */
	bool stops;                    /* there is a function at ENOUGH */
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

static bool take(struct reader *r, char c)
{
	r->p = json_skip_space(r->p);
	if (*r->p != c)
		return false;
	r->p++;
	return true;
}

/* ---- strings ---- */

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

	if (at == NULL && c != 'u')
		return fail(r, "unknown escape in a string");
	r->p += 2;
	if (at == NULL)
		return add_escaped_code(r, b);
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
		size_t size = json_utf8_size(r->p);

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

/* [-0, +1, m] */
static void push_string(struct reader *r, const char *s, size_t len)
{
	lua_State *L = r->L;
	struct json_slot *slot;
	unsigned i;

	if (len == 0 || len > JSON_SLOT_TEXT) {
		lua_pushlstring(L, s, len);
		return;
	}
	i = json_slot_index(s, len);
	slot = &r->slots[i];
	if (slot->len == len && memcmp(slot->text, s, len) == 0) {
		lua_rawgeti(L, STRINGS, i + 1);
		return;
	}
	lua_pushlstring(L, s, len);
	lua_pushvalue(L, -1);
	lua_rawseti(L, STRINGS, i + 1);
	slot->len = (unsigned char)len;
	memcpy(slot->text, s, len);
}

/* After the opening quote. */
static bool read_string(struct reader *r)
{
	const char *from = r->p, *p = from;

	while (is_plain[(unsigned char)*p])
		p++;
	r->p = p;
	if (*p != '"')
		return read_odd_string(r, from);
	push_string(r, from, (size_t)(p - from));
	r->p++;
	return true;
}

/* ---- numbers and words ---- */

static bool read_number(struct reader *r)
{
	bool whole;
	const char *p = r->p, *end = json_number_end(p, &whole);
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

/* ---- what is passed over ---- */

static bool skip_value(struct reader *r)
{
	const char *why = json_skip_value(&r->p, r->end);

	return why == NULL || fail(r, why);
}

/* Whether the field whose name begins at p is one of those that are read. One
 * that is written with escapes is none. */
static bool is_wanted(const struct reader *r)
{
	const char *end;

	if (r->only == NULL)
		return true;
	end = memchr(r->p, '"', (size_t)(r->end - r->p));
	return end != NULL && json_names_has(r->only, r->p, (size_t)(end - r->p));
}

static bool skip_field(struct reader *r)
{
	const char *why = json_skip_string(&r->p, r->end);

	if (why != NULL)
		return fail(r, why);
	return take(r, ':') ? skip_value(r) : fail(r, "':' expected");
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

/* [-0, +0, e] Whether no item after the one on top is wanted. */
static bool is_enough(struct reader *r)
{
	bool is;

	if (!r->stops)
		return false;
	lua_pushvalue(r->L, ENOUGH);
	lua_pushvalue(r->L, -2);
	lua_call(r->L, 1, 1);
	is = lua_toboolean(r->L, -1);
	lua_pop(r->L, 1);
	return is;
}

/* Those that follow one that was enough. */
static bool skip_items(struct reader *r)
{
	while (take(r, ','))
		if (!skip_value(r))
			return false;
	return true;
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
		} while (!is_enough(r) && take(r, ','));
		if (!skip_items(r))
			return false;
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
	if (!is_wanted(r))
		return skip_field(r);
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
	r->p = json_skip_space(r->p);
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

/* decode(text, max_depth[, exact[, only[, enough]]]) -> value | nil, why, position */
static int l_decode(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 1, &len);
	lua_Integer max_depth = luaL_checkinteger(L, 2);
	struct reader r = { .L = L, .begin = text, .p = text, .end = text + len };

	luaL_argcheck(L, max_depth > 0 && max_depth <= MAX_DEPTH, 2, "depth out of range");
	r.max_depth = (int)max_depth;
	r.exact = lua_toboolean(L, 3);
	r.slots = lua_touserdata(L, lua_upvalueindex(1));
	if (!lua_isnoneornil(L, ONLY))
		r.only = luaL_checkudata(L, ONLY, NAMES_CLASS);
	r.stops = !lua_isnoneornil(L, ENOUGH);
	if (r.stops)
		luaL_checktype(L, ENOUGH, LUA_TFUNCTION);
	lua_settop(L, ENOUGH);
	lua_pushvalue(L, lua_upvalueindex(2)); // STRINGS
	if (strncmp(r.p, "\xef\xbb\xbf", 3) == 0)
		r.p += 3; /* byte order mark */
	if (read_value(&r)) {
		r.p = json_skip_space(r.p);
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

/* ---- writing ---- */

static void add_control(luaL_Buffer *b, unsigned char c)
{
	static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
	const char *at = strchr(values, c);
	char code[8];

	luaL_addchar(b, '\\');
	if (c != '\0' && at != NULL) {
		luaL_addchar(b, names[at - values]);
		return;
	}
	snprintf(code, sizeof code, "u%04x", c);
	luaL_addstring(b, code);
}

/* The character at s, which cannot be copied as it is; returns its bytes. */
static size_t add_odd(luaL_Buffer *b, const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t size = json_utf8_size(s);

	if (size == 0) {
		luaL_addstring(b, REPLACEMENT);
		return 1;
	}
	if (c < ' ' || c == 0x7f) {
		add_control(b, c);
		return 1;
	}
	if (size == 1)
		luaL_addchar(b, '\\');
	luaL_addlstring(b, s, size);
	return size;
}

/* quoted(s) -> s as a string of JSON; a byte that is no UTF-8 becomes U+FFFD */
static int l_quoted(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len), *end = s + len;
	luaL_Buffer b;

	luaL_buffinitsize(L, &b, len + 2);
	luaL_addchar(&b, '"');
	while (s < end) {
		const char *from = s;

		while (s < end && is_plain[(unsigned char)*s] && *s >= ' ' && *s != 0x7f)
			s++;
		luaL_addlstring(&b, from, (size_t)(s - from));
		if (s < end)
			s += add_odd(&b, s);
	}
	luaL_addchar(&b, '"');
	luaL_pushresult(&b);
	return 1;
}

/* names(list) -> what decode() takes for `only` */
static int l_names(lua_State *L)
{
	struct json_names *names;
	lua_Integer n;

	luaL_checktype(L, 1, LUA_TTABLE);
	n = luaL_len(L, 1);
	names = lua_newuserdatauv(L, sizeof *names, 0);
	memset(names, 0, sizeof *names);
	luaL_setmetatable(L, NAMES_CLASS);
	for (lua_Integer i = 1; i <= n; i++) {
		size_t len = 0;
		const char *name =
		    lua_rawgeti(L, 1, i) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : "";

		luaL_argcheck(L, json_names_add(names, name, len), 1,
		              "at most 32 names of 1 to 31 bytes expected");
		lua_pop(L, 1);
	}
	return 1;
}

int luaopen__bmcsh_json(lua_State *L);

int luaopen__bmcsh_json(lua_State *L)
{
	luaL_newmetatable(L, LIST);
	luaL_newmetatable(L, OBJECT);
	luaL_newmetatable(L, NAMES_CLASS);
	lua_createtable(L, 0, 3);
	lua_pushcfunction(L, l_names);
	lua_setfield(L, -2, "names");
	lua_pushcfunction(L, l_quoted);
	lua_setfield(L, -2, "quoted");
	memset(lua_newuserdatauv(L, SLOTS * sizeof(struct json_slot), 0), 0,
	       SLOTS * sizeof(struct json_slot));
	lua_createtable(L, SLOTS, 0);
	lua_pushcclosure(L, l_decode, 2);
	lua_setfield(L, -2, "decode");
	return 1;
}
