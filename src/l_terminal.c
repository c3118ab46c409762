/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of standard input and output as streams: the module
 * _bmcsh.terminal. */
#include <string.h>

#include "lutil.h"
#include "terminal.h"

#define TERMINAL_CLASS "bmcsh.terminal"
#define IO_CLASS "bmcsh.terminal.io"

int luaopen__bmcsh_terminal(lua_State *L);

struct box {
	bool open;
};

static int box_close(lua_State *L)
{
	struct box *box = luaL_checkudata(L, 1, TERMINAL_CLASS);

	if (box->open)
		terminal_close();
	box->open = false;
	return 0;
}

static int io_gc(lua_State *L)
{
	terminal_stop(lua_touserdata(L, 1));
	return 0;
}

static void stop_io(struct op *op)
{
	terminal_stop((struct terminal_io *)op);
}

static int push_error(lua_State *L, const struct terminal_io *io)
{
	return lutil_fail(L, ERR_UNREACHABLE, "the terminal: %s", strerror(io->error));
}

/* Nothing at the end. */
static int push_read(lua_State *L, struct op *op)
{
	const struct terminal_io *io = (const struct terminal_io *)op;

	if (io->error != 0)
		return push_error(L, io);
	if (io->len > 0)
		lua_pushlstring(L, io->bytes, io->len);
	else
		lua_pushnil(L);
	return 1;
}

static int push_written(lua_State *L, struct op *op)
{
	const struct terminal_io *io = (const struct terminal_io *)op;

	if (io->error != 0)
		return push_error(L, io);
	lua_pushboolean(L, io->at == io->len);
	return 1;
}

static const struct op_class read_class = { "terminal:read", stop_io, push_read };
static const struct op_class write_class = { "terminal:write", stop_io, push_written };

/* read() -> characters | nil at the end | nil, err */
static int l_read(lua_State *L)
{
	struct terminal_io *io;

	luaL_checkudata(L, 1, TERMINAL_CLASS);
	io = lutil_box(L, sizeof *io + TERMINAL_CHUNK, 0, IO_CLASS);
	op_init(&io->op, &read_class);
	if (!terminal_read(io))
		return lutil_fail(L, ERR_BUSY, "the terminal is closed, or read by another task");
	return op_await(L, &io->op);
}

/* write(text) -> true | nil, err */
static int l_write(lua_State *L)
{
	struct terminal_io *io;

	luaL_checkudata(L, 1, TERMINAL_CLASS);
	luaL_checkstring(L, 2);
	lua_settop(L, 2);
	io = lutil_box(L, sizeof *io, 1, IO_CLASS);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 1);
	io->data = lua_tolstring(L, 2, &io->len);
	op_init(&io->op, &write_class);
	if (!terminal_write(io))
		return lutil_fail(L, ERR_BUSY,
		                  "the terminal is closed, or written to by another task");
	return op_await(L, &io->op);
}

static int l_suspend(lua_State *L)
{
	luaL_checkudata(L, 1, TERMINAL_CLASS);
	terminal_suspend();
	return 0;
}

/* open(raw) -> terminal, a to-be-closed value | nil, err */
static int l_open(lua_State *L)
{
	bool raw = lua_toboolean(L, 1);
	struct box *box = lutil_box(L, sizeof *box, 0, TERMINAL_CLASS);

	box->open = terminal_open(raw);
	return box->open ? 1 : lutil_fail(L, ERR_BUSY, "the terminal is in use, or there is none");
}

int luaopen__bmcsh_terminal(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "read", l_read },     { "write", l_write }, { "suspend", l_suspend },
		{ "close", box_close }, { NULL, NULL },
	};
	static const luaL_Reg functions[] = {
		{ "open", l_open },
		{ NULL, NULL },
	};

	lutil_class(L, TERMINAL_CLASS, methods, box_close);
	lutil_class(L, IO_CLASS, NULL, io_gc);
	luaL_newlib(L, functions);
	return 1;
}
