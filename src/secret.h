/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret.h owns values that never become Lua strings: passwords, tokens.
 * A secret prints as <secret>, lives in locked memory that no core dump holds,
 * and is wiped on close. Where secrets come from is secret_read.h's business. */
#ifndef BMCSH_SECRET_H
#define BMCSH_SECRET_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lua_State lua_State;

#define SECRET_CLASS "bmcsh.secret"

struct secret {
	char *bytes; /* NUL-terminated for C callers; NULL when closed */
	size_t len;
	size_t room; /* secret.c's own */
};

/* Puts a copy of bytes behind what s holds; a zeroed s holds nothing. False
 * when there is no memory: s is as before. */
bool secret_append(struct secret *s, const char *bytes, size_t len);

/* Forgets all but the first len bytes. */
void secret_cut(struct secret *s, size_t len);

/* Wipes s and gives its memory back; twice is once. */
void secret_clear(struct secret *s);

/* In a time that depends on the lengths only. */
bool secret_equal(const struct secret *s, const char *bytes, size_t len);

/* Overwrites memory in a way the compiler keeps. */
void secret_wipe(void *p, size_t len);

/* [-0, +1, e] A new secret with a copy of bytes; the caller wipes its own. */
struct secret *secret_push(lua_State *L, const char *bytes, size_t len);

/* The secret at idx, NULL when the value there is none; a closed one raises. */
struct secret *secret_test(lua_State *L, int idx);

/* Lua face: the module _bmcsh.secret. */
int luaopen__bmcsh_secret(lua_State *L);

#endif
