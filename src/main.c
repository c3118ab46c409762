/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c owns the life of the process: hardening, the Lua state with its
 * module paths, the main task, the exit code. What the arguments mean is
 * decided in lua/bmc/boot.lua. */
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "alloctest.h"
#include "host.h"
#include "interrupt.h"
#include "loop.h"
#include "resolve.h"
#include "secret.h"
#include "spawn.h"
#include "task.h"
#include "watchdog.h"

int luaopen_cjson(lua_State *L);
int luaopen_cjson_safe(lua_State *L);

static const char main_chunk[] = "local host = require '_bmcsh.host'\n"
				 "host.exit(require 'bmc.boot' (host.argv) or 0)";

/* A dump of this process would hold the passwords of a whole site. */
static void forbid_core_dumps(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check attaches to the process */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Else the next file that is opened would be one of these: a connection, or the
 * audit log, with everything that is printed in it. Their use fails as before:
 * each is opened for what nobody does with it. */
static void fill_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* [-0, +0, e] package.FIELD = own .. the absolute entries of its default: a
 * script in the working directory is never loaded (V9). */
static void set_search_path(lua_State *L, const char *field, const char *own)
{
	luaL_Buffer b;
	const char *entry, *end;

	lua_getglobal(L, "package");
	lua_getfield(L, -1, field);
	entry = lua_tostring(L, -1);
	luaL_buffinit(L, &b);
	luaL_addstring(&b, own);
	for (; *entry != '\0'; entry = *end == ';' ? end + 1 : end) {
		end = strchrnul(entry, ';');
		if (*entry != '/')
			continue;
		luaL_addchar(&b, ';');
		luaL_addlstring(&b, entry, (size_t)(end - entry));
	}
	luaL_pushresult(&b);
	lua_setfield(L, -3, field);
	lua_pop(L, 2);
}

static void set_paths(lua_State *L)
{
	const char *root = host_root();

	lua_pushfstring(L, "%s/lua/?.lua;%s/lua/?/init.lua", root, root);
	set_search_path(L, "path", lua_tostring(L, -1));
	lua_pushfstring(L, "%s/?.so", host_libdir());
	set_search_path(L, "cpath", lua_tostring(L, -1));
	lua_pop(L, 2);
}

static void preload(lua_State *L)
{
	static const luaL_Reg modules[] = {
		{ "_bmcsh.host", luaopen__bmcsh_host },
		{ "_bmcsh.secret", luaopen__bmcsh_secret },
		{ "_bmcsh.spawn", luaopen__bmcsh_spawn },
		{ "_bmcsh.task", luaopen__bmcsh_task },
		{ "cjson", luaopen_cjson },
		{ "cjson.safe", luaopen_cjson_safe },
		{ NULL, NULL },
	};

	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	luaL_setfuncs(L, modules, 0);
	lua_pop(L, 1);
}

/* Runs protected: everything here may raise for lack of memory. */
static int start(lua_State *L)
{
	lua_pushboolean(L, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV"); /* no LUA_PATH, no LUA_CPATH */
	luaL_openlibs(L);
	set_paths(L);
	preload(L);
	if (task_init(L) != 0)
		return luaL_error(L, "the system gives no event loop");
	if (luaL_loadbuffer(L, main_chunk, sizeof main_chunk - 1, "=bmcsh") != LUA_OK)
		return lua_error(L);
	task_spawn(L, 0);
	interrupt_init(lua_tothread(L, -1));
	watchdog_init();
	return 1; /* the thread stays on the stack: interrupt.c points to it */
}

static int run(lua_State *L)
{
	bool ended;

	lua_pushcfunction(L, start);
	if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
		fprintf(stderr, "bmcsh: %s\n", lua_tostring(L, -1));
		return 1;
	}
	ended = task_run_all(L);
	if (interrupt_signal() != 0)
		return 128 + interrupt_signal();
	return ended ? host_exit_code() : 1;
}

/* A runbook that prints does not look whether it can: a full disk must not look
 * like success. A reader that has left wanted no more. */
static int flush_output(int code)
{
	struct pollfd reader = { .fd = STDOUT_FILENO };
	bool lost = fflush(stdout) != 0 || ferror(stdout);

	if (!lost || code != 0 || (poll(&reader, 1, 0) > 0 && (reader.revents & POLLERR)))
		return code;
	fprintf(stderr, "bmcsh: not all of the output could be written\n");
	return 1;
}

int main(int argc, char **argv)
{
	lua_State *L;
	int code;

	forbid_core_dumps();
	fill_standard_files();
	host_init(argc, argv);
	L = alloctest_newstate();
	if (L == NULL) {
		fprintf(stderr, "bmcsh: not enough memory\n");
		return 1;
	}
	code = run(L);
	lua_close(L); /* tasks, then the state, then the loop (STYLE C4) */
	resolve_stop();
	interrupt_end();
	loop_destroy();
	return flush_output(code);
}
