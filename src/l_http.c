/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of the HTTP client: the module _bmcsh.http. Turns an option table
 * into a request and an answer into a table; policy (redirects, JSON) is
 * lua/bmc/http.lua's. */
#include <ctype.h>
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "l_headers.h"
#include "lutil.h"
#include "secret.h"
#include "task.h"

#define REQUEST_CLASS "bmcsh.http.request"
#define RESPONSE_CLASS "bmcsh.http.response"
#define CLIENT_KEY "bmcsh.http.client"
#define URL_CLASS "bmcsh.http.url"

#define BOX 2        /* stack index of the request's box in whatever waits for it */
#define BODY_VALUE 1 /* its user values: the body that libcurl reads ... */
#define URL_VALUE 2  /* ... and the URL as it was given */

#define TIMEOUT 30.0
#define CONNECT_TIMEOUT 10.0
#define MAX_BODY (16 * 1024 * 1024)

struct box {
	struct http_request req; /* first */
	bool told;               /* a stream whose head was handed out */
};

/* ---- options ---- */

struct call {
	struct http_request *req;
	struct http_options o;
	struct text {
		const char *bytes;
		size_t len;
		bool secret;
	} user, password;
	bool knows_verify, knows_once;
};

/* Names the line that called bmc.http.request(), not the one in there. */
static void misuse(lua_State *L, const char *fmt, ...)
{
	va_list ap;

	luaL_where(L, 2);
	va_start(ap, fmt);
	lua_pushvfstring(L, fmt, ap);
	va_end(ap);
	lua_concat(L, 2);
	lua_error(L);
}

static void bad_option(lua_State *L, const char *name, const char *expected)
{
	misuse(L, "bad option '%s' (%s expected, got %s)", name, expected, luaL_typename(L, -1));
}

/* A string or a secret on top of the stack. */
static struct text check_text(lua_State *L, const char *name)
{
	struct text t = { 0 };
	struct secret *s = secret_test(L, -1);

	if (s != NULL)
		return (struct text){ s->bytes, s->len, true };
	if (lua_type(L, -1) != LUA_TSTRING)
		bad_option(L, name, "string or secret");
	t.bytes = lua_tolstring(L, -1, &t.len);
	return t;
}

static bool read_url(lua_State *L, struct call *c)
{
	struct text t = check_text(L, "url");

	lua_pushvalue(L, -1);
	lua_setiuservalue(L, BOX, URL_VALUE);
	return http_set_url(c->req, t.bytes, t.len);
}

static bool read_headers(lua_State *L, struct call *c)
{
	bool ok = true;

	if (lua_type(L, -1) != LUA_TTABLE)
		bad_option(L, "headers", "table");
	lua_pushnil(L);
	while (ok && lua_next(L, -2)) {
		size_t len;
		const char *name =
		    lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &len) : NULL;

		if (name == NULL)
			misuse(L, "bad option 'headers' (names as keys expected)");
		if (lua_type(L, -1) == LUA_TBOOLEAN && !lua_toboolean(L, -1)) {
			ok = http_drop_header(c->req, name, len);
		} else {
			struct text t = check_text(L, name);

			ok = http_add_header(c->req, name, len, t.bytes, t.len);
		}
		lua_pop(L, 1);
	}
	return ok;
}

static bool read_body(lua_State *L, struct call *c)
{
	bool ok = true;

	if (lua_type(L, -1) == LUA_TSTRING) {
		struct text t = check_text(L, "body");

		lua_pushvalue(L, -1);
		lua_setiuservalue(L, BOX, BODY_VALUE);
		http_set_body(c->req, t.bytes, t.len);
		return true;
	}
	if (lua_type(L, -1) != LUA_TTABLE)
		bad_option(L, "body", "string or list of strings and secrets");
	for (lua_Integer i = 1, n = luaL_len(L, -1); i <= n && ok; i++) {
		lua_rawgeti(L, -1, i);

		struct text t = check_text(L, "body");

		ok = http_add_body(c->req, t.bytes, t.len, t.secret);
		lua_pop(L, 1);
	}
	return ok;
}

