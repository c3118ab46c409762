/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of Serial over LAN: the method `sol` of a session of _bmcsh.rmcp,
 * and what it gives. lua/bmc/sol.lua is what scripts use. */
#include "l_rmcp_sol.h"

#include "lutil.h"
#include "rmcp_sol.h"

#define SOL_CLASS "bmcsh.rmcp.sol"
#define READ_CLASS "bmcsh.rmcp.sol.read"
#define WRITE_CLASS "bmcsh.rmcp.sol.write"

static int sol_gc(lua_State *L)
{
	struct rmcp_sol **box = luaL_checkudata(L, 1, SOL_CLASS);
	struct rmcp_sol *sol = *box;

	*box = NULL;
	if (sol != NULL)
		rmcp_sol_free(sol);
	return 0;
}

/* NULL and nil, err on the stack when it is closed. */
static struct rmcp_sol *check_sol(lua_State *L)
{
	struct rmcp_sol **box = luaL_checkudata(L, 1, SOL_CLASS);

	if (*box == NULL)
		lutil_fail(L, ERR_CANCELLED, "the console is closed");
	return *box;
}

static double check_range(lua_State *L, const char *key, double def, double least, double most)
{
	double value = lutil_optnumber(L, 1, key, def);

	if (!(value >= least && value <= most))
		luaL_error(L, "bad option '%s' (%f to %f expected)", key, least, most);
	return value;
}

static const char *refusal(enum err_code why)
{
	switch (why) {
	case ERR_BUSY:
		return "the session has a console already";
	case ERR_UNSUPPORTED:
		return "IPMI 1.5 has no payloads";
	case ERR_INTERNAL:
		return "no memory for a console";
	default:
		return "the session is over";
	}
}

int l_rmcp_sol(lua_State *L, struct rmcp_session *s)
{
	struct rmcp_sol_options o = { 0 };
	struct rmcp_sol **box;
	enum err_code why;

	luaL_checktype(L, 2, LUA_TTABLE);
	lua_settop(L, 2);
	lua_rotate(L, 1, 1); // options session
	o.chunk = (unsigned)check_range(L, "chunk", 60, 1, 255);
	o.retry = check_range(L, "retry", 1, 0.01, 60);
	o.keep_alive = check_range(L, "keep_alive", 25, 0.1, 3600);
	o.room = (size_t)check_range(L, "room", 65536, 1024, 1 << 24);
	o.nudge = check_range(L, "nudge", 0, 0, 3600);
	o.nudge_nul = lutil_optbool(L, 1, "nudge_nul", false);
	o.zero_is_all = lutil_optbool(L, 1, "zero_is_all", false);
	o.no_acks = lutil_optbool(L, 1, "no_acks", false);
	o.unnumbered = lutil_optbool(L, 1, "unnumbered", false);
	box = lutil_box(L, sizeof *box, 1, SOL_CLASS);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 1);
	*box = rmcp_sol_new(s, &o, &why);
	return *box != NULL ? 1 : lutil_fail(L, why, "%s", refusal(why));
}

/* ---- waiting ---- */

static int read_gc(lua_State *L)
{
	rmcp_sol_read_stop(lua_touserdata(L, 1));
	return 0;
}

static int write_gc(lua_State *L)
{
	rmcp_sol_write_stop(lua_touserdata(L, 1));
	return 0;
}

static void stop_read(struct op *op)
{
	rmcp_sol_read_stop((struct rmcp_sol_read *)op);
}

static void stop_write(struct op *op)
{
	rmcp_sol_write_stop((struct rmcp_sol_write *)op);
}

/* [-0, +2, e] */
static int push_end(lua_State *L, const struct rmcp_sol *sol)
{
	struct rmcp_sol_state state;

	rmcp_sol_describe(sol, &state);
	if (state.error == ERR_NONE)
		return lutil_fail(L, ERR_UNSUPPORTED, "the BMC refuses to send a break");
	lutil_fail(L, state.error, "%s", state.text);
	lutil_setbool(L, "deactivated", state.deactivated);
	lutil_setbool(L, "deaf", state.deaf);
	return 2;
}

/* The console is the first argument, which stays where it is. */
static int push_characters(lua_State *L, struct op *op)
{
	struct rmcp_sol *sol = check_sol(L);
	const char *bytes;
	size_t n;

	(void)op;
	if (sol == NULL)
		return 2;
	n = rmcp_sol_peek(sol, &bytes);
	if (n == 0)
		return push_end(L, sol);
	lua_pushlstring(L, bytes, n);
	rmcp_sol_consume(sol, n);
	return 1;
}

static int push_written(lua_State *L, struct op *op)
{
	const struct rmcp_sol_write *w = (const struct rmcp_sol_write *)op;
	struct rmcp_sol *sol = check_sol(L);

	if (w->done || (w->len == 0 && !w->is_break)) {
		lua_pushboolean(L, 1);
		return 1;
	}
	if (sol != NULL)
		push_end(L, sol);
	lutil_setint(L, "taken", (lua_Integer)w->taken);
	lutil_setint(L, "sent", (lua_Integer)w->sent);
	return 2;
}

static const struct op_class read_class = { "console:read", stop_read, push_characters };
static const struct op_class write_class = { "console:write", stop_write, push_written };

/* read() -> characters */
static int sol_read(lua_State *L)
{
	struct rmcp_sol *sol = check_sol(L);
	struct rmcp_sol_read *r;

	if (sol == NULL)
		return 2;
	lua_settop(L, 1);
	r = lutil_box(L, sizeof *r, 1, READ_CLASS);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, 1);
	op_init(&r->op, &read_class);
	if (!rmcp_sol_read(sol, r))
		return lutil_fail(L, ERR_BUSY, "another task reads from the console");
	return op_await(L, &r->op);
}

/* write(text), or write(nil) for a break -> true, when the BMC has taken it */
static int sol_write(lua_State *L)
{
	struct rmcp_sol *sol = check_sol(L);
	struct rmcp_sol_write *w;

	if (sol == NULL)
		return 2;
	lua_settop(L, 2);
	w = lutil_box(L, sizeof *w, 2, WRITE_CLASS);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, 1);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 2);
	op_init(&w->op, &write_class);
	w->is_break = lua_isnil(L, 2);
	w->data = w->is_break ? NULL : (const uint8_t *)luaL_checklstring(L, 2, &w->len);
	if (!rmcp_sol_write(sol, w))
		return lutil_fail(L, ERR_BUSY, "another task writes to the console");
	return op_await(L, &w->op);
}

static int sol_state(lua_State *L)
{
	struct rmcp_sol *sol = check_sol(L);
	struct rmcp_sol_state state;

	if (sol == NULL)
		return 2;
	rmcp_sol_describe(sol, &state);
	lua_createtable(L, 0, 6);
	lutil_setbool(L, "ended", state.error != ERR_NONE);
	lutil_setbool(L, "deactivated", state.deactivated);
	lutil_setbool(L, "off", state.off);
	lutil_setint(L, "resent", state.resent);
	lutil_setint(L, "dropped", state.dropped);
	lutil_setint(L, "overruns", state.overruns);
	return 1;
}

void l_rmcp_sol_classes(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "read", sol_read }, { "write", sol_write }, { "state", sol_state },
		{ "close", sol_gc },  { NULL, NULL },
	};

	lutil_class(L, SOL_CLASS, methods, sol_gc);
	lutil_class(L, READ_CLASS, NULL, read_gc);
	lutil_class(L, WRITE_CLASS, NULL, write_gc);
}
