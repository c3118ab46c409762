/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of RMCP+ sessions: the module _bmcsh.rmcp. lua/bmc/rmcp.lua
 * documents it for scripts and says what may be asked. */
#include <math.h>
#include <string.h>

#include "l_rmcp_sol.h"
#include "loop.h"
#include "lutil.h"
#include "rmcp.h"
#include "secret.h"
#include "task.h"

#define SESSION_CLASS "bmcsh.rmcp"
#define WAIT_CLASS "bmcsh.rmcp.wait"
#define COMMAND_CLASS "bmcsh.rmcp.command"
#define ASK_CLASS "bmcsh.rmcp.ask"

#define IN_FLIGHT_MAX 16
#define RETRY 0.5       /* seconds before the first resend; each further wait is longer */
#define KEEP_ALIVE 25.0 /* idle seconds; some BMCs end a session after 30 (QUIRKS) */

/* ---- the session ---- */

static int session_gc(lua_State *L)
{
	struct rmcp_session **box = luaL_checkudata(L, 1, SESSION_CLASS);
	struct rmcp_session *s = *box;

	*box = NULL;
	if (s != NULL)
		rmcp_free(s);
	return 0;
}

static struct rmcp_session *check_session(lua_State *L)
{
	struct rmcp_session **box = luaL_checkudata(L, 1, SESSION_CLASS);

	if (*box == NULL)
		luaL_error(L, "the session is gone");
	return *box;
}

/* Seconds that a wait may take, inside of the task's deadline. */
static double check_seconds(lua_State *L, int arg)
{
	double seconds = luaL_checknumber(L, arg);

	luaL_argcheck(L, seconds >= 0, arg, "seconds expected");
	return fmin(seconds, fmax(task_deadline() - loop_now(), 0));
}

/* ---- opening and closing ---- */

static int wait_gc(lua_State *L)
{
	rmcp_wait_stop(lua_touserdata(L, 1));
	return 0;
}

static void stop_wait(struct op *op)
{
	rmcp_wait_stop((struct rmcp_wait *)op);
}

/* [-0, +2, e] nil, err: with what a program can go by. */
static int push_failure(lua_State *L, const struct rmcp_failure *why)
{
	lutil_fail(L, why->code, "%s",
	           why->text != NULL ? why->text : "it failed, and no memory is left to say why");
	if (why->reason != NULL)
		lutil_setstring(L, "reason", why->reason);
	if (why->status != 0)
		lutil_setint(L, "status", why->status);
	if (why->completion != 0)
		lutil_setint(L, "completion", why->completion);
	return 2;
}

static int push_done(lua_State *L, struct op *op)
{
	const struct rmcp_wait *w = (const struct rmcp_wait *)op;

	if (w->why.code != ERR_NONE)
		return push_failure(L, &w->why);
	lua_pushboolean(L, 1);
	return 1;
}

static const struct op_class open_class = { "rmcp.open", stop_wait, push_done };
static const struct op_class close_class = { "rmcp session:close", stop_wait, push_done };

/* [-0, +1, e] The box keeps the session as long as it waits. */
static void *new_op(lua_State *L, size_t size, const char *name)
{
	void *box = lutil_box(L, size, 2, name);

	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, 1);
	return box;
}

/* A secret, or nothing. False when it is longer than the protocol carries: it
 * is never cut, since half a password is one that somebody may guess. */
static bool read_key(lua_State *L, int arg, size_t most, const char **bytes, size_t *len)
{
	const struct secret *s;

	*bytes = "";
	*len = 0;
	if (lua_isnoneornil(L, arg))
		return true;
	s = secret_test(L, arg);
	luaL_argexpected(L, s != NULL, arg, "secret");
	*bytes = s->bytes;
	*len = s->len;
	return s->len <= most;
}

/* open(user, password, kg, timeout, password_max) */
static int session_open(lua_State *L)
{
	struct rmcp_session *s = check_session(L);
	struct rmcp_credentials c;
	lua_Integer most = luaL_optinteger(L, 6, RMCP_KEY_MAX);
	double timeout = check_seconds(L, 5);
	struct rmcp_wait *w;

	luaL_argcheck(L, most > 0 && most <= RMCP_KEY_MAX, 6, "1 to 20 expected");
	c.user = luaL_optlstring(L, 2, "", &c.user_len);
	if (c.user_len > RMCP_USER_MAX)
		return lutil_fail(L, ERR_REJECTED,
		                  "the user name has %d bytes; IPMI carries at most %d",
		                  (int)c.user_len, RMCP_USER_MAX);
	if (!read_key(L, 3, (size_t)most, &c.password, &c.password_len))
		return lutil_fail(L, ERR_REJECTED,
		                  "the password has %d bytes; IPMI carries at most %d to this BMC",
		                  (int)c.password_len, (int)most);
	if (!read_key(L, 4, RMCP_KEY_MAX, &c.kg, &c.kg_len))
		return lutil_fail(L, ERR_REJECTED, "K_g has %d bytes; IPMI carries at most %d",
		                  (int)c.kg_len, RMCP_KEY_MAX);
	w = new_op(L, sizeof *w, WAIT_CLASS);
	op_init(&w->op, &open_class);
	rmcp_open(s, w, &c, timeout);
	return op_await(L, &w->op);
}

