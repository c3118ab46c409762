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
#include "tty.h"

#define WAIT_CLASS "bmcsh.interrupt"

static volatile sig_atomic_t pending; /* signals that nobody has taken yet */
static volatile sig_atomic_t last, seen;
static int cancelled_by;
static ev_async wakeup;
static lua_State *main_task;
static struct op *waiter;
static volatile sig_atomic_t watched; /* SIGINT belongs to a watcher and ends nothing */
static bool queued;                   /* one came while the watcher was busy with the one before */

static void on_signal(int signo)
{
	if (++pending > (watched ? 2 : 1)) {
		secret_read_restore_terminal();
		tty_restore();
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
	if (watched && last == SIGINT) {
		pending = 0;
		if (waiter != NULL)
			op_finish(waiter);
		else
			queued = true;
		return;
	}
	cancelled_by = last;
	task_cancel(main_task, ERR_CANCELLED);
}

void interrupt_init(lua_State *task)
{
	struct sigaction action, hangup;

	main_task = task;
	ev_async_init(&wakeup, on_wakeup);
	ev_async_start(loop_get(), &wakeup);
	ev_unref(loop_get());
	memset(&action, 0, sizeof action);
	action.sa_handler = on_signal;
	action.sa_flags = SA_RESTART;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A window that is closed; not under nohup(1). */
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
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

static void unwatch(struct op *op)
{
	if (waiter != op)
		return;
	waiter = NULL;
	watched = 0;
	queued = false;
}

static int wait_push(lua_State *L, struct op *op)
{
	if (waiter == op)
		waiter = NULL; /* still watched: it comes back for the next one */
	lua_pushboolean(L, true);
	return 1;
}

static const struct op_class wait_class = { "interrupt", unwatch, wait_push };

static int wait_gc(lua_State *L)
{
	unwatch(lua_touserdata(L, 1));
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
	watched = 1;
	if (queued) {
		queued = false;
		lua_pushboolean(L, true);
		return 1;
	}
	op_init(op, &wait_class);
	waiter = op;
	return op_await(L, op);
}
