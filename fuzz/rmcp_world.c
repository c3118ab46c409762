/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rmcp_world.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "../src/loop.h"
#include "../src/resolve.h"
#include "../src/rmcp_session.h"

#define TIMERS 16

static double now;
static ev_timer *timers[TIMERS];
static int references;

struct datagram question; /* the last one that was sent */
bool full;                /* the socket takes nothing */
uint8_t random_state;

struct ev_loop *loop_get(void)
{
	return (struct ev_loop *)&now;
}

double loop_now(void)
{
	return now;
}

void ev_timer_start(struct ev_loop *loop, ev_timer *t)
{
	(void)loop;
	if (t->active)
		return;
	for (int i = 0; i < TIMERS; i++)
		if (timers[i] == NULL) {
			timers[i] = t;
			t->active = 1;
			t->at += now;
			return;
		}
	abort();
}

void loop_start_timer(struct ev_timer *timer, double seconds)
{
	ev_timer_set(timer, seconds > 0 ? seconds : 0, 0);
	ev_timer_start(loop_get(), timer);
}

void ev_timer_stop(struct ev_loop *loop, ev_timer *t)
{
	(void)loop;
	for (int i = 0; i < TIMERS; i++)
		if (timers[i] == t)
			timers[i] = NULL;
	t->active = 0;
}

void ev_timer_again(struct ev_loop *loop, ev_timer *t)
{
	ev_timer_stop(loop, t);
	t->at = t->repeat;
	if (t->repeat > 0)
		ev_timer_start(loop, t);
}

void ev_now_update(struct ev_loop *loop)
{
	(void)loop;
}

void ev_ref(struct ev_loop *loop)
{
	(void)loop;
	references++;
}

void ev_unref(struct ev_loop *loop)
{
	(void)loop;
	references--;
}

void op_finish(struct op *op)
{
	assert(!op->done);
	op->done = true;
}

int RAND_bytes(unsigned char *out, int len)
{
	for (int i = 0; i < len; i++)
		out[i] = random_state += 41;
	return 1;
}

bool resolve_numeric(const char *host, uint16_t port, int family, struct sockaddr_storage *to,
                     socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	(void)family;
	in->sin_family = AF_INET;
	in->sin_port = htons(port);
	*len = sizeof *in;
	return inet_pton(AF_INET, host, &in->sin_addr) == 1;
}

struct resolve *resolve_start(const char *host, uint16_t port, int family, resolve_fn fn, void *arg)
{
	(void)host, (void)port, (void)family, (void)fn, (void)arg;
	return NULL;
}

void resolve_cancel(struct resolve *r)
{
	(void)r;
}

enum err_code resolve_error(int status)
{
	(void)status;
	return ERR_UNREACHABLE;
}

int rmcp_join(struct rmcp_peer *p)
{
	p->joined = true;
	return 0;
}

void rmcp_leave(struct rmcp_peer *p)
{
	p->joined = false;
	p->id = 0;
}

bool rmcp_take_id(struct rmcp_peer *p)
{
	return rmcp_random(&p->id, sizeof p->id) && p->id != 0;
}

void rmcp_drop_id(struct rmcp_peer *p)
{
	p->id = 0;
}

int rmcp_transmit(const struct rmcp_peer *p, const uint8_t *data, size_t len)
{
	assert(p->joined && len <= sizeof question.bytes);
	if (full)
		return EAGAIN;
	memcpy(question.bytes, data, len);
	question.len = len;
	return 0;
}

void rmcp_socket_stop(void)
{
}

static ev_timer *earliest(void)
{
	ev_timer *first = NULL;

	for (int i = 0; i < TIMERS; i++)
		if (timers[i] != NULL && (first == NULL || timers[i]->at < first->at))
			first = timers[i];
	return first;
}

void pass_time(double seconds)
{
	double until = now + seconds;
	ev_timer *t;

	for (int i = 0; i < 500 && (t = earliest()) != NULL && t->at <= until; i++) {
		now = t->at > now ? t->at : now;
		ev_timer_stop(NULL, t);
		if (t->repeat > 0) {
			t->at = t->repeat;
			ev_timer_start(NULL, t);
		}
		t->cb(loop_get(), t, EV_TIMER);
	}
	now = until;
}

void begin_world(void)
{
	now = 1000;
	random_state = 0;
	full = false;
	question.len = 0;
	for (int i = 0; i < 100; i++)
		rmcp_took(0);
}

bool is_quiet(void)
{
	return earliest() == NULL && references == 0;
}
