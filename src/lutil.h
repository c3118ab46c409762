/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lutil.h owns what every Lua face needs: boxes, error values, option
 * tables. Functions that take a lua_State may raise; others never do (C5). */
#ifndef BMCSH_LUTIL_H
#define BMCSH_LUTIL_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#include "err.h"

/* Metatable name of error values; lua/bmc/err.lua gives it its methods. */
#define LUTIL_ERROR "bmcsh.error"

/* [-0, +0, e] Registers a userdata class: __name, __index = methods, and one
 * function for __gc and __close (C4). gc may be NULL. */
void lutil_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction gc);

/* [-0, +1, e] Zeroed userdata of that class, metatable set, ready for __gc
 * before anything is acquired into it (C3). */
void *lutil_box(lua_State *L, size_t size, int uservalues, const char *name);

/* [-0, +1, e] Table: class name -> boxes not yet collected. */
void lutil_live(lua_State *L);

/* [-0, +2, e] nil and an error value; returns 2. */
int lutil_fail(lua_State *L, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* [-0, +1, e] The error value alone. */
void lutil_error_value(lua_State *L, enum err_code code, const char *text);

/* Fields of an option table at idx; wrong type raises and names the option.
 * Strings are valid as long as the table holds them. */
double lutil_optnumber(lua_State *L, int idx, const char *key, double def);
bool lutil_optbool(lua_State *L, int idx, const char *key, bool def);
const char *lutil_optstring(lua_State *L, int idx, const char *key, size_t *len);

/* [-0, +1, e] The list at idx as an array of its *n strings, NULL behind the
 * last, in a userdata; valid as long as the list holds them. Raises when an item
 * is no string, with the name that it has for a script. */
const char **lutil_strings(lua_State *L, int idx, const char *name, size_t *n);

/* [-0, +0, e] t[key] = value, for the table on top. */
void lutil_setstring(lua_State *L, const char *key, const char *value);
void lutil_setnumber(lua_State *L, const char *key, double value);
void lutil_setint(lua_State *L, const char *key, lua_Integer value);
void lutil_setbool(lua_State *L, const char *key, bool value);

#endif