static bool read_user(lua_State *L, struct call *c)
{
	c->user = check_text(L, "user");
	return true;
}

static bool read_password(lua_State *L, struct call *c)
{
	c->password = check_text(L, "password");
	return true;
}

static bool read_tls(lua_State *L, struct call *c)
{
	static const char *const names[] = { "default", "rsa-kex", NULL };
	const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";

	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(name, names[i]) == 0) {
			c->o.tls = (enum http_tls)i;
			return true;
		}
	misuse(L, "bad option 'tls' (\"default\" or \"rsa-kex\" expected)");
	return false;
}

static bool read_once(lua_State *L, struct call *c)
{
	c->o.once = lua_toboolean(L, -1);
	c->knows_once = true;
	return true;
}

static bool read_verify(lua_State *L, struct call *c)
{
	c->o.verify = lua_toboolean(L, -1);
	c->knows_verify = true;
	return true;
}

enum kind { KIND_SECONDS, KIND_SIZE, KIND_FLAG, KIND_STRING, KIND_OWN };

static const struct option {
	const char *name;
	enum kind kind;
	size_t offset; /* in struct http_options */
	bool (*read)(lua_State *L, struct call *c);
} options[] = {
#define FIELD(name, kind)                                                                          \
	{                                                                                          \
#name, kind, offsetof(struct http_options, name), NULL                             \
	}
#define OWN(name)                                                                                  \
	{                                                                                          \
#name, KIND_OWN, 0, read_##name                                                    \
	}
	FIELD(method, KIND_STRING),
	FIELD(timeout, KIND_SECONDS),
	FIELD(connect_timeout, KIND_SECONDS),
	FIELD(max_body, KIND_SIZE),
	FIELD(stream, KIND_FLAG),
	FIELD(fresh, KIND_FLAG),
	FIELD(last, KIND_FLAG),
	FIELD(ca, KIND_STRING),
	FIELD(pin, KIND_STRING),
	FIELD(secret_header, KIND_STRING),
	OWN(url),
	OWN(headers),
	OWN(body),
	OWN(user),
	OWN(password),
	OWN(tls),
	OWN(once),
	OWN(verify),
#undef FIELD
#undef OWN
};

/* The value is on top of the stack. False: the request holds the reason. */
static bool read_option(lua_State *L, struct call *c, const struct option *opt)
{
	void *field = (char *)&c->o + opt->offset;

	switch (opt->kind) {
	case KIND_SECONDS:
		if (lua_type(L, -1) != LUA_TNUMBER || isnan(lua_tonumber(L, -1)))
			bad_option(L, opt->name, "number of seconds");
		*(double *)field = lua_tonumber(L, -1);
		return true;
	case KIND_SIZE:
		if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) >= 0))
			bad_option(L, opt->name, "number of bytes");
		*(size_t *)field = (size_t)fmin(lua_tonumber(L, -1), 1e15);
		return true;
	case KIND_FLAG:
		*(bool *)field = lua_toboolean(L, -1);
		return true;
	case KIND_STRING:
		if (lua_type(L, -1) != LUA_TSTRING)
			bad_option(L, opt->name, "string");
		*(const char **)field = lua_tostring(L, -1);
		return true;
	default:
		return opt->read(L, c);
	}
}

/* [-0, +0, e] Argument 1, against the table of upvalue 1: name -> index. */
static bool read_options(lua_State *L, struct call *c)
{
	bool ok = true;

	lua_pushnil(L);
	while (ok && lua_next(L, 1)) {
		lua_pushvalue(L, -2); // name value name
		if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNUMBER)
			misuse(L, "unknown option '%s'", luaL_tolstring(L, -3, NULL));
		const struct option *opt = &options[lua_tointeger(L, -1)];
		lua_pop(L, 1);
		ok = read_option(L, c, opt);
		lua_pop(L, 1);
	}
	return ok;
}

