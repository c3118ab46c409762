/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of httpd.c and cert.c: the module _bmcsh.httpd.
 *
 * A server box and a request box each hold the op that their one waiting task
 * waits for: the next request, room for more output. */
#include <arpa/inet.h>
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "httpd.h"
#include "lutil.h"
#include "op.h"

#define SERVER "bmcsh.httpd"
#define REQUEST "bmcsh.httpd.request"
#define PAIR "bmcsh.httpd.pair"
#define MAX_BODY (16 << 20)
#define TIMEOUT 60.0

int luaopen__bmcsh_httpd(lua_State *L);

struct server_box {
	struct op ready;
	struct httpd *srv; /* NULL when closed */
};

struct request_box {
	struct op room;
	struct httpd_request *req; /* NULL when dropped */
};

/* ---- options ---- */

/* [-0, +2, e] Option key, a string or a list of them, as an array of n string
 * pointers, over what holds the strings; at least one, or the default. */
static const char **opt_strings(lua_State *L, const char *key, const char *def, size_t *n)
{
	int type = lua_getfield(L, 1, key);
	const char **one;

	if (type == LUA_TTABLE)
		return lutil_strings(L, -1, key, n);
	if (type != LUA_TSTRING && type != LUA_TNIL)
		luaL_error(L, "bad option '%s' (a string or a list of strings expected)", key);
	one = lua_newuserdatauv(L, sizeof *one, 0);
	one[0] = type == LUA_TNIL ? def : lua_tostring(L, -2);
	*n = one[0] != NULL;
	return one;
}

/* [-0, +1, e] The whole file, or nil with errno set. */
static void push_file(lua_State *L, const char *path)
{
	FILE *file = fopen(path, "rbe");
	char text[65536]; /* far more than any chain of certificates */
	size_t len;

	if (file == NULL) {
		lua_pushnil(L);
		return;
	}
	len = fread(text, 1, sizeof text, file);
	fclose(file);
	lua_pushlstring(L, text, len);
}

/* [-0, +1, e] A PEM text given as such or by its path; nil when not given.
 * False, with the path pushed, when there is no such file. */
static bool push_pem(lua_State *L, const char *key)
{
	const char *given = lutil_optstring(L, 1, key, NULL);

	if (given == NULL) {
		lua_pushnil(L);
		return true;
	}
	lua_pushstring(L, given);
	if (strstr(given, "-----BEGIN") != NULL)
		return true;
	push_file(L, given);
	if (lua_isnil(L, -1)) {
		lua_pop(L, 1);
		return false;
	}
	lua_remove(L, -2);
	return true;
}

/* ---- server ---- */

static struct server_box *check_server(lua_State *L)
{
	return luaL_checkudata(L, 1, SERVER);
}

static int server_close(lua_State *L)
{
	struct server_box *box = lua_touserdata(L, 1);
	struct httpd *srv = box->srv;

	box->srv = NULL;
	if (srv != NULL) {
		httpd_close(srv);
		op_finish(&box->ready);
	}
	return 0;
}

static int l_close(lua_State *L)
{
	check_server(L);
	return server_close(L);
}

static int l_port(lua_State *L)
{
	struct server_box *box = check_server(L);

	if (box->srv == NULL)
		return lutil_fail(L, ERR_CANCELLED, "the server is closed");
	lua_pushinteger(L, httpd_port(box->srv));
	return 1;
}

/* server:listen_at(address, on) */
static int l_listen_at(lua_State *L)
{
	struct server_box *box = check_server(L);
	const char *address = luaL_checkstring(L, 2);
	struct httpd_error e;

	if (box->srv == NULL)
		return lutil_fail(L, ERR_CANCELLED, "the server is closed");
	if (!httpd_listen_at(box->srv, address, lua_toboolean(L, 3), &e))
		return lutil_fail(L, e.code, "%s", e.text);
	lua_pushboolean(L, true);
	return 1;
}

static void push_address(lua_State *L, const union httpd_address *a, const char *name,
                         const char *port_name)
{
	bool six = a->any.sa_family == AF_INET6;
	char text[INET6_ADDRSTRLEN];

	if (six)
		inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof text);
	else
		inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof text);
	lutil_setstring(L, name, text);
	lutil_setint(L, port_name, ntohs(six ? a->in6.sin6_port : a->in.sin_port));
}

