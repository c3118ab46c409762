/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tty.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>

/* What ends a program where it stands, without a way through main(). */
static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT };
#define DEADLY (sizeof deadly / sizeof *deadly)

static volatile int raw_fd = -1; /* -1: the terminal is as it was found */
static struct termios found, raw;
static struct sigaction before[DEADLY];

void tty_restore(void)
{
	int saved = errno;

	if (raw_fd >= 0)
		tcsetattr(raw_fd, TCSANOW, &found);
	raw_fd = -1;
	errno = saved;
}

/* Whoever was there first, a sanitizer or the system, has the last word. */
static void on_deadly(int signo)
{
	tty_restore();
	for (size_t i = 0; i < DEADLY; i++)
		if (deadly[i] == signo)
			sigaction(signo, &before[i], NULL);
	raise(signo);
}

static void watch_deadly(void)
{
	static bool watched;
	struct sigaction action;

	if (watched)
		return;
	watched = true;
	memset(&action, 0, sizeof action);
	action.sa_handler = on_deadly;
	for (size_t i = 0; i < DEADLY; i++)
		sigaction(deadly[i], &action, &before[i]);
	atexit(tty_restore);
}

bool tty_raw(int fd)
{
	if (raw_fd >= 0 || tcgetattr(fd, &found) != 0)
		return false;
	watch_deadly();
	raw = found;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	raw_fd = fd;
	if (tcsetattr(fd, TCSADRAIN, &raw) == 0)
		return true;
	raw_fd = -1;
	return false;
}

void tty_suspend(void)
{
	int fd = raw_fd;

	if (fd < 0)
		return;
	tty_restore();
	kill(0, SIGTSTP); /* the whole job, as the key would */
	tty_raw(fd);
}
