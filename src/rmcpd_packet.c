/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rmcpd_packet.h"

#include <string.h>

#include "le.h"

#define CLASS_ASF 0x06
#define CLASS_IPMI 0x07
#define NO_ACK 0xff
#define ASF_PING 0x80
#define ASF_PONG 0x40
#define PONG_IPMI 0x81 /* supported entities: IPMI, ASF 1.0 */

static const uint8_t asf_iana[4] = { 0, 0, 0x11, 0xbe };

/* Of suites 0 to 17: authentication, integrity, confidentiality (table 22-20). */
static const uint8_t algorithms[][3] = {
	{ 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 1, 1, 1 }, { 1, 1, 2 }, { 1, 1, 3 },
	{ 2, 0, 0 }, { 2, 2, 0 }, { 2, 2, 1 }, { 2, 2, 2 }, { 2, 2, 3 }, { 2, 3, 0 },
	{ 2, 3, 1 }, { 2, 3, 2 }, { 2, 3, 3 }, { 3, 0, 0 }, { 3, 4, 0 }, { 3, 4, 1 },
};

/* ---- parsing ---- */

bool rmcpd_parse_ping(const struct rmcp_packet *p, uint8_t *tag)
{
	if (p->framing != RMCP_ASF || p->len < 8 || memcmp(p->payload, asf_iana, 4) != 0 ||
	    p->payload[4] != ASF_PING)
		return false;
	*tag = p->payload[5];
	return true;
}

static bool is_login(const struct rmcp_packet *p, enum rmcp_payload type, size_t len)
{
	return p->framing == RMCP_V20 && p->payload_type == type && p->session == 0 &&
	       !p->encrypted && !p->authenticated && p->len >= len;
}

bool rmcpd_parse_open(struct rmcp_open_request *r, const struct rmcp_packet *p)
{
	const uint8_t *d = p->payload;

	if (!is_login(p, RMCP_OPEN_REQUEST, 32))
		return false;
	r->tag = d[0];
	r->privilege = d[1] & 0x0f;
	r->console = get32(d + 4);
	r->authentication = d[12] & 0x3f;
	r->integrity = d[20] & 0x3f;
	r->confidentiality = d[28] & 0x3f;
	return d[8] == 0 && d[16] == 1 && d[24] == 2;
}

bool rmcpd_parse_rakp1(struct rmcp_rakp1 *r, const struct rmcp_packet *p)
{
	const uint8_t *d = p->payload;

	if (!is_login(p, RMCP_RAKP1, 28))
		return false;
	r->tag = d[0];
	r->managed = get32(d + 4);
	r->random = d + 8;
	r->role = d[24];
	r->user = (const char *)d + 28;
	r->user_len = d[27];
	return r->user_len <= RMCP_USER_MAX && p->len >= 28 + r->user_len;
}

bool rmcpd_parse_rakp3(struct rmcpd_rakp3 *r, const struct rmcp_packet *p)
{
	if (!is_login(p, RMCP_RAKP3, 8))
		return false;
	r->tag = p->payload[0];
	r->status = p->payload[1];
	r->managed = get32(p->payload + 4);
	r->code = p->payload + 8;
	r->code_len = p->len - 8;
	return true;
}

bool rmcpd_parse_request(struct rmcpd_caller *c, const uint8_t **data, size_t *data_len,
                         const uint8_t *payload, size_t len)
{
	/* rsAddr netFn/rsLUN sum | rqAddr rqSeq/rqLUN command data… sum */
	if (len < 7 || (payload[1] >> 2 & 1) != 0 || rmcp_checksum(payload, 3) != 0 ||
	    rmcp_checksum(payload + 3, len - 3) != 0)
		return false;
	c->netfn = payload[1] >> 2;
	c->lun = payload[1] & 3;
	c->address = payload[3];
	c->sequence = payload[4] >> 2;
	c->caller_lun = payload[4] & 3;
	c->command = payload[5];
	*data = payload + 6;
	*data_len = len - 7;
	return true;
}

/* ---- building ---- */

