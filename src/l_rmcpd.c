/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of simulated BMCs on RMCP+: the module _bmcsh.rmcpd.
 * lua/bmc/rmcpd.lua documents it. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lutil.h"
#include "op.h"
#include "rmcpd.h"

#define SERVER_CLASS "bmcsh.rmcpd"
#define CONFIGS_CLASS "bmcsh.rmcpd.configs"

struct server_box {
	struct op ready;
	struct rmcpd *server;          /* NULL when closed */
	struct rmcpd_request *current; /* taken, and not answered yet */
};

struct configs_box {
	struct rmcpd_config *list;
};

/* ---- options ---- */

static int configs_gc(lua_State *L)
{
	struct configs_box *box = lua_touserdata(L, 1);

	free(box->list);
	box->list = NULL;
	return 0;
}

/* Field key of the table on top, as bytes of at most so many. */
static uint8_t read_bytes(lua_State *L, const char *key, void *out, size_t most)
{
	size_t len = 0;
	const char *bytes = lutil_optstring(L, lua_gettop(L), key, &len);

	if (bytes == NULL)
		return 0;
	if (len > most)
		luaL_error(L, "bad option '%s' (at most %d bytes expected)", key, (int)most);
	memcpy(out, bytes, len);
	return (uint8_t)len;
}

/* [-0, +0, e] Calls f for each of the list in a field of the table on top. */
static unsigned read_list(lua_State *L, const char *key, unsigned most, struct rmcpd_config *c,
                          void (*f)(lua_State *L, struct rmcpd_config *c, unsigned i))
{
	unsigned n = 0;

	if (lua_getfield(L, -1, key) != LUA_TTABLE)
		luaL_error(L, "bad option '%s' (list expected, got %s)", key, luaL_typename(L, -1));
	while (lua_geti(L, -1, (lua_Integer)n + 1) != LUA_TNIL) {
		if (n == most)
			luaL_error(L, "bad option '%s' (at most %d expected)", key, (int)most);
		f(L, c, n++);
		lua_pop(L, 1);
	}
	lua_pop(L, 2);
	return n;
}

static void read_user(lua_State *L, struct rmcpd_config *c, unsigned i)
{
	struct rmcpd_user *u = &c->users[i];

	luaL_checktype(L, -1, LUA_TTABLE);
	u->name_len = read_bytes(L, "name", u->name, sizeof u->name);
	u->password_len = read_bytes(L, "password", u->password, sizeof u->password);
	u->privilege = (uint8_t)lutil_optnumber(L, lua_gettop(L), "privilege", 4);
}

static void read_suite(lua_State *L, struct rmcpd_config *c, unsigned i)
{
	c->suites[i] = (uint8_t)luaL_checkinteger(L, -1);
}

/* [-0, +0, e] The BMC in the table on top. */
static void read_config(lua_State *L, struct rmcpd_config *c)
{
	int at = lua_gettop(L);
	const char *address;

	luaL_checktype(L, at, LUA_TTABLE);
	address = lutil_optstring(L, at, "address", NULL);
	if (address == NULL || inet_pton(AF_INET, address, &c->address) != 1)
		luaL_error(L, "bad option 'address' (an IPv4 address expected)");
	if (read_bytes(L, "guid", c->guid, sizeof c->guid) != sizeof c->guid)
		luaL_error(L, "bad option 'guid' (16 bytes expected)");
	c->kg_len = read_bytes(L, "kg", c->kg, sizeof c->kg);
	c->user_count = read_list(L, "users", RMCPD_USERS, c, read_user);
	c->suite_count = read_list(L, "suites", RMCPD_SUITES, c, read_suite);
	c->v15 = lutil_optbool(L, at, "v15", false);
	c->slots = (unsigned)lutil_optnumber(L, at, "slots", 8);
	c->idle = lutil_optnumber(L, at, "idle", 60);
}

/* [-0, +1, e] The list in a field of the options, in a box that frees it. */
static struct rmcpd_config *read_configs(lua_State *L, size_t *n)
{
	struct configs_box *box = lutil_box(L, sizeof *box, 0, CONFIGS_CLASS);

