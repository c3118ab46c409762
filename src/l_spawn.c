/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of child processes: the module _bmcsh.spawn. */
#include <math.h>

#include "lutil.h"
#include "secret.h"
#include "spawn.h"

#define SPAWN_CLASS "bmcsh.spawn"
#define MAX_OUTPUT 1048576.0

static int spawn_gc(lua_State *L)
{
	spawn_stop(lua_touserdata(L, 1));
	return 0;
}

static void stop(struct op *op)
{
	spawn_stop((struct spawn *)op);
}

static void push_output(lua_State *L, const char *key, struct spawn_output *o)
{
	if (o->is_secret)
		secret_push(L, o->secret.bytes != NULL ? o->secret.bytes : "", o->secret.len);
	else
		lua_pushlstring(L, o->bytes != NULL ? o->bytes : "", o->len);
	lua_setfield(L, -2, key);
}

/* A secret is what the command printed, without the end of its last line. */
static void cut_line_end(struct secret *s)
{
	size_t len = s->len;

	if (len > 0 && s->bytes[len - 1] == '\n')
		len--;
	if (len > 0 && s->bytes[len - 1] == '\r')
		len--;
	secret_cut(s, len);
}

static int push(lua_State *L, struct op *op)
{
	struct spawn *s = (struct spawn *)op;

	if (s->code != ERR_NONE)
		return lutil_fail(L, s->code, "%s", s->text);
	cut_line_end(&s->out.secret);
	lua_createtable(L, 0, 4);
	if (s->status >= 0)
		lutil_setint(L, "status", s->status);
	if (s->signal != 0)
		lutil_setint(L, "signal", s->signal);
	push_output(L, "stdout", &s->out);
	push_output(L, "stderr", &s->err);
	spawn_stop(s);
	return 1;
}

static const struct op_class spawn_class = { "spawn.run", stop, push };

/* [-0, +1, e] Standard input, or nil. A secret is copied: whoever holds it may
 * close it while the command still reads. */
static void push_input(lua_State *L, int idx, struct spawn_options *o)
{
	const struct secret *s;

	if (lua_getfield(L, idx, "stdin") == LUA_TNIL)
		return;
	s = secret_test(L, -1);
	if (s != NULL) {
		s = secret_push(L, s->bytes, s->len);
		lua_remove(L, -2);
		o->in = s->bytes;
		o->in_len = s->len;
		return;
	}
	if (lua_type(L, -1) != LUA_TSTRING)
		luaL_error(L, "bad option 'stdin' (string or secret expected, got %s)",
		           luaL_typename(L, -1));
	o->in = lua_tolstring(L, -1, &o->in_len);
}

static int l_run(lua_State *L)
{
	struct spawn_options o = { 0 };
	struct spawn *s;
	double max_output;
	size_t n;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	o.timeout = lutil_optnumber(L, 1, "timeout", INFINITY);
	o.secret = lutil_optbool(L, 1, "secret", false);
	max_output = lutil_optnumber(L, 1, "max_output", MAX_OUTPUT);
	luaL_argcheck(L, o.timeout >= 0, 1, "timeout: seconds expected");
	luaL_argcheck(L, max_output >= 0 && max_output <= 1e9, 1, "max_output: bytes expected");
	o.max_output = (size_t)max_output;
	o.argv = (char *const *)lutil_strings(L, 1, "argument", &n);
	luaL_argcheck(L, n > 0, 1, "a command expected");
	push_input(L, 1, &o);                        // options argv stdin
	s = lutil_box(L, sizeof *s, 1, SPAWN_CLASS); // options argv stdin box
	lua_pushvalue(L, 3);
	lua_setiuservalue(L, -2, 1); /* the bytes stay while the child reads them */
	op_init(&s->op, &spawn_class);
	spawn_start(s, &o);
	return op_await(L, &s->op);
}

static int reaper_gc(lua_State *L)
{
	(void)L;
	spawn_end_all();
	return 0;
}

/* [-0, +1, e] Collected with the state. */
static void push_reaper(lua_State *L)
{
	lua_newuserdatauv(L, 0, 0);
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, reaper_gc);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
}

int luaopen__bmcsh_spawn(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "run", l_run },
		{ NULL, NULL },
	};

	lutil_class(L, SPAWN_CLASS, NULL, spawn_gc);
	luaL_newlibtable(L, functions);
	push_reaper(L);
	luaL_setfuncs(L, functions, 1);
	return 1;
}
