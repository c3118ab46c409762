/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions outside of a session: the ASF presence ping, and the few commands
 * that a BMC answers to anybody (capabilities, cipher suites, GUID). */
#include <math.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "resolve.h"
#include "rmcp_session.h"

struct rmcp_asking {
	struct rmcp_peer peer; /* first */
	struct rmcp_ask *ask;
	struct resolve *lookup;
	ev_timer timer;
	double deadline, wait;
	uint8_t tag;
	uint16_t port;
	char host[]; /* for the text of an error */
};

static void end(struct rmcp_ask *a)
{
	struct rmcp_asking *k = a->asking;

	if (k == NULL)
		return;
	a->asking = NULL;
	ev_timer_stop(loop_get(), &k->timer);
	if (k->lookup != NULL)
		resolve_cancel(k->lookup);
	rmcp_leave(&k->peer);
	free(k);
}

void rmcp_ask_stop(struct rmcp_ask *a)
{
	end(a);
	rmcp_failure_clear(&a->why);
}

static void finish(struct rmcp_ask *a)
{
	end(a);
	op_finish(&a->op);
}

/* ---- asking ---- */

static void transmit(struct rmcp_asking *k)
{
	uint8_t out[RMCP_PACKET_MAX];
	struct rmcp_ask *a = k->ask;
	size_t len = a->ping  ? rmcp_build_ping(out, k->tag)
	             : a->v20 ? rmcp_build_v20(out, &a->request)
	                      : rmcp_build_v15(out, &a->request);

	/* What the system does not take now counts as lost on the way. */
	rmcp_transmit(&k->peer, out, len);
	rmcp_arm(&k->timer, fmin(k->deadline - loop_now(), k->wait));
	k->wait = fmin(RMCP_WAIT_GROWTH * k->wait, RMCP_WAIT_MAX);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_asking *k = timer->data;

	(void)loop;
	(void)revents;
	if (loop_now() < k->deadline - 1e-3 && k->peer.joined) {
		transmit(k);
		return;
	}
	k->ask->why.reason = "silent";
	rmcp_explain(&k->ask->why, ERR_TIMEOUT, "no answer from UDP port %u", k->port);
	finish(k->ask);
}

static void take_pong(struct rmcp_asking *k, const struct rmcp_packet *d)
{
	struct rmcp_pong pong;

	if (!rmcp_parse_pong(&pong, d) || pong.tag != k->tag)
		return;
	k->ask->ipmi = pong.ipmi;
	finish(k->ask);
}

static void take_message(struct rmcp_asking *k, const struct rmcp_packet *d)
{
	struct rmcp_ask *a = k->ask;
	struct rmcp_message m;

	if (d->session != 0 || d->encrypted || d->authenticated ||
	    d->framing != (a->v20 ? RMCP_V20 : RMCP_V15) || d->payload_type != RMCP_IPMI ||
	    !rmcp_parse_message(&m, d->payload, d->len) || !m.sound)
		return;
	if (m.netfn != (a->request.netfn | 1) || m.command != a->request.command ||
	    m.sequence != a->request.sequence || m.len > sizeof a->reply)
		return;
	a->completion = m.code;
	a->reply_len = m.len;
	memcpy(a->reply, m.data, m.len);
	finish(a);
}

static void on_packet(struct rmcp_peer *p, const struct rmcp_packet *d)
{
	struct rmcp_asking *k = (struct rmcp_asking *)p;

	if (k->ask->ping)
		take_pong(k, d);
	else
		take_message(k, d);
}

static void on_refused(struct rmcp_peer *p)
{
	struct rmcp_asking *k = (struct rmcp_asking *)p;

	k->ask->why.reason = "no_ipmi";
	rmcp_explain(&k->ask->why, ERR_REFUSED, "nothing listens on UDP port %u there", k->port);
	finish(k->ask);
}

/* ---- the address ---- */

static void begin(struct rmcp_asking *k)
{
	int error = rmcp_join(&k->peer);

	if (error == 0) {
		transmit(k);
		return;
	}
	rmcp_explain(&k->ask->why, ERR_UNREACHABLE, "no socket for this address: %s",
	             strerror(error));
	finish(k->ask);
}

static void on_name(void *arg, int status, const struct addrinfo *list)
{
	struct rmcp_asking *k = arg;

	k->lookup = NULL;
	if (status == 0) {
		rmcp_choose_address(&k->peer, list);
		begin(k);
		return;
	}
	rmcp_explain(&k->ask->why, resolve_error(status), "cannot look up %s: %s", k->host,
	             gai_strerror(status));
	finish(k->ask);
}

static struct rmcp_asking *new_asking(struct rmcp_ask *a, const char *host, uint16_t port)
{
	size_t size = strlen(host) + 1;
	struct rmcp_asking *k = calloc(1, sizeof *k + size);

	if (k == NULL || !rmcp_crypto_start() || !rmcp_random(&k->tag, sizeof k->tag)) {
		free(k);
		return NULL;
	}
	memcpy(k->host, host, size);
	k->port = port;
	k->ask = a;
	k->peer.receive = on_packet;
	k->peer.refused = on_refused;
	k->deadline = loop_now() + a->timeout;
	k->wait = a->retry;
	ev_init(&k->timer, on_timer);
	k->timer.data = k;
	a->asking = k;
	a->request.data = a->data;
	a->request.sequence = k->tag & 0x3f;
	return k;
}

void rmcp_ask(struct rmcp_ask *a, const char *host, uint16_t port)
{
	struct rmcp_asking *k = new_asking(a, host, port);
	struct sockaddr_storage to;
	socklen_t size;

	if (k == NULL) {
		rmcp_explain(&a->why, ERR_INTERNAL, "not enough memory for a question");
		op_finish(&a->op);
		return;
	}
	if (resolve_numeric(host, port, AF_UNSPEC, &to, &size)) {
		memcpy(&k->peer.address, &to, size);
		begin(k);
		return;
	}
	rmcp_arm(&k->timer, a->timeout);
	k->lookup = resolve_start(host, port, AF_UNSPEC, on_name, k);
	if (k->lookup == NULL) {
		rmcp_explain(&a->why, ERR_INTERNAL, "no means to look up %s", host);
		finish(a);
	}
}