static int session_close(lua_State *L)
{
	struct rmcp_session *s = check_session(L);
	double grace = check_seconds(L, 2);
	struct rmcp_wait *w = new_op(L, sizeof *w, WAIT_CLASS);

	op_init(&w->op, &close_class);
	rmcp_close(s, w, grace);
	return op_await(L, &w->op);
}

static const char *lookup_of(const struct rmcp_terms *t)
{
	return t->lookup_by_role ? "role" : "name";
}

static const char *open_privilege_of(const struct rmcp_terms *t)
{
	return t->open_highest ? "highest" : "named";
}

/* terms() -> cipher, lookup, open_privilege */
static int session_terms(lua_State *L)
{
	struct rmcp_terms t = rmcp_terms_of(check_session(L));

	if (t.suite != NULL)
		lua_pushinteger(L, t.suite->id);
	else
		lua_pushnil(L);
	lua_pushstring(L, lookup_of(&t));
	lua_pushstring(L, open_privilege_of(&t));
	return 3;
}

static int session_state(lua_State *L)
{
	struct rmcp_state state;
	const struct rmcp_terms *t = &state.terms;

	rmcp_describe(check_session(L), &state);
	lua_createtable(L, 0, 12);
	lutil_setstring(L, "state", state.name);
	if (state.address[0] != '\0') {
		lutil_setstring(L, "address", state.address);
		lutil_setint(L, "port", state.port);
	}
	if (t->suite != NULL)
		lutil_setint(L, "cipher", t->suite->id);
	if (t->privilege != 0) {
		lutil_setint(L, "privilege", t->privilege);
		lutil_setstring(L, "version", t->suite != NULL ? "2.0" : "1.5");
		lutil_setstring(L, "lookup", lookup_of(t));
		lutil_setstring(L, "open_privilege", open_privilege_of(t));
	}
	lutil_setint(L, "attempts", state.attempts);
	lutil_setint(L, "resent", state.resent);
	lutil_setint(L, "dropped", state.dropped);
	lutil_setint(L, "unsound", state.unsound);
	return 1;
}

/* ---- commands ---- */

static int command_gc(lua_State *L)
{
	rmcp_command_stop(lua_touserdata(L, 1));
	return 0;
}

static void stop_command(struct op *op)
{
	rmcp_command_stop((struct rmcp_command *)op);
}

/* data, completion code; or nil, err with what the command may have done. */
static int push_reply(lua_State *L, struct op *op)
{
	struct rmcp_command *c = (struct rmcp_command *)op;

	if (c->error != ERR_NONE) {
		lutil_fail(L, c->error, "%s", c->text);
		lutil_setstring(L, "effect", c->sent > 0 ? "unknown" : "none");
		lutil_setint(L, "sent", c->sent);
		if (c->lost)
			lutil_setbool(L, "lost", true);
		return 2;
	}
	lua_pushlstring(L, (const char *)c->reply, c->reply_len);
	lua_pushinteger(L, c->completion);
	rmcp_command_stop(c);
	return 2;
}

static const struct op_class command_class = { "rmcp session:command", stop_command, push_reply };

static uint8_t check_bits(lua_State *L, int arg, lua_Integer most)
{
	lua_Integer value = luaL_checkinteger(L, arg);

	luaL_argcheck(L, value >= 0 && value <= most, arg, "out of range");
	return (uint8_t)value;
}

