/* SPDX-License-Identifier: GPL-3.0-or-later */
/* l_repl.c is the Lua face of the line editor: the module _bmcsh.repl. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "lutil.h"
#include "op.h"
#include "repl.h"

#define EDITOR_CLASS "bmcsh.editor"

struct editor {
	struct op op;
	struct repl_config config;
	bool open;
};

int luaopen__bmcsh_repl(lua_State *L);

static const char *const event_names[] = {
	[REPL_NONE] = "none",           [REPL_LINE] = "line", [REPL_COMPLETE] = "complete",
	[REPL_INTERRUPT] = "interrupt", [REPL_EOF] = "eof",
};

static void read_stop(struct op *op)
{
	repl_stop(op);
}

/* event, text, point */
static int read_push(lua_State *L, struct op *op)
{
	const char *text;
	size_t point;
	enum repl_event event = repl_event(&text, &point);

	(void)op;
	lua_pushstring(L, event_names[event]);
	lua_pushstring(L, text);
	lua_pushinteger(L, (lua_Integer)point);
	return 3;
}

static const struct op_class read_class = { "editor:read", read_stop, read_push };

static void on_event(void *ctx)
{
	op_finish(ctx);
}

static struct editor *check_editor(lua_State *L)
{
	struct editor *e = luaL_checkudata(L, 1, EDITOR_CLASS);

	luaL_argcheck(L, e->open, 1, "the editor is closed");
	return e;
}

/* read(prompt) -> "line" or "interrupt", text | "complete", text, point | "eof",
 * or nil, err when stopped. */
static int l_read(lua_State *L)
{
	struct editor *e = check_editor(L);
	const char *prompt = luaL_checkstring(L, 2);

	op_reset(&e->op);
	if (repl_read(&e->config, prompt) != 0)
		return lutil_fail(L, ERR_BUSY, "another line is being edited on this terminal");
	return op_await(L, &e->op);
}

/* complete(words): after an event "complete". */
static int l_complete(lua_State *L)
{
	const char **words;
	size_t n;

	check_editor(L);
	luaL_checktype(L, 2, LUA_TTABLE);
	words = lutil_strings(L, 2, "word", &n);
	repl_complete(words, n);
	return 0;
}

/* interrupt(): the task that reads gets "interrupt". */
static int l_interrupt(lua_State *L)
{
	repl_interrupt(&check_editor(L)->op);
	return 0;
}

static int l_hide(lua_State *L)
{
	check_editor(L);
	repl_hide();
	return 0;
}

static int l_show(lua_State *L)
{
	check_editor(L);
	repl_show();
	return 0;
}

static int l_remember(lua_State *L)
{
	check_editor(L);
	repl_remember(luaL_checkstring(L, 2));
	return 0;
}

static int l_history(lua_State *L)
{
	const char *path;

	check_editor(L);
	path = luaL_checkstring(L, 2);
	if (repl_history(path) != 0)
		return lutil_fail(L, ERR_REJECTED, "history %s: %s", path, strerror(errno));
	lua_pushboolean(L, true);
	return 1;
}

static int editor_close(lua_State *L)
{
	struct editor *e = luaL_checkudata(L, 1, EDITOR_CLASS);

	repl_stop(&e->op);
	e->open = false;
	return 0;
}

/* open{ stderr = false } -> editor, or nil, err without a terminal. */
static int l_open(lua_State *L)
{
	struct editor *e = lutil_box(L, sizeof *e, 0, EDITOR_CLASS);

	if (repl_init() != 0)
		return lutil_fail(L, ERR_REJECTED, "no terminal to edit a line on");
	op_init(&e->op, &read_class);
	e->config.on_event = on_event;
	e->config.ctx = &e->op;
	if (!lua_isnoneornil(L, 1))
		e->config.to_stderr = lutil_optbool(L, 1, "stderr", false);
	e->open = true;
	return 1;
}

int luaopen__bmcsh_repl(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "read", l_read },        { "complete", l_complete },   { "hide", l_hide },
		{ "show", l_show },        { "history", l_history },     { "remember", l_remember },
		{ "close", editor_close }, { "interrupt", l_interrupt }, { NULL, NULL },
	};
	static const luaL_Reg functions[] = {
		{ "open", l_open },
		{ NULL, NULL },
	};

	lutil_class(L, EDITOR_CLASS, methods, editor_close);
	luaL_newlib(L, functions);
	return 1;
}
