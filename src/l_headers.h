/* SPDX-License-Identifier: GPL-3.0-or-later */
/* l_headers.h owns the headers of an answer as a Lua table: names in lower
 * case, repeated ones joined by ", ".
 *
 * Few answers have their headers looked at, and then one or two of them. So
 * the table holds the lines as they came, as element 1, and they are searched,
 * until somebody lists it: then it becomes a plain one. */
#ifndef BMCSH_L_HEADERS_H
#define BMCSH_L_HEADERS_H

#include <stddef.h>

typedef struct lua_State lua_State;

/* Once a state, before any table. */
void headers_class(lua_State *L);

/* [-0, +1, e] */
void headers_push(lua_State *L, const char *lines, size_t len);

#endif
