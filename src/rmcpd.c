/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rmcpd.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptors.h"
#include "op.h"
#include "rmcpd_bmc.h"

/* Tries for a port that is free at every address. */
#define PORT_TRIES 16
/* Requests that may wait to be taken: far more than a fleet asks at once. */
#define WAITING_MAX 65536

void rmcpd_explain(struct rmcpd_failure *why, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	why->code = code;
}

/* ---- servers ---- */

static bool bind_all(struct rmcpd *s, uint16_t port, struct rmcpd_failure *why)
{
	s->port = port;
	for (size_t i = 0; i < s->count; i++) {
		if (rmcpd_bind(&s->bmcs[i], s->port, why))
			continue;
		while (i-- > 0)
			rmcpd_unbind(&s->bmcs[i]);
		return false;
	}
	return true;
}

static bool bind_somewhere(struct rmcpd *s, uint16_t port, struct rmcpd_failure *why)
{
	int tries = port == 0 ? PORT_TRIES : 1;

	while (tries-- > 0)
		if (bind_all(s, port, why))
			return true;
		else if (why->code != ERR_BUSY)
			return false;
	return false;
}

static void set_up(struct rmcpd_bmc *b, struct rmcpd *s, size_t i,
                   const struct rmcpd_config *config, uint64_t seed)
{
	b->server = s;
	b->index = i;
	b->is = *config;
	b->chance = seed + i * 0x632be59bd9b4e019u;
	b->readable.fd = -1;
	TAILQ_INIT(&b->sessions);
}

/* Those that are open: OpenSSL's contexts go with the last one. */
static unsigned servers;

static void free_server(struct rmcpd *s)
{
	free(s);
	if (--servers == 0)
		rmcp_crypto_stop();
}

struct rmcpd *rmcpd_open(const struct rmcpd_config *bmcs, size_t count, uint16_t port,
                         uint64_t seed, struct op *ready, struct rmcpd_failure *why)
{
	struct rmcpd *s;

	for (size_t i = 0; i < count; i++)
		if (ntohl(bmcs[i].address.s_addr) >> 24 != IN_LOOPBACKNET) {
			rmcpd_explain(why, ERR_REJECTED, "an address of 127.0.0.0/8 expected");
			return NULL;
		}
	if (!rmcp_crypto_start()) {
		rmcpd_explain(why, ERR_INTERNAL, "OpenSSL lacks what RMCP+ needs");
		return NULL;
	}
	servers++;
	descriptors_raise();
	s = calloc(1, sizeof *s + count * sizeof *s->bmcs);
	if (s == NULL) {
		rmcpd_explain(why, ERR_INTERNAL, "not enough memory");
		free_server(s);
		return NULL;
	}
	s->ready = ready;
	s->count = count;
	STAILQ_INIT(&s->requests);
	TAILQ_INIT(&s->held);
	for (size_t i = 0; i < count; i++)
		set_up(&s->bmcs[i], s, i, &bmcs[i], seed);
	if (bind_somewhere(s, port, why))
		return s;
	free_server(s);
	return NULL;
}

void rmcpd_close(struct rmcpd *s)
{
	struct rmcpd_request *r;

	for (size_t i = 0; i < s->count; i++) {
		rmcpd_unbind(&s->bmcs[i]);
		rmcpd_forget(s, i, 0);
	}
	rmcpd_let_go(s, NULL);
	while ((r = rmcpd_take(s)) != NULL)
		free(r);
	free_server(s);
}

uint16_t rmcpd_port(const struct rmcpd *s)
{
	return s->port;
}

size_t rmcpd_count(const struct rmcpd *s)
{
	return s->count;
}

bool rmcpd_listen_at(struct rmcpd *s, size_t bmc, bool on, struct rmcpd_failure *why)
{
	struct rmcpd_bmc *b = &s->bmcs[bmc];

	if (on)
		return b->readable.fd >= 0 || rmcpd_bind(b, s->port, why);
	rmcpd_unbind(b);
	return true;
}

void rmcpd_set_network(struct rmcpd *s, size_t bmc, const struct rmcpd_network *net)
{
	s->bmcs[bmc].net = *net;
	if (net->dead)
		rmcpd_let_go(s, &s->bmcs[bmc]);
}

void rmcpd_forget(struct rmcpd *s, size_t bmc, uint32_t id)
{
	struct rmcpd_bmc *b = &s->bmcs[bmc];
	struct rmcpd_session *one;

	if (id != 0) {
		one = rmcpd_find_session(b, id);
		if (one != NULL)
			rmcpd_end_session(b, one);
		return;
	}
	while ((one = TAILQ_FIRST(&b->sessions)) != NULL)
		rmcpd_end_session(b, one);
}

bool rmcpd_is_open(struct rmcpd *s, size_t bmc, uint32_t id)
{
	const struct rmcpd_session *one = rmcpd_find_session(&s->bmcs[bmc], id);

	return one != NULL && one->stage == RMCPD_ACTIVE;
}

struct rmcpd_counts *rmcpd_counts(struct rmcpd *s, size_t bmc)
{
	rmcpd_expire(&s->bmcs[bmc]);
	return &s->bmcs[bmc].counts;
}

/* ---- requests ---- */

void rmcpd_hand_over(struct rmcpd_bmc *b, const struct rmcpd_request *head, const uint8_t *data,
                     size_t len)
{
	struct rmcpd *s = b->server;
	struct rmcpd_request *r = s->waiting < WAITING_MAX ? malloc(sizeof *r + len) : NULL;

	if (r == NULL)
		return;
	*r = *head;
	r->bmc = b->index;
	r->len = len;
	if (len > 0)
		memcpy(r->data, data, len);
	STAILQ_INSERT_TAIL(&s->requests, r, link);
	s->waiting++;
	op_finish(s->ready);
}

struct rmcpd_request *rmcpd_take(struct rmcpd *s)
{
	struct rmcpd_request *r = STAILQ_FIRST(&s->requests);

	if (r != NULL) {
		STAILQ_REMOVE_HEAD(&s->requests, link);
		s->waiting--;
	}
	return r;
}

bool rmcpd_has(const struct rmcpd *s)
{
	return s->waiting > 0;
}

bool rmcpd_send(struct rmcpd *s, size_t bmc, uint32_t session, uint8_t payload_type,
                const uint8_t *data, size_t len)
{
	struct rmcpd_bmc *b = &s->bmcs[bmc];
	struct rmcpd_session *to = rmcpd_find_session(b, session);

	return to != NULL && to->stage == RMCPD_ACTIVE && len <= RMCP_MESSAGE_MAX &&
	       rmcpd_send_sealed(b, to, payload_type, data, len);
}

bool rmcpd_answer(struct rmcpd *s, const struct rmcpd_request *r, uint8_t completion,
                  const uint8_t *data, size_t len)
{
	uint8_t message[RMCP_MESSAGE_MAX];

	if (len > sizeof message - 8)
		return false;
	len = rmcpd_build_response(message, &r->caller, completion, data, len);
	return rmcpd_send(s, r->bmc, r->session, RMCP_IPMI, message, len);
}
