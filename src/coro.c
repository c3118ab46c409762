/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "coro.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <stddef.h>

#include "task.h"

/* Its address marks a yield that is a wait. It stays on top of the thread that
 * waits until that is resumed: by its own driver, and by nobody else. */
static const char wait_mark;
static lua_State *volatile running;

lua_State *coro_running(void)
{
	return running;
}

int coro_close(lua_State *co)
{
#if LUA_VERSION_RELEASE_NUM >= 50406
	return lua_closethread(co, NULL);
#else
	return lua_resetthread(co);
#endif
}

int coro_yield_wait(lua_State *L, lua_KContext ctx, lua_KFunction k)
{
	lua_pushlightuserdata(L, (void *)(size_t)&wait_mark);
	return lua_yieldk(L, 1, ctx, k);
}

static bool is_waiting(lua_State *co)
{
	return lua_status(co) == LUA_YIELD && lua_touserdata(co, -1) == &wait_mark;
}

static int resume(lua_State *co, lua_State *from, int nargs, int *nres, int *waiting)
{
	lua_State *outer = running;
	int status;

	if (is_waiting(co))
		lua_pop(co, 1);
	running = co;
	status = lua_resume(co, from, nargs, nres);
	running = outer;
	*waiting = is_waiting(co);
	return status;
}

int coro_resume(lua_State *co, int nargs, int *nres, int *waiting)
{
	return resume(co, NULL, nargs, nres, waiting);
}

/* [-0, +2, m] What coroutine.resume returns when it cannot. */
static int refuse(lua_State *L, const char *why)
{
	lua_pushboolean(L, false);
	lua_pushstring(L, why);
	return 2;
}

/* What to do with the values that came out of a nested coroutine. */
typedef int (*deliver_fn)(lua_State *L, lua_State *co, int status, int nres);

/* [-0, +2, m] false and a message, as coroutine.resume reports failure. */
static int deliver_failure(lua_State *L, lua_State *co)
{
	lua_xmove(co, L, 1);
	lua_pushboolean(L, false);
	lua_insert(L, -2); /* under the message: co may be L itself */
	return 2;
}

static int deliver_resume(lua_State *L, lua_State *co, int status, int nres)
{
	if (status != LUA_OK && status != LUA_YIELD)
		return deliver_failure(L, co);
	if (!lua_checkstack(L, nres + 1)) {
		lua_pop(co, nres);
		return refuse(L, "too many results to resume");
	}
	lua_pushboolean(L, true);
	lua_xmove(co, L, nres);
	return nres + 1;
}

static int deliver_wrap(lua_State *L, lua_State *co, int status, int nres)
{
	if (status != LUA_OK && status != LUA_YIELD) {
		if (lua_status(co) != LUA_OK)
			coro_close(co); /* leaves the error on top, or a newer one */
		lua_xmove(co, L, 1);
		return lua_error(L);
	}
	luaL_checkstack(L, nres, "too many results to resume");
	lua_xmove(co, L, nres);
	return nres;
}

/* Runs co until it has values for its caller. A wait inside it suspends the
 * caller as well, with the same mark, and comes back here through k. */
static int drive(lua_State *L, lua_State *co, int nargs, deliver_fn deliver, lua_KFunction k)
{
	int nres, waiting;
	int status = resume(co, L, nargs, &nres, &waiting);

	if (!waiting)
		return deliver(L, co, status, nres);
	if (!lua_isyieldable(L)) {
		/* Its wait is over before it has ended: nothing could go on from here. */
		lua_pop(co, 1);
		task_drop_wait();
		coro_close(co);
		return luaL_error(L, "a coroutine that waits cannot be resumed from inside a "
		                     "callback of a C function");
	}
	return coro_yield_wait(L, (lua_KContext)co, k);
}

static int resume_k(lua_State *L, int status, lua_KContext co)
{
	(void)status;
	return drive(L, (lua_State *)co, 0, deliver_resume, resume_k);
}

static int wrap_k(lua_State *L, int status, lua_KContext co)
{
	(void)status;
	return drive(L, (lua_State *)co, 0, deliver_wrap, wrap_k);
}

/* A thread that is the loop's to resume, or that another one drives and waits
 * with: to a script it runs already. */
static bool is_taken(lua_State *co)
{
	return task_has_thread(co) || is_waiting(co);
}

static lua_State *check_coroutine(lua_State *L)
{
	lua_State *co = lua_tothread(L, 1);

	luaL_argexpected(L, co != NULL, 1, "coroutine");
	return co;
}

static int l_resume(lua_State *L)
{
	lua_State *co = check_coroutine(L);
	int nargs = lua_gettop(L) - 1;

	if (is_taken(co))
		return refuse(L, "cannot resume non-suspended coroutine");
	if (!lua_checkstack(co, nargs))
		return refuse(L, "too many arguments to resume");
	lua_xmove(L, co, nargs);
	return drive(L, co, nargs, deliver_resume, resume_k);
}

/* The function of Lua is the upvalue. */
static int l_close(lua_State *L)
{
	if (is_taken(check_coroutine(L)))
		return luaL_error(L, "cannot close a coroutine that waits, or that is a task");
	lua_settop(L, 1);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, 1, LUA_MULTRET);
	return lua_gettop(L);
}

static int l_wrapped(lua_State *L)
{
	lua_State *co = lua_tothread(L, lua_upvalueindex(1));
	int nargs = lua_gettop(L);

	if (is_taken(co))
		return luaL_error(L, "cannot resume non-suspended coroutine");
	luaL_checkstack(co, nargs, "too many arguments to resume");
	lua_xmove(L, co, nargs);
	return drive(L, co, nargs, deliver_wrap, wrap_k);
}

static int l_wrap(lua_State *L)
{
	lua_State *co;

	luaL_checktype(L, 1, LUA_TFUNCTION);
	co = lua_newthread(L);
	lua_pushvalue(L, 1);
	lua_xmove(L, co, 1);
	lua_pushcclosure(L, l_wrapped, 1);
	return 1;
}

/* A plain yield of the task itself would never be resumed. */
static int l_yield(lua_State *L)
{
	if (task_has_thread(L))
		return luaL_error(L, "coroutine.yield outside of a coroutine: "
		                     "to wait use task.sleep or a channel");
	return lua_yield(L, lua_gettop(L));
}

void coro_install(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "resume", l_resume },
		{ "wrap", l_wrap },
		{ "yield", l_yield },
		{ NULL, NULL },
	};

	lua_getglobal(L, "coroutine");
	luaL_setfuncs(L, functions, 0);
	lua_getfield(L, -1, "close");
	lua_pushcclosure(L, l_close, 1);
	lua_setfield(L, -2, "close");
	lua_pop(L, 1);
}
