/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of secrets: the module _bmcsh.secret. Nothing here makes a Lua
 * string of a secret. */
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "lutil.h"
#include "secret.h"
#include "secret_read.h"

#define READ_CLASS "bmcsh.secret.read"

/* ---- the object ---- */

static int secret_gc(lua_State *L)
{
	secret_clear(luaL_checkudata(L, 1, SECRET_CLASS));
	return 0;
}

static struct secret *check_secret(lua_State *L, int idx)
{
	struct secret *s = secret_test(L, idx);

	luaL_argexpected(L, s != NULL, idx, "secret");
	return s;
}

static int secret_length(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)check_secret(L, 1)->len);
	return 1;
}

static int secret_equals(lua_State *L)
{
	const struct secret *s = check_secret(L, 1), *other = secret_test(L, 2);
	size_t len;
	const char *bytes = other != NULL ? other->bytes : luaL_checklstring(L, 2, &len);

	lua_pushboolean(L, secret_equal(s, bytes, other != NULL ? other->len : len));
	return 1;
}

static int secret_copy(lua_State *L)
{
	const struct secret *s = check_secret(L, 1);

	secret_push(L, s->bytes, s->len);
	return 1;
}

static int secret_first_line(lua_State *L)
{
	struct secret *s = check_secret(L, 1);

	secret_cut(s, strcspn(s->bytes, "\r\n"));
	lua_settop(L, 1);
	return 1;
}

/* unhex() -> itself, with the bytes that its "0x..." stands for, or as it is without 0x; or
 * nil, err */
static int secret_unhex(lua_State *L)
{
	struct secret *s = check_secret(L, 1);
	size_t n = 0;

	lua_settop(L, 1);
	if (strncmp(s->bytes, "0x", 2) != 0 && strncmp(s->bytes, "0X", 2) != 0)
		return 1;
	if (s->len == 2 || s->len % 2 != 0 ||
	    strspn(s->bytes + 2, "0123456789abcdefABCDEF") != s->len - 2)
		return lutil_fail(L, ERR_REJECTED,
		                  "0x is to be followed by pairs of hexadecimal digits");
	for (const char *p = s->bytes + 2; n < s->len / 2 - 1; p += 2)
		s->bytes[n++] = (char)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
	secret_cut(s, n);
	return 1;
}

static int secret_tostring(lua_State *L)
{
	const struct secret *s = luaL_checkudata(L, 1, SECRET_CLASS);

	lua_pushstring(L, s->bytes != NULL ? "<secret>" : "<secret, closed>");
	return 1;
}

