/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions of IPMI 1.5, for a BMC that has nothing newer and an operator who
 * has allowed it: challenge, activation, and packets that are authenticated
 * with MD5 (22.17). Straight passwords, MD2 and no authentication at all are
 * not spoken. Nothing is encrypted here: what is asked can be read on the way.
 *
 * The password is the key of the session, so it stays until the end of it. */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "le.h"
#include "loop.h"
#include "rmcp_login.h"

#define MD5 0x02      /* authentication type, 22.13 */
#define ANY_SLOT 0x81 /* completion codes of Activate Session, 22.17: no slot free … */
#define USER_SLOT 0x82
#define PRIVILEGE_SLOT 0x83
#define TOO_HIGH 0x86

/* ---- packets ---- */

/* A whole authenticated datagram; its length, 0 on failure. */
static size_t seal(const uint8_t *password, uint8_t *out, const struct rmcp_packet *p)
{
	uint8_t code[RMCP_CODE_15];

	return rmcp_code_15(password, p, code) ? rmcp_build_session_15(out, p, code) : 0;
}

int rmcp_send_15(struct rmcp_session *s, const uint8_t *payload, size_t len)
{
	uint8_t out[RMCP_PACKET_MAX];
	const struct rmcp_packet p = {
		.session = s->managed, .sequence = s->out, .payload = payload, .len = len
	};
	size_t n = seal(s->keys.k1, out, &p);

	if (n == 0)
		return EMSGSIZE;
	s->used = loop_now();
	return rmcp_transmit(&s->peer, out, n);
}

static bool check(const uint8_t *password, const struct rmcp_packet *d)
{
	uint8_t own[RMCP_CODE_15];

	return d->authenticated && rmcp_code_15(password, d, own) &&
	       CRYPTO_memcmp(own, d->code, sizeof own) == 0;
}

bool rmcp_check_15(const struct rmcp_session *s, const struct rmcp_packet *d)
{
	return check(s->keys.k1, d);
}

/* ---- logging in ---- */

/* 22.16. Sessionless; the BMC answers with what the code is to be made of. */
void rmcp_15_begin(struct login *l)
{
	uint8_t data[1 + RMCP_USER_MAX] = { MD5 };
	struct rmcp_request r = { RMCP_APP,           0,    ++l->tag & 0x3f,
		                  RMCP_GET_CHALLENGE, data, sizeof data };

	if (l->shared.password_len > RMCP_KEY_15) {
		rmcp_fail(l, ERR_REJECTED, "password",
		          "the BMC has only IPMI 1.5, which carries passwords of %d bytes at most",
		          RMCP_KEY_15);
		return;
	}
	memcpy(data + 1, l->shared.user, RMCP_USER_MAX);
	rmcp_login_ask(l, CHALLENGE, rmcp_build_v15(l->packet, &r));
}

/* 22.17. The first packet with a code, of the session id in the challenge. */
static void activate(struct login *l, uint32_t session, const uint8_t challenge[RMCP_RANDOM])
{
	struct rmcp_session *s = l->session;
	uint8_t data[2 + RMCP_RANDOM + 4] = { MD5, (uint8_t)s->o.privilege }, message[40];
	struct rmcp_request r = { RMCP_APP, 0, ++l->tag & 0x3f, RMCP_ACTIVATE, data, sizeof data };
	struct rmcp_packet p = { .session = session, .payload = message };

	memcpy(data + 2, challenge, RMCP_RANDOM);
	if (!rmcp_random(&s->high, sizeof s->high)) {
		rmcp_fail(l, ERR_INTERNAL, NULL, "no random number");
		return;
	}
	s->high &= 0x7fffffff; /* the number before the BMC's first one */
	s->window = UINT32_MAX;
	put32(data + 2 + RMCP_RANDOM, s->high + 1);
	p.len = rmcp_build_message(message, &r);
	rmcp_login_ask(l, ACTIVATING, seal(l->shared.password, l->packet, &p));
}

/* The answer to the question under way. */
static bool take(const struct login *l, const struct rmcp_packet *d, uint8_t command,
                 struct rmcp_message *m)
{
	return d->framing == RMCP_V15 && rmcp_parse_message(m, d->payload, d->len) &&
	       m->netfn == (RMCP_APP | 1) && m->command == command &&
	       m->sequence == (l->tag & 0x3f);
}

static void refused(struct login *l, const char *what, uint8_t completion)
{
	l->completion = completion;
	rmcp_fail(l, ERR_PROTOCOL, NULL, "%s was refused with completion code %02Xh", what,
	          completion);
}

void rmcp_15_take_challenge(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_message m;

	if (d->session != 0 || !take(l, d, RMCP_GET_CHALLENGE, &m))
		return;
	if (m.code == 0x81 || m.code == 0x82) {
		l->completion = m.code;
		rmcp_fail_user(l);
	} else if (m.code != 0) {
		refused(l, "Get Session Challenge (MD5)", m.code);
	} else if (m.len >= 4 + RMCP_RANDOM) {
		activate(l, get32(m.data), m.data + 4);
	}
}

static void activation_refused(struct login *l, uint8_t completion)
{
	l->completion = completion;
	if (completion >= ANY_SLOT && completion <= PRIVILEGE_SLOT)
		rmcp_login_no_slot(l);
	else if (completion == TOO_HIGH)
		rmcp_fail_privilege(l, "completion code 86h");
	else
		refused(l, "Activate Session", completion);
}

/* A refusal has no code where the BMC knows no session yet. */
void rmcp_15_take_activated(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_session *s = l->session;
	struct rmcp_message m;

	if (!take(l, d, RMCP_ACTIVATE, &m) || (d->authenticated && !check(l->shared.password, d)))
		return;
	if (m.code != 0) {
		activation_refused(l, m.code);
		return;
	}
	if (m.len < 10 || !d->authenticated)
		return;
	memset(&s->keys, 0, sizeof s->keys);
	memcpy(s->keys.k1, l->shared.password, RMCP_KEY_15);
	s->managed = get32(m.data + 1);
	s->out = get32(m.data + 5) - 1; /* the next one is the first */
	s->keyed = true;
	if ((m.data[0] & 0x0f) == MD5)
		rmcp_login_privilege(l);
	else
		rmcp_fail(l, ERR_UNSUPPORTED, "suite",
		          "the BMC does not authenticate its messages: switch per-message "
		          "authentication on there");
}