/* command(netfn, command, data, timeout, once, lun) */
static int session_command(lua_State *L)
{
	struct rmcp_session *s = check_session(L);
	struct rmcp_command *c;
	size_t len;
	const char *data = luaL_checklstring(L, 4, &len);

	luaL_argcheck(L, len <= RMCP_MESSAGE_MAX - 7, 4, "more data than a command carries");
	lua_settop(L, 7);
	c = new_op(L, sizeof *c, COMMAND_CLASS);
	lua_pushvalue(L, 4);
	lua_setiuservalue(L, -2, 2);
	op_init(&c->op, &command_class);
	c->netfn = check_bits(L, 2, 0x3f);
	luaL_argcheck(L, c->netfn % 2 == 0, 2, "a request has an even network function");
	c->command = check_bits(L, 3, 0xff);
	c->data = (const uint8_t *)data;
	c->len = len;
	c->timeout = check_seconds(L, 5);
	c->once = lua_toboolean(L, 6);
	c->lun = lua_isnil(L, 7) ? 0 : check_bits(L, 7, 3);
	rmcp_command(s, c);
	return op_await(L, &c->op);
}

static int session_sol(lua_State *L)
{
	return l_rmcp_sol(L, check_session(L));
}

/* ---- questions outside of a session ---- */

static int ask_gc(lua_State *L)
{
	rmcp_ask_stop(lua_touserdata(L, 1));
	return 0;
}

static void stop_ask(struct op *op)
{
	rmcp_ask_stop((struct rmcp_ask *)op);
}

static int push_asked(lua_State *L, struct op *op)
{
	const struct rmcp_ask *a = (const struct rmcp_ask *)op;

	if (a->why.code != ERR_NONE)
		return push_failure(L, &a->why);
	if (a->ping) {
		lua_pushboolean(L, a->ipmi);
		return 1;
	}
	lua_pushlstring(L, (const char *)a->reply, a->reply_len);
	lua_pushinteger(L, a->completion);
	return 2;
}

static const struct op_class ask_class = { "rmcp.ask", stop_ask, push_asked };

static uint16_t check_port(lua_State *L, int arg)
{
	return (uint16_t)(luaL_checkinteger(L, arg) & 0xffff);
}

/* [-0, +1, e] ask(host, port, timeout, retry …) */
static struct rmcp_ask *new_ask(lua_State *L)
{
	struct rmcp_ask *a = lutil_box(L, sizeof *a, 0, ASK_CLASS);

	op_init(&a->op, &ask_class);
	a->timeout = check_seconds(L, 3);
	a->retry = luaL_checknumber(L, 4);
	return a;
}

static int l_ping(lua_State *L)
{
	const char *host = luaL_checkstring(L, 1);
	uint16_t port = check_port(L, 2);
	struct rmcp_ask *a = new_ask(L);

	a->ping = true;
	rmcp_ask(a, host, port);
	return op_await(L, &a->op);
}

/* ask(host, port, timeout, retry, v20, netfn, command, data) */
static int l_ask(lua_State *L)
{
	const char *host = luaL_checkstring(L, 1);
	uint16_t port = check_port(L, 2);
	size_t len;
	const char *data = luaL_checklstring(L, 8, &len);
	struct rmcp_ask *a = new_ask(L);

	luaL_argcheck(L, len <= sizeof a->data, 8, "more data than a question carries");
	memcpy(a->data, data, len);
	a->v20 = lua_toboolean(L, 5);
	a->request.netfn = check_bits(L, 6, 0x3e);
	a->request.command = check_bits(L, 7, 0xff);
	a->request.len = len;
	rmcp_ask(a, host, port);
	return op_await(L, &a->op);
}

/* offers(list) -> { { id, authentication, integrity, confidentiality }, … } */
static int l_offers(lua_State *L)
{
	size_t len, at = 0;
	const uint8_t *list = (const uint8_t *)luaL_checklstring(L, 1, &len);
	struct rmcp_offer o;

	lua_newtable(L);
	for (lua_Integer n = 1; rmcp_next_offer(&o, list, len, &at); n++) {
		lua_createtable(L, 0, 4);
		lutil_setint(L, "id", o.id);
		lutil_setint(L, "authentication", o.authentication);
		lutil_setint(L, "integrity", o.integrity);
		lutil_setint(L, "confidentiality", o.confidentiality);
		lua_rawseti(L, -2, n);
	}
	return 1;
}

/* ---- the module ---- */

static void add_suite(struct rmcp_options *o, lua_Integer id)
{
	const struct rmcp_suite *suite = rmcp_suite((unsigned)id);

	if (suite != NULL && o->suite_count < RMCP_SUITES_MAX)
		o->suites[o->suite_count++] = suite;
}

