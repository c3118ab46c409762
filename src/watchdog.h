/* SPDX-License-Identifier: GPL-3.0-or-later */
/* watchdog.h owns the end of scripts that compute without waiting (C15). A
 * timer on the CPU time of the process, so an idle one is never woken, looks
 * whether one step of a task has gone on for a whole period although the task
 * was cancelled or its deadline has passed; then a hook raises the error. */
#ifndef BMCSH_WATCHDOG_H
#define BMCSH_WATCHDOG_H

/* Starts the timer. */
void watchdog_init(void);

/* Around each resume of a task; no more than a store. */
void watchdog_step_begins(void);
void watchdog_step_ends(void);

#endif
