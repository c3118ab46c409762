/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interrupt.h owns SIGINT, SIGTERM and SIGHUP. The first one cancels the main task,
 * so that clean-up runs as on any other way out; a second one leaves at once,
 * unless it comes right behind the first and is the same one again. A shell
 * takes SIGINT over by waiting for it: then it ends the program only when a
 * step hangs that no cancel reaches. */
#ifndef BMCSH_INTERRUPT_H
#define BMCSH_INTERRUPT_H

#include <stdbool.h>

typedef struct lua_State lua_State;

/* main_task is the thread to cancel; it stays anchored by the caller. */
void interrupt_init(lua_State *main_task);

/* At exit, before the loop is destroyed: from here on they end the program. */
void interrupt_end(void);

/* What puts the terminal back when a signal leaves at once; runs in its handler. */
void interrupt_at_leave(void (*restore)(void));

/* The signal that cancelled the main task, 0 when none did. */
int interrupt_signal(void);

/* Whether a signal has come that the loop has not seen yet, because a script
 * computes. Safe in a signal handler. */
bool interrupt_pending(void);

/* [-0, +n, e] interrupt(): waits for the next SIGINT, which then cancels
 * nothing. true, or nil, err when stopped. */
int l_interrupt(lua_State *L);

/* Registers the class of the wait. */
void interrupt_classes(lua_State *L);

#endif
