/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disksync.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "loop.h"

#define STACK (256 << 10) /* bytes */

/* Held by the loop and by the thread, which nobody waits for: one that hangs
 * in a dead disk must hold up neither a cancel nor the exit. */
struct disksync {
	ev_io done;
	disksync_fn fn;
	void *arg;
	int fd;    /* a copy of the caller's */
	int event; /* an eventfd, readable when the thread is through */
	atomic_int error;
	atomic_int holders;
};

static void let_go(struct disksync *s)
{
	if (atomic_fetch_sub(&s->holders, 1) != 1)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->event >= 0)
		close(s->event);
	free(s);
}

static void *work(void *arg)
{
	struct disksync *s = arg;
	uint64_t one = 1;

	atomic_store(&s->error, fdatasync(s->fd) == 0 ? 0 : errno);
	while (write(s->event, &one, sizeof one) < 0 && errno == EINTR)
		;
	let_go(s);
	return NULL;
}

static void on_done(struct ev_loop *loop, ev_io *w, int revents)
{
	struct disksync *s = w->data;
	int error = atomic_load(&s->error);
	disksync_fn fn = s->fn;
	void *arg = s->arg;

	(void)revents;
	ev_io_stop(loop, w);
	let_go(s);
	fn(arg, error);
}

/* Signals are for the main thread. 0 or an errno. */
static int start_thread(struct disksync *s)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t id;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	error = pthread_create(&id, &attr, work, s);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static struct disksync *give_up(struct disksync *s, int error)
{
	atomic_store(&s->holders, 1);
	let_go(s);
	errno = error;
	return NULL;
}

struct disksync *disksync_start(int fd, disksync_fn fn, void *arg)
{
	struct disksync *s = calloc(1, sizeof *s);
	int error;

	if (s == NULL)
		return NULL;
	s->fn = fn;
	s->arg = arg;
	atomic_init(&s->error, 0);
	atomic_init(&s->holders, 2);
	s->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (s->event < 0 || s->fd < 0)
		return give_up(s, errno);
	error = start_thread(s);
	if (error != 0)
		return give_up(s, error);
	ev_io_init(&s->done, on_done, s->event, EV_READ);
	s->done.data = s;
	ev_io_start(loop_get(), &s->done);
	return s;
}

void disksync_cancel(struct disksync *s)
{
	ev_io_stop(loop_get(), &s->done);
	let_go(s);
}
