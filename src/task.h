/* SPDX-License-Identifier: GPL-3.0-or-later */
/* task.h owns the coroutines: spawn, ready queue, resume, cancel, deadline.
 * It is the only place that resumes a task (STYLE C6). A task is held from
 * Lua as its thread: the thread's extra space points to the struct while the
 * task lives and is NULL afterwards, so a late cancel finds nothing (C10). */
#ifndef BMCSH_TASK_H
#define BMCSH_TASK_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"

typedef struct lua_State lua_State;
struct op;
struct task;

/* Hangs the ready queue on the loop. 0, or -1 without a loop. */
int task_init(lua_State *L);

/* [-(1+nargs), +1, m] Function and arguments on the stack become a task that
 * runs at the next turn; its thread is left there. Inherits the deadline of
 * the current task. */
void task_spawn(lua_State *L, int nargs);

/* The task that runs now, or NULL outside of any. */
struct task *task_current(void);

/* When the current task has to be done, in loop_now() time; INFINITY without
 * a deadline. A transport takes what is left as the bound of its own wait. */
double task_deadline(void);

/* Tasks that have not ended. */
size_t task_count(void);

/* Turns the loop until every task has ended. When none can ever run again,
 * says so on standard error and cancels them; false if that happened. */
bool task_run_all(lua_State *L);

/* Asks a task to end: its waits fail with this code from now on, except under
 * a shield. co may be a thread whose task has ended: nothing happens. */
void task_cancel(lua_State *co, enum err_code code);

/* Whether co is the thread of a task that has not ended, and no coroutine inside
 * of one. */
bool task_has_thread(lua_State *co);

/* Whether the current task is cancelled or past its deadline; whether it is in
 * clean-up that a cancel does not end. Both safe in a signal handler. */
bool task_current_must_stop(void);
bool task_current_is_shielded(void);

/* Gives up the wait that the current task has begun but cannot finish. */
void task_drop_wait(void);

/* For op.c only. */
bool task_wait(struct task *t, struct op *op); /* false: must stop at once */
void task_woken(struct task *t);
void task_ready(struct task *t);
int task_push_stopped(lua_State *L, struct task *t); /* [-0, +2, e] nil, err */

/* Lua face: the module _bmcsh.task. */
int luaopen__bmcsh_task(lua_State *L);

#endif