static void set_text(lua_State *L, const char *key, struct h1_text text)
{
	lua_pushlstring(L, text.p, text.len);
	lua_setfield(L, -2, key);
}

/* [-0, +1, e] All fields, those that came several times joined (RFC 9110, 5.3). */
static void push_headers(lua_State *L, const struct h1_head *head)
{
	lua_createtable(L, 0, (int)head->nfields);
	for (size_t i = 0; i < head->nfields; i++) {
		const struct h1_field *field = &head->fields[i];

		lua_pushlstring(L, field->name.p, field->name.len); // headers name
		lua_pushvalue(L, -1);
		if (lua_rawget(L, -3) == LUA_TNIL) { // headers name earlier
			lua_pop(L, 1);
			lua_pushlstring(L, field->value.p, field->value.len);
		} else {
			lua_pushliteral(L, ", ");
			lua_pushlstring(L, field->value.p, field->value.len);
			lua_concat(L, 3);
		}
		lua_rawset(L, -3);
	}
}

/* [-0, +1, e] What a script may read of a request. */
static void push_fields(lua_State *L, const struct httpd_request *req)
{
	lua_createtable(L, 0, 12);
	set_text(L, "method", req->head.method);
	set_text(L, "target", req->head.target);
	set_text(L, "path", req->path);
	if (req->query.p != NULL)
		set_text(L, "query", req->query);
	push_headers(L, &req->head);
	lua_setfield(L, -2, "headers");
	set_text(
	    L, "body",
	    (struct h1_text){ req->body.len > 0 ? bytes_front(&req->body) : "", req->body.len });
	push_address(L, &req->peer, "peer", "peer_port");
	push_address(L, &req->local, "local_address", "local_port");
	lutil_setbool(L, "secure", req->secure);
}

static void wait_stop(struct op *op)
{
	(void)op; /* the request, or the output, simply goes on without a waiter */
}

static int room_push(lua_State *L, struct op *op);

static const struct op_class room_class = { "httpd request", wait_stop, room_push };

static int accept_push(lua_State *L, struct op *op)
{
	struct server_box *server = (struct server_box *)op;
	struct request_box *box;

	if (server->srv == NULL || !httpd_has_request(server->srv))
		return lutil_fail(L, ERR_CANCELLED, "the server is closed");
	box = lutil_box(L, sizeof *box, 1, REQUEST);
	op_init(&box->room, &room_class);
	box->req = httpd_take(server->srv);
	httpd_on_room(box->req, &box->room);
	push_fields(L, box->req);
	lua_setiuservalue(L, -2, 1);
	bytes_free(&box->req->body); /* Lua has it now */
	return 1;
}

static const struct op_class accept_class = { "httpd accept", wait_stop, accept_push };

static void check_alone(lua_State *L, const struct op *op)
{
	if (op->task != NULL)
		luaL_error(L, "%s: another task waits here already", op->cls->name);
}

static int l_accept(lua_State *L)
{
	struct server_box *box = check_server(L);

	check_alone(L, &box->ready);
	op_reset(&box->ready);
	if (box->srv == NULL || httpd_has_request(box->srv))
		op_finish(&box->ready);
	return op_await(L, &box->ready);
}

static int listen_now(lua_State *L, const struct httpd_config *config)
{
	struct server_box *box = lutil_box(L, sizeof *box, 0, SERVER);
	struct httpd_error e;

	op_init(&box->ready, &accept_class);
	box->srv = httpd_open(config, &box->ready, &e);
	if (box->srv == NULL)
		return lutil_fail(L, e.code, "%s", e.text);
	return 1;
}

static int l_listen(lua_State *L)
{
	struct httpd_config config = { 0 };
	double port, max_body;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	port = lutil_optnumber(L, 1, "port", 0);
	max_body = lutil_optnumber(L, 1, "max_body", MAX_BODY);
	config.timeout = lutil_optnumber(L, 1, "timeout", TIMEOUT);
	luaL_argcheck(L, port >= 0 && port <= 65535, 1, "port: 0 to 65535 expected");
	luaL_argcheck(L, max_body >= 0 && max_body <= 1e12, 1, "max_body: bytes expected");
	luaL_argcheck(L, config.timeout > 0, 1, "timeout: seconds above zero expected");
	config.port = (unsigned short)port;
	config.max_body = (size_t)max_body;
	config.addresses = opt_strings(L, "address", "127.0.0.1", &config.naddresses);
	luaL_argcheck(L, config.naddresses > 0, 1, "address: at least one expected");
	if (!push_pem(L, "cert") || !push_pem(L, "key"))
		return lutil_fail(L, ERR_MISSING, "cannot read %s: %s", lua_tostring(L, -1),
		                  strerror(errno));
	config.cert = lua_tostring(L, -2);
	config.key = lua_tostring(L, -1);
	luaL_argcheck(L, (config.cert == NULL) == (config.key == NULL), 1,
	              "cert and key belong together");
	return listen_now(L, &config);
}

