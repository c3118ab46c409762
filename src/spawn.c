/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spawn.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

#define KILL_AFTER 2.0 /* seconds between SIGTERM and SIGKILL */
#define EXIT_STEPS 50  /* of 10 ms: the same at exit */

struct stream {
	ev_io io;
	int fd; /* our end of the pipe, -1 when closed */
};

/* A child process. It outlives the spawn that nobody waits for any more,
 * until its last process is gone. */
struct job {
	struct job *prev, *next;
	struct spawn *spawn; /* NULL: the child is only being ended */
	pid_t pid;           /* and process group */
	bool running;        /* not yet reaped */
	bool killed;         /* SIGKILL was sent */
	ev_child child;
	ev_timer timer; /* the timeout, then the SIGKILL */
	struct stream in, out, err;
	const char *in_bytes;
	size_t in_left;
	size_t out_left; /* what the child may still write */
};

static struct job *jobs;

/* ---- the output ---- */

static bool output_append(struct spawn_output *o, const char *bytes, size_t len)
{
	if (o->is_secret)
		return secret_append(&o->secret, bytes, len);
	if (o->len + len > o->room) {
		size_t room = 2 * (o->len + len);
		char *larger = realloc(o->bytes, room);

		if (larger == NULL)
			return false;
		o->bytes = larger;
		o->room = room;
	}
	memcpy(o->bytes + o->len, bytes, len);
	o->len += len;
	return true;
}

static void output_free(struct spawn_output *o)
{
	secret_clear(&o->secret);
	free(o->bytes);
	o->bytes = NULL;
	o->len = o->room = 0;
}

/* ---- the end ---- */

static void stream_close(struct stream *s)
{
	if (s->fd < 0)
		return;
	ev_io_stop(loop_get(), &s->io);
	close(s->fd);
	s->fd = -1;
}

static void job_free(struct job *job)
{
	ev_child_stop(loop_get(), &job->child);
	ev_timer_stop(loop_get(), &job->timer);
	stream_close(&job->in);
	stream_close(&job->out);
	stream_close(&job->err);
	if (job->prev != NULL)
		job->prev->next = job->next;
	else
		jobs = job->next;
	if (job->next != NULL)
		job->next->prev = job->prev;
	free(job);
}

/* Signals the whole group; false when it has no member left. A group keeps
 * its number as long as it has one, be it that the child itself is gone. */
static bool job_signal(const struct job *job, int signo)
{
	return kill(-job->pid, signo) == 0;
}

static void job_end(struct job *job)
{
	job->spawn = NULL;
	stream_close(&job->in);
	stream_close(&job->out);
	stream_close(&job->err);
	job_signal(job, SIGTERM);
	loop_start_timer(&job->timer, KILL_AFTER);
}

void spawn_stop(struct spawn *s)
{
	struct job *job = s->job;

	s->job = NULL;
	output_free(&s->out);
	output_free(&s->err);
	if (job != NULL)
		job_end(job);
}

__attribute__((format(printf, 3, 4))) static void fail(struct spawn *s, enum err_code code,
                                                       const char *fmt, ...)
{
	va_list ap;

	s->code = code;
	va_start(ap, fmt);
	vsnprintf(s->text, sizeof s->text, fmt, ap);
	va_end(ap);
	spawn_stop(s);
	op_finish(&s->op);
}

/* ---- while it runs ---- */

/* One read; false when there is nothing to read now. */
static bool read_some(struct job *job, struct stream *from, struct spawn_output *to)
{
	char bytes[16384];
	ssize_t n = from->fd >= 0 ? read(from->fd, bytes, sizeof bytes) : 0;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			stream_close(from);
		return false;
	}
	if ((size_t)n > job->out_left) {
		fail(job->spawn, ERR_TOO_LARGE, "the command wrote more than it may");
	} else if (!output_append(to, bytes, (size_t)n)) {
		fail(job->spawn, ERR_INTERNAL, "not enough memory for what the command wrote");
	} else {
		job->out_left -= (size_t)n;
	}
	secret_wipe(bytes, (size_t)n);
	return job->spawn != NULL;
}

static void on_output(struct ev_loop *loop, ev_io *w, int revents)
{
	struct job *job = w->data;

	(void)loop;
	(void)revents;
	if (w == &job->out.io)
		read_some(job, &job->out, &job->spawn->out);
	else
		read_some(job, &job->err, &job->spawn->err);
}

static void on_input(struct ev_loop *loop, ev_io *w, int revents)
{
	struct job *job = w->data;
	ssize_t n = write(job->in.fd, job->in_bytes, job->in_left);

	(void)loop;
	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		job->in_bytes += n;
		job->in_left -= (size_t)n;
	}
	/* A command need not read all it is given: EPIPE is no failure. */
	if (n < 0 || job->in_left == 0)
		stream_close(&job->in);
}

static void succeed(struct job *job, int wait_status)
{
	struct spawn *s = job->spawn;

	s->status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
	s->signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	s->job = NULL;
	job_free(job);
	op_finish(&s->op);
}

