/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loop.h owns the one libev loop of the process and its clock. It knows no
 * Lua and no task: task.c hangs its ready queue on the loop's hooks. */
#ifndef BMCSH_LOOP_H
#define BMCSH_LOOP_H

struct ev_loop;
struct ev_timer;

/* The loop; made on first use, NULL when the system refuses one. */
struct ev_loop *loop_get(void);

/* Seconds on the monotonic clock. All deadlines are in this time. */
double loop_now(void);

/* Has a timer fire once, so many seconds from this moment, whether it runs or
 * not. libev alone would count from when it last looked at the clock: before
 * Lua computed. */
void loop_start_timer(struct ev_timer *timer, double seconds);

/* Turns until loop_stop(), or until nothing is left that could wake a task. */
void loop_run(void);
void loop_stop(void);

/* At exit, after the Lua state is closed (STYLE C4). */
void loop_destroy(void);

#endif
