/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory.h owns the memory of the Lua state. Blocks of up to 512 bytes, which
 * nearly all are, come from one free list for each size: Lua tells the size of
 * what it frees, so a block costs a few instructions and has no header, where
 * malloc would sort and merge them. Larger ones are malloc's.
 *
 * Small memory is reused and not given back before the state is closed. For
 * the loop's thread only, and for one state. */
#ifndef BMCSH_MEMORY_H
#define BMCSH_MEMORY_H

#include <lua.h>

/* A new state as luaL_newstate() makes it, or on another allocator; NULL
 * without memory. */
lua_State *memory_newstate(lua_Alloc alloc);

/* Closes it and gives everything back. */
void memory_close(lua_State *L);

#endif