/* [-0, +1, e] What read_options() looks names up in. */
static void push_option_names(lua_State *L)
{
	const int n = (int)(sizeof options / sizeof options[0]);

	lua_createtable(L, 0, n);
	for (int i = 0; i < n; i++)
		lutil_setint(L, options[i].name, i);
}

/* What depends on more than one option. */
static bool settle_options(lua_State *L, struct call *c)
{
	struct http_options *o = &c->o;

	if (c->req->where == NULL)
		misuse(L, "option 'url' is missing");
	if ((c->user.bytes == NULL) != (c->password.bytes == NULL))
		misuse(L, "options 'user' and 'password' belong together");
	/* A POST or a PATCH done twice may differ from one done once. */
	if (!c->knows_once)
		o->once = strcmp(o->method, "POST") == 0 || strcmp(o->method, "PATCH") == 0;
	if (!c->knows_verify)
		o->verify = o->pin == NULL;
	return c->user.bytes == NULL || http_set_basic(c->req, c->user.bytes, c->user.len,
	                                               c->password.bytes, c->password.len);
}

/* ---- results ---- */

/* "HTTP/1.1 404 Not Found": what follows the number. */
static void set_reason(lua_State *L, const char *line, const char *end)
{
	const char *p = memchr(line, ' ', (size_t)(end - line));

	while (p != NULL && p < end && (*p == ' ' || isdigit((unsigned char)*p)))
		p++;
	while (p != NULL && end > p && isspace((unsigned char)end[-1]))
		end--;
	lua_pushlstring(L, p != NULL ? p : "", p != NULL ? (size_t)(end - p) : 0);
	lua_setfield(L, -2, "reason");
}

static void set_head(lua_State *L, const struct http_buf *head)
{
	const char *first = head->bytes, *end = first + head->len;
	const char *next = memchr(first, '\n', head->len);

	next = next != NULL ? next + 1 : end;
	set_reason(L, first, next);
	headers_push(L, next, (size_t)(end - next));
	lua_setfield(L, -2, "headers");
}

static void set_secret(lua_State *L, struct http_request *req)
{
	if (req->secret.len == 0)
		return;
	secret_push(L, req->secret.bytes, req->secret.len);
	lua_setfield(L, -2, "secret");
}

static void set_cert(lua_State *L, struct x509_st *peer)
{
	struct http_cert cert;

	http_cert_read(peer, &cert);
	lua_createtable(L, 0, 6);
	lutil_setstring(L, "subject", cert.subject);
	lutil_setstring(L, "issuer", cert.issuer);
	lutil_setnumber(L, "not_before", cert.not_before);
	lutil_setnumber(L, "not_after", cert.not_after);
	lutil_setbool(L, "self_signed", cert.self_signed);
	lua_pushfstring(L, HTTP_PIN_PREFIX "%s", cert.spki);
	lua_setfield(L, -2, "spki");
	lua_setfield(L, -2, "cert");
}

/* [-0, +0, e] For the table on top. */
static void set_answer(lua_State *L, struct http_request *req)
{
	lutil_setint(L, "status", req->status);
	set_head(L, &req->head);
	lua_getiuservalue(L, BOX, URL_VALUE);
	lua_setfield(L, -2, "url");
	lutil_setstring(L, "address", req->address);
	lutil_setnumber(L, "seconds", req->seconds);
	lutil_setnumber(L, "connect_seconds", req->connect_seconds);
	lutil_setbool(L, "new_connection", req->new_connection);
	if (req->new_connection && req->peer != NULL)
		set_cert(L, req->peer);
	set_secret(L, req);
}

static int push_failure(lua_State *L, struct http_request *req)
{
	lua_pushnil(L);
	lutil_error_value(L, req->code, req->text);
	lutil_setstring(L, "effect", req->sent ? "unknown" : "none");
	lutil_setnumber(L, "seconds", req->seconds);
	if (req->head_done)
		lutil_setint(L, "status", req->status);
	if (req->head_done && req->secret.len > 0) {
		/* The head of a login says all that is needed to end the session. */
		set_head(L, &req->head);
		set_secret(L, req);
	}
	return 2;
}