/* ---- request ---- */

static struct request_box *check_request(lua_State *L)
{
	struct request_box *box = luaL_checkudata(L, 1, REQUEST);

	if (box->req == NULL)
		luaL_error(L, "the request has been dropped");
	return box;
}

static int request_drop(lua_State *L)
{
	struct request_box *box = lua_touserdata(L, 1);
	struct httpd_request *req = box->req;

	box->req = NULL;
	if (req != NULL)
		httpd_request_free(req);
	return 0;
}

/* Fields first: a method is looked up once an answer, a field more often. */
static int request_index(lua_State *L)
{
	lua_getiuservalue(L, 1, 1); // request key fields
	lua_pushvalue(L, 2);
	if (lua_rawget(L, -2) != LUA_TNIL)
		return 1;
	lua_pushvalue(L, 2);
	lua_rawget(L, lua_upvalueindex(1));
	return 1;
}

static int fail_gone(lua_State *L)
{
	return lutil_fail(L, ERR_UNREACHABLE, "the client has closed the connection");
}

static int room_push(lua_State *L, struct op *op)
{
	struct request_box *box = (struct request_box *)op;

	if (box->req == NULL || httpd_is_gone(box->req))
		return fail_gone(L);
	lua_pushboolean(L, true);
	return 1;
}

/* Gets ready to send; the state of the answer decides whether it may. */
static struct request_box *before_send(lua_State *L)
{
	struct request_box *box = check_request(L);

	check_alone(L, &box->room);
	op_reset(&box->room);
	return box;
}

/* sent: what the send function said. */
static int after_send(lua_State *L, struct request_box *box, bool sent)
{
	if (httpd_is_gone(box->req))
		return fail_gone(L);
	if (!sent)
		return luaL_error(L, "the answer has not been started, or has ended");
	if (httpd_has_room(box->req))
		op_finish(&box->room);
	return op_await(L, &box->room);
}

/* [-1, +0, e] Adds the field with the value on top; false if it may not be. */
static bool add_field(lua_State *L, struct httpd_request *req, struct h1_text name)
{
	struct h1_text value;
	bool ok;

	value.p = luaL_tolstring(L, -1, &value.len);
	ok = httpd_field(req, name, value) == ERR_NONE;
	lua_pop(L, 2);
	return ok;
}

/* The value on top: one, or a list for a field that is sent several times. */
static bool add_fields(lua_State *L, struct httpd_request *req, struct h1_text name)
{
	bool ok = true;

	if (!lua_istable(L, -1)) {
		lua_pushvalue(L, -1);
		return add_field(L, req, name);
	}
	for (lua_Integer i = 1; ok && lua_geti(L, -1, i) != LUA_TNIL; i++)
		ok = add_field(L, req, name);
	if (ok)
		lua_pop(L, 1); /* the nil at the end */
	return ok;
}

/* Arguments 2 and 3, status and header table, become the head; true, or false
 * with nil, err pushed. */
static bool begin(lua_State *L, struct httpd_request *req)
{
	lua_Integer status = luaL_checkinteger(L, 2);

	luaL_argcheck(L, status >= 200 && status <= 999, 2, "status: 200 to 999 expected");
	if (!lua_isnoneornil(L, 3))
		luaL_checktype(L, 3, LUA_TTABLE);
	if (!httpd_begin(req, (int)status) || lua_isnoneornil(L, 3))
		return true; /* sending will tell */
	for (lua_pushnil(L); lua_next(L, 3); lua_pop(L, 1)) {
		struct h1_text name;

		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_argerror(L, 3, "names of header fields expected as keys");
		name.p = lua_tolstring(L, -2, &name.len);
		if (!add_fields(L, req, name)) {
			lutil_fail(L, ERR_REJECTED, "the header field '%s' cannot be sent", name.p);
			return false;
		}
	}
	return true;
}

