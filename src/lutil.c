/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lutil.h"

#include <string.h>

/* One a class, in a userdata the class's metatable holds: the function that
 * frees, and how many boxes have not been collected (the leak count). */
struct class_info {
	lua_CFunction gc;
	lua_Integer live;
};

static const char live_key; /* registry: class name -> its class_info */

static int class_close(lua_State *L)
{
	struct class_info *info = lua_touserdata(L, lua_upvalueindex(1));

	return info->gc != NULL ? info->gc(L) : 0;
}

static int class_gc(lua_State *L)
{
	struct class_info *info = lua_touserdata(L, lua_upvalueindex(1));

	info->live--;
	return info->gc != NULL ? info->gc(L) : 0;
}

static void remember_class(lua_State *L, const char *name, int info)
{
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &live_key) != LUA_TTABLE) {
		lua_pop(L, 1);
		lua_newtable(L);
		lua_pushvalue(L, -1);
		lua_rawsetp(L, LUA_REGISTRYINDEX, &live_key);
	}
	lua_pushvalue(L, info);
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

void lutil_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc)
{
	struct class_info *info;

	if (luaL_getmetatable(L, name) != LUA_TNIL) {
		lua_pop(L, 1);
		return;
	}
	lua_pop(L, 1);
	lua_newtable(L);
	lutil_setstring(L, "__name", name);
	info = lua_newuserdatauv(L, sizeof *info, 0); // mt info
	info->gc = gc;
	info->live = 0;
	remember_class(L, name, lua_absindex(L, -1));
	lua_pushvalue(L, -1);
	lua_pushcclosure(L, class_gc, 1);
	lua_setfield(L, -3, "__gc");
	lua_pushvalue(L, -1);
	lua_pushcclosure(L, class_close, 1);
	lua_setfield(L, -3, "__close");
	lua_rawsetp(L, -2, &live_key); // mt
	lua_newtable(L);
	if (methods != NULL)
		luaL_setfuncs(L, methods, 0);
	lua_setfield(L, -2, "__index");
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setfield(L, LUA_REGISTRYINDEX, name); /* last: never one that is half made */
}

void *lutil_box(lua_State *L, size_t size, int uservalues, const char *name)
{
	void *box = lua_newuserdatauv(L, size, uservalues);
	struct class_info *info;

	memset(box, 0, size);
	luaL_getmetatable(L, name); // box mt
	lua_rawgetp(L, -1, &live_key);
	info = lua_touserdata(L, -1);
	lua_pop(L, 1);
	lua_setmetatable(L, -2);
	info->live++;
	return box;
}

void lutil_live(lua_State *L)
{
	lua_newtable(L);
	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &live_key) != LUA_TTABLE) {
		lua_pop(L, 1);
		return;
	}
	lua_pushnil(L); // counts classes nil
	while (lua_next(L, -2)) {
		struct class_info *info = lua_touserdata(L, -1);

		lua_pop(L, 1);
		lua_pushvalue(L, -1); // counts classes name name
		lua_pushinteger(L, info->live);
		lua_settable(L, -5);
	}
	lua_pop(L, 1);
}

void lutil_error_value(lua_State *L, enum err_code code, const char *text)
{
	lua_createtable(L, 0, 4);
	lutil_setstring(L, "code", err_name(code));
	lutil_setstring(L, "text", text);
	luaL_newmetatable(L, LUTIL_ERROR);
	lua_setmetatable(L, -2);
}

int lutil_fail(lua_State *L, enum err_code code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	lua_pushnil(L);
	lutil_error_value(L, code, text);
	return 2;
}

/* [-0, +1, e] Pushes the field; false, with nothing pushed, when absent. */
static bool option(lua_State *L, int idx, const char *key, int type)
{
	int found = lua_getfield(L, idx, key);

	if (found == LUA_TNIL) {
		lua_pop(L, 1);
		return false;
	}
	if (found != type)
		luaL_error(L, "bad option '%s' (%s expected, got %s)", key, lua_typename(L, type),
		           luaL_typename(L, -1));
	return true;
}

double lutil_optnumber(lua_State *L, int idx, const char *key, double def)
{
	double value;

	if (!option(L, idx, key, LUA_TNUMBER))
		return def;
	value = lua_tonumber(L, -1);
	lua_pop(L, 1);
	return value;
}

bool lutil_optbool(lua_State *L, int idx, const char *key, bool def)
{
	bool value;

	if (!option(L, idx, key, LUA_TBOOLEAN))
		return def;
	value = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return value;
}

const char *lutil_optstring(lua_State *L, int idx, const char *key, size_t *len)
{
	const char *value;

	if (!option(L, idx, key, LUA_TSTRING))
		return NULL;
	value = lua_tolstring(L, -1, len);
	lua_pop(L, 1); /* the table still holds it */
	return value;
}

/* Raw: nobody would hold a string that a metamethod has made. */
const char **lutil_strings(lua_State *L, int idx, const char *name, size_t *n)
{
	const char **strings;

	idx = lua_absindex(L, idx);
	*n = lua_rawlen(L, idx);
	strings = lua_newuserdatauv(L, (*n + 1) * sizeof *strings, 0);
	for (size_t i = 0; i < *n; i++) {
		if (lua_rawgeti(L, idx, (lua_Integer)i + 1) != LUA_TSTRING)
			luaL_error(L, "bad %s %d (string expected, got %s)", name, (int)i + 1,
			           luaL_typename(L, -1));
		strings[i] = lua_tostring(L, -1);
		lua_pop(L, 1);
	}
	strings[*n] = NULL;
	return strings;
}

void lutil_setstring(lua_State *L, const char *key, const char *value)
{
	lua_pushstring(L, value);
	lua_setfield(L, -2, key);
}

void lutil_setnumber(lua_State *L, const char *key, double value)
{
	lua_pushnumber(L, value);
	lua_setfield(L, -2, key);
}

void lutil_setint(lua_State *L, const char *key, lua_Integer value)
{
	lua_pushinteger(L, value);
	lua_setfield(L, -2, key);
}

void lutil_setbool(lua_State *L, const char *key, bool value)
{
	lua_pushboolean(L, value);
	lua_setfield(L, -2, key);
}
