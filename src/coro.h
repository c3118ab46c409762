/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coro.h owns coroutine.resume, wrap, close and yield as scripts see them: a
 * generator may wait for the network, because a wait inside it is passed up
 * to the task (STYLE C13). It knows nothing of what is waited for. */
#ifndef BMCSH_CORO_H
#define BMCSH_CORO_H

#include <lua.h>

/* Yields the wait mark; k runs when the task is resumed. Use as `return …`. */
int coro_yield_wait(lua_State *L, lua_KContext ctx, lua_KFunction k);

/* Resumes a task's own thread. *waiting tells a wait from any other yield,
 * which is left on co's stack as *nres values. */
int coro_resume(lua_State *co, int nargs, int *nres, int *waiting);

/* The innermost thread that runs Lua now, NULL outside. Safe in a signal
 * handler. */
lua_State *coro_running(void);

/* Ends a thread that failed, closing its pending variables. Returns a status. */
int coro_close(lua_State *co);

/* [-0, +0, e] Puts the four functions into the global table coroutine. */
void coro_install(lua_State *L);

#endif
