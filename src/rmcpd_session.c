/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "le.h"
#include "loop.h"
#include "rmcpd_bmc.h"

#define LOGIN_SECONDS 10 /* a login that has not come to its end by then is over */
#define USER 2           /* 13.14: what every session begins with */
#define ADMIN 4
#define THIS_CHANNEL 0x0e
#define CHANNEL 1
#define WINDOW 16 /* 6.12.13: sequence numbers that far from the highest are taken */

#define APP 0x06
enum {
	GET_SYSTEM_GUID = 0x37,
	GET_CHANNEL_AUTH = 0x38,
	SET_PRIVILEGE = 0x3b,
	CLOSE_SESSION = 0x3c,
	GET_CIPHER_SUITES = 0x54,
};

/* Completion codes (table 5-2). */
enum {
	CC_BAD_PRIVILEGE = 0x81, /* of Set Session Privilege Level */
	CC_NO_SESSION = 0x87,    /* of Close Session */
	CC_LENGTH = 0xc7,
	CC_FIELD = 0xcc,
	CC_PRIVILEGE = 0xd4,
};

/* ---- the list ---- */

void rmcpd_end_session(struct rmcpd_bmc *b, struct rmcpd_session *s)
{
	TAILQ_REMOVE(&b->sessions, s, link);
	if (s->stage == RMCPD_ACTIVE)
		b->counts.live--;
	else
		b->counts.pending--;
	OPENSSL_cleanse(s, sizeof *s);
	free(s);
}

void rmcpd_expire(struct rmcpd_bmc *b)
{
	struct rmcpd_session *s, *next;
	double now = loop_now();

	for (s = TAILQ_FIRST(&b->sessions); s != NULL; s = next) {
		bool active = s->stage == RMCPD_ACTIVE;

		next = TAILQ_NEXT(s, link);
		if (now - s->used < (active ? b->is.idle : LOGIN_SECONDS))
			continue;
		b->counts.expired += active;
		rmcpd_end_session(b, s);
	}
}

struct rmcpd_session *rmcpd_find_session(struct rmcpd_bmc *b, uint32_t id)
{
	struct rmcpd_session *s;

	rmcpd_expire(b);
	TAILQ_FOREACH(s, &b->sessions, link)
	if (s->login.managed == id)
		return s;
	return NULL;
}

bool rmcpd_is_from(const struct rmcpd_session *s, const struct sockaddr_in *from)
{
	return s->console.sin_addr.s_addr == from->sin_addr.s_addr &&
	       s->console.sin_port == from->sin_port;
}

/* A slot for one more. A login that was given up makes room for the next: else
 * a lossy network alone would fill the BMC. */
static bool make_room(struct rmcpd_bmc *b)
{
	struct rmcpd_session *s, *pending = NULL;
	unsigned n = 0;

	rmcpd_expire(b);
	TAILQ_FOREACH(s, &b->sessions, link)
	{
		n++;
		if (pending == NULL && s->stage != RMCPD_ACTIVE)
			pending = s;
	}
	if (n < b->is.slots)
		return true;
	if (pending == NULL)
		return false;
	rmcpd_end_session(b, pending);
	return true;
}

struct rmcpd_session *rmcpd_new_session(struct rmcpd_bmc *b)
{
	struct rmcpd_session *s = make_room(b) ? calloc(1, sizeof *s) : NULL;
	uint32_t id = 0;

	if (s == NULL)
		return NULL;
	while (id == 0 || rmcpd_find_session(b, id) != NULL)
		if (!rmcp_random(&id, sizeof id)) {
			free(s);
			return NULL;
		}
	s->login.managed = id;
	s->used = loop_now();
	TAILQ_INSERT_TAIL(&b->sessions, s, link);
	b->counts.pending++;
	return s;
}

void rmcpd_activate(struct rmcpd_bmc *b, struct rmcpd_session *s)
{
	s->stage = RMCPD_ACTIVE;
	b->counts.pending--;
	s->privilege = s->limit < USER ? s->limit : USER;
	s->used = loop_now();
	b->counts.logins++;
	b->counts.live++;
	if (b->counts.live > b->counts.peak)
		b->counts.peak = b->counts.live;
}

