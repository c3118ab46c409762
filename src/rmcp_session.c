/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a session: made, opened, kept alive, closed, freed; and the
 * packets in it. */
#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "loop.h"
#include "resolve.h"
#include "rmcp_session.h"

#define WINDOW 32          /* packets back that may still arrive; 6.12.13 wants 16 */
#define AHEAD_15 1024      /* packets ahead, in IPMI 1.5 */
#define ALIVE_TIMEOUT 10.0 /* seconds a keep-alive may take, at most */

/* How far one answer moves the middle of how long they take, and its bounds. */
#define TRIP_STEP 1.1
#define TRIP_MIN 0.01
#define TRIP_MAX 5.0

void rmcp_failure_clear(struct rmcp_failure *why)
{
	free(why->text);
	why->text = NULL;
}

void rmcp_vexplain(struct rmcp_failure *why, enum err_code code, const char *fmt, va_list ap)
{
	rmcp_failure_clear(why);
	why->code = code;
	if (vasprintf(&why->text, fmt, ap) < 0)
		why->text = NULL;
}

void rmcp_explain(struct rmcp_failure *why, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rmcp_vexplain(why, code, fmt, ap);
	va_end(ap);
}

void rmcp_arm(ev_timer *timer, double seconds)
{
	ev_timer_stop(loop_get(), timer);
	loop_start_timer(timer, seconds);
}

void rmcp_arm_each(ev_timer *timer, double seconds)
{
	ev_now_update(loop_get()); /* it stands still while Lua computes */
	timer->repeat = seconds;
	ev_timer_again(loop_get(), timer);
}

/* Seconds: half of all answers take longer. A few slow BMCs move the middle
 * nowhere, which they would an average. */
static double trip = TRIP_MIN;

void rmcp_took(double seconds)
{
	trip = seconds > trip ? fmin(trip * TRIP_STEP, TRIP_MAX) : fmax(trip / TRIP_STEP, TRIP_MIN);
}

double rmcp_patience(void)
{
	return 2 * trip;
}

static void closed(struct rmcp_session *s);

/* ---- packets ---- */

static int send_20(struct rmcp_session *s, uint8_t payload_type, const uint8_t *payload, size_t len)
{
	uint8_t out[RMCP_PACKET_MAX];
	const struct rmcp_packet head = { .payload_type = payload_type,
		                          .session = s->managed,
		                          .sequence = s->out,
		                          .payload = payload,
		                          .len = len };
	size_t n = rmcp_seal(&s->keys, out, &head);

	if (n == 0)
		return EIO;
	s->used = loop_now();
	return rmcp_transmit(&s->peer, out, n);
}

