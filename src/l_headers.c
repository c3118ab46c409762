/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "l_headers.h"

#include <ctype.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <string.h>

#define HEADERS_CLASS "bmcsh.http.headers"

/* [-0, +1, e] The name in lower case. */
static void push_lower(lua_State *L, const char *name, size_t len)
{
	char lower[64];
	luaL_Buffer b;
	char *to = len <= sizeof lower ? lower : luaL_buffinitsize(L, &b, len);

	for (size_t i = 0; i < len; i++)
		to[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
	if (to == lower)
		lua_pushlstring(L, lower, len);
	else
		luaL_pushresultsize(&b, len);
}

/* [-0, +0, e] headers[name] = value, for the table on top. */
static void set_header(lua_State *L, const char *name, size_t name_len, const char *value,
                       size_t value_len)
{
	push_lower(L, name, name_len); // headers name
	lua_pushvalue(L, -1);
	if (lua_rawget(L, -3) == LUA_TSTRING) { // headers name old
		lua_pushliteral(L, ", ");
		lua_pushlstring(L, value, value_len);
		lua_concat(L, 3);
	} else {
		lua_pop(L, 1);
		lua_pushlstring(L, value, value_len);
	}
	lua_rawset(L, -3);
}

struct field {
	const char *name, *value;
	size_t name_len, value_len;
};

/* One line of the head. A line without a colon is no header. */
static bool split_line(struct field *f, const char *line, const char *end)
{
	const char *colon = memchr(line, ':', (size_t)(end - line));
	const char *value;

	if (colon == NULL)
		return false;
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
		;
	while (end > value && isspace((unsigned char)end[-1]))
		end--;
	*f = (struct field){ line, value, (size_t)(colon - line), (size_t)(end - value) };
	return true;
}

/* [-0, +1, e] A table of the lines in the string on top. */
static void push_fields(lua_State *L)
{
	size_t len = 0;
	const char *line = lua_tolstring(L, -1, &len), *end = line + len, *next;
	struct field f;

	lua_createtable(L, 0, 12);
	for (; line < end; line = next) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next != NULL ? next + 1 : end;
		if (split_line(&f, line, next))
			set_header(L, f.name, f.name_len, f.value, f.value_len);
	}
}

/* [-0, +0, e] The table at index 1 becomes a plain one. When memory runs out
 * half-way, the next look at it does it all again. */
static void fill(lua_State *L)
{
	int top = lua_gettop(L);

	lua_rawgeti(L, 1, 1);
	push_fields(L);
	lua_pushnil(L);
	while (lua_next(L, -2)) { // name value
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, 1);
	}
	lua_pushnil(L);
	lua_rawseti(L, 1, 1);
	lua_pushnil(L);
	lua_setmetatable(L, 1);
	lua_settop(L, top);
}

/* Whether a header is the one whose name, in lower case, is wanted. */
static bool is_named(const struct field *f, const char *wanted, size_t len)
{
	if (f->name_len != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = f->name[i];

		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != wanted[i])
			return false;
	}
	return true;
}

/* One header is looked up in the lines: most answers are asked for no more. */
static int on_index(lua_State *L)
{
	size_t len, wanted_len;
	const char *wanted =
	    lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &wanted_len) : NULL;
	const char *line, *end, *next;
	struct field f;
	bool found = false;

	if (wanted == NULL)
		return 0;
	lua_settop(L, 2);
	lua_rawgeti(L, 1, 1);
	line = lua_tolstring(L, 3, &len);
	for (end = line + len; line < end; line = next) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next != NULL ? next + 1 : end;
		if (!split_line(&f, line, next) || !is_named(&f, wanted, wanted_len))
			continue;
		if (found)
			lua_pushliteral(L, ", ");
		lua_pushlstring(L, f.value, f.value_len);
		if (found)
			lua_concat(L, 3);
		found = true;
	}
	return found ? 1 : 0;
}

static int on_pairs(lua_State *L)
{
	lua_settop(L, 1);
	fill(L);
	lua_getglobal(L, "next");
	lua_insert(L, 1); // next t
	return 2;
}

void headers_class(lua_State *L)
{
	static const luaL_Reg events[] = { { "__index", on_index },
		                           { "__pairs", on_pairs },
		                           { NULL, NULL } };

	luaL_newmetatable(L, HEADERS_CLASS);
	luaL_setfuncs(L, events, 0);
	lua_pop(L, 1);
}

void headers_push(lua_State *L, const char *lines, size_t len)
{
	lua_createtable(L, 1, 0);
	lua_pushlstring(L, lines, len);
	lua_rawseti(L, -2, 1);
	luaL_setmetatable(L, HEADERS_CLASS);
}
