/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a session: made, opened, kept alive, closed, freed; and the
 * packets in it. */
#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "loop.h"
#include "resolve.h"
#include "rmcp_session.h"

#define WINDOW 32          /* packets back that may still arrive; 6.12.13 wants 16 */
#define CLOSE_RETRY 0.5    /* seconds, at most, before Close Session is sent again */
#define ALIVE_TIMEOUT 10.0 /* seconds a keep-alive may take */

void rmcp_explain(struct rmcp_failure *why, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	why->code = code;
}

void rmcp_arm(ev_timer *timer, double seconds)
{
	ev_timer_stop(loop_get(), timer);
	ev_timer_set(timer, fmax(seconds, 0), 0);
	ev_timer_start(loop_get(), timer);
}

/* ---- packets ---- */

int rmcp_send_sealed(struct rmcp_session *s, uint8_t payload_type, const uint8_t *payload,
                     size_t len)
{
	uint8_t out[RMCP_PACKET_MAX];
	struct rmcp_packet head = {
		.payload_type = payload_type, .session = s->managed, .payload = payload, .len = len
	};
	size_t n;

	s->out = s->out == UINT32_MAX ? 1 : s->out + 1; /* 6.12.8: never 0 */
	head.sequence = s->out;
	n = rmcp_seal(&s->keys, out, &head);
	if (n == 0)
		return EIO;
	s->used = loop_now();
	return rmcp_transmit(&s->peer, out, n);
}

/* Whether a packet of that number has not come yet. Authentic packets may come
 * from as far ahead as they like: some BMCs leave numbers out. */
static bool is_new(const struct rmcp_session *s, uint32_t sequence)
{
	int32_t ahead = (int32_t)(sequence - s->high);

	if (sequence == 0)
		return false;
	return ahead > 0 || (ahead > -WINDOW && (s->window >> -ahead & 1) == 0);
}

static void mark(struct rmcp_session *s, uint32_t sequence)
{
	int32_t ahead = (int32_t)(sequence - s->high);

	if (ahead <= 0) {
		s->window |= 1u << -ahead;
		return;
	}
	s->window = ahead < WINDOW ? s->window << ahead | 1 : 1;
	s->high = sequence;
}

static void receive_sealed(struct rmcp_session *s, const struct rmcp_packet *d)
{
	uint8_t clear[RMCP_PACKET_MAX];
	size_t len;

	if (!s->keyed || !is_new(s, d->sequence) || !rmcp_unseal(&s->keys, d, clear, &len)) {
		s->dropped++;
		return;
	}
	mark(s, d->sequence);
	if (d->payload_type == RMCP_IPMI)
		rmcp_answer(s, clear, len);
	else
		s->dropped++;
}

static void on_packet(struct rmcp_peer *p, const struct rmcp_packet *d)
{
	struct rmcp_session *s = (struct rmcp_session *)p;

	if (d->framing == RMCP_V20 && d->session != 0)
		receive_sealed(s, d);
	else if (s->login != NULL)
		rmcp_login_receive(s, d);
}

static void on_refused(struct rmcp_peer *p)
{
	struct rmcp_session *s = (struct rmcp_session *)p;

	if (s->login != NULL)
		rmcp_login_refused(s);
}

void rmcp_abandon(struct rmcp_session *s)
{
	uint8_t out[RMCP_PACKET_MAX], message[16], id[4];
	const struct rmcp_request r = { RMCP_APP, 0, 0, RMCP_CLOSE_SESSION, id, sizeof id };
	/* 13.22: any status that is not 0 makes the BMC give the slot back. */
	const uint8_t status = 0x01;

	if (s->managed == 0)
		return;
	for (unsigned i = 0; i < 4; i++)
		id[i] = (uint8_t)(s->managed >> 8 * i);
	if (!s->keyed)
		rmcp_transmit(&s->peer, out, rmcp_build_rakp3(out, 0, status, s->managed, NULL, 0));
	/* Nobody waits for the answer, and what made us give up may be a network
	 * that loses datagrams: said twice. */
	for (int i = 0; i < 2 && s->keyed; i++)
		rmcp_send_sealed(s, RMCP_IPMI, message, rmcp_build_message(message, &r));
	s->managed = 0;
	s->keyed = false;
}

/* ---- keep-alive ---- */

