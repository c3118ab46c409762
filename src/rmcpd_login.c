/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/crypto.h>
#include <string.h>

#include "rmcpd_bmc.h"

/* Table 13-15. */
enum {
	ST_NO_RESOURCES = 0x01,
	ST_NO_SESSION = 0x02,
	ST_UNAUTHORIZED_ROLE = 0x0a,
	ST_UNAUTHORIZED_NAME = 0x0d,
	ST_BAD_CODE = 0x0f,
	ST_NO_SUITE = 0x11,
};

#define ROLE 0x0f
#define HIGHEST 4 /* administrator */

/* ---- outside of a login ---- */

static void answer_question(struct rmcpd_bmc *b, const struct sockaddr_in *from,
                            const struct rmcp_packet *p)
{
	uint8_t out[RMCP_PACKET_MAX], reply[64], completion = 0;
	size_t head = p->framing == RMCP_V20 ? RMCP_HEADER : RMCPD_V15_HEADER, data_len, len;
	const uint8_t *data;
	struct rmcpd_caller caller;
	int n;

	if (!rmcpd_parse_request(&caller, &data, &data_len, p->payload, p->len))
		return;
	n = rmcpd_public_command(b, &caller, data, data_len, &completion, reply);
	if (n < 0) {
		completion = 0xd4; /* insufficient privilege */
		n = 0;
	}
	len = rmcpd_build_response(out + head, &caller, completion, reply, (size_t)n);
	rmcpd_transmit(b, from, out, rmcpd_wrap(out, p->framing, len));
}

/* ---- opening ---- */

static const struct rmcp_suite *suite_of(const struct rmcpd_bmc *b,
                                         const struct rmcp_open_request *r)
{
	for (unsigned i = 0; i < b->is.suite_count; i++) {
		const struct rmcp_suite *s = rmcp_suite(b->is.suites[i]);

		if (s != NULL && s->authentication == r->authentication &&
		    s->integrity == r->integrity && s->confidentiality == r->confidentiality)
			return s;
	}
	return NULL;
}

static uint8_t open_session(struct rmcpd_bmc *b, const struct sockaddr_in *from,
                            const struct rmcp_open_request *r, struct rmcp_opened *o)
{
	const struct rmcp_suite *suite = suite_of(b, r);
	struct rmcpd_session *s;

	if (suite == NULL)
		return ST_NO_SUITE;
	s = rmcpd_new_session(b);
	if (s == NULL) {
		b->counts.full++;
		return ST_NO_RESOURCES;
	}
	s->console = *from;
	s->login.suite = suite;
	s->login.console = r->console;
	o->managed = s->login.managed;
	return 0;
}

static void on_open(struct rmcpd_bmc *b, const struct sockaddr_in *from,
                    const struct rmcp_packet *p)
{
	uint8_t out[RMCP_PACKET_MAX];
	struct rmcp_open_request r;
	struct rmcp_opened o = { 0 };

	if (!rmcpd_parse_open(&r, p))
		return;
	o.tag = r.tag;
	o.console = r.console;
	o.authentication = r.authentication;
	o.integrity = r.integrity;
	o.confidentiality = r.confidentiality;
	o.status = open_session(b, from, &r, &o);
	rmcpd_transmit(b, from, out,
	               rmcpd_build_opened(out, &o, r.privilege != 0 ? r.privilege : HIGHEST));
}

/* ---- RAKP ---- */

static struct rmcpd_session *session_for(struct rmcpd_bmc *b, const struct sockaddr_in *from,
                                         uint32_t id)
{
	struct rmcpd_session *s = rmcpd_find_session(b, id);

	return s != NULL && rmcpd_is_from(s, from) ? s : NULL;
}

static const struct rmcpd_user *user_of(const struct rmcpd_bmc *b, const struct rmcp_rakp1 *r)
{
	for (unsigned i = 0; i < b->is.user_count; i++) {
		const struct rmcpd_user *u = &b->is.users[i];

		if (u->name_len == r->user_len && memcmp(u->name, r->user, u->name_len) == 0)
			return u;
	}
	return NULL;
}

/* The same words again get the same answer: only one of both is believed. */
static bool is_repeated(const struct rmcpd_session *s, const struct rmcp_rakp1 *r)
{
	const struct rmcp_login *l = &s->login;

	return s->stage == RMCPD_CHALLENGED && l->role == r->role && l->user_len == r->user_len &&
	       memcmp(l->user, r->user, r->user_len) == 0 &&
	       memcmp(l->console_random, r->random, RMCP_RANDOM) == 0;
}

static void fill_login(const struct rmcpd_bmc *b, struct rmcp_login *l, const struct rmcp_rakp1 *r,
                       const struct rmcpd_user *u)
{
	memcpy(l->console_random, r->random, RMCP_RANDOM);
	memcpy(l->guid, b->is.guid, RMCP_RANDOM);
	memcpy(l->user, u->name, u->name_len);
	memset(l->password, 0, sizeof l->password);
	memcpy(l->password, u->password, u->password_len);
	memcpy(l->kg, b->is.kg, b->is.kg_len);
	l->role = r->role;
	l->user_len = u->name_len;
	l->password_len = u->password_len;
	l->kg_len = b->is.kg_len;
}