/* Those in the list that are spoken; all of them without a list. */
static void read_suites(lua_State *L, struct rmcp_options *o)
{
	int type = lua_getfield(L, 1, "ciphers");

	if (type == LUA_TNIL) {
		add_suite(o, 17);
		add_suite(o, 3);
	} else if (type != LUA_TTABLE) {
		luaL_error(L, "bad option 'ciphers' (list expected, got %s)", luaL_typename(L, -1));
	} else {
		lua_Integer n = luaL_len(L, -1);

		for (lua_Integer i = 1; i <= n; i++) {
			lua_rawgeti(L, -1, i);
			add_suite(o, lua_tointeger(L, -1));
			lua_pop(L, 1);
		}
	}
	lua_pop(L, 1);
}

static double check_range(lua_State *L, const char *key, double def, double least, double most)
{
	double value = lutil_optnumber(L, 1, key, def);

	if (!(value >= least && value <= most))
		luaL_error(L, "bad option '%s' (%f to %f expected)", key, least, most);
	return value;
}

static bool option_is(lua_State *L, const char *key, const char *value)
{
	const char *given = lutil_optstring(L, 1, key, NULL);

	return given != NULL && strcmp(given, value) == 0;
}

static bool option(lua_State *L, const char *key)
{
	return lutil_optbool(L, 1, key, false);
}

static enum rmcp_privilege read_privilege(lua_State *L)
{
	const char *name = lutil_optstring(L, 1, "privilege", NULL);

	if (name == NULL || strcmp(name, "operator") == 0)
		return RMCP_OPERATOR;
	return strcmp(name, "user") == 0 ? RMCP_USER : RMCP_ADMIN;
}

static void read_options(lua_State *L, struct rmcp_options *o)
{
	o->host = lutil_optstring(L, 1, "host", NULL);
	if (o->host == NULL)
		luaL_error(L, "bad option 'host' (string expected, got nil)");
	o->port = (uint16_t)check_range(L, "port", RMCP_PORT, 1, 65535);
	o->privilege = read_privilege(L);
	o->lookup_by_role = option_is(L, "lookup", "role");
	o->lookup_either = option_is(L, "lookup", "either");
	o->open_highest = option_is(L, "open_privilege", "highest");
	o->pad_user = option(L, "intel20");
	o->long_code = option(L, "supermicro20") || option(L, "sun20");
	o->allow_15 = option(L, "allow_1_5");
	o->in_flight = (unsigned)check_range(L, "in_flight", 1, 1, IN_FLIGHT_MAX);
	o->retry = check_range(L, "retry", RETRY, 0.01, 60);
	o->keep_alive = check_range(L, "keep_alive", KEEP_ALIVE, 0, 3600);
	read_suites(L, o);
}

/* The options are those of bmc.rmcp.open, which has seen to their names. */
static int l_session(lua_State *L)
{
	struct rmcp_options o = { 0 };
	struct rmcp_session **box;

	luaL_checktype(L, 1, LUA_TTABLE);
	read_options(L, &o);
	if (o.suite_count == 0)
		return lutil_fail(
		    L, ERR_REJECTED,
		    "none of the cipher suites is spoken: only 17 and 3 authenticate, "
		    "protect and encrypt with algorithms that hold");
	box = lutil_box(L, sizeof *box, 0, SESSION_CLASS);
	*box = rmcp_new(&o);
	return *box != NULL ? 1 : lutil_fail(L, ERR_INTERNAL, "no memory for a session");
}

static int engine_gc(lua_State *L)
{
	(void)L;
	rmcp_stop();
	return 0;
}

/* [-0, +1, e] Collected with the state, after every session: it is older. */
static void push_engine(lua_State *L)
{
	lua_newuserdatauv(L, 0, 0);
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, engine_gc);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
}

int luaopen__bmcsh_rmcp(lua_State *L);

int luaopen__bmcsh_rmcp(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "open", session_open },   { "command", session_command },
		{ "close", session_close }, { "state", session_state },
		{ "terms", session_terms }, { "free", session_gc },
		{ "sol", session_sol },     { NULL, NULL },
	};
	static const luaL_Reg functions[] = {
		{ "session", l_session }, { "ping", l_ping }, { "ask", l_ask },
		{ "offers", l_offers },   { NULL, NULL },
	};

	luaL_newlibtable(L, functions);
	push_engine(L);
	luaL_setfuncs(L, functions, 1);
	lutil_class(L, SESSION_CLASS, methods, session_gc);
	l_rmcp_sol_classes(L);
	lutil_class(L, WAIT_CLASS, NULL, wait_gc);
	lutil_class(L, COMMAND_CLASS, NULL, command_gc);
	lutil_class(L, ASK_CLASS, NULL, ask_gc);
	return 1;
}