	if (lua_getfield(L, 1, "bmcs") != LUA_TTABLE)
		luaL_error(L, "bad option 'bmcs' (list expected, got %s)", luaL_typename(L, -1));
	*n = (size_t)luaL_len(L, -1);
	luaL_argcheck(L, *n > 0, 1, "bmcs: at least one expected");
	box->list = calloc(*n, sizeof *box->list);
	if (box->list == NULL)
		luaL_error(L, "not enough memory");
	for (size_t i = 0; i < *n; i++) {
		lua_geti(L, -1, (lua_Integer)i + 1);
		read_config(L, &box->list[i]);
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
	return box->list;
}

/* ---- the server ---- */

static int server_close(lua_State *L)
{
	struct server_box *box = luaL_checkudata(L, 1, SERVER_CLASS);
	struct rmcpd *server = box->server;

	free(box->current);
	box->current = NULL;
	box->server = NULL;
	if (server != NULL) {
		rmcpd_close(server);
		op_finish(&box->ready);
	}
	return 0;
}

static struct server_box *check_server(lua_State *L)
{
	struct server_box *box = luaL_checkudata(L, 1, SERVER_CLASS);

	if (box->server == NULL)
		luaL_error(L, "the server is closed");
	return box;
}

/* The BMC of an argument, from 0. */
static size_t check_bmc(lua_State *L, const struct server_box *box, int arg)
{
	lua_Integer i = luaL_checkinteger(L, arg);

	luaL_argcheck(L, i >= 1 && (size_t)i <= rmcpd_count(box->server), arg, "no such BMC");
	return (size_t)i - 1;
}

static int server_port(lua_State *L)
{
	lua_pushinteger(L, rmcpd_port(check_server(L)->server));
	return 1;
}

/* listen_at(bmc, on) */
static int server_listen_at(lua_State *L)
{
	struct server_box *box = check_server(L);
	struct rmcpd_failure why;

	if (!rmcpd_listen_at(box->server, check_bmc(L, box, 2), lua_toboolean(L, 3), &why))
		return lutil_fail(L, why.code, "%s", why.text);
	lua_pushboolean(L, true);
	return 1;
}

/* network(bmc, { loss=, duplicate=, reorder=, delay=, jitter=, dead= }) */
static int server_network(lua_State *L)
{
	struct server_box *box = check_server(L);
	struct rmcpd_network net = { 0 };

	luaL_checktype(L, 3, LUA_TTABLE);
	net.loss = lutil_optnumber(L, 3, "loss", 0);
	net.duplicate = lutil_optnumber(L, 3, "duplicate", 0);
	net.reorder = lutil_optnumber(L, 3, "reorder", 0);
	net.delay = lutil_optnumber(L, 3, "delay", 0);
	net.jitter = lutil_optnumber(L, 3, "jitter", 0);
	net.dead = lutil_optbool(L, 3, "dead", false);
	rmcpd_set_network(box->server, check_bmc(L, box, 2), &net);
	return 0;
}

/* forget(bmc [, session]) */
static int server_forget(lua_State *L)
{
	struct server_box *box = check_server(L);

	rmcpd_forget(box->server, check_bmc(L, box, 2), (uint32_t)luaL_optinteger(L, 3, 0));
	return 0;
}

/* alive(bmc, session) */
static int server_alive(lua_State *L)
{
	struct server_box *box = check_server(L);

	lua_pushboolean(
	    L, rmcpd_is_open(box->server, check_bmc(L, box, 2), (uint32_t)luaL_checkinteger(L, 3)));
	return 1;
}

static void set_count(lua_State *L, const char *key, uint64_t n)
{
	lutil_setint(L, key, (lua_Integer)n);
}

/* counts(bmc, t) -> t with the counts in it */
static int server_counts(lua_State *L)
{
	struct server_box *box = check_server(L);
	const struct rmcpd_counts *c = rmcpd_counts(box->server, check_bmc(L, box, 2));

	luaL_checktype(L, 3, LUA_TTABLE);
	lua_settop(L, 3);
	set_count(L, "ipmi_received", c->received);
	set_count(L, "ipmi_sent", c->sent);
	set_count(L, "ipmi_lost", c->lost);
	set_count(L, "ipmi_duplicated", c->duplicated);
	set_count(L, "ipmi_reordered", c->reordered);
	set_count(L, "ipmi_logins", c->logins);
	set_count(L, "ipmi_login_failures", c->failures);
	set_count(L, "ipmi_sessions_refused", c->full);
	set_count(L, "ipmi_logouts", c->logouts);
	set_count(L, "ipmi_sessions_expired", c->expired);
	set_count(L, "ipmi_live_sessions", c->live);
	set_count(L, "ipmi_half_open_sessions", c->pending);
	set_count(L, "ipmi_peak_sessions", c->peak);
	set_count(L, "ipmi_commands", c->commands);
	set_count(L, "ipmi_forged", c->forged);
	return 1;
}

/* zero(bmc): all counts but those of what there is now */
static int server_zero(lua_State *L)
{
	struct server_box *box = check_server(L);
	struct rmcpd_counts *c = rmcpd_counts(box->server, check_bmc(L, box, 2));

	*c = (struct rmcpd_counts){ .live = c->live, .peak = c->live, .pending = c->pending };
	return 0;
}

/* ---- what comes ---- */

static void next_stop(struct op *op)
{
	(void)op; /* what has come stays until it is taken */
}

/* bmc, session, privilege, data, then network function, command, LUN of a
 * command; or nil, payload type */
static int next_push(lua_State *L, struct op *op)
{
	struct server_box *box = (struct server_box *)op;
	const struct rmcpd_request *r;

	if (box->server == NULL || !rmcpd_has(box->server))
		return lutil_fail(L, ERR_CANCELLED, "the server is closed");
	box->current = rmcpd_take(box->server);
	r = box->current;
	lua_pushinteger(L, (lua_Integer)r->bmc + 1);
	lua_pushinteger(L, r->session);
	lua_pushinteger(L, r->privilege);
	lua_pushlstring(L, (const char *)r->data, r->len);
	if (r->payload_type != RMCP_IPMI) {
		lua_pushnil(L);
		lua_pushinteger(L, r->payload_type);
		return 6;
	}
	lua_pushinteger(L, r->caller.netfn);
	lua_pushinteger(L, r->caller.command);
	lua_pushinteger(L, r->caller.lun);
	return 7;
}

static const struct op_class next_class = { "rmcpd server:next", next_stop, next_push };

/* Waits for a command; the one before is over then, answered or not. */
static int server_next(lua_State *L)
{
	struct server_box *box = luaL_checkudata(L, 1, SERVER_CLASS);

	if (box->ready.task != NULL)
		return luaL_error(L, "rmcpd server:next: another task waits here already");
	free(box->current);
	box->current = NULL;
	op_reset(&box->ready);
	if (box->server == NULL || rmcpd_has(box->server))
		op_finish(&box->ready);
	return op_await(L, &box->ready);
}

/* answer(completion code, data) to what next() gave */
static int server_answer(lua_State *L)
{
	struct server_box *box = check_server(L);
	uint8_t completion = (uint8_t)luaL_checkinteger(L, 2);
	size_t len;
	const char *data = luaL_optlstring(L, 3, "", &len);

	if (box->current == NULL)
		return luaL_error(L, "rmcpd server:answer: there is nothing to answer");
	lua_pushboolean(
	    L, rmcpd_answer(box->server, box->current, completion, (const uint8_t *)data, len));
	return 1;
}

/* send(bmc, session, payload type, data) */
static int server_send(lua_State *L)
{
	struct server_box *box = check_server(L);
	size_t bmc = check_bmc(L, box, 2), len;
	uint32_t session = (uint32_t)luaL_checkinteger(L, 3);
	uint8_t type = (uint8_t)(luaL_checkinteger(L, 4) & 0x3f);
	const char *data = luaL_checklstring(L, 5, &len);

	lua_pushboolean(L, rmcpd_send(box->server, bmc, session, type, (const uint8_t *)data, len));
	return 1;
}

/* ---- the module ---- */

static int l_open(lua_State *L)
{
	struct rmcpd_failure why = { ERR_NONE, "" };
	struct rmcpd_config *configs;
	struct server_box *box;
	double port, seed;
	size_t n;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	port = lutil_optnumber(L, 1, "port", 0);
	seed = lutil_optnumber(L, 1, "seed", 1);
	luaL_argcheck(L, port >= 0 && port <= 65535, 1, "port: 0 to 65535 expected");
	luaL_argcheck(L, seed >= 0 && seed <= 1e15, 1, "seed: 0 or more expected");
	configs = read_configs(L, &n);
	box = lutil_box(L, sizeof *box, 0, SERVER_CLASS);
	op_init(&box->ready, &next_class);
	box->server = rmcpd_open(configs, n, (uint16_t)port, (uint64_t)seed, &box->ready, &why);
	return box->server != NULL ? 1 : lutil_fail(L, why.code, "%s", why.text);
}

int luaopen__bmcsh_rmcpd(lua_State *L);

int luaopen__bmcsh_rmcpd(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "port", server_port },           { "next", server_next },
		{ "answer", server_answer },       { "send", server_send },
		{ "listen_at", server_listen_at }, { "network", server_network },
		{ "forget", server_forget },       { "alive", server_alive },
		{ "counts", server_counts },       { "zero", server_zero },
		{ "close", server_close },         { NULL, NULL },
	};
	static const luaL_Reg functions[] = {
		{ "open", l_open },
		{ NULL, NULL },
	};

	lutil_class(L, SERVER_CLASS, methods, server_close);
	lutil_class(L, CONFIGS_CLASS, NULL, configs_gc);
	luaL_newlib(L, functions);
	return 1;
}
