/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a BMC hears that a session which it may hold is not wanted: each takes
 * one of its few slots, and keeps others out for a minute. */
#include <math.h>
#include <string.h>

#include "loop.h"
#include "rmcp_login.h"

/* 13.22: any status that is not 0 ends the login, and needs no code. */
#define STATUS 0x01
#define NO_TAG 0 /* no question of a login has it, so no answer to this is taken for one */

#define CLOSE_MESSAGE 11 /* bytes */

static void build_close(uint32_t managed, uint8_t message[CLOSE_MESSAGE])
{
	uint8_t id[4];
	const struct rmcp_request r = { RMCP_APP, 0, 0, RMCP_CLOSE_SESSION, id, sizeof id };

	for (unsigned i = 0; i < 4; i++)
		id[i] = (uint8_t)(managed >> 8 * i);
	rmcp_build_message(message, &r);
}

void rmcp_close_ghost(struct rmcp_session *s, struct rmcp_ghost *g)
{
	uint8_t message[CLOSE_MESSAGE], out[RMCP_PACKET_MAX];
	struct rmcp_packet head = { .session = g->managed,
		                    .sequence = ++g->out,
		                    .payload = message,
		                    .len = CLOSE_MESSAGE };

	build_close(g->managed, message);
	rmcp_transmit(&s->peer, out, rmcp_seal(&g->keys, out, &head));
}

void rmcp_break_off(struct rmcp_session *s)
{
	uint8_t out[64];

	rmcp_transmit(&s->peer, out, rmcp_build_rakp3(out, NO_TAG, STATUS, s->managed, NULL, 0));
}

void rmcp_abandon(struct rmcp_session *s)
{
	uint8_t message[CLOSE_MESSAGE];

	if (s->managed == 0)
		return;
	if (!s->keyed)
		rmcp_break_off(s);
	/* Nobody waits for the answer, and what made us give up may be a network
	 * that loses datagrams: said twice. */
	build_close(s->managed, message);
	for (int i = 0; i < 2 && s->keyed; i++)
		rmcp_send_sealed(s, RMCP_IPMI, message, CLOSE_MESSAGE);
	s->managed = 0;
	s->keyed = false;
}

void rmcp_login_abandon(struct login *l)
{
	struct rmcp_session *s = l->session;
	bool keyed = s->keyed && s->managed != 0 && s->keys.suite != NULL;

	if (keyed)
		l->ghost = (struct rmcp_ghost){ .managed = s->managed, .keys = s->keys };
	rmcp_abandon(s);
	if (keyed)
		l->ghost.out = s->out;
}

/* ---- answers to Open Session that no login waits for ---- */

void rmcp_expect_opened(struct rmcp_session *s, const struct rmcp_login *as)
{
	struct rmcp_expected *e = &s->expected;

	if (e->count < UINT8_MAX)
		e->count++;
	e->until = INFINITY;
	e->role = as->role;
	e->user_len = rmcp_user_len(as);
	memcpy(e->user, as->user, e->user_len);
}

void rmcp_saw_opened(struct rmcp_session *s, double asked)
{
	struct rmcp_expected *e = &s->expected;

	if (e->count > 0)
		e->count--;
	e->until = 2 * loop_now() - asked;
}

bool rmcp_expects_opened(const struct rmcp_session *s)
{
	return s->expected.count > 0 && s->expected.until > loop_now();
}

/* Most BMCs give the slot back for RAKP 3 with a status, whenever it comes;
 * some only when RAKP 1 came before it. */
static void give_back(struct rmcp_session *s, uint32_t managed)
{
	uint8_t out[RMCP_PACKET_MAX], random[RMCP_RANDOM];
	const struct rmcp_expected *e = &s->expected;
	const struct rmcp_rakp1 r = { NO_TAG, e->role, managed, random, e->user, e->user_len };
	size_t len = rmcp_build_rakp3(out, NO_TAG, STATUS, managed, NULL, 0);

	rmcp_transmit(&s->peer, out, len);
	if (!rmcp_random(random, sizeof random))
		return;
	rmcp_transmit(&s->peer, out, rmcp_build_rakp1(out, &r));
	len = rmcp_build_rakp3(out, NO_TAG, STATUS, managed, NULL, 0);
	rmcp_transmit(&s->peer, out, len);
}

bool rmcp_is_late_opened(const struct rmcp_session *s, const struct rmcp_packet *d)
{
	const struct login *l = s->login;

	return d->framing == RMCP_V20 && d->payload_type == RMCP_OPEN_RESPONSE && d->len > 0 &&
	       (l == NULL || l->phase != OPENING_SESSION || d->payload[0] != l->tag);
}

void rmcp_late_opened(struct rmcp_session *s, const struct rmcp_packet *d)
{
	struct rmcp_opened o;

	if (!rmcp_parse_opened(&o, d) || o.console == 0 || o.console != s->peer.id ||
	    (o.status == 0 && (o.managed == 0 || o.managed == s->managed)))
		return;
	if (s->expected.count > 0)
		s->expected.count--;
	if (o.status == 0)
		give_back(s, o.managed);
}
