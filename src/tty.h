/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tty.h owns the mode of the terminal while it is not the one it was found in:
 * that it is put back on every way out, a crash and a second signal included.
 * What is read and written there is terminal.h's. */
#ifndef BMCSH_TTY_H
#define BMCSH_TTY_H

#include <stdbool.h>

/* Puts the terminal into raw mode: every key is a character, nothing is shown
 * by itself. False for what is no terminal, or when it is raw already. */
bool tty_raw(int fd);

/* Puts it back; twice is once. Safe in a signal handler. */
void tty_restore(void);

/* Stops the program as Ctrl-Z does, and goes on raw when it is continued. */
void tty_suspend(void);

#endif
