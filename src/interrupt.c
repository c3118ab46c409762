/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "interrupt.h"

#include <ev.h>
#include <lua.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "loop.h"
#include "lutil.h"
#include "op.h"
#include "secret_read.h"
#include "task.h"
#include "tty.h"

#define WAIT_CLASS "bmcsh.interrupt"

/* Seconds. One cause sends a signal twice: timeout(1) to its child and to the
 * group, a terminal that closes by itself and through its shell. Later than
 * this it is somebody who does not want to wait. */
#define SAME_CAUSE 0.5
/* A watched SIGINT that the loop has not seen for so long: a step hangs. */
#define HANGS 3.0

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
#define SIGNALS (sizeof signals / sizeof *signals)

static volatile sig_atomic_t watched; /* SIGINT belongs to a watcher and ends nothing */
static volatile sig_atomic_t asked;   /* one for the watcher, which the loop has not seen */
static volatile sig_atomic_t ending;  /* the signal that ends the program, 0 before it */
static volatile sig_atomic_t unseen;  /* by the loop */
static double first_at;               /* of asked, or of ending; the handler's own */

static int cancelled_by;
static ev_async wakeup;
static lua_State *main_task;
static struct op *waiter;
static bool queued; /* one came while the watcher was busy with the one before */

static void (*at_leave)(void);

void interrupt_at_leave(void (*restore)(void))
{
	at_leave = restore;
}

static void leave(int signo)
{
	if (at_leave != NULL)
		at_leave();
	secret_read_restore_terminal();
	tty_restore();
	_exit(128 + signo);
}

static void on_signal(int signo)
{
	bool for_watcher = watched && signo == SIGINT && ending == 0;
	volatile sig_atomic_t *first = for_watcher ? &asked : &ending;
	double now = loop_now();

	if (*first == 0) {
		*first = signo;
		first_at = now;
	} else if (now - first_at > (for_watcher ? HANGS : SAME_CAUSE)) {
		leave(signo);
	}
	unseen = 1;
	ev_async_send(loop_get(), &wakeup);
}

static void tell_watcher(void)
{
	asked = 0;
	if (!watched && ending == 0)
		ending = SIGINT; /* the watcher has ended meanwhile */
	else if (waiter != NULL)
		op_finish(waiter);
	else
		queued = watched;
}

static void on_wakeup(struct ev_loop *loop, ev_async *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	unseen = 0;
	if (asked)
		tell_watcher();
	if (ending == 0)
		return;
	cancelled_by = ending;
	task_cancel(main_task, ERR_CANCELLED);
}

/* What was ignored when the program started stays so: SIGHUP under nohup(1),
 * SIGINT where a script started it in the background. */
static void replace(void (*old)(int), const struct sigaction *action)
{
	struct sigaction found;

	for (size_t i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &found) == 0 && found.sa_handler == old)
			sigaction(signals[i], action, NULL);
}

void interrupt_init(lua_State *task)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	main_task = task;
	ev_async_init(&wakeup, on_wakeup);
	ev_async_start(loop_get(), &wakeup);
	ev_unref(loop_get());
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&action.sa_mask, signals[i]);
	replace(SIG_DFL, &action);
	signal(SIGPIPE, SIG_IGN);
}

void interrupt_end(void)
{
	replace(on_signal, &(struct sigaction){ .sa_handler = SIG_DFL });
}

bool interrupt_pending(void)
{
	return unseen;
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
