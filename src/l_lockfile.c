/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua face of locked files: the module _bmcsh.lockfile. lua/bmc/state.lua
 * documents it. Tokens go in and out as secrets, never as Lua strings. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "disksync.h"
#include "lockfile.h"
#include "lutil.h"
#include "op.h"
#include "secret.h"

#define CLASS "bmcsh.lockfile"
#define SYNC_CLASS "bmcsh.lockfile.sync"
#define MAX_SIZE (64 << 20)
#define MAX_LINE 65536 /* of a secret */

static int file_gc(lua_State *L)
{
	lockfile_close(luaL_checkudata(L, 1, CLASS));
	return 0;
}

static struct lockfile *check_file(lua_State *L)
{
	struct lockfile *f = luaL_checkudata(L, 1, CLASS);

	if (f->path == NULL)
		luaL_error(L, "the file has been closed");
	return f;
}

static int result(lua_State *L, struct lockfile *f, bool ok)
{
	if (!ok)
		return lutil_fail(L, ERR_INTERNAL, "%s", f->text);
	lua_pushboolean(L, true);
	return 1;
}

/* read([offset]) -> the text from there to the end */
static int file_read(lua_State *L)
{
	struct lockfile *f = check_file(L);
	lua_Integer from = luaL_optinteger(L, 2, 0);
	off_t size = lockfile_size(f);
	luaL_Buffer b;

	luaL_argcheck(L, from >= 0, 2, "an offset expected");
	if (size < 0 || size > MAX_SIZE)
		return size < 0 ? result(L, f, false)
		                : lutil_fail(L, ERR_TOO_LARGE, "%s: too large", f->path);
	if (from >= size) {
		lua_pushliteral(L, "");
		return 1;
	}
	if (!lockfile_read(f, luaL_buffinitsize(L, &b, (size_t)(size - from)),
	                   (size_t)(size - from), (off_t)from))
		return result(L, f, false);
	luaL_pushresultsize(&b, (size_t)(size - from));
	return 1;
}

/* head() -> the first line, without its end; what follows may be a secret */
static int file_head(lua_State *L)
{
	struct lockfile *f = check_file(L);
	luaL_Buffer b;
	off_t size = lockfile_size(f);
	char c;

	luaL_buffinit(L, &b);
	for (off_t at = 0; at < size && at < MAX_LINE; at++) {
		if (!lockfile_read(f, &c, 1, at))
			return result(L, f, false);
		if (c == '\n')
			break;
		luaL_addchar(&b, c);
	}
	luaL_pushresult(&b);
	return 1;
}

/* secret(offset) -> the line that begins there, as a secret */
static int file_secret(lua_State *L)
{
	struct lockfile *f = check_file(L);
	lua_Integer from = luaL_checkinteger(L, 2);
	struct secret *s;
	char c = '\0';

	luaL_argcheck(L, from >= 0, 2, "an offset expected");
	s = secret_push(L, "", 0);
	while (s->len < MAX_LINE && lockfile_read(f, &c, 1, (off_t)from + (off_t)s->len) &&
	       c != '\n')
		if (!secret_append(s, &c, 1))
			return luaL_error(L, "not enough memory for a secret");
	if (c == '\n' && s->len > 0)
		return 1;
	secret_clear(s);
	return lutil_fail(L, ERR_MISSING, "%s: there is no whole line", f->path);
}

static int file_append(lua_State *L)
{
	struct lockfile *f = check_file(L);
	size_t len;
	const char *bytes = luaL_checklstring(L, 2, &len);

	return result(L, f, lockfile_append(f, bytes, len));
}

/* replace(part, …) -> the file holds these strings and secrets, and no more. The end is cut
 * last: a process that dies between leaves whole new lines before a torn old one. */
static int file_replace(lua_State *L)
{
	struct lockfile *f = check_file(L);
	off_t at = 0;
	bool ok = true;

	for (int i = 2; i <= lua_gettop(L) && ok; i++) {
		const struct secret *s = secret_test(L, i);
		size_t len = s != NULL ? s->len : 0;
		const char *bytes = s != NULL ? s->bytes : luaL_checklstring(L, i, &len);

		ok = lockfile_write(f, bytes, len, at);
		at += (off_t)len;
	}
	return result(L, f, ok && lockfile_cut(f, at));
}

