/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "terminal.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"
#include "tty.h"

static struct {
	bool open;
	int out; /* our own descriptor of standard output */
	ev_io readable, writable;
	struct terminal_io *reader, *writer;
} the;

void terminal_stop(struct terminal_io *io)
{
	if (io == the.reader) {
		ev_io_stop(loop_get(), &the.readable);
		the.reader = NULL;
	} else if (io == the.writer) {
		ev_io_stop(loop_get(), &the.writable);
		the.writer = NULL;
	}
}

static void finish(struct terminal_io *io)
{
	terminal_stop(io);
	op_finish(&io->op);
}

/* ---- reading ---- */

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct terminal_io *io = the.reader;
	ssize_t n = read(STDIN_FILENO, io->bytes, TERMINAL_CHUNK);

	(void)loop;
	(void)w;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	io->len = n > 0 ? (size_t)n : 0;
	io->error = n < 0 && errno != EIO ? errno : 0; /* EIO: the terminal has been hung up */
	finish(io);
}

bool terminal_read(struct terminal_io *io)
{
	if (!the.open || the.reader != NULL)
		return false;
	the.reader = io;
	ev_io_start(loop_get(), &the.readable);
	return true;
}

/* ---- writing ---- */

/* What can be written now; true when that is all, or there will be no more. */
static bool write_some(struct terminal_io *io)
{
	while (io->at < io->len) {
		ssize_t n = write(the.out, io->data + io->at, io->len - io->at);

		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0 && errno != EINTR) {
			io->error = errno;
			return true;
		}
		io->at += n > 0 ? (size_t)n : 0;
	}
	return true;
}

static void on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	if (write_some(the.writer))
		finish(the.writer);
}

bool terminal_write(struct terminal_io *io)
{
	if (!the.open || the.writer != NULL)
		return false;
	if (write_some(io)) {
		op_finish(&io->op);
		return true;
	}
	the.writer = io;
	ev_io_start(loop_get(), &the.writable);
	return true;
}

/* ---- opened and closed ---- */

/* O_NONBLOCK on the descriptor that we were given would change it for the
 * shell as well, and for whoever else writes there: a terminal and a pipe can
 * be opened anew. A file never blocks; of what is left, little is written. */
static int own_output(void)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

bool terminal_open(bool raw)
{
	if (the.open)
		return false;
	fflush(stdout);
	the.out = own_output();
	if (the.out < 0)
		return false;
	if (raw && !tty_raw(STDIN_FILENO)) {
		close(the.out);
		return false;
	}
	ev_io_init(&the.readable, on_readable, STDIN_FILENO, EV_READ);
	ev_io_init(&the.writable, on_writable, the.out, EV_WRITE);
	the.open = true;
	return true;
}

void terminal_close(void)
{
	if (!the.open)
		return;
	if (the.reader != NULL)
		finish(the.reader);
	if (the.writer != NULL)
		finish(the.writer);
	the.open = false;
	close(the.out);
	tty_restore();
}

void terminal_suspend(void)
{
	if (the.open)
		tty_suspend();
}
