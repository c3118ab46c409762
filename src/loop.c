/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop.h"

#include <ev.h>
#include <stddef.h>
#include <time.h>

static struct ev_loop *the_loop;

struct ev_loop *loop_get(void)
{
	/* The default loop, because only that one sees child processes. */
	if (the_loop == NULL)
		the_loop = ev_default_loop(EVFLAG_AUTO | EVFLAG_NOENV);
	return the_loop;
}

/* Not ev_now(): that stands still while Lua computes, and a deadline taken
 * from it would come early by just that time. */
double loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void loop_start_timer(struct ev_timer *timer, double seconds)
{
	ev_timer_stop(loop_get(), timer);
	ev_now_update(loop_get());
	ev_timer_set(timer, seconds > 0 ? seconds : 0, 0);
	ev_timer_start(loop_get(), timer);
}

void loop_run(void)
{
	ev_run(loop_get(), 0);
}

void loop_stop(void)
{
	ev_break(loop_get(), EVBREAK_ALL);
}

void loop_destroy(void)
{
	if (the_loop == NULL)
		return;
	ev_loop_destroy(the_loop);
	the_loop = NULL;
}