int rmcp_send_sealed(struct rmcp_session *s, uint8_t payload_type, const uint8_t *payload,
                     size_t len)
{
	uint32_t before = s->out;
	int error;

	s->out = before == UINT32_MAX ? 1 : before + 1; /* 6.12.8: never 0 */
	if (s->keys.suite != NULL)
		error = send_20(s, payload_type, payload, len);
	else
		error = payload_type == RMCP_IPMI ? rmcp_send_15(s, payload, len) : ENOTSUP;
	/* What did not leave has no number: a BMC drops what is far ahead of the last. */
	if (error != 0)
		s->out = before;
	return error;
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

static void heard(struct rmcp_session *s)
{
	s->mute = 0;
	s->answers_others = false;
}

static void receive_sealed(struct rmcp_session *s, const struct rmcp_packet *d)
{
	uint8_t clear[RMCP_PACKET_MAX];
	size_t len;

	if (!s->keyed || s->keys.suite == NULL || !is_new(s, d->sequence) ||
	    !rmcp_unseal(&s->keys, d, clear, &len)) {
		s->dropped++;
		return;
	}
	mark(s, d->sequence);
	heard(s);
	if (d->payload_type == RMCP_IPMI)
		rmcp_answer(s, clear, len);
	else if (d->payload_type == RMCP_SOL && s->sol != NULL)
		s->sol->receive(s->sol, clear, len, d->sequence);
	else
		s->dropped++;
}

/* Its key is the password, so what an earlier session of that id said has a
 * right code too: the first number was drawn at random, and is not far off. */
static void receive_15(struct rmcp_session *s, const struct rmcp_packet *d)
{
	if (d->session != s->managed || (int32_t)(d->sequence - s->high) > AHEAD_15 ||
	    !is_new(s, d->sequence) || !rmcp_check_15(s, d)) {
		s->dropped++;
		return;
	}
	mark(s, d->sequence);
	heard(s);
	rmcp_answer(s, d->payload, d->len);
}

/* The last one that closing has waited for may be it. */
static void take_late(struct rmcp_session *s, const struct rmcp_packet *d)
{
	rmcp_late_opened(s, d);
	if (s->state == CLOSING && s->own.send == NULL && !rmcp_expects_opened(s))
		closed(s);
}

static void on_packet(struct rmcp_peer *p, const struct rmcp_packet *d)
{
	struct rmcp_session *s = (struct rmcp_session *)p;

	if (d->framing == RMCP_V20 && d->session != 0)
		receive_sealed(s, d);
	else if (d->framing == RMCP_V15 && d->session != 0 && s->keyed && s->keys.suite == NULL)
		receive_15(s, d);
	else if (rmcp_is_late_opened(s, d))
		take_late(s, d);
	else if (s->login != NULL)
		rmcp_login_receive(s, d);
	else if (d->framing == RMCP_V15 && s->mute > 0)
		s->answers_others = true;
}

static void on_refused(struct rmcp_peer *p)
{
	struct rmcp_session *s = (struct rmcp_session *)p;

	if (s->login != NULL)
		rmcp_login_refused(s);
}

void rmcp_ask_aside(struct rmcp_session *s)
{
	uint8_t out[32];
	const uint8_t data[2] = { RMCP_THIS_CHANNEL, RMCP_USER };
	const struct rmcp_request r = { RMCP_APP, 0, 0, RMCP_GET_CHANNEL_AUTH, data, sizeof data };

	rmcp_transmit(&s->peer, out, rmcp_build_v15(out, &r));
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
	rmcp_arm_each(&s->idle, s->o.keep_alive / 2);
	ev_unref(loop_get());
	s->idle_runs = true;
}

void rmcp_lost(struct rmcp_session *s)
{
	idle_stop(s);
	s->state = LOST;
	rmcp_turn_away(s, ERR_UNREACHABLE, RMCP_LOST_TEXT);
}

static void alive_answered(struct rmcp_session *s)
{
	if (s->own.error != ERR_NONE && s->state == OPEN)
		rmcp_lost(s);
}

void rmcp_probe(struct rmcp_session *s)
{
	if (s->state == OPEN && s->flying == 0)
		rmcp_own(s, RMCP_GET_DEVICE_ID, 0, fmin(ALIVE_TIMEOUT, s->o.keep_alive),
		         alive_answered);
}

static void on_idle(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_session *s = timer->data;

	(void)loop;
	(void)revents;
	if (s->state == CLOSING)
		closed(s);
	else if (loop_now() - s->used > 0.4 * s->o.keep_alive)
		rmcp_probe(s);
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
	s->expected.count = 0;
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
	ev_timer_stop(loop_get(), &s->idle);
	s->managed = 0;
	s->keyed = false;
	OPENSSL_cleanse(&s->keys, sizeof s->keys);
	s->state = CLOSED;
	rmcp_leave(&s->peer);
	tell_waiter(s);
}

/* Nothing is left there but what an answer may tell that is still on its way. */
static void settle(struct rmcp_session *s)
{
	s->state = CLOSING;
	if (rmcp_expects_opened(s))
		rmcp_arm(&s->idle, s->expected.until - loop_now());
	else
		closed(s);
}

/* A BMC that has not heard of RAKP 3 takes no Close Session: it is in a login
 * as far as it knows. */
static void logged_out(struct rmcp_session *s)
{
	if (s->own.error != ERR_NONE && s->keys.suite != NULL && s->high == 0)
		rmcp_break_off(s);
	settle(s);
}

/* Commands of others have ended already; what the engine has under way goes
 * too, a login among it. */
static void silence(struct rmcp_session *s)
{
	struct rmcp_wait *other = s->waiter;

	if (s->state == OPENING)
		give_up_login(s);
	idle_stop(s);
	ev_timer_stop(loop_get(), &s->idle);
	rmcp_turn_away(s, ERR_CANCELLED, "the session was closed");
	if (other != NULL) {
		rmcp_explain(&other->why, ERR_CANCELLED, "the session was closed");
		tell_waiter(s);
	}
}

void rmcp_close(struct rmcp_session *s, struct rmcp_wait *w, double grace)
{
	silence(s);
	s->waiter = w;
	w->session = s;
	s->expected.until = fmin(s->expected.until, loop_now() + fmin(grace, RMCP_LATE_MAX));
	if (!s->keyed || s->state == LOST) {
		rmcp_abandon(s);
		settle(s);
		return;
	}
	s->state = CLOSING;
	for (unsigned i = 0; i < 4; i++)
		s->own_data[i] = (uint8_t)(s->managed >> 8 * i);
	rmcp_own(s, RMCP_CLOSE_SESSION, 4, grace, logged_out);
}

void rmcp_wait_stop(struct rmcp_wait *w)
{
	struct rmcp_session *s = w->session;

	rmcp_failure_clear(&w->why);
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

struct rmcp_terms rmcp_terms_of(const struct rmcp_session *s)
{
	bool open = s->state == OPEN;

	return (struct rmcp_terms){
		.suite = open ? s->keys.suite : NULL,
		.privilege = open ? s->granted : 0,
		.lookup_by_role = s->o.lookup_by_role,
		.open_highest = s->o.open_highest,
	};
}

void rmcp_describe(const struct rmcp_session *s, struct rmcp_state *out)
{
	static const char *const names[] = { "closed", "opening", "open", "closing", "lost" };

	memset(out, 0, sizeof *out);
	out->name = names[s->state];
	print_address(&s->peer.address, out);
	out->terms = rmcp_terms_of(s);
	out->attempts = s->attempts;
	out->resent = s->resent;
	out->dropped = s->dropped;
	out->unsound = s->unsound;
}