static void on_exit_of_child(struct ev_loop *loop, ev_child *w, int revents)
{
	struct job *job = w->data;

	(void)revents;
	ev_child_stop(loop, w);
	job->running = false;
	while (job->spawn != NULL && read_some(job, &job->out, &job->spawn->out))
		;
	while (job->spawn != NULL && read_some(job, &job->err, &job->spawn->err))
		;
	if (job->spawn != NULL)
		succeed(job, w->rstatus);
	else if (job->killed || !job_signal(job, 0))
		job_free(job);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct job *job = w->data;

	(void)loop;
	(void)revents;
	if (job->spawn != NULL) {
		fail(job->spawn, ERR_TIMEOUT, "the command did not end in time");
		return;
	}
	job_signal(job, SIGKILL);
	job->killed = true;
	if (!job->running)
		job_free(job);
}

/* ---- the start ---- */

static struct job *job_new(struct spawn *s, const struct spawn_options *o)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL)
		return NULL;
	job->spawn = s;
	job->in.fd = job->out.fd = job->err.fd = -1;
	job->in_bytes = o->in;
	job->in_left = o->in_len;
	job->out_left = o->max_output;
	ev_timer_init(&job->timer, on_timer, 0, 0);
	ev_init(&job->child, on_exit_of_child);
	job->timer.data = job->child.data = job;
	job->next = jobs;
	if (jobs != NULL)
		jobs->prev = job;
	jobs = job;
	return job;
}

/* A pipe with our end not blocking; the child's end, or -1. */
static int open_pipe(struct job *job, struct stream *s, bool child_reads)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	s->fd = ends[child_reads];
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	ev_io_init(&s->io, child_reads ? on_input : on_output, s->fd,
	           child_reads ? EV_WRITE : EV_READ);
	s->io.data = job;
	return ends[!child_reads];
}

/* 0 or an errno. The child has descriptors 0..2 only, and none of them is ours:
 * without memory for that it does not start. */
static int set_files(posix_spawn_file_actions_t *files, const int ends[3])
{
	int error = 0;

	for (int fd = 0; fd < 3 && error == 0; fd++)
		error = posix_spawn_file_actions_adddup2(files, ends[fd], fd);
	return error != 0 ? error : posix_spawn_file_actions_addclosefrom_np(files, 3);
}

/* 0 or an errno. The child starts with default signals; in a session of its
 * own, so that the keyboard's signals reach us alone and a question at the
 * terminal fails instead of stopping the child. */
static int launch(struct job *job, char *const *argv, const int ends[3])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t signals;
	int error;

	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	sigfillset(&signals);
	posix_spawnattr_setsigdefault(&attr, &signals);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attr, &signals);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
	                                    POSIX_SPAWN_SETSIGMASK);
	error = set_files(&files, ends);
	if (error == 0)
		error = posix_spawnp(&job->pid, argv[0], &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

static void watch(struct job *job, double timeout)
{
	struct ev_loop *loop = loop_get();

	job->running = true;
	ev_child_set(&job->child, job->pid, 0);
	ev_child_start(loop, &job->child);
	ev_io_start(loop, &job->out.io);
	ev_io_start(loop, &job->err.io);
	if (job->in_left > 0)
		ev_io_start(loop, &job->in.io);
	else
		stream_close(&job->in);
	if (!isinf(timeout))
		loop_start_timer(&job->timer, timeout);
}

void spawn_start(struct spawn *s, const struct spawn_options *o)
{
	int ends[3], error;
	struct job *job = job_new(s, o);

	if (job == NULL) {
		fail(s, ERR_INTERNAL, "not enough memory for a child process");
		return;
	}
	s->out.is_secret = o->secret;
	errno = 0;
	ends[0] = open_pipe(job, &job->in, true);
	ends[1] = open_pipe(job, &job->out, false);
	ends[2] = open_pipe(job, &job->err, false);
	error = ends[0] < 0 || ends[1] < 0 || ends[2] < 0 ? errno : launch(job, o->argv, ends);
	for (int i = 0; i < 3; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	if (error != 0) {
		job_free(job);
		fail(s, error == ENOENT ? ERR_MISSING : ERR_REJECTED, "cannot run %s: %s",
		     o->argv[0], strerror(error));
		return;
	}
	s->job = job;
	watch(job, o->timeout);
}

/* ---- at exit ---- */

/* The loop turns no more: reaps by itself. */
static void free_ended_jobs(void)
{
	struct job *next;

	for (struct job *job = jobs; job != NULL; job = next) {
		next = job->next;
		if (job->running && waitpid(job->pid, NULL, WNOHANG) != 0)
			job->running = false;
		if (!job->running && !job_signal(job, 0))
			job_free(job);
	}
}

void spawn_end_all(void)
{
	const struct timespec step = { 0, 10000000 };

	for (struct job *job = jobs; job != NULL; job = job->next)
		if (job->spawn != NULL)
			spawn_stop(job->spawn);
	free_ended_jobs();
	for (int i = 0; jobs != NULL && i < EXIT_STEPS; i++) {
		nanosleep(&step, NULL);
		free_ended_jobs();
	}
	while (jobs != NULL) {
		/* One that became another user, as sudo does, is not ours to end. */
		if (job_signal(jobs, SIGKILL) && jobs->running)
			waitpid(jobs->pid, NULL, 0);
		job_free(jobs);
	}
}
