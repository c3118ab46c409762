/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "alloctest.h"

#include <lauxlib.h>
#include <lua.h>

#ifndef BMCSH_ALLOC_TEST

lua_State *alloctest_newstate(void)
{
	return luaL_newstate();
}

#else

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* The functions behind --wrap, and those in front of it. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);

/* There only when linked with the sanitizer. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
void __sanitizer_print_stack_trace(void) __attribute__((weak));

/* The loop's thread only: what another one allocates would make the count
 * differ from run to run. */
static pthread_t counted;
static bool armed, once, traced;
static lua_Unsigned allowed; /* before the first refusal */
static lua_Integer refused;

/* Lua, when refused, collects its garbage and asks again: a single refusal
 * has to include that second request, or it would change nothing. */
static bool asks_again;

static bool refuse(bool lua)
{
	if (!armed || !pthread_equal(pthread_self(), counted))
		return false;
	if (allowed > 1) {
		allowed--;
		return false;
	}
	if (once && (asks_again || !lua))
		armed = false;
	asks_again = true;
	if (refused++ == 0 && traced && __sanitizer_print_stack_trace != NULL)
		__sanitizer_print_stack_trace();
	return true;
}

static void arm(lua_Unsigned n, bool only_once)
{
	counted = pthread_self();
	allowed = n;
	refused = 0;
	once = only_once;
	asks_again = false;
	armed = n > 0;
}

static void *lua_memory(void *unused, void *block, size_t had, size_t size)
{
	(void)unused;
	if (size == 0) {
		free(block);
		return NULL;
	}
	/* Lua counts on it that shrinking does not fail. */
	if ((block == NULL || size > had) && refuse(true))
		return NULL;
	return __real_realloc(block, size);
}

void *__wrap_malloc(size_t size)
{
	return refuse(false) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse(false) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	return refuse(false) ? NULL : __real_realloc(block, size);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (!refuse(false))
		return __real_mmap(at, size, prot, flags, fd, offset);
	errno = ENOMEM;
	return MAP_FAILED;
}

/* Nothing between the call and its end may ask for memory. */
static int tried(lua_State *L, int status, lua_KContext ctx)
{
	(void)ctx;
	armed = false;
	lua_pushboolean(L, refused > 0);
	lua_pushboolean(L, status == LUA_OK || status == LUA_YIELD);
	lua_rotate(L, 2, 2); // n refused ok result
	return 3;
}

/* try(n, f) */
static int l_try(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);

	luaL_argcheck(L, n > 0, 1, "the number of an allocation expected");
	lua_settop(L, 2);
	arm((lua_Unsigned)n, true);
	return tried(L, lua_pcallk(L, 0, 1, 0, 0, tried), 0);
}

static int l_leaks(lua_State *L)
{
	lua_pushboolean(L, __lsan_do_recoverable_leak_check != NULL &&
	                       __lsan_do_recoverable_leak_check() != 0);
	return 1;
}

static int open_module(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "try", l_try },
		{ "leaks", l_leaks },
		{ NULL, NULL },
	};

	luaL_newlib(L, functions);
	return 1;
}

static int preload(lua_State *L)
{
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	lua_pushcfunction(L, open_module);
	lua_setfield(L, -2, "_bmcsh.alloctest");
	return 0;
}

static int on_panic(lua_State *L)
{
	fprintf(stderr, "bmcsh: an error outside of any protection: %s\n", lua_tostring(L, -1));
	return 0;
}

lua_State *alloctest_newstate(void)
{
	const char *fail = getenv("BMCSH_ALLOC_FAIL");
	lua_State *L;

	traced = getenv("BMCSH_ALLOC_TRACE") != NULL;
	arm(fail != NULL ? strtoull(fail, NULL, 10) : 0, false);
	L = lua_newstate(lua_memory, NULL);
	if (L == NULL)
		return NULL;
	lua_atpanic(L, on_panic);
	lua_pushcfunction(L, preload);
	if (lua_pcall(L, 0, 0, 0) == LUA_OK)
		return L;
	lua_close(L);
	return NULL;
}

#endif
