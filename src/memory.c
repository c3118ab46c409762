/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP 16 /* between two sizes; what malloc aligns to */
#define SMALL 512
/* Bytes of a chunk behind its head. A chunk is as large as the stack of a task
 * in an operation: at the height of a sweep of thousands the one takes the place
 * that the others leave, where larger chunks had to come on top. */
#define CHUNK_BLOCKS (2640 - STEP)

struct block {
	struct block *next;
};

/* Blocks are cut from it front to back. */
struct chunk {
	struct chunk *next;
	_Alignas(STEP) char blocks[CHUNK_BLOCKS];
};

static struct block *free_blocks[SMALL / STEP]; /* by size */
static struct chunk *chunks;                    /* the one in use first */
static size_t chunk_used = CHUNK_BLOCKS;

static bool is_small(size_t size)
{
#ifdef __SANITIZE_ADDRESS__ /* it watches the blocks of malloc */
	(void)size;
	return false;
#else
	return size <= SMALL;
#endif
}

static size_t rounded(size_t size)
{
	return (size + STEP - 1) & ~(size_t)(STEP - 1);
}

static void give_back(void *p, size_t size)
{
	struct block *b = p, **list = &free_blocks[rounded(size) / STEP - 1];

	b->next = *list;
	*list = b;
}

/* What is left of the last chunk, less than SMALL bytes, is a block too. */
static bool add_chunk(void)
{
	struct chunk *c = malloc(sizeof *c);

	if (c == NULL)
		return false;
	if (chunk_used < CHUNK_BLOCKS)
		give_back(chunks->blocks + chunk_used, CHUNK_BLOCKS - chunk_used);
	c->next = chunks;
	chunks = c;
	chunk_used = 0;
	return true;
}

static void *take(size_t size)
{
	size_t room = rounded(size);
	struct block **list = &free_blocks[room / STEP - 1], *b = *list;

	if (b != NULL) {
		*list = b->next;
		return b;
	}
	if (CHUNK_BLOCKS - chunk_used < room && !add_chunk())
		return NULL;
	chunk_used += room;
	return chunks->blocks + chunk_used - room;
}

static void *new_block(size_t size)
{
	return is_small(size) ? take(size) : malloc(size);
}

static void drop(void *p, size_t size)
{
	if (is_small(size))
		give_back(p, size);
	else
		free(p);
}

/* Shrinking does not fail: Lua would not expect it. The block stays as it is
 * then, and will be given back as a smaller one. */
static void *resize(void *p, size_t had, size_t size)
{
	void *moved;

	if (!is_small(had) && !is_small(size))
		return realloc(p, size);
	if (is_small(size) && rounded(had) == rounded(size))
		return p;
	moved = new_block(size);
	if (moved == NULL)
		return size < had ? p : NULL;
	memcpy(moved, p, had < size ? had : size);
	drop(p, had);
	return moved;
}

/* For a new block, Lua says in `had` what kind of object it will hold. */
static void *lua_memory(void *unused, void *p, size_t had, size_t size)
{
	(void)unused;
	if (p == NULL)
		return size > 0 ? new_block(size) : NULL;
	if (size > 0)
		return resize(p, had, size);
	drop(p, had);
	return NULL;
}

static int on_panic(lua_State *L)
{
	fprintf(stderr, "bmcsh: an error outside of any protection: %s\n", lua_tostring(L, -1));
	return 0;
}

/* As the lua program has it: silent until warn("@on"); a message may come in
 * parts, of which the first may be a control message. */
static void on_warning(void *unused, const char *part, int goes_on)
{
	static bool on, inside;

	(void)unused;
	if (!inside && !goes_on && part[0] == '@') {
		on = strcmp(part, "@on") == 0 || (on && strcmp(part, "@off") != 0);
		return;
	}
	if (on)
		fprintf(stderr, "%s%s%s", inside ? "" : "Lua warning: ", part, goes_on ? "" : "\n");
	inside = goes_on;
}

lua_State *memory_newstate(lua_Alloc alloc)
{
	lua_State *L = lua_newstate(alloc != NULL ? alloc : lua_memory, NULL);

	if (L == NULL)
		return NULL;
	lua_atpanic(L, on_panic);
	lua_setwarnf(L, on_warning, NULL);
	return L;
}

void memory_close(lua_State *L)
{
	lua_close(L);
	memset(free_blocks, 0, sizeof free_blocks);
	chunk_used = CHUNK_BLOCKS;
	for (struct chunk *c; (c = chunks) != NULL; free(c))
		chunks = c->next;
}
