/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "op.h"

#include <lauxlib.h>
#include <lua.h>

#include "coro.h"
#include "task.h"

void op_init(struct op *op, const struct op_class *cls)
{
	op->cls = cls;
	op->task = NULL;
	op->done = false;
}

void op_reset(struct op *op)
{
	op->done = false;
}

static int op_woken(lua_State *L, int status, lua_KContext ctx)
{
	struct op *op = (struct op *)ctx;
	struct task *t = task_current();

	(void)status;
	task_woken(t);
	op->task = NULL;
	if (op->done)
		return op->cls->push(L, op);
	op->cls->stop(op);
	return task_push_stopped(L, t);
}

int op_await(lua_State *L, struct op *op)
{
	struct task *t = task_current();

	if (op->done)
		return op->cls->push(L, op);
	if (t == NULL || !lua_isyieldable(L)) {
		op->cls->stop(op);
		return luaL_error(L,
		                  "%s has to wait: call it from a task, and not from inside a "
		                  "callback of a C function such as table.sort",
		                  op->cls->name);
	}
	if (!task_wait(t, op)) {
		op->cls->stop(op);
		return task_push_stopped(L, t);
	}
	op->task = t;
	return coro_yield_wait(L, (lua_KContext)op, op_woken);
}

void op_finish(struct op *op)
{
	if (op->done)
		return;
	op->done = true;
	if (op->task != NULL)
		task_ready(op->task);
}
