/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "task.h"

#include <ev.h>
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "coro.h"
#include "loop.h"
#include "lutil.h"
#include "op.h"
#include "watchdog.h"

/* A task that goes on waiting after it was stopped gets nil, err this many
 * times; then the error is raised, so that `while true do sleep(1) end` ends. */
#define STOPPED_WAITS 100
/* Rounds of the ready queue before the loop looks at its descriptors again. */
#define ROUNDS 8
/* libev may fire this much early: it works with its own reading of the clock. */
#define TIMER_SLACK 0.0005

struct task {
	lua_State *co;
	struct task *next_ready;
	struct task *prev, *next; /* all tasks */
	struct op *op;            /* what it waits for */
	struct op park;           /* for sleep and park, which need no other */
	ev_timer timer;           /* ends a sleep, or a wait at the deadline */
	double sleep_until;
	double deadline;
	double grace; /* seconds left to a shielded task once it is cancelled */
	double cancelled_at;
	enum err_code cancelled; /* why it has to end, ERR_NONE when it need not */
	unsigned shield;
	int nargs;
	unsigned short stopped_waits;
	bool ready, unparked;
};

static struct task *ready_head, **ready_tail = &ready_head;
static struct task *all_tasks;
static struct task *current;
static size_t live;
static lua_State *main_state;
static ev_prepare drain_watcher;
static ev_idle spin_watcher;

static struct task **task_slot(lua_State *co)
{
	return (struct task **)lua_getextraspace(co);
}

struct task *task_current(void)
{
	return current;
}

double task_deadline(void)
{
	return current != NULL ? current->deadline : INFINITY;
}

size_t task_count(void)
{
	return live;
}

bool task_has_thread(lua_State *co)
{
	return *task_slot(co) != NULL;
}

/* ---- ready queue ---- */

void task_ready(struct task *t)
{
	if (t->ready)
		return;
	t->ready = true;
	t->next_ready = NULL;
	*ready_tail = t;
	ready_tail = &t->next_ready;
	ev_idle_start(loop_get(), &spin_watcher);
}

static void on_idle(struct ev_loop *loop, ev_idle *w, int revents)
{
	/* Runs only so that the loop does not block while tasks are ready. */
	(void)loop;
	(void)w;
	(void)revents;
}

/* ---- waiting ---- */

static bool is_cancelled(const struct task *t)
{
	return t->cancelled != ERR_NONE && t->shield == 0;
}

static bool must_stop(const struct task *t)
{
	return is_cancelled(t) || loop_now() >= t->deadline;
}

bool task_current_must_stop(void)
{
	return current != NULL && must_stop(current);
}

bool task_current_is_shielded(void)
{
	return current != NULL && current->shield > 0;
}

static void arm(struct task *t)
{
	double until = fmin(t->sleep_until, t->deadline);

	if (!isinf(until))
		loop_start_timer(&t->timer, until - loop_now());
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct task *t = w->data;
	double now = loop_now() + TIMER_SLACK;

	(void)loop;
	(void)revents;
	if (now < t->sleep_until && now < t->deadline)
		arm(t);
	else if (now >= t->sleep_until)
		op_finish(&t->park);
	else
		task_ready(t); /* the op is not done: op.c takes that for a stop */
}

bool task_wait(struct task *t, struct op *op)
{
	if (must_stop(t))
		return false;
	t->op = op;
	arm(t);
	return true;
}

void task_woken(struct task *t)
{
	ev_timer_stop(loop_get(), &t->timer);
	t->sleep_until = INFINITY;
	t->op = NULL;
}

void task_drop_wait(void)
{
	struct op *op = current != NULL ? current->op : NULL;

	if (op == NULL)
		return;
	task_woken(current);
	op->task = NULL;
	op->cls->stop(op);
}

int task_push_stopped(lua_State *L, struct task *t)
{
	bool raise = ++t->stopped_waits > STOPPED_WAITS;

	if (is_cancelled(t) && t->cancelled == ERR_CANCELLED)
		lutil_fail(L, ERR_CANCELLED, "cancelled");
	else
		lutil_fail(L, ERR_TIMEOUT, "the time allowed has passed");
	if (raise)
		return lua_error(L);
	return 2;
}