static int l_reply(lua_State *L)
{
	struct request_box *box = before_send(L);
	size_t len;
	const char *body = luaL_optlstring(L, 4, "", &len);

	if (!begin(L, box->req))
		return 2;
	return after_send(L, box, httpd_reply(box->req, body, len));
}

static int l_start(lua_State *L)
{
	struct request_box *box = before_send(L);

	if (!begin(L, box->req))
		return 2;
	return after_send(L, box, httpd_start(box->req));
}

static int l_write(lua_State *L)
{
	struct request_box *box = before_send(L);
	size_t len;
	const char *part = luaL_checklstring(L, 2, &len);

	return after_send(L, box, httpd_write(box->req, part, len));
}

static int l_finish(lua_State *L)
{
	struct request_box *box = before_send(L);

	return after_send(L, box, httpd_finish(box->req));
}

static int l_abort(lua_State *L)
{
	httpd_abort(check_request(L)->req);
	return 0;
}

static int l_started(lua_State *L)
{
	lua_pushboolean(L, httpd_is_started(check_request(L)->req));
	return 1;
}

static int l_gone(lua_State *L)
{
	lua_pushboolean(L, httpd_is_gone(check_request(L)->req));
	return 1;
}

/* ---- certificates ---- */

static int pair_free(lua_State *L)
{
	struct cert_pair *pair = lua_touserdata(L, 1);

	free(pair->cert);
	free(pair->key);
	*pair = (struct cert_pair){ NULL, NULL };
	return 0;
}

static int l_self_signed(lua_State *L)
{
	struct cert_config config = { .common_name = "localhost", .days = 365 };
	struct cert_pair *pair;
	const char *name;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	name = lutil_optstring(L, 1, "cn", NULL);
	if (name != NULL)
		config.common_name = name;
	config.days = lutil_optnumber(L, 1, "days", config.days);
	config.names = opt_strings(L, "names", NULL, &config.nnames);
	pair = lutil_box(L, sizeof *pair, 0, PAIR);
	if (!cert_self_signed(&config, pair))
		return lutil_fail(L, ERR_TLS, "cannot make a certificate for %s",
		                  config.common_name);
	lua_pushstring(L, pair->cert);
	lua_pushstring(L, pair->key);
	return 2; /* the box goes with the garbage: a key of our own tests is no secret */
}

/* ---- registration ---- */

static int server_tostring(lua_State *L)
{
	struct server_box *box = check_server(L);

	if (box->srv == NULL)
		lua_pushliteral(L, "HTTP server (closed)");
	else
		lua_pushfstring(L, "HTTP server (port %d)", (int)httpd_port(box->srv));
	return 1;
}

static int request_tostring(lua_State *L)
{
	luaL_checkudata(L, 1, REQUEST);
	lua_settop(L, 1);
	lua_getiuservalue(L, 1, 1); // request fields
	lua_getfield(L, 2, "method");
	lua_getfield(L, 2, "path");
	lua_pushfstring(L, "HTTP request (%s %s)", lua_tostring(L, -2), lua_tostring(L, -1));
	return 1;
}

static const luaL_Reg server_methods[] = {
	{ "accept", l_accept }, { "close", l_close }, { "listen_at", l_listen_at },
	{ "port", l_port },     { NULL, NULL },
};

static const luaL_Reg request_methods[] = {
	{ "abort", l_abort }, { "finish", l_finish },   { "gone", l_gone },   { "reply", l_reply },
	{ "start", l_start }, { "started", l_started }, { "write", l_write }, { NULL, NULL },
};

static const luaL_Reg functions[] = {
	{ "listen", l_listen },
	{ "self_signed", l_self_signed },
	{ NULL, NULL },
};

int luaopen__bmcsh_httpd(lua_State *L)
{
	lutil_class(L, SERVER, server_methods, server_close);
	luaL_getmetatable(L, SERVER);
	lua_pushcfunction(L, server_tostring);
	lua_setfield(L, -2, "__tostring");
	lutil_class(L, PAIR, NULL, pair_free);
	lutil_class(L, REQUEST, request_methods, request_drop);
	luaL_getmetatable(L, REQUEST);
	lua_pushcfunction(L, request_tostring);
	lua_setfield(L, -2, "__tostring");
	lua_getfield(L, -1, "__index");
	lua_pushcclosure(L, request_index, 1);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 2);
	luaL_newlib(L, functions);
	return 1;
}
