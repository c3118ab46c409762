/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "resolve.h"

#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"

#define KEPT 8            /* threads that wait for the next lookup */
#define MAX_THREADS 256   /* a name that nobody answers for holds one for ten seconds */
#define STACK (512 << 10) /* bytes; name services of others run on it */
#define PATIENCE 0.1      /* seconds in which a thread should be done with a lookup */

/* Made and freed by the loop's thread; a worker fills status and list. */
struct resolve {
	struct resolve *next;
	resolve_fn fn; /* NULL: cancelled */
	void *arg;
	struct addrinfo *list;
	int status;
	int family;
	char port[8];
	char host[];
};

struct queue {
	struct resolve *head, **tail;
};

/* What the threads share, under the lock. Nobody joins them: one that hangs in
 * a lookup must not hold up the exit. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_there = PTHREAD_COND_INITIALIZER;
static struct queue waiting = { NULL, &waiting.head };
static struct queue answered = { NULL, &answered.head };
static unsigned threads, idle;
static unsigned queued; /* in waiting */
static unsigned taken;  /* from there, since the timer rang */
static bool stopping;

static ev_async arrived; /* sent to under the lock, while not stopping */
static bool listening;
static ev_timer patience; /* runs while something waits */

static void put(struct queue *q, struct resolve *r)
{
	r->next = NULL;
	*q->tail = r;
	q->tail = &r->next;
}

static struct resolve *take(struct queue *q)
{
	struct resolve *r = q->head;

	if (r == NULL)
		return NULL;
	q->head = r->next;
	if (q->head == NULL)
		q->tail = &q->head;
	return r;
}

static void resolve_free(struct resolve *r)
{
	if (r->list != NULL)
		freeaddrinfo(r->list);
	free(r);
}

static int look_up(const char *host, const char *port, int family, int flags,
                   struct addrinfo **list)
{
	struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};

	return getaddrinfo(host, port, &hints, list);
}

/* ---- the threads ---- */

/* Under the lock. Waits for a lookup; NULL when there are threads enough
 * without this one. */
static struct resolve *next_lookup(void)
{
	struct resolve *r;

	while ((r = take(&waiting)) == NULL && threads <= KEPT) {
		idle++;
		pthread_cond_wait(&work_there, &lock);
		idle--;
	}
	if (r != NULL) {
		queued--;
		taken++;
	}
	return r;
}

static void *work(void *unused)
{
	struct resolve *r;

	(void)unused;
	pthread_mutex_lock(&lock);
	while ((r = next_lookup()) != NULL) {
		if (r->fn != NULL) {
			pthread_mutex_unlock(&lock);
			r->status = look_up(r->host, r->port, r->family, 0, &r->list);
			pthread_mutex_lock(&lock);
		}
		put(&answered, r);
		if (!stopping)
			ev_async_send(loop_get(), &arrived);
	}
	threads--;
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Signals are for the main thread. */
static bool start_thread(void)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t id;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	started = pthread_create(&id, &attr, work, NULL) == 0;
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

/* ---- the loop's side ---- */

static void on_arrival(struct ev_loop *loop, ev_async *w, int revents)
{
	struct resolve *r;

	(void)w;
	(void)revents;
	for (;;) {
		pthread_mutex_lock(&lock);
		r = take(&answered);
		pthread_mutex_unlock(&lock);
		if (r == NULL)
			return;
		if (r->fn != NULL) {
			ev_unref(loop);
			r->fn(r->arg, r->status, r->list);
		}
		resolve_free(r);
	}
}

/* Under the lock. As many as have work, up to that number in all. False when
 * nobody can do the work. */
static bool ensure_threads(unsigned most)
{
	while (queued > idle && threads < most && start_thread())
		threads++;
	return threads > 0;
}

/* Threads that are not done with a lookup each wait for names which nobody
 * answers for: twice as many then, so that those do not hold up the others. */
static void on_patience(struct ev_loop *loop, ev_timer *timer, int revents)
{
	bool done;

	(void)revents;
	pthread_mutex_lock(&lock);
	if (taken < threads)
		ensure_threads(threads < MAX_THREADS / 2 ? 2 * threads : MAX_THREADS);
	taken = 0;
	done = queued == 0;
	pthread_mutex_unlock(&lock);
	if (done) {
		ev_ref(loop);
		ev_timer_stop(loop, timer);
	}
}

/* The watchers alone do not keep the loop turning; a lookup does. */
static void watch(void)
{
	if (!listening) {
		ev_async_init(&arrived, on_arrival);
		ev_async_start(loop_get(), &arrived);
		ev_unref(loop_get());
		ev_timer_init(&patience, on_patience, PATIENCE, PATIENCE);
		listening = true;
	}
	if (!ev_is_active(&patience)) {
		ev_now_update(loop_get()); /* it stands still while Lua computes */
		ev_timer_again(loop_get(), &patience);
		ev_unref(loop_get());
	}
}

struct resolve *resolve_start(const char *host, uint16_t port, int family, resolve_fn fn, void *arg)
{
	size_t size = strlen(host) + 1;
	struct resolve *r = calloc(1, sizeof *r + size);
	bool served;

	if (r == NULL)
		return NULL;
	r->fn = fn;
	r->arg = arg;
	r->family = family;
	snprintf(r->port, sizeof r->port, "%u", (unsigned)port);
	memcpy(r->host, host, size);
	watch();
	pthread_mutex_lock(&lock);
	queued++;
	served = !stopping && ensure_threads(KEPT);
	if (served)
		put(&waiting, r);
	else
		queued--;
	pthread_cond_signal(&work_there);
	pthread_mutex_unlock(&lock);
	if (!served) {
		resolve_free(r);
		return NULL;
	}
	ev_ref(loop_get());
	return r;
}

void resolve_cancel(struct resolve *r)
{
	pthread_mutex_lock(&lock);
	r->fn = NULL;
	pthread_mutex_unlock(&lock);
	ev_unref(loop_get());
}

bool resolve_numeric(const char *host, uint16_t port, int family, struct sockaddr_storage *to,
                     socklen_t *len)
{
	struct addrinfo *list;
	char digits[8];

	snprintf(digits, sizeof digits, "%u", (unsigned)port);
	if (look_up(host, digits, family, AI_NUMERICHOST, &list) != 0)
		return false;
	memcpy(to, list->ai_addr, list->ai_addrlen);
	*len = list->ai_addrlen;
	freeaddrinfo(list);
	return true;
}

enum err_code resolve_error(int status)
{
	return status == EAI_MEMORY ? ERR_INTERNAL : ERR_UNREACHABLE;
}

void resolve_stop(void)
{
	struct resolve *r;

	pthread_mutex_lock(&lock);
	stopping = true;
	while ((r = take(&waiting)) != NULL)
		resolve_free(r);
	while ((r = take(&answered)) != NULL)
		resolve_free(r);
	pthread_mutex_unlock(&lock);
}
