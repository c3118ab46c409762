/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "lutil.h"
#include "task.h"

static int arg_count;
static char **arg_values;
static char root[PATH_MAX], libdir[PATH_MAX];
static int exit_code = 1;

/* Where lua/ and build/lib/ lie, relative to the folder of the program. */
static const struct {
	const char *root, *lib;
} layouts[] = {
	{ "", "/build/lib" },                   /* in the source folder */
	{ "/../share/bmcsh", "/../lib/bmcsh" }, /* installed under a prefix */
};

static bool has_library(const char *dir)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/lua/bmc/boot.lua", dir);
	return access(path, R_OK) == 0;
}

static bool try_layout(const char *dir, size_t i)
{
	char found[PATH_MAX];

	if (snprintf(found, sizeof found, "%s%s", dir, layouts[i].root) >= (int)sizeof found)
		return false;
	if (!has_library(found) || realpath(found, root) == NULL)
		return false;
	if (snprintf(found, sizeof found, "%s%s", dir, layouts[i].lib) >= (int)sizeof found)
		return false;
	return realpath(found, libdir) != NULL;
}

void host_init(int argc, char **argv)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);

	arg_count = argc;
	arg_values = argv;
	if (len > 0) {
		exe[len] = '\0';
		*strrchr(exe, '/') = '\0';
		for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
			if (try_layout(exe, i))
				return;
	}
	snprintf(root, sizeof root, "%s", BMCSH_DATADIR);
	snprintf(libdir, sizeof libdir, "%s", BMCSH_LIBDIR);
}

const char *host_root(void)
{
	return root;
}

const char *host_libdir(void)
{
	return libdir;
}

int host_exit_code(void)
{
	return exit_code;
}

static int l_exit(lua_State *L)
{
	exit_code = (int)luaL_checkinteger(L, 1);
	return 0;
}

static int l_isatty(lua_State *L)
{
	lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
	return 1;
}

static int l_width(lua_State *L)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;

	lua_pushinteger(L, known ? size.ws_col : 80);
	return 1;
}

static int l_wall(lua_State *L)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	lua_pushnumber(L, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
	return 1;
}

static int l_cpu(lua_State *L)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	lua_pushnumber(L, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
	return 1;
}

static int l_pid(lua_State *L)
{
	lua_pushinteger(L, getpid());
	return 1;
}

/* argv[i] as ps and /proc/PID/cmdline show it. */
static int l_blank(lua_State *L)
{
	lua_Integer i = luaL_checkinteger(L, 1);

	luaL_argcheck(L, i >= 1 && i < arg_count, 1, "no such argument");
	memset(arg_values[i], ' ', strlen(arg_values[i]));
	return 0;
}

static int fail_errno(lua_State *L, const char *path)
{
	int e = errno;

	return lutil_fail(L, e == ENOENT ? ERR_MISSING : ERR_REJECTED, "%s: %s", path, strerror(e));
}

static int names_only(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* not the locale's order */
}

/* push_names(entries, n) -> list of their names */
static int push_names(lua_State *L)
{
	struct dirent **entries = lua_touserdata(L, 1);
	int n = (int)lua_tointeger(L, 2);

	lua_createtable(L, n, 0);
	for (int i = 0; i < n; i++) {
		lua_pushstring(L, entries[i]->d_name);
		lua_rawseti(L, -2, i + 1);
	}
	return 1;
}

static int l_listdir(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	struct dirent **entries;
	int status, n = scandir(path, &entries, names_only, by_bytes);

	if (n < 0)
		return fail_errno(L, path);
	lua_pushcfunction(L, push_names); /* protected, or the entries would leak */
	lua_pushlightuserdata(L, entries);
	lua_pushinteger(L, n);
	status = lua_pcall(L, 2, 1, 0);
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return status == LUA_OK ? 1 : lua_error(L);
}

static int l_stat(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	struct stat st;

	if (stat(path, &st) != 0)
		return fail_errno(L, path);
	lua_createtable(L, 0, 5);
	lutil_setint(L, "mode", st.st_mode & 07777);
	lutil_setint(L, "uid", st.st_uid);
	lutil_setint(L, "size", st.st_size);
	lutil_setnumber(L, "mtime", (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec * 1e-9);
	lutil_setstring(L, "type", S_ISDIR(st.st_mode) ? "directory" : "file");
	return 1;
}

static int l_uid(lua_State *L)
{
	lua_pushinteger(L, geteuid());
	return 1;
}

/* Every missing folder of the path, readable by its owner only. */
static int l_mkdir_private(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	char part[PATH_MAX];

	luaL_argcheck(L, strlen(path) < sizeof part, 1, "path too long");
	for (const char *end = path; *end != '\0';) {
		end = strchrnul(end + 1, '/');
		snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return fail_errno(L, part);
	}
	lua_pushboolean(L, true);
	return 1;
}

static int close_file(lua_State *L)
{
	luaL_Stream *file = luaL_checkudata(L, 1, LUA_FILEHANDLE);

	return luaL_fileresult(L, fclose(file->f) == 0, NULL);
}

/* A file of Lua's io library to append to, readable by its owner only when
 * this makes it. */
static int l_append_private(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	luaL_Stream *file = lua_newuserdatauv(L, sizeof *file, 0);
	int fd;

	file->closef = NULL;
	luaL_setmetatable(L, LUA_FILEHANDLE);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		return fail_errno(L, path);
	file->f = fdopen(fd, "a");
	if (file->f == NULL) {
		close(fd);
		return lutil_fail(L, ERR_INTERNAL, "%s: not enough memory", path);
	}
	file->closef = close_file;
	return 1;
}

static int l_live(lua_State *L)
{
	lutil_live(L);
	lutil_setint(L, "task", (lua_Integer)task_count());
	return 1;
}

int luaopen__bmcsh_host(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "exit", l_exit },   { "isatty", l_isatty },
		{ "width", l_width }, { "wall", l_wall },
		{ "cpu", l_cpu },     { "pid", l_pid },
		{ "blank", l_blank }, { "listdir", l_listdir },
		{ "stat", l_stat },   { "mkdir_private", l_mkdir_private },
		{ "live", l_live },   { "interrupt", l_interrupt },
		{ "uid", l_uid },     { "append_private", l_append_private },
		{ NULL, NULL },
	};

	interrupt_classes(L);
	luaL_newlib(L, functions);
	lua_createtable(L, arg_count, 0);
	for (int i = 1; i < arg_count; i++) {
		lua_pushstring(L, arg_values[i]);
		lua_rawseti(L, -2, i);
	}
	lua_setfield(L, -2, "argv");
	lutil_setstring(L, "root", root);
	lutil_setstring(L, "version", BMCSH_VERSION);
	return 1;
}