/* It does not keep the program running, and it is not in the way of a loop
 * that wants to find out that nothing can happen any more. */
static void idle_stop(struct rmcp_session *s)
{
	if (!s->idle_runs)
		return;
	ev_ref(loop_get());
	ev_timer_stop(loop_get(), &s->idle);
	s->idle_runs = false;
}

static void idle_start(struct rmcp_session *s)
{
	if (s->o.keep_alive <= 0)
		return;
	ev_timer_set(&s->idle, s->o.keep_alive / 2, s->o.keep_alive / 2);
	ev_timer_start(loop_get(), &s->idle);
	ev_unref(loop_get());
	s->idle_runs = true;
}

static void alive_answered(struct rmcp_session *s)
{
	if (s->own.error == ERR_NONE || s->state != OPEN)
		return;
	idle_stop(s);
	s->state = LOST;
	rmcp_turn_away(s, ERR_UNREACHABLE, "the session was lost: the BMC had stopped answering");
}

static void on_idle(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_session *s = timer->data;

	(void)loop;
	(void)revents;
	if (s->flying == 0 && loop_now() - s->used > 0.4 * s->o.keep_alive)
		rmcp_own(s, RMCP_GET_DEVICE_ID, 0, ALIVE_TIMEOUT, alive_answered);
}

/* ---- opening and closing ---- */

static void tell_waiter(struct rmcp_session *s)
{
	struct rmcp_wait *w = s->waiter;

	if (w == NULL)
		return;
	s->waiter = NULL;
	w->session = NULL;
	op_finish(&w->op);
}

static void give_up_lookup(struct rmcp_session *s)
{
	if (s->lookup != NULL)
		resolve_cancel(s->lookup);
	s->lookup = NULL;
}

void rmcp_opened(struct rmcp_session *s, bool ok)
{
	give_up_lookup(s);
	rmcp_login_end(s);
	s->state = ok ? OPEN : CLOSED;
	if (ok)
		idle_start(s);
	tell_waiter(s);
}

static void give_up_login(struct rmcp_session *s)
{
	give_up_lookup(s);
	rmcp_turn_away(s, ERR_CANCELLED, "the login was given up");
	rmcp_login_end(s);
	s->state = CLOSED;
}

static void begin_login(struct rmcp_session *s)
{
	int error = rmcp_join(&s->peer);

	if (error == 0) {
		rmcp_login_receive(s, NULL);
		return;
	}
	rmcp_explain(&s->waiter->why, ERR_UNREACHABLE, "no socket for this address: %s",
	             strerror(error));
	rmcp_opened(s, false);
}

/* Most BMCs have an IPv4 address only, whatever the name service lists first. */
void rmcp_choose_address(struct rmcp_peer *p, const struct addrinfo *list)
{
	const struct addrinfo *a = list;

	while (a != NULL && a->ai_family != AF_INET)
		a = a->ai_next;
	if (a == NULL)
		a = list;
	memset(&p->address, 0, sizeof p->address);
	memcpy(&p->address, a->ai_addr, a->ai_addrlen);
}

static void on_name(void *arg, int status, const struct addrinfo *list)
{
	struct rmcp_session *s = arg;

	s->lookup = NULL;
	if (status == 0) {
		rmcp_choose_address(&s->peer, list);
		begin_login(s);
		return;
	}
	rmcp_explain(&s->waiter->why, resolve_error(status), "cannot look up %s: %s", s->o.host,
	             gai_strerror(status));
	rmcp_opened(s, false);
}

static void look_up(struct rmcp_session *s)
{
	struct sockaddr_storage to;
	socklen_t size;

	if (resolve_numeric(s->o.host, s->o.port, AF_UNSPEC, &to, &size)) {
		memset(&s->peer.address, 0, sizeof s->peer.address);
		memcpy(&s->peer.address, &to, size);
		begin_login(s);
		return;
	}
	s->lookup = resolve_start(s->o.host, s->o.port, AF_UNSPEC, on_name, s);
	if (s->lookup == NULL) {
		rmcp_explain(&s->waiter->why, ERR_INTERNAL, "no means to look up %s", s->o.host);
		rmcp_opened(s, false);
	}
}

