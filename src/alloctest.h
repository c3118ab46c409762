/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alloctest.h owns the Lua state's memory, and in builds for `make
 * check-alloc` (-DBMCSH_ALLOC_TEST) the failing of single allocations: those
 * of Lua, and malloc, calloc, realloc and mmap of our own C, which that build
 * links with --wrap. Such a build has the module _bmcsh.alloctest:
 *
 *   try(n, f)  calls f with its n-th allocation refused. Returns whether it
 *              came to that, whether f went well, its result or error.
 *   leaks()    whether the sanitizer finds memory that nobody holds.
 *
 * BMCSH_ALLOC_FAIL=n in the environment refuses the n-th allocation of the
 * program and all that follow; BMCSH_ALLOC_TRACE=1 shows where. */
#ifndef BMCSH_ALLOCTEST_H
#define BMCSH_ALLOCTEST_H

typedef struct lua_State lua_State;

/* A new state; NULL without memory. */
lua_State *alloctest_newstate(void);

#endif