static int end_in_failure(lua_State *L, struct http_request *req)
{
	int n = push_failure(L, req);

	http_stop(&req->op);
	return n;
}

/* [-0, +1, e] What has come of the body, which is the task's from now. */
static void push_body(lua_State *L, struct http_request *req)
{
	lua_pushlstring(L, req->body.len > 0 ? req->body.bytes : "", req->body.len);
	http_buf_clear(&req->body);
}

static int push_response(lua_State *L, struct http_request *req)
{
	lua_createtable(L, 1, 12);
	set_answer(L, req);
	if (!req->stream) {
		push_body(L, req);
		lua_setfield(L, -2, "body");
		http_stop(&req->op);
		return 1;
	}
	lua_pushvalue(L, BOX);
	lua_rawseti(L, -2, 1);
	luaL_setmetatable(L, RESPONSE_CLASS);
	return 1;
}

static int push_chunk(lua_State *L, struct http_request *req)
{
	if (req->body.len > 0) {
		push_body(L, req);
		return 1;
	}
	if (req->code != ERR_NONE)
		return push_failure(L, req);
	lua_pushnil(L);
	return 1;
}

static int push(lua_State *L, struct op *op)
{
	struct box *box = (struct box *)op;
	struct http_request *req = &box->req;

	if (box->told)
		return push_chunk(L, req);
	if (req->code != ERR_NONE && !(req->stream && req->head_done))
		return end_in_failure(L, req);
	box->told = true;
	return push_response(L, req);
}

/* ---- the module ---- */

static const struct op_class request_class = { "http.request", http_stop, push };

static int l_request(lua_State *L)
{
	struct call c = { .o = { .method = "GET",
		                 .timeout = TIMEOUT,
		                 .connect_timeout = CONNECT_TIMEOUT,
		                 .max_body = MAX_BODY } };
	struct box *box;

	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	box = lutil_box(L, sizeof *box, 2, REQUEST_CLASS);
	c.req = &box->req;
	http_init(c.req, &request_class);
	c.o.deadline = task_deadline();
	if (!read_options(L, &c) || !settle_options(L, &c) || !http_start(c.req, &c.o))
		return end_in_failure(L, c.req);
	return op_await(L, &c.req->op);
}

/* [-0, +1, e] The box of the response at 1, left at index BOX. */
static struct box *check_response(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	lua_settop(L, 1);
	lua_rawgeti(L, 1, 1);
	return luaL_checkudata(L, BOX, REQUEST_CLASS);
}

static int response_read(lua_State *L)
{
	struct http_request *req = &check_response(L)->req;

	if (req->op.task != NULL)
		return luaL_error(L, "another task reads this response");
	if (http_stream_ready(req))
		return push_chunk(L, req);
	op_reset(&req->op);
	http_stream_more(req);
	return op_await(L, &req->op);
}

static int response_close(lua_State *L)
{
	struct op *op = &check_response(L)->req.op;

	http_stop(op);
	op_finish(op); /* a task that reads it has its answer now: it was given up */
	return 0;
}

static int request_gc(lua_State *L)
{
	http_stop(luaL_checkudata(L, 1, REQUEST_CLASS));
	return 0;
}

static int client_gc(lua_State *L)
{
	(void)L;
	http_close();
	return 0;
}

/* ---- URLs ---- */

struct url_box {
	CURLU *url;
	char *part; /* one at a time, held here while Lua copies it */
};

static int url_gc(lua_State *L)
{
	struct url_box *u = luaL_checkudata(L, 1, URL_CLASS);

	curl_free(u->part);
	u->part = NULL;
	curl_url_cleanup(u->url);
	u->url = NULL;
	return 0;
}