/* size() -> bytes */
static int file_size(lua_State *L)
{
	struct lockfile *f = check_file(L);
	off_t size = lockfile_size(f);

	if (size < 0)
		return result(L, f, false);
	lua_pushinteger(L, (lua_Integer)size);
	return 1;
}

/* cut(size) -> the file ends there */
static int file_cut(lua_State *L)
{
	struct lockfile *f = check_file(L);
	lua_Integer size = luaL_checkinteger(L, 2);

	luaL_argcheck(L, size >= 0, 2, "a size expected");
	return result(L, f, lockfile_cut(f, (off_t)size));
}

/* ---- sync ---- */

struct sync_op {
	struct op op;
	struct disksync *sync; /* NULL when it is over */
	int error;
};

static void sync_stop(struct op *op)
{
	struct sync_op *o = (struct sync_op *)op;

	if (o->sync != NULL)
		disksync_cancel(o->sync);
	o->sync = NULL;
}

static int sync_gc(lua_State *L)
{
	sync_stop(lua_touserdata(L, 1));
	return 0;
}

static void on_synced(void *arg, int error)
{
	struct sync_op *o = arg;

	o->sync = NULL;
	o->error = error;
	op_finish(&o->op);
}

static int sync_push(lua_State *L, struct op *op)
{
	const struct sync_op *o = (const struct sync_op *)op;

	if (o->error != 0)
		return lutil_fail(L, ERR_INTERNAL, "not on the disk: %s", strerror(o->error));
	lua_pushboolean(L, true);
	return 1;
}

static const struct op_class sync_class = { "file:sync", sync_stop, sync_push };

/* sync() waits until what was written is on the disk, and does not hold the loop */
static int file_sync(lua_State *L)
{
	struct lockfile *f = check_file(L);
	struct sync_op *o = lutil_box(L, sizeof *o, 0, SYNC_CLASS);

	op_init(&o->op, &sync_class);
	o->sync = disksync_start(f->fd, on_synced, o);
	if (o->sync == NULL)
		return lutil_fail(L, ERR_INTERNAL, "%s: %s", f->path, strerror(errno));
	return op_await(L, &o->op);
}

static int file_remove(lua_State *L)
{
	struct lockfile *f = check_file(L);

	return result(L, f, lockfile_remove(f));
}

static int file_tostring(lua_State *L)
{
	const struct lockfile *f = luaL_checkudata(L, 1, CLASS);

	lua_pushfstring(L, "locked file (%s)", f->path != NULL ? f->path : "closed");
	return 1;
}

/* open(path, "new" | "old" | "any") -> file | nil, err */
static int l_open(lua_State *L)
{
	static const char *const names[] = { "new", "old", "any", NULL };
	const char *path = luaL_checkstring(L, 1);
	enum lockfile_how how = (enum lockfile_how)luaL_checkoption(L, 2, NULL, names);
	struct lockfile *f = lutil_box(L, sizeof *f, 0, CLASS);
	enum err_code code;

	f->fd = -1;
	code = lockfile_open(f, path, how);
	if (code != ERR_NONE)
		return lutil_fail(L, code, "%s", f->text);
	return 1;
}

int luaopen__bmcsh_lockfile(lua_State *L);

int luaopen__bmcsh_lockfile(lua_State *L)
{
	static const luaL_Reg methods[] = {
		{ "read", file_read },
		{ "head", file_head },
		{ "secret", file_secret },
		{ "append", file_append },
		{ "replace", file_replace },
		{ "remove", file_remove },
		{ "size", file_size },
		{ "cut", file_cut },
		{ "sync", file_sync },
		{ "close", file_gc },
		{ NULL, NULL },
	};
	static const luaL_Reg functions[] = { { "open", l_open }, { NULL, NULL } };

	lutil_class(L, SYNC_CLASS, NULL, sync_gc);
	lutil_class(L, CLASS, methods, file_gc);
	luaL_getmetatable(L, CLASS);
	lua_pushcfunction(L, file_tostring);
	lua_setfield(L, -2, "__tostring");
	luaL_newlib(L, functions);
	return 1;
}
