/* SPDX-License-Identifier: GPL-3.0-or-later */
/* op.h owns the header of a request in flight: what a task waits for.
 *
 * A transport embeds `struct op` first, starts its work, and returns
 * op_await(L, op) from its lua_CFunction. Event callbacks record the outcome
 * in C and call op_finish(); they never touch a lua_State (STYLE C6). The
 * results are pushed by cls->push in the continuation, inside lua_resume, so
 * an allocation failure there is that task's error (C7). */
#ifndef BMCSH_OP_H
#define BMCSH_OP_H

#include <stdbool.h>

typedef struct lua_State lua_State;
struct op;
struct task;

struct op_class {
	const char *name;                         /* as a script calls it: "http.request" */
	void (*stop)(struct op *op);              /* undo the start; idempotent, touches no Lua */
	int (*push)(lua_State *L, struct op *op); /* [-0, +n, e] results, n returned */
};

struct op {
	const struct op_class *cls;
	struct task *task; /* who waits; NULL when nobody does */
	bool done;         /* set by op_finish, cleared by op_reset */
};

void op_init(struct op *op, const struct op_class *cls);

/* Makes a finished op ready to be waited for again (streams). */
void op_reset(struct op *op);

/* [-0, +n, e] Waits; use as `return op_await(L, op);`. Results of cls->push,
 * or nil, err with code "cancelled" or "timeout" after cls->stop. A result
 * that has arrived wins over a cancel that came with it: nothing is lost.
 * The userdata that holds the op must stay on the stack of L below. */
int op_await(lua_State *L, struct op *op);

/* All that an event callback may call. Harmless when nobody waits. */
void op_finish(struct op *op);

#endif
