/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "secret_read.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "loop.h"

#define LONGEST 65536 /* a password file with a longer line is the wrong file */

/* What is read from; made when reading starts, freed when it ends. */
struct tap {
	ev_io readable;
	int fd;
	size_t chunk; /* bytes that one read may take */
	char name[128];
};

/* The terminal while a person is asked; -1 otherwise. */
static volatile int prompt_fd = -1;
static struct termios prompt_saved;

void secret_read_restore_terminal(void)
{
	int saved = errno;

	if (prompt_fd >= 0)
		tcsetattr(prompt_fd, TCSANOW, &prompt_saved);
	errno = saved;
}

static void close_tap(struct secret_read *r)
{
	struct tap *tap = r->tap;

	if (tap == NULL)
		return;
	r->tap = NULL;
	ev_io_stop(loop_get(), &tap->readable);
	if (tap->fd == prompt_fd) {
		secret_read_restore_terminal();
		prompt_fd = -1;
		dprintf(tap->fd, "\n"); /* the one that was typed did not show */
	}
	close(tap->fd);
	free(tap);
}

void secret_read_stop(struct secret_read *r)
{
	close_tap(r);
	secret_clear(&r->secret);
}

__attribute__((format(printf, 3, 4))) static void fail(struct secret_read *r, enum err_code code,
                                                       const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->text, sizeof r->text, fmt, ap);
	va_end(ap);
	r->code = code;
	secret_read_stop(r);
	op_finish(&r->op);
}

static void fail_errno(struct secret_read *r, const char *name, int error)
{
	fail(r, error == ENOENT ? ERR_MISSING : ERR_REJECTED, "cannot read a secret from %s: %s",
	     name, strerror(error));
}

static void line_ended(struct secret_read *r)
{
	struct secret *s = &r->secret;

	/* A file that was edited on another system ends its lines with CR LF. */
	if (s->len > 0 && s->bytes[s->len - 1] == '\r')
		secret_cut(s, s->len - 1);
	if (s->len == 0) {
		fail(r, ERR_MISSING, "no secret in %s: its first line is empty", r->tap->name);
		return;
	}
	close_tap(r);
	op_finish(&r->op);
}

/* Takes what one read gave; false when there is nothing more to come. */
static bool take(struct secret_read *r, const char *bytes, size_t len)
{
	const char *end = memchr(bytes, '\n', len);

	if (end != NULL)
		len = (size_t)(end - bytes);
	if (r->secret.len + len > LONGEST) {
		fail(r, ERR_TOO_LARGE, "the first line of %s is too long for a secret",
		     r->tap->name);
		return false;
	}
	if (!secret_append(&r->secret, bytes, len)) {
		fail(r, ERR_INTERNAL, "not enough memory for a secret");
		return false;
	}
	if (end != NULL)
		line_ended(r);
	return end == NULL;
}

/* One read; false when there is nothing more to come. */
static bool read_some(struct secret_read *r)
{
	char bytes[4096];
	ssize_t n = read(r->tap->fd, bytes, r->tap->chunk);
	bool more = false;

	if (n > 0) {
		more = take(r, bytes, (size_t)n);
		secret_wipe(bytes, (size_t)n);
	} else if (n == 0) {
		line_ended(r);
	} else if (errno == EAGAIN || errno == EINTR) {
		more = true;
	} else {
		fail_errno(r, r->tap->name, errno);
	}
	return more;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	read_some(w->data);
}

/* Owns fd from here on, also when it fails. */
static bool open_tap(struct secret_read *r, int fd, size_t chunk, const char *name)
{
	struct tap *tap = calloc(1, sizeof *tap);

	if (tap == NULL) {
		close(fd);
		fail(r, ERR_INTERNAL, "not enough memory for a secret");
		return false;
	}
	tap->fd = fd;
	tap->chunk = chunk;
	snprintf(tap->name, sizeof tap->name, "%s", name);
	ev_io_init(&tap->readable, on_readable, fd, EV_READ);
	tap->readable.data = r;
	r->tap = tap;
	return true;
}

static void read_when_ready(struct secret_read *r)
{
	ev_io_start(loop_get(), &r->tap->readable);
}

void secret_read_file(struct secret_read *r, const char *path)
{
	/* Not blocking: the path may be a pipe, as in --password-file <(pass …). */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		fail_errno(r, path, errno);
		return;
	}
	if (!open_tap(r, fd, 4096, path))
		return;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		read_when_ready(r);
		return;
	}
	while (read_some(r))
		;
	if (r->code == ERR_NONE && (st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		snprintf(r->text, sizeof r->text,
		         "%s can be read by others (mode %04o): chmod 600 it", path,
		         (unsigned)st.st_mode & 07777);
}

void secret_read_fd(struct secret_read *r, int fd)
{
	char name[32];
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	snprintf(name, sizeof name, "descriptor %d", fd);
	if (own < 0) {
		fail_errno(r, name, errno);
		return;
	}
	/* Byte by byte, and only when there is one: what follows the line is
	 * not ours, and O_NONBLOCK would change the descriptor for its other
	 * users too. */
	if (open_tap(r, own, 1, name))
		read_when_ready(r);
}

/* Shows nothing of what is typed. Ctrl-Z and Ctrl-\ too are characters: what
 * stops or ends the program where it stands leaves the terminal like this. */
static bool hide_typing(int fd)
{
	struct termios quiet;

	if (tcgetattr(fd, &prompt_saved) != 0)
		return false;
	quiet = prompt_saved;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	quiet.c_cc[VSUSP] = quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
	prompt_fd = fd;
	return tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
}

void secret_read_prompt(struct secret_read *r, const char *text)
{
	int fd;

	if (prompt_fd >= 0) {
		fail(r, ERR_BUSY, "the terminal is asked for another secret");
		return;
	}
	fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		fail(r, ERR_MISSING, "no terminal to ask at for a secret");
		return;
	}
	if (!open_tap(r, fd, 4096, "the terminal"))
		return;
	if (!hide_typing(fd)) {
		fail(r, ERR_MISSING, "the terminal cannot hide what is typed: %s", strerror(errno));
		return;
	}
	dprintf(fd, "%s", text);
	read_when_ready(r);
}
