/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alloctest.h owns the Lua state's memory, and in builds for `make
 * check-alloc` (-DBMCSH_ALLOC_TEST) the failing of single allocations: those
 * of Lua, and malloc, calloc, realloc and mmap of our own C, which that build
 * links with --wrap. Such a build has the module _bmcsh.alloctest:
 *
 *   arm(n, once)  the n-th allocation from now fails; once: only that one,
 *                 else all that follow too
 *   disarm()      -> how many were refused since
 *   leaks()       -> whether the sanitizer finds memory that nobody holds
 *
 * BMCSH_ALLOC_FAIL=n in the environment is arm(n, false) at the very start. */
#ifndef BMCSH_ALLOCTEST_H
#define BMCSH_ALLOCTEST_H

typedef struct lua_State lua_State;

/* A new state; NULL without memory. */
lua_State *alloctest_newstate(void);

#endif