/* ---- life ---- */

static void task_link(struct task *t)
{
	t->next = all_tasks;
	if (all_tasks != NULL)
		all_tasks->prev = t;
	all_tasks = t;
	live++;
}

static void task_unlink(struct task *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		all_tasks = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	live--;
}

void task_spawn(lua_State *L, int nargs)
{
	lua_State *co = lua_newthread(L);
	struct task *t;

	*task_slot(co) = NULL;
	if (!lua_checkstack(co, nargs + 1))
		luaL_error(L, "too many arguments for a task");
	lua_insert(L, -(nargs + 2));
	lua_xmove(L, co, nargs + 1);
	/* What keeps the thread alive comes first: it can raise (C5). */
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, co);
	t = calloc(1, sizeof *t);
	if (t == NULL) {
		lua_pushnil(L);
		lua_rawsetp(L, LUA_REGISTRYINDEX, co);
		luaL_error(L, "not enough memory for a task");
	}
	t->co = co;
	t->nargs = nargs;
	t->sleep_until = INFINITY;
	t->deadline = task_deadline();
	t->grace = INFINITY;
	ev_timer_init(&t->timer, on_timer, 0, 0);
	t->timer.data = t;
	task_link(t);
	*task_slot(co) = t;
	task_ready(t);
}

static void task_end(struct task *t)
{
	*task_slot(t->co) = NULL;
	coro_close(t->co); /* its stack is given back now, not when it is collected */
	ev_timer_stop(loop_get(), &t->timer);
	task_unlink(t);
	lua_pushnil(main_state);
	lua_rawsetp(main_state, LUA_REGISTRYINDEX, t->co);
	free(t);
	if (live == 0)
		loop_stop();
}

static const char death_key; /* registry: what on_death() was given */

/* Called with the thread that failed and its error. Tells bmc.task, which
 * catches what its functions raise: what arrives here is a failure of that
 * layer itself, above all lack of memory, and so this runs protected. */
static int report_failure(lua_State *L)
{
	lua_State *co = lua_tothread(L, 1);

	if (lua_rawgetp(L, LUA_REGISTRYINDEX, &death_key) == LUA_TFUNCTION) {
		lua_pushvalue(L, 1);
		lua_pushvalue(L, 2);
		lua_call(L, 2, 1);
	}
	if (lua_toboolean(L, -1))
		return 0;
	luaL_traceback(L, co, luaL_tolstring(L, 2, NULL), 0);
	fprintf(stderr, "bmcsh: a task failed: %s\n", lua_tostring(L, -1));
	return 0;
}

static void task_failed(struct task *t)
{
	lua_State *L = main_state;

	lua_pushcfunction(L, report_failure);
	lua_rawgetp(L, LUA_REGISTRYINDEX, t->co);
	lua_pushvalue(t->co, -1);
	lua_xmove(t->co, L, 1);
	if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
		fprintf(stderr, "bmcsh: a task failed: not enough memory\n");
		lua_pop(L, 1);
	}
}

static void task_step(struct task *t)
{
	int nres, waiting, status, nargs = t->nargs;

	t->nargs = 0;
	current = t;
	watchdog_step_begins();
	status = coro_resume(t->co, nargs, &nres, &waiting);
	watchdog_step_ends();
	current = NULL;
	if (waiting)
		return;
	if (status == LUA_YIELD)
		lua_pushboolean(t->co, false); /* some C library yielded to nobody */
	if (status != LUA_OK)
		task_failed(t);
	task_end(t);
}

static void on_prepare(struct ev_loop *loop, ev_prepare *w, int revents)
{
	(void)w;
	(void)revents;
	for (int round = 0; ready_head != NULL && round < ROUNDS; round++) {
		struct task *queue = ready_head;

		ready_head = NULL;
		ready_tail = &ready_head;
		while (queue != NULL) {
			struct task *t = queue;

			queue = t->next_ready;
			t->ready = false;
			task_step(t);
		}
	}
	if (ready_head == NULL)
		ev_idle_stop(loop, &spin_watcher);
}