void rmcp_open(struct rmcp_session *s, struct rmcp_wait *w, const struct rmcp_credentials *c,
               double timeout)
{
	if (s->state != CLOSED && s->state != LOST) {
		rmcp_explain(&w->why, ERR_REJECTED, "the session is in use");
		op_finish(&w->op);
		return;
	}
	rmcp_abandon(s); /* what a login that was given up, or a lost session, left there */
	rmcp_leave(&s->peer);
	s->state = OPENING;
	s->waiter = w;
	w->session = s;
	if (rmcp_login_start(s, c, timeout)) {
		look_up(s);
		return;
	}
	rmcp_explain(&w->why, ERR_INTERNAL, "not enough memory for a login");
	rmcp_opened(s, false);
}

static void closed(struct rmcp_session *s)
{
	s->managed = 0;
	s->keyed = false;
	s->state = CLOSED;
	rmcp_leave(&s->peer);
	tell_waiter(s);
}

/* Commands of others have ended already; what the engine has under way goes
 * too, a login among it. */
static void silence(struct rmcp_session *s)
{
	struct rmcp_wait *other = s->waiter;

	if (s->state == OPENING)
		give_up_login(s);
	idle_stop(s);
	rmcp_turn_away(s, ERR_CANCELLED, "the session was closed");
	if (other != NULL) {
		rmcp_explain(&other->why, ERR_CANCELLED, "the session was closed");
		tell_waiter(s);
	}
}

void rmcp_close(struct rmcp_session *s, struct rmcp_wait *w, double grace)
{
	double retry = s->o.retry;

	silence(s);
	s->waiter = w;
	w->session = s;
	if (!s->keyed || s->state == LOST) {
		rmcp_abandon(s);
		closed(s);
		return;
	}
	s->state = CLOSING;
	for (unsigned i = 0; i < 4; i++)
		s->own_data[i] = (uint8_t)(s->managed >> 8 * i);
	s->o.retry = fmin(retry, CLOSE_RETRY);
	rmcp_own(s, RMCP_CLOSE_SESSION, 4, grace, closed);
	s->o.retry = retry;
}

void rmcp_wait_stop(struct rmcp_wait *w)
{
	struct rmcp_session *s = w->session;

	if (s == NULL)
		return;
	s->waiter = NULL;
	w->session = NULL;
	if (s->state == OPENING)
		give_up_login(s);
	else if (s->state == CLOSING) {
		rmcp_command_stop(&s->own);
		closed(s);
	}
}

/* ---- made and freed ---- */

struct rmcp_session *rmcp_new(const struct rmcp_options *o)
{
	struct rmcp_session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->o = *o;
	s->o.host = strdup(o->host);
	if (s->o.host == NULL || !rmcp_crypto_start()) {
		free((char *)s->o.host);
		free(s);
		return NULL;
	}
	s->peer.receive = on_packet;
	s->peer.refused = on_refused;
	TAILQ_INIT(&s->queue);
	TAILQ_INIT(&s->flight);
	ev_init(&s->idle, on_idle);
	s->idle.data = s;
	return s;
}

void rmcp_free(struct rmcp_session *s)
{
	silence(s);
	rmcp_abandon(s);
	rmcp_leave(&s->peer);
	free((char *)s->o.host);
	OPENSSL_cleanse(&s->keys, sizeof s->keys);
	free(s);
}

void rmcp_stop(void)
{
	rmcp_socket_stop();
	rmcp_crypto_stop();
}

static void print_address(const union rmcp_address *a, struct rmcp_state *out)
{
	char port[8] = "0";
	socklen_t size = a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;

	if (a->any.sa_family == 0)
		return;
	getnameinfo(&a->any, size, out->address, sizeof out->address, port, sizeof port,
	            NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM);
	out->port = (uint16_t)strtoul(port, NULL, 10);
}

void rmcp_describe(const struct rmcp_session *s, struct rmcp_state *out)
{
	static const char *const names[] = { "closed", "opening", "open", "closing", "lost" };

	memset(out, 0, sizeof *out);
	out->name = names[s->state];
	print_address(&s->peer.address, out);
	if (s->state == OPEN) {
		out->suite = s->keys.suite;
		out->privilege = s->granted;
	}
	out->attempts = s->attempts;
	out->resent = s->resent;
	out->dropped = s->dropped;
	out->unsound = s->unsound;
}