/* ---- packets ---- */

bool rmcpd_send_sealed(struct rmcpd_bmc *b, struct rmcpd_session *s, uint8_t payload_type,
                       const uint8_t *data, size_t len)
{
	uint8_t out[RMCP_PACKET_MAX];
	struct rmcp_packet head = { .payload_type = payload_type,
		                    .session = s->login.console,
		                    .sequence = ++s->out,
		                    .payload = data,
		                    .len = len };
	size_t n = rmcp_seal(&s->keys, out, &head);

	if (n > 0)
		rmcpd_transmit(b, &s->console, out, n);
	return n > 0;
}

/* Whether it is the first with that number, and one that is due (6.12.13). */
static bool is_new(struct rmcpd_session *s, uint32_t sequence)
{
	uint32_t ahead = sequence - s->high, back = s->high - sequence;

	if (sequence == 0)
		return false;
	if (ahead - 1 < WINDOW) {
		s->window = s->window << ahead | 1;
		s->high = sequence;
		return true;
	}
	if (back >= WINDOW || (s->window >> back & 1) != 0)
		return false;
	s->window |= (uint32_t)1 << back;
	return true;
}

/* ---- commands ---- */

static int tell_authentication(const struct rmcpd_bmc *b, const uint8_t *data, size_t len,
                               uint8_t *completion, uint8_t *out)
{
	bool v20 = len > 0 && (data[0] & 0x80) != 0;

	if (len < 2) {
		*completion = CC_LENGTH;
		return 0;
	}
	if ((data[0] & 0x0f) != THIS_CHANNEL && (data[0] & 0x0f) != CHANNEL) {
		*completion = CC_FIELD;
		return 0;
	}
	memset(out, 0, 8);
	out[0] = CHANNEL;
	out[1] = (uint8_t)((v20 ? 0x80 : 0) | (b->is.v15 ? 0x14 : 0)); /* password, MD5 */
	out[2] = (uint8_t)(0x04 | (b->is.kg_len > 0 ? 0x20 : 0));      /* user names, K_g */
	out[3] = (uint8_t)(0x02 | (b->is.v15 ? 0x01 : 0));
	return 8;
}

static int tell_suites(const struct rmcpd_bmc *b, const uint8_t *data, size_t len,
                       uint8_t *completion, uint8_t *out)
{
	uint8_t all[RMCPD_SUITES * RMCPD_OFFER];
	size_t n = 0, from;

	if (len < 3) {
		*completion = CC_LENGTH;
		return 0;
	}
	for (unsigned i = 0; i < b->is.suite_count; i++)
		n += rmcpd_build_offer(all + n, b->is.suites[i]);
	from = (size_t)(data[2] & 0x3f) * 16;
	n = from < n ? n - from : 0;
	if (n > 16)
		n = 16;
	out[0] = CHANNEL;
	memcpy(out + 1, all + (n > 0 ? from : 0), n);
	return (int)n + 1;
}

int rmcpd_public_command(const struct rmcpd_bmc *b, const struct rmcpd_caller *c,
                         const uint8_t *data, size_t len, uint8_t *completion, uint8_t *out)
{
	if (c->netfn != APP)
		return -1;
	switch (c->command) {
	case GET_CHANNEL_AUTH:
		return tell_authentication(b, data, len, completion, out);
	case GET_CIPHER_SUITES:
		return tell_suites(b, data, len, completion, out);
	case GET_SYSTEM_GUID:
		memcpy(out, b->is.guid, sizeof b->is.guid);
		return sizeof b->is.guid;
	default:
		return -1;
	}
}

static uint8_t set_privilege(struct rmcpd_session *s, const uint8_t *data, size_t len)
{
	uint8_t wanted = len > 0 ? data[0] & 0x0f : 0;

	if (len < 1)
		return CC_LENGTH;
	if (wanted == 1 || wanted > ADMIN + 1)
		return CC_FIELD;
	if (wanted > s->limit)
		return CC_BAD_PRIVILEGE;
	if (wanted != 0)
		s->privilege = wanted;
	return 0;
}