int task_init(lua_State *L)
{
	struct ev_loop *loop = loop_get();

	if (loop == NULL)
		return -1;
	main_state = L;
	*task_slot(L) = NULL; /* every new thread starts with a copy of this */
	ev_prepare_init(&drain_watcher, on_prepare);
	ev_prepare_start(loop, &drain_watcher);
	ev_unref(loop); /* the queue alone does not keep the program alive */
	ev_idle_init(&spin_watcher, on_idle);
	coro_install(L);
	return 0;
}

void task_cancel(lua_State *co, enum err_code code)
{
	struct task *t = *task_slot(co);

	if (t == NULL || t->cancelled != ERR_NONE)
		return;
	t->cancelled = code;
	t->cancelled_at = loop_now();
	if (t->shield > 0)
		t->deadline = fmin(t->deadline, t->cancelled_at + t->grace);
	if (t->op == NULL)
		return;
	if (t->shield == 0) {
		task_ready(t);
		return;
	}
	arm(t);
}

/* [-0, +0, e] Where each task waits. */
static int report_waits(lua_State *L)
{
	for (struct task *t = all_tasks; t != NULL; t = t->next) {
		luaL_traceback(L, t->co, NULL, 0);
		fprintf(stderr, "%s\n", lua_tostring(L, -1));
		lua_pop(L, 1);
	}
	return 0;
}

static void report_deadlock(lua_State *L)
{
	fprintf(stderr, "bmcsh: %zu task%s wait%s for something that can no longer happen:\n", live,
	        live == 1 ? "" : "s", live == 1 ? "s" : "");
	lua_pushcfunction(L, report_waits);
	if (lua_pcall(L, 0, 0, 0) != LUA_OK)
		lua_pop(L, 1); /* no memory for the rest of the report */
}

bool task_run_all(lua_State *L)
{
	loop_run();
	if (live == 0)
		return true;
	report_deadlock(L);
	for (struct task *t = all_tasks; t != NULL; t = t->next)
		task_cancel(t->co, ERR_CANCELLED);
	loop_run();
	return false;
}

/* ---- the module _bmcsh.task ---- */

static void park_stop(struct op *op)
{
	struct task *t = (struct task *)((char *)op - offsetof(struct task, park));

	t->sleep_until = INFINITY;
}

static int park_push(lua_State *L, struct op *op)
{
	(void)op;
	lua_pushboolean(L, current->unparked);
	current->unparked = false;
	return 1;
}

static int sleep_push(lua_State *L, struct op *op)
{
	(void)op;
	lua_pushboolean(L, true);
	return 1;
}

static const struct op_class park_class = { "task.park", park_stop, park_push };
static const struct op_class sleep_class = { "task.sleep", park_stop, sleep_push };

static struct task *check_current(lua_State *L)
{
	if (current == NULL)
		luaL_error(L, "call this from a task");
	return current;
}

static int wait_for(lua_State *L, double seconds, const struct op_class *cls)
{
	struct task *t = check_current(L);
	double until = loop_now() + fmax(seconds, 0);

	op_init(&t->park, cls);
	t->unparked = false;
	t->sleep_until = until;
	return op_await(L, &t->park);
}

static int l_sleep(lua_State *L)
{
	double seconds = luaL_checknumber(L, 1);

	luaL_argcheck(L, !isnan(seconds), 1, "seconds expected");
	return wait_for(L, seconds, &sleep_class);
}

static int l_park(lua_State *L)
{
	double seconds = luaL_optnumber(L, 1, INFINITY);

	luaL_argcheck(L, !isnan(seconds), 1, "seconds expected");
	return wait_for(L, seconds, &park_class);
}

static lua_State *check_thread(lua_State *L, int arg)
{
	lua_State *co = lua_tothread(L, arg);

	luaL_argexpected(L, co != NULL, arg, "thread of a task");
	return co;
}

