/* SPDX-License-Identifier: GPL-3.0-or-later */
/* l_rmcp_sol.h is what l_rmcp.c needs of the Lua face of Serial over LAN. */
#ifndef BMCSH_L_RMCP_SOL_H
#define BMCSH_L_RMCP_SOL_H

#include <lua.h>

struct rmcp_session;

/* [-0, +0, e] */
void l_rmcp_sol_classes(lua_State *L);

/* [-n, +1 or 2, e] session:sol(options) -> console | nil, err. The session is
 * the first argument. */
int l_rmcp_sol(lua_State *L, struct rmcp_session *s);

#endif
