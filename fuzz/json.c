/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer target for the reader of JSON. Who reads some fields only, or a
 * list up to what is enough, passes over the rest without looking into it: what
 * is good as a whole has to be good to him, too. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define DEPTH 100

int luaopen__bmcsh_json(lua_State *L);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = { "a", "Members", "@odata.id" };

/* enough(item): after the first object of a list. */
static int l_enough(lua_State *L)
{
	lua_pushboolean(L, lua_istable(L, 1));
	return 1;
}

/* The module, the names and the function, at 1, 2 and 3. */
static lua_State *start(void)
{
	lua_State *L = luaL_newstate();

	if (L == NULL)
		abort();
	luaL_requiref(L, "json", luaopen__bmcsh_json, 0);
	lua_getfield(L, 1, "names");
	lua_newtable(L);
	for (int i = 0; i < 3; i++) {
		lua_pushstring(L, names[i]);
		lua_rawseti(L, -2, i + 1);
	}
	lua_call(L, 1, 1);
	lua_pushcfunction(L, l_enough);
	return L;
}

/* decode(), which takes `only` and `enough` by their index here, 0: not given. Whether it could
 * read the text; if not, the place is one of the text or its end. */
static bool reads(lua_State *L, const char *text, size_t len, bool exact, int only, int enough)
{
	bool good;

	lua_settop(L, 3);
	lua_getfield(L, 1, "decode");
	lua_pushlstring(L, text, len);
	lua_pushinteger(L, DEPTH);
	lua_pushboolean(L, exact);
	for (int i = 0; i < 2; i++) {
		lua_pushnil(L);
		if ((i == 0 ? only : enough) != 0)
			lua_copy(L, i == 0 ? only : enough, -1);
	}
	lua_call(L, 5, 3);
	good = lua_isnil(L, 5);
	if (!good && (lua_tointeger(L, 6) < 1 || lua_tointeger(L, 6) > (lua_Integer)len + 1))
		abort();
	return good;
}

/* What was read, when that is a string, comes back from what quoted() makes of it. */
static void check_quoted(lua_State *L)
{
	const char *quoted;
	size_t len;

	if (lua_type(L, 4) != LUA_TSTRING)
		return;
	lua_settop(L, 4);
	lua_getfield(L, 1, "quoted");
	lua_pushvalue(L, 4);
	lua_call(L, 1, 1);
	lua_getfield(L, 1, "decode");
	quoted = lua_tolstring(L, 5, &len);
	lua_pushlstring(L, quoted, len);
	lua_pushinteger(L, 1);
	lua_call(L, 2, 1);
	if (!lua_rawequal(L, 4, 6))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static lua_State *L;
	const char *text = (const char *)data;

	if (L == NULL)
		L = start();
	if (!reads(L, text, size, false, 0, 0)) {
		if (reads(L, text, size, true, 0, 0))
			abort();
		return 0;
	}
	check_quoted(L);
	if (!reads(L, text, size, true, 0, 0) || !reads(L, text, size, false, 2, 0) ||
	    !reads(L, text, size, false, 0, 3) || !reads(L, text, size, false, 2, 3))
		abort();
	return 0;
}