static int l_unpark(lua_State *L)
{
	struct task *t = *task_slot(check_thread(L, 1));
	/* Not out of a sleep, which is the same op: a wake-up may come late. */
	bool wakes = t != NULL && t->op == &t->park && t->park.cls == &park_class && !t->park.done;

	if (wakes) {
		t->unparked = true;
		op_finish(&t->park);
	}
	lua_pushboolean(L, wakes);
	return 1;
}

static int l_spawn(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	task_spawn(L, lua_gettop(L) - 1);
	return 1;
}

/* cancel(thread, expired): expired makes its waits fail with "timeout". */
static int l_cancel(lua_State *L)
{
	task_cancel(check_thread(L, 1), lua_toboolean(L, 2) ? ERR_TIMEOUT : ERR_CANCELLED);
	return 0;
}

static int l_on_death(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_settop(L, 1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &death_key);
	return 0;
}

static int l_cancelled(lua_State *L)
{
	lua_pushboolean(L, current != NULL && is_cancelled(current));
	return 1;
}

static int l_self(lua_State *L)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, check_current(L)->co);
	return 1;
}

static int l_now(lua_State *L)
{
	lua_pushnumber(L, loop_now());
	return 1;
}

static int l_left(lua_State *L)
{
	lua_pushnumber(L, fmax(task_deadline() - loop_now(), 0));
	return 1;
}

static int l_count(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)live);
	return 1;
}

/* A guard narrows the deadline, or lifts it for clean-up, until it is closed
 * by the task that made it. */
#define GUARD_CLASS "bmcsh.task.guard"

struct guard {
	struct task *task; /* compared, never followed: it may be gone */
	double deadline, grace;
	bool shield;
	bool cancelled; /* its owner was, when this was made */
};

static int guard_close(lua_State *L)
{
	struct guard *g = luaL_checkudata(L, 1, GUARD_CLASS);

	if (g->task == NULL || g->task != current)
		return 0;
	current->deadline = g->deadline;
	current->grace = g->grace;
	current->shield -= g->shield;
	current->stopped_waits = 0;
	/* A cancel that came meanwhile bounds what is left of a shield around. */
	if (current->cancelled != ERR_NONE && !g->cancelled)
		current->deadline = fmin(g->deadline, current->cancelled_at + g->grace);
	g->task = NULL;
	return 0;
}

static struct guard *guard_push(lua_State *L, bool shield)
{
	struct task *t = check_current(L);
	struct guard *g = lutil_box(L, sizeof *g, 0, GUARD_CLASS);

	g->task = t;
	g->deadline = t->deadline;
	g->grace = t->grace;
	g->shield = shield;
	g->cancelled = t->cancelled != ERR_NONE;
	return g;
}

static int l_limit(lua_State *L)
{
	double until = loop_now() + luaL_checknumber(L, 1);

	guard_push(L, false);
	current->deadline = fmin(current->deadline, until);
	return 1;
}

/* shield(seconds, grace): grace bounds what is left once a cancel comes. */
static int l_shield(lua_State *L)
{
	double until = loop_now() + luaL_checknumber(L, 1);
	double grace = luaL_optnumber(L, 2, INFINITY);

	guard_push(L, true);
	if (current->cancelled != ERR_NONE)
		until = fmin(until, loop_now() + grace);
	current->deadline = until;
	current->grace = grace;
	current->shield++;
	current->stopped_waits = 0;
	return 1;
}

int luaopen__bmcsh_task(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "spawn", l_spawn },       { "cancel", l_cancel }, { "cancelled", l_cancelled },
		{ "self", l_self },         { "sleep", l_sleep },   { "park", l_park },
		{ "unpark", l_unpark },     { "limit", l_limit },   { "shield", l_shield },
		{ "now", l_now },           { "left", l_left },     { "count", l_count },
		{ "on_death", l_on_death }, { NULL, NULL },
	};

	/* Without __gc: only the owner may put the deadline back, on its way out. */
	lutil_class(L, GUARD_CLASS, NULL, NULL);
	luaL_getmetatable(L, GUARD_CLASS);
	lua_pushcfunction(L, guard_close);
	lua_setfield(L, -2, "__close");
	lua_pop(L, 1);
	luaL_newlib(L, functions);
	return 1;
}