/* [-0, +0, e] The class may be wanted before the module was required. */
static void secret_class(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "close", secret_gc },
		{ "length", secret_length },
		{ "equals", secret_equals },
		{ "copy", secret_copy },
		{ "first_line", secret_first_line },
		{ "unhex", secret_unhex },
		{ NULL, NULL },
	};

	if (luaL_getmetatable(L, SECRET_CLASS) == LUA_TNIL) {
		lutil_class(L, SECRET_CLASS, methods, secret_gc);
		luaL_getmetatable(L, SECRET_CLASS);
		lua_pushcfunction(L, secret_tostring);
		lua_setfield(L, -2, "__tostring");
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

struct secret *secret_push(lua_State *L, const char *bytes, size_t len)
{
	struct secret *s;

	secret_class(L);
	s = lutil_box(L, sizeof *s, 0, SECRET_CLASS);
	if (!secret_append(s, bytes, len))
		luaL_error(L, "not enough memory for a secret");
	return s;
}

struct secret *secret_test(lua_State *L, int idx)
{
	struct secret *s = luaL_testudata(L, idx, SECRET_CLASS);

	if (s != NULL && s->bytes == NULL)
		luaL_error(L, "the secret has been closed");
	return s;
}

static int l_from_string(lua_State *L)
{
	size_t len;
	const char *bytes = luaL_checklstring(L, 1, &len);

	secret_push(L, bytes, len);
	return 1;
}

/* ---- from the environment ---- */

/* A variable is taken out of the environment when it is first read, so that
 * neither children nor /proc show it, and kept here for the next reader. */
struct kept {
	struct kept *next;
	struct secret secret;
	char name[];
};

static int keeper_gc(lua_State *L)
{
	struct kept **keeper = lua_touserdata(L, 1), *k;

	while ((k = *keeper) != NULL) {
		*keeper = k->next;
		secret_clear(&k->secret);
		free(k);
	}
	return 0;
}

/* [-0, +1, e] One for the program, so none of the boxes that are counted. */
static void push_keeper(lua_State *L)
{
	struct kept **keeper = lua_newuserdatauv(L, sizeof *keeper, 0);

	*keeper = NULL;
	lua_createtable(L, 0, 1);
	lua_pushcfunction(L, keeper_gc);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
}

static struct kept *find_kept(struct kept *k, const char *name)
{
	while (k != NULL && strcmp(k->name, name) != 0)
		k = k->next;
	return k;
}

static struct kept *keep(struct kept **keeper, const char *name, char *value)
{
	size_t size = strlen(name) + 1;
	struct kept *k = calloc(1, sizeof *k + size);

	if (k == NULL)
		return NULL;
	if (!secret_append(&k->secret, value, strlen(value))) {
		free(k);
		return NULL;
	}
	memcpy(k->name, name, size);
	k->next = *keeper;
	*keeper = k;
	secret_wipe(value, strlen(value)); /* what /proc/PID/environ shows */
	unsetenv(name);
	return k;
}

static int l_from_env(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	struct kept **keeper = lua_touserdata(L, lua_upvalueindex(1));
	struct kept *k = find_kept(*keeper, name);
	char *value = getenv(name);

	if (k == NULL && (value == NULL || *value == '\0'))
		return lutil_fail(L, ERR_MISSING, "the environment variable %s is %s", name,
		                  value == NULL ? "not set" : "empty");
	if (k == NULL)
		k = keep(keeper, name, value);
	if (k == NULL)
		return luaL_error(L, "not enough memory for a secret");
	secret_push(L, k->secret.bytes, k->secret.len);
	return 1;
}

/* ---- from a file, a descriptor, a person ---- */

static int read_gc(lua_State *L)
{
	secret_read_stop(lua_touserdata(L, 1));
	return 0;
}

static void read_stop(struct op *op)
{
	secret_read_stop((struct secret_read *)op);
}

/* A secret, and a warning if there is one; or nil, err. */
static int read_push(lua_State *L, struct op *op)
{
	struct secret_read *r = (struct secret_read *)op;

	if (r->code != ERR_NONE)
		return lutil_fail(L, r->code, "%s", r->text);
	secret_push(L, r->secret.bytes, r->secret.len);
	secret_read_stop(r);
	if (r->text[0] == '\0')
		return 1;
	lua_pushstring(L, r->text);
	return 2;
}

static const struct op_class read_class = { "secret", read_stop, read_push };

static struct secret_read *new_read(lua_State *L)
{
	struct secret_read *r = lutil_box(L, sizeof *r, 0, READ_CLASS);

	op_init(&r->op, &read_class);
	return r;
}

static int l_from_file(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	struct secret_read *r = new_read(L);

	secret_read_file(r, path);
	return op_await(L, &r->op);
}

static int l_from_fd(lua_State *L)
{
	int fd = (int)luaL_checkinteger(L, 1);
	struct secret_read *r = new_read(L);

	secret_read_fd(r, fd);
	return op_await(L, &r->op);
}

static int l_prompt(lua_State *L)
{
	const char *text = luaL_checkstring(L, 1);
	struct secret_read *r = new_read(L);

	secret_read_prompt(r, text);
	return op_await(L, &r->op);
}

int luaopen__bmcsh_secret(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "from_string", l_from_string }, { "from_env", l_from_env },
		{ "from_file", l_from_file },     { "from_fd", l_from_fd },
		{ "prompt", l_prompt },           { NULL, NULL },
	};

	secret_class(L);
	lutil_class(L, READ_CLASS, NULL, read_gc);
	luaL_newlibtable(L, functions);
	push_keeper(L);
	luaL_setfuncs(L, functions, 1);
	return 1;
}
