/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "interrupt.h"

#include <ev.h>
#include <lua.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "lutil.h"
#include "op.h"
#include "secret_read.h"
#include "task.h"

#define WAIT_CLASS "bmcsh.interrupt"

static volatile sig_atomic_t pending; /* signals that nobody has taken yet */
static volatile sig_atomic_t last, seen;
static int cancelled_by;
static ev_async wakeup;
static lua_State *main_task;
static struct op *waiter;

static void on_signal(int signo)
{
	if (++pending > 1) {
		secret_read_restore_terminal();
		_exit(128 + signo);
	}
	last = signo;
	seen = 0;
	ev_async_send(loop_get(), &wakeup);
}

static void on_wakeup(struct ev_loop *loop, ev_async *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	seen = 1;
	if (waiter != NULL && last == SIGINT) {
		pending = 0;
		op_finish(waiter);
		return;
	}
	cancelled_by = last;
	task_cancel(main_task, ERR_CANCELLED);
}

void interrupt_init(lua_State *task)
{
	struct sigaction action;

	main_task = task;
	ev_async_init(&wakeup, on_wakeup);
	ev_async_start(loop_get(), &wakeup);
	ev_unref(loop_get());
	memset(&action, 0, sizeof action);
	action.sa_handler = on_signal;
	action.sa_flags = SA_RESTART;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

bool interrupt_pending(void)
{
	return pending > 0 && !seen;
}

int interrupt_signal(void)
{
	return cancelled_by;
}

static void wait_stop(struct op *op)
{
	if (waiter == op)
		waiter = NULL;
}

static int wait_push(lua_State *L, struct op *op)
{
	wait_stop(op);
	lua_pushboolean(L, true);
	return 1;
}

static const struct op_class wait_class = { "interrupt", wait_stop, wait_push };

static int wait_gc(lua_State *L)
{
	wait_stop(lua_touserdata(L, 1));
	return 0;
}

void interrupt_classes(lua_State *L)
{
	lutil_class(L, WAIT_CLASS, NULL, wait_gc);
}

int l_interrupt(lua_State *L)
{
	struct op *op = lutil_box(L, sizeof *op, 0, WAIT_CLASS);

	if (waiter != NULL)
		return luaL_error(L, "somebody waits for the interrupt already");
	op_init(op, &wait_class);
	waiter = op;
	return op_await(L, op);
}