static uint8_t challenge(struct rmcpd_bmc *b, struct rmcpd_session *s, const struct rmcp_rakp1 *r)
{
	const struct rmcpd_user *u = user_of(b, r);
	uint8_t asked = r->role & ROLE;

	if (s == NULL || s->stage == RMCPD_ACTIVE)
		return ST_NO_SESSION;
	if (is_repeated(s, r))
		return 0;
	if (u == NULL)
		return ST_UNAUTHORIZED_NAME;
	if (asked > u->privilege)
		return ST_UNAUTHORIZED_ROLE;
	if (!rmcp_random(s->login.managed_random, RMCP_RANDOM))
		return ST_NO_RESOURCES;
	fill_login(b, &s->login, r, u);
	s->limit = asked != 0 ? asked : u->privilege;
	s->stage = RMCPD_CHALLENGED;
	return 0;
}

static void end_login(struct rmcpd_bmc *b, struct rmcpd_session *s)
{
	b->counts.failures++;
	rmcpd_end_session(b, s);
}

/* A login has failed; one that repeats a login of long ago ends no session. */
static void give_up(struct rmcpd_bmc *b, struct rmcpd_session *s)
{
	if (s != NULL && s->stage != RMCPD_ACTIVE)
		end_login(b, s);
}

static void on_rakp1(struct rmcpd_bmc *b, const struct sockaddr_in *from,
                     const struct rmcp_packet *p)
{
	uint8_t out[RMCP_PACKET_MAX], code[RMCP_DIGEST_MAX];
	struct rmcp_rakp answer = { 0 };
	struct rmcpd_session *s;
	struct rmcp_rakp1 r;

	if (!rmcpd_parse_rakp1(&r, p))
		return;
	s = session_for(b, from, r.managed);
	answer.tag = r.tag;
	answer.console = s != NULL ? s->login.console : 0;
	answer.status = challenge(b, s, &r);
	if (answer.status != 0) {
		give_up(b, s);
	} else {
		if (!rmcp_rakp2_code(&s->login, code))
			return;
		answer.random = s->login.managed_random;
		answer.guid = s->login.guid;
		answer.code = code;
		answer.code_len = s->login.suite->digest;
	}
	rmcpd_transmit(b, from, out, rmcpd_build_rakp(out, RMCP_RAKP2, &answer));
}

static uint8_t accept_code(struct rmcpd_bmc *b, struct rmcpd_session *s,
                           const struct rmcpd_rakp3 *r)
{
	uint8_t own[RMCP_DIGEST_MAX];

	if (s == NULL || s->stage == RMCPD_OPENED)
		return ST_NO_SESSION;
	if (!rmcp_rakp3_code(&s->login, own) || r->code_len != s->login.suite->digest ||
	    CRYPTO_memcmp(own, r->code, r->code_len) != 0)
		return ST_BAD_CODE;
	if (s->stage == RMCPD_ACTIVE)
		return 0; /* our RAKP 4 was lost */
	if (!rmcp_derive(&s->login, &s->keys))
		return ST_NO_RESOURCES;
	rmcpd_activate(b, s);
	return 0;
}

static void on_rakp3(struct rmcpd_bmc *b, const struct sockaddr_in *from,
                     const struct rmcp_packet *p)
{
	uint8_t out[RMCP_PACKET_MAX], code[RMCP_DIGEST_MAX];
	struct rmcp_rakp answer = { 0 };
	struct rmcpd_session *s;
	struct rmcpd_rakp3 r;

	if (!rmcpd_parse_rakp3(&r, p))
		return;
	s = session_for(b, from, r.managed);
	if (r.status != 0) {
		/* The console gives up, perhaps after our RAKP 4, and waits for nothing.
		 * A session in which it has said something is not meant. */
		if (s != NULL && s->high == 0)
			end_login(b, s);
		return;
	}
	answer.tag = r.tag;
	answer.console = s != NULL ? s->login.console : 0;
	answer.status = accept_code(b, s, &r);
	if (answer.status != 0) {
		give_up(b, s);
	} else {
		if (!rmcp_rakp4_code(&s->login, code))
			return;
		answer.code = code;
		answer.code_len = s->login.suite->mac;
	}
	rmcpd_transmit(b, from, out, rmcpd_build_rakp(out, RMCP_RAKP4, &answer));
}

void rmcpd_greet(struct rmcpd_bmc *b, const struct sockaddr_in *from, const struct rmcp_packet *p)
{
	uint8_t out[64], tag;

	if (rmcpd_parse_ping(p, &tag)) {
		rmcpd_transmit(b, from, out, rmcpd_build_pong(out, tag));
		return;
	}
	if (p->framing == RMCP_ASF || p->encrypted || p->authenticated)
		return;
	switch (p->payload_type) {
	case RMCP_IPMI:
		answer_question(b, from, p);
		break;
	case RMCP_OPEN_REQUEST:
		on_open(b, from, p);
		break;
	case RMCP_RAKP1:
		on_rakp1(b, from, p);
		break;
	case RMCP_RAKP3:
		on_rakp3(b, from, p);
		break;
	default:
		break;
	}
}