/* [-0, +1, e] A box with the URL of argument arg; NULL when that is none. */
static struct url_box *url_push(lua_State *L, int arg)
{
	const char *s = luaL_checkstring(L, arg);
	struct url_box *u = lutil_box(L, sizeof *u, 0, URL_CLASS);

	u->url = curl_url();
	if (u->url == NULL)
		luaL_error(L, "not enough memory");
	if (strlen(s) != lua_rawlen(L, arg) || strpbrk(s, "\r\n") != NULL)
		return NULL;
	return curl_url_set(u->url, CURLUPART_URL, s, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK ? u
	                                                                                     : NULL;
}

/* [-0, +0, e] t[key] = part, for the table on top; nothing when it is absent. */
static void set_part(lua_State *L, struct url_box *u, CURLUPart what, unsigned flags,
                     const char *key)
{
	if (curl_url_get(u->url, what, &u->part, flags) != CURLUE_OK)
		return;
	lutil_setstring(L, key, u->part);
	curl_free(u->part);
	u->part = NULL;
}

static void set_port(lua_State *L, struct url_box *u)
{
	if (curl_url_get(u->url, CURLUPART_PORT, &u->part, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return;
	lutil_setint(L, "port", strtol(u->part, NULL, 10));
	curl_free(u->part);
	u->part = NULL;
}

static int fail_url(lua_State *L)
{
	return lutil_fail(L, ERR_REJECTED, "that is not a URL like https://host/path");
}

static int l_parse_url(lua_State *L)
{
	struct url_box *u = url_push(L, 1);

	if (u == NULL)
		return fail_url(L);
	lua_createtable(L, 0, 7);
	set_part(L, u, CURLUPART_SCHEME, 0, "scheme");
	set_part(L, u, CURLUPART_HOST, 0, "host");
	set_port(L, u);
	set_part(L, u, CURLUPART_PATH, 0, "path");
	set_part(L, u, CURLUPART_QUERY, 0, "query");
	set_part(L, u, CURLUPART_USER, CURLU_URLDECODE, "user");
	set_part(L, u, CURLUPART_PASSWORD, CURLU_URLDECODE, "password");
	return 1;
}

/* A reference, as in a Location header, seen from the URL it came with. */
static int l_join_url(lua_State *L)
{
	const char *reference = luaL_checkstring(L, 2);
	struct url_box *u = url_push(L, 1);

	if (u == NULL || curl_url_set(u->url, CURLUPART_URL, reference, 0) != CURLUE_OK ||
	    curl_url_get(u->url, CURLUPART_URL, &u->part, 0) != CURLUE_OK)
		return fail_url(L);
	lua_pushstring(L, u->part);
	return 1;
}

/* [-0, +0, e] Made before any request, so that at the end of the state it goes
 * last. No class of lutil.h: it stays, which is no leak. */
static void keep_client(lua_State *L)
{
	lua_newuserdatauv(L, 1, 0);
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, client_gc);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
	lua_setfield(L, LUA_REGISTRYINDEX, CLIENT_KEY);
}

int luaopen__bmcsh_http(lua_State *L);

int luaopen__bmcsh_http(lua_State *L)
{
	static const luaL_Reg methods[] = { { "read", response_read },
		                            { "close", response_close },
		                            { NULL, NULL } };
	static const luaL_Reg functions[] = { { "parse_url", l_parse_url },
		                              { "join_url", l_join_url },
		                              { NULL, NULL } };

	keep_client(L);
	if (!http_open())
		return luaL_error(L, "libcurl cannot be started");
	lutil_class(L, REQUEST_CLASS, NULL, request_gc);
	lutil_class(L, URL_CLASS, NULL, url_gc);
	luaL_newmetatable(L, RESPONSE_CLASS);
	luaL_newlib(L, methods);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, response_close);
	lua_setfield(L, -2, "__close");
	headers_class(L);
	luaL_newlib(L, functions);
	push_option_names(L);
	lua_pushcclosure(L, l_request, 1);
	lua_setfield(L, -2, "request");
	return 1;
}
