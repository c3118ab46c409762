/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "watchdog.h"

#include <lua.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "coro.h"
#include "interrupt.h"
#include "loop.h"
#include "lutil.h"
#include "task.h"

#define PERIOD_US 100000
#ifdef BMCSH_DEBUG
#define LONG_STEP 0.05 /* seconds; nothing else on the loop moves meanwhile */
static double step_began;
#endif

static volatile sig_atomic_t step, step_seen, in_step;
static pthread_t main_thread;

static bool must_end(void)
{
	return task_current_must_stop() || (interrupt_pending() && !task_current_is_shielded());
}

static void on_count(lua_State *L, lua_Debug *ar)
{
	(void)ar;
	lua_sethook(L, NULL, 0, 0);
	/* The step that was too long may have ended before the hook came. */
	if (!must_end())
		return;
	if (task_current_must_stop())
		task_push_stopped(L, task_current());
	else
		lutil_error_value(L, ERR_CANCELLED, "cancelled");
	lua_error(L);
}

static void on_tick(int signo)
{
	lua_State *L = coro_running();

	(void)signo;
	if (!pthread_equal(pthread_self(), main_thread))
		return;
	if (in_step && step == step_seen && L != NULL && must_end())
		lua_sethook(L, on_count, LUA_MASKCOUNT, 1);
	step_seen = step;
}

void watchdog_init(void)
{
	struct itimerval period = { { 0, PERIOD_US }, { 0, PERIOD_US } };
	struct sigaction action;

	main_thread = pthread_self();
	memset(&action, 0, sizeof action);
	action.sa_handler = on_tick;
	action.sa_flags = SA_RESTART;
	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &period, NULL);
}

void watchdog_step_begins(void)
{
	step = (step + 1) & 0xffff;
	in_step = 1;
#ifdef BMCSH_DEBUG
	step_began = loop_now();
#endif
}

void watchdog_step_ends(void)
{
	in_step = 0;
#ifdef BMCSH_DEBUG
	if (loop_now() - step_began > LONG_STEP)
		fprintf(stderr, "bmcsh: a task held the loop for %.0f ms\n",
		        (loop_now() - step_began) * 1e3);
#endif
}
