/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of datagram sockets and of name look-ups: the module _bmcsh.udp.
 * lua/bmc/udp.lua documents it for scripts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lutil.h"
#include "op.h"
#include "udp.h"

#define SOCKET_CLASS "bmcsh.udp"
#define OP_CLASS "bmcsh.udp.op"

/* ---- the socket ---- */

static int socket_gc(lua_State *L)
{
	struct udp **box = luaL_checkudata(L, 1, SOCKET_CLASS);
	struct udp *u = *box;

	*box = NULL;
	if (u != NULL)
		udp_close(u);
	return 0;
}

static struct udp *check_socket(lua_State *L)
{
	struct udp **box = luaL_checkudata(L, 1, SOCKET_CLASS);

	if (*box == NULL)
		luaL_error(L, "the socket has been closed");
	return *box;
}

static uint16_t check_port(lua_State *L, int arg)
{
	lua_Integer port = luaL_checkinteger(L, arg);

	luaL_argcheck(L, port >= 0 && port <= 65535, arg, "a port is 0 to 65535");
	return (uint16_t)port;
}

static int push_address(lua_State *L, const struct sockaddr_storage *a)
{
	char host[UDP_HOST_MAX];
	uint16_t port;

	udp_print(a, host, &port);
	lua_pushstring(L, host);
	lua_pushinteger(L, port);
	return 2;
}

static int socket_address(lua_State *L)
{
	struct sockaddr_storage own;

	if (!udp_address(check_socket(L), &own))
		return lutil_fail(L, ERR_INTERNAL, "the socket has no address");
	return push_address(L, &own);
}

static int socket_tostring(lua_State *L)
{
	struct udp **box = luaL_checkudata(L, 1, SOCKET_CLASS);
	struct sockaddr_storage own;

	if (*box == NULL || !udp_address(*box, &own)) {
		lua_pushliteral(L, "udp socket (closed)");
		return 1;
	}
	push_address(L, &own);
	lua_pushfstring(L, "udp socket (%s port %d)", lua_tostring(L, -2),
	                (int)lua_tointeger(L, -1));
	return 1;
}

/* ---- operations ---- */

static int op_gc(lua_State *L)
{
	udp_stop(lua_touserdata(L, 1));
	return 0;
}

static void stop(struct op *op)
{
	udp_stop((struct udp_op *)op);
}

static int push_sent(lua_State *L, struct op *op)
{
	const struct udp_op *o = (const struct udp_op *)op;

	if (o->why.code != ERR_NONE)
		return lutil_fail(L, o->why.code, "%s", o->why.text);
	lua_pushboolean(L, true);
	return 1;
}

static int push_received(lua_State *L, struct op *op)
{
	struct udp_op *o = (struct udp_op *)op;

	if (o->why.code != ERR_NONE)
		return lutil_fail(L, o->why.code, "%s", o->why.text);
	lua_pushlstring(L, o->data, o->len);
	udp_stop(o);
	return 1 + push_address(L, &o->peer);
}

static const struct op_class send_class = { "udp:send", stop, push_sent };
static const struct op_class receive_class = { "udp:receive", stop, push_received };

/* [-0, +1, e] The box keeps the socket, and what is sent, as long as it waits. */
static struct udp_op *new_op(lua_State *L, const struct op_class *cls)
{
	struct udp_op *o = lutil_box(L, sizeof *o, 2, OP_CLASS);

	op_init(&o->op, cls);
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, 1);
	return o;
}

static int socket_send(lua_State *L)
{
	struct udp *u = check_socket(L);
	size_t len;
	const char *data = luaL_checklstring(L, 2, &len);
	const char *host = luaL_checkstring(L, 3);
	uint16_t port = check_port(L, 4);
	struct udp_op *o = new_op(L, &send_class);

	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 2);
	udp_send(u, o, host, port, data, len);
	return op_await(L, &o->op);
}

static int socket_receive(lua_State *L)
{
	struct udp *u = check_socket(L);
	double timeout = luaL_optnumber(L, 2, INFINITY);
	struct udp_op *o;

	luaL_argcheck(L, timeout >= 0, 2, "seconds expected");
	o = new_op(L, &receive_class);
	udp_receive(u, o, timeout);
	return op_await(L, &o->op);
}

/* ---- the module ---- */

static int check_family(lua_State *L, const char *family)
{
	if (family == NULL || strcmp(family, "ipv4") == 0)
		return AF_INET;
	if (strcmp(family, "ipv6") == 0)
		return AF_INET6;
	return luaL_error(L, "bad option 'family' (\"ipv4\" or \"ipv6\" expected, got \"%s\")",
	                  family);
}

static int l_open(lua_State *L)
{
	struct udp_options o = { 0 };
	struct udp_failure why = { ERR_NONE, "" };
	struct udp **box;
	double port;

	luaL_checktype(L, 1, LUA_TTABLE);
	o.family = check_family(L, lutil_optstring(L, 1, "family", NULL));
	o.address = lutil_optstring(L, 1, "address", NULL);
	port = lutil_optnumber(L, 1, "port", 0);
	luaL_argcheck(L, port >= 0 && port <= 65535, 1, "port: 0 to 65535 expected");
	o.port = (uint16_t)port;
	o.broadcast = lutil_optbool(L, 1, "broadcast", false);
	box = lutil_box(L, sizeof *box, 0, SOCKET_CLASS);
	*box = udp_open(&o, &why);
	return *box != NULL ? 1 : lutil_fail(L, why.code, "%s", why.text);
}

int luaopen__bmcsh_udp(lua_State *L);

int luaopen__bmcsh_udp(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "send", socket_send },
		{ "receive", socket_receive },
		{ "address", socket_address },
		{ "close", socket_gc },
		{ NULL, NULL },
	};
	static const luaL_Reg functions[] = {
		{ "open", l_open },
		{ NULL, NULL },
	};

	lutil_class(L, SOCKET_CLASS, methods, socket_gc);
	luaL_getmetatable(L, SOCKET_CLASS);
	lua_pushcfunction(L, socket_tostring);
	lua_setfield(L, -2, "__tostring");
	lua_pop(L, 1);
	lutil_class(L, OP_CLASS, NULL, op_gc);
	luaL_newlib(L, functions);
	return 1;
}