size_t rmcpd_build_pong(uint8_t *out, uint8_t tag)
{
	memset(out, 0, 28);
	out[0] = 0x06;
	out[2] = NO_ACK;
	out[3] = CLASS_ASF;
	memcpy(out + 4, asf_iana, 4);
	out[8] = ASF_PONG;
	out[9] = tag;
	out[11] = 16;
	memcpy(out + 12, asf_iana, 4);
	out[20] = PONG_IPMI;
	return 28;
}

static void put_algorithm(uint8_t *out, uint8_t type, uint8_t algorithm)
{
	const uint8_t payload[8] = { type, 0, 0, 8, algorithm, 0, 0, 0 };

	memcpy(out, payload, sizeof payload);
}

size_t rmcpd_build_opened(uint8_t *out, const struct rmcp_opened *o, uint8_t privilege)
{
	uint8_t *d = out + RMCP_HEADER;
	size_t len = o->status == 0 ? 36 : 8;

	rmcp_build_header(out, RMCP_OPEN_RESPONSE, 0, 0, len);
	memset(d, 0, len);
	d[0] = o->tag;
	d[1] = o->status;
	put32(d + 4, o->console);
	if (o->status == 0) {
		d[2] = privilege;
		put32(d + 8, o->managed);
		put_algorithm(d + 12, 0, o->authentication);
		put_algorithm(d + 20, 1, o->integrity);
		put_algorithm(d + 28, 2, o->confidentiality);
	}
	return RMCP_HEADER + len;
}

size_t rmcpd_build_rakp(uint8_t *out, enum rmcp_payload type, const struct rmcp_rakp *r)
{
	uint8_t *d = out + RMCP_HEADER;
	size_t len = 8;

	memset(d, 0, 8);
	d[0] = r->tag;
	d[1] = r->status;
	put32(d + 4, r->console);
	if (r->status == 0 && r->random != NULL) {
		memcpy(d + len, r->random, RMCP_RANDOM);
		memcpy(d + len + RMCP_RANDOM, r->guid, RMCP_RANDOM);
		len += (size_t)2 * RMCP_RANDOM;
	}
	if (r->status == 0) {
		memcpy(d + len, r->code, r->code_len);
		len += r->code_len;
	}
	rmcp_build_header(out, (uint8_t)type, 0, 0, len);
	return RMCP_HEADER + len;
}

size_t rmcpd_build_response(uint8_t *out, const struct rmcpd_caller *c, uint8_t completion,
                            const uint8_t *data, size_t len)
{
	size_t end = 7 + len;

	out[0] = c->address;
	out[1] = (uint8_t)((c->netfn | 1) << 2 | c->caller_lun);
	out[2] = rmcp_checksum(out, 2);
	out[3] = 0x20; /* the BMC */
	out[4] = (uint8_t)(c->sequence << 2 | c->lun);
	out[5] = c->command;
	out[6] = completion;
	if (len > 0)
		memcpy(out + 7, data, len);
	out[end] = rmcp_checksum(out + 3, end - 3);
	return end + 1;
}

size_t rmcpd_wrap(uint8_t *out, enum rmcp_framing framing, size_t len)
{
	if (framing == RMCP_V20) {
		rmcp_build_header(out, RMCP_IPMI, 0, 0, len);
		return RMCP_HEADER + len;
	}
	memset(out, 0, RMCPD_V15_HEADER);
	out[0] = 0x06;
	out[2] = NO_ACK;
	out[3] = CLASS_IPMI;
	out[13] = (uint8_t)len;
	return RMCPD_V15_HEADER + len;
}

size_t rmcpd_build_offer(uint8_t *out, unsigned suite)
{
	if (suite >= sizeof algorithms / sizeof *algorithms)
		return 0;
	out[0] = 0xc0;
	out[1] = (uint8_t)suite;
	out[2] = algorithms[suite][0];
	out[3] = 0x40 | algorithms[suite][1];
	out[4] = 0x80 | algorithms[suite][2];
	return RMCPD_OFFER;
}
