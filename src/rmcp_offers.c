/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a BMC says to anybody, before or without a login: its capabilities, that
 * it is there (the presence ping), its cipher suites. Some are wrong about
 * themselves: all of this is a hint, and never a reason to stop. */
#include <stdio.h>
#include <string.h>

#include "loop.h"
#include "rmcp_login.h"

#define AGAIN 0x20 /* in the sequence number of a question that is sent again */
#define CC_BAD_FIELD 0xcc
#define SUITE_LIST 16 /* bytes of records in an answer, of which more follow */

/* ---- capabilities ---- */

/* 22.13. Sessionless, in the framing of IPMI 1.5. By its number an answer tells
 * whether it is one to the first question, and thus how long the BMC takes. */
static size_t build_capabilities(struct login *l, uint8_t again)
{
	uint8_t data[2] = { RMCP_THIS_CHANNEL | (l->plain ? 0 : 0x80),
		            (uint8_t)l->session->o.privilege };
	struct rmcp_request r = { .netfn = RMCP_APP,
		                  .sequence = (l->tag & (AGAIN - 1)) | again,
		                  .command = RMCP_GET_CHANNEL_AUTH,
		                  .data = data,
		                  .len = sizeof data };

	return rmcp_build_v15(l->packet, &r);
}

void rmcp_offers_ask(struct login *l)
{
	rmcp_login_ask(l, CAPABILITIES, build_capabilities(l, 0));
}

/* The ping goes along with a question that nobody answered: by its answer the
 * end can tell a machine without IPMI from none. */
void rmcp_offers_ask_again(struct login *l)
{
	uint8_t out[16];

	rmcp_transmit(&l->session->peer, out, rmcp_build_ping(out, l->tag));
	l->len = build_capabilities(l, AGAIN);
}

void rmcp_offers_take(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_message m;

	if (d->framing != RMCP_V15 || d->session != 0 ||
	    !rmcp_parse_message(&m, d->payload, d->len) || m.netfn != (RMCP_APP | 1) ||
	    m.command != RMCP_GET_CHANNEL_AUTH || ((m.sequence ^ l->tag) & (AGAIN - 1)) != 0)
		return;
	if ((m.sequence & AGAIN) == 0) {
		l->latency = loop_now() - l->asked;
		rmcp_took(l->latency);
	}
	if (m.code == CC_BAD_FIELD && !l->plain) {
		l->plain = true; /* QUIRKS: old BMCs do not know the bit for 2.0 */
		l->tag++;
		rmcp_offers_ask(l);
		return;
	}
	if (m.code == 0 && m.len >= 4 && (m.data[1] & 0x80) != 0) {
		l->with_kg = (m.data[2] & 0x20) != 0;
		l->no_v20 = (m.data[3] & 0x02) == 0;
	} else if (m.code == 0) {
		l->no_v20 = true;
	}
	l->version_15 = l->no_v20 && l->session->o.allow_15;
	rmcp_login_begin(l);
}

void rmcp_offers_take_pong(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_pong pong;

	if (!rmcp_parse_pong(&pong, d) || pong.tag != l->tag)
		return;
	l->pong = true;
	l->pong_ipmi = pong.ipmi;
}

/* ---- cipher suites ---- */

/* 22.15. Asked when no suite was taken, to say which ones there are: in lists of
 * sixteen bytes, of which one that is shorter is the last. */
void rmcp_offers_ask_suites(struct login *l)
{
	const uint8_t data[3] = { RMCP_THIS_CHANNEL, RMCP_IPMI, 0x80 | l->list };
	struct rmcp_request r = { RMCP_APP, 0,          ++l->tag & 0x3f, RMCP_GET_CIPHER_SUITES,
		                  data,     sizeof data };

	rmcp_login_ask(l, SUITES, rmcp_build_v20(l->packet, &r));
}

/* Keeps the records of a list. True when there is a next one; a BMC that gives
 * the same list for ever has filled the room soon. */
static bool keep_offers(struct login *l, const struct rmcp_message *m)
{
	size_t len = m->code == 0 && m->len > 1 ? m->len - 1 : 0;

	if (len > SUITE_LIST || l->offers_len + len > sizeof l->offers)
		return false;
	memcpy(l->offers + l->offers_len, m->data + 1, len);
	l->offers_len += len;
	l->list++;
	return len == SUITE_LIST && l->offers_len < sizeof l->offers;
}

/* The numbers that the BMC offers, "0, 1, 2". */
static void list_offers(const struct login *l, char *text, size_t room)
{
	struct rmcp_offer o;
	size_t at = 0, used = 0;

	text[0] = '\0';
	while (used + 6 < room && rmcp_next_offer(&o, l->offers, l->offers_len, &at))
		used +=
		    (size_t)snprintf(text + used, room - used, "%s%u", used > 0 ? ", " : "", o.id);
}

void rmcp_offers_end(struct login *l)
{
	char offers[80];

	list_offers(l, offers, sizeof offers);
	rmcp_fail_suites(l, offers);
}

void rmcp_offers_take_suites(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_message m;

	if (d->framing != RMCP_V20 || d->payload_type != RMCP_IPMI || d->session != 0 ||
	    !rmcp_parse_message(&m, d->payload, d->len) || m.command != RMCP_GET_CIPHER_SUITES ||
	    m.sequence != (l->tag & 0x3f))
		return;
	if (keep_offers(l, &m))
		rmcp_offers_ask_suites(l);
	else
		rmcp_offers_end(l);
}