/* The session to be closed in *other, where that is another one. */
static uint8_t close_which(struct rmcpd_bmc *b, struct rmcpd_session *s, const uint8_t *data,
                           size_t len, struct rmcpd_session **other)
{
	if (len < 4)
		return CC_LENGTH;
	*other = rmcpd_find_session(b, get32(data));
	if (*other == NULL || (*other)->stage != RMCPD_ACTIVE)
		return CC_NO_SESSION;
	return *other == s || s->privilege >= ADMIN ? 0 : CC_PRIVILEGE;
}

static void answer(struct rmcpd_bmc *b, struct rmcpd_session *s, const struct rmcpd_caller *c,
                   uint8_t completion, const uint8_t *data, size_t len)
{
	uint8_t message[RMCP_MESSAGE_MAX];

	len = rmcpd_build_response(message, c, completion, data, completion == 0 ? len : 0);
	rmcpd_send_sealed(b, s, RMCP_IPMI, message, len);
}

static void on_close(struct rmcpd_bmc *b, struct rmcpd_session *s, const struct rmcpd_caller *c,
                     const uint8_t *data, size_t len)
{
	struct rmcpd_session *which;
	uint8_t completion = close_which(b, s, data, len, &which);

	answer(b, s, c, completion, NULL, 0);
	if (completion != 0)
		return;
	b->counts.logouts++;
	rmcpd_end_session(b, which);
}

static void on_command(struct rmcpd_bmc *b, struct rmcpd_session *s, const uint8_t *payload,
                       size_t payload_len)
{
	struct rmcpd_request r = { .session = s->login.managed,
		                   .privilege = s->privilege,
		                   .payload_type = RMCP_IPMI };
	uint8_t completion = 0, out[64];
	const uint8_t *data;
	size_t len;
	int n;

	if (!rmcpd_parse_request(&r.caller, &data, &len, payload, payload_len))
		return;
	b->counts.commands++;
	n = rmcpd_public_command(b, &r.caller, data, len, &completion, out);
	if (n >= 0) {
		answer(b, s, &r.caller, completion, out, (size_t)n);
	} else if (r.caller.netfn == APP && r.caller.command == SET_PRIVILEGE) {
		completion = set_privilege(s, data, len);
		answer(b, s, &r.caller, completion, &s->privilege, 1);
	} else if (r.caller.netfn == APP && r.caller.command == CLOSE_SESSION) {
		on_close(b, s, &r.caller, data, len);
	} else {
		rmcpd_hand_over(b, &r, data, len);
	}
}

static void on_sealed(struct rmcpd_bmc *b, const struct sockaddr_in *from,
                      const struct rmcp_packet *p)
{
	struct rmcpd_session *s = rmcpd_find_session(b, p->session);
	uint8_t clear[RMCP_PACKET_MAX];
	struct rmcpd_request r = { .session = p->session, .payload_type = p->payload_type };
	size_t len;

	if (s == NULL || s->stage != RMCPD_ACTIVE || !rmcpd_is_from(s, from) ||
	    !rmcp_unseal(&s->keys, p, clear, &len) || !is_new(s, p->sequence)) {
		b->counts.forged++;
		return;
	}
	s->used = loop_now();
	r.privilege = s->privilege;
	if (p->payload_type == RMCP_IPMI)
		on_command(b, s, clear, len);
	else
		rmcpd_hand_over(b, &r, clear, len);
}

void rmcpd_receive(struct rmcpd_bmc *b, const struct sockaddr_in *from, const uint8_t *data,
                   size_t len)
{
	struct rmcp_packet p;

	if (!rmcp_parse(&p, data, len))
		return;
	if (p.framing == RMCP_V20 && p.session != 0)
		on_sealed(b, from, &p);
	else if (p.session == 0)
		rmcpd_greet(b, from, &p);
}
