/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rmcp_packet.h"

#include <string.h>

#include "le.h"

#define CLASS_ASF 0x06
#define CLASS_IPMI 0x07
#define NO_ACK 0xff    /* RMCP sequence number of what wants no RMCP acknowledge */
#define AUTH_NONE 0x00 /* 13.6 */
#define AUTH_MD5 0x02
#define AUTH_V20 0x06

#define BMC 0x20     /* responder: the BMC */
#define CONSOLE 0x81 /* requester: software id of a remote console, 5.5 */

#define ASF_IANA 0x000011be
#define ASF_PING 0x80
#define ASF_PONG 0x40
#define PONG_IPMI 0x80 /* of the supported entities */

uint8_t rmcp_checksum(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	while (len-- > 0)
		sum = (uint8_t)(sum + *p++);
	return (uint8_t)-sum;
}

/* ---- parsing ---- */

static bool parse_v15(struct rmcp_packet *p, const uint8_t *data, size_t len)
{
	size_t at = data[4] == AUTH_NONE ? 13 : 13 + RMCP_CODE_15; /* of the length */

	if (len < at + 1 || len < at + 1 + data[at])
		return false;
	p->framing = RMCP_V15;
	p->payload_type = RMCP_IPMI;
	p->authenticated = data[4] != AUTH_NONE;
	p->sequence = get32(data + 5);
	p->session = get32(data + 9);
	p->code = p->authenticated ? data + 13 : NULL;
	p->payload = data + at + 1;
	p->len = data[at];
	return true;
}

static bool parse_v20(struct rmcp_packet *p, const uint8_t *data, size_t len)
{
	if (len < RMCP_HEADER || len - RMCP_HEADER < get16(data + 14))
		return false;
	p->framing = RMCP_V20;
	p->payload_type = data[5] & 0x3f;
	p->encrypted = (data[5] & RMCP_ENCRYPTED) != 0;
	p->authenticated = (data[5] & RMCP_AUTHENTICATED) != 0;
	p->session = get32(data + 6);
	p->sequence = get32(data + 10);
	p->payload = data + RMCP_HEADER;
	p->len = get16(data + 14);
	return true;
}

bool rmcp_parse(struct rmcp_packet *p, const uint8_t *data, size_t len)
{
	memset(p, 0, sizeof *p);
	p->all = data;
	p->all_len = len;
	if (len < 5 || data[0] != 0x06)
		return false;
	if (data[3] == CLASS_ASF) {
		p->framing = RMCP_ASF;
		p->payload = data + 4;
		p->len = len - 4;
		return true;
	}
	if (data[3] != CLASS_IPMI)
		return false;
	if (data[4] == AUTH_V20)
		return parse_v20(p, data, len);
	return (data[4] == AUTH_NONE || data[4] == AUTH_MD5) && parse_v15(p, data, len);
}

bool rmcp_parse_pong(struct rmcp_pong *pong, const struct rmcp_packet *p)
{
	const uint8_t *d = p->payload;

	/* IANA (4, high byte first), type, tag, reserved, length, data (16). */
	if (p->framing != RMCP_ASF || p->len < 17 || d[4] != ASF_PONG || d[7] < 9)
		return false;
	if (d[0] != 0 || d[1] != 0 || d[2] != (ASF_IANA >> 8 & 0xff) || d[3] != (ASF_IANA & 0xff))
		return false;
	pong->tag = d[5];
	pong->ipmi = (d[16] & PONG_IPMI) != 0;
	return true;
}

/* The algorithm in a payload of type `type` (13.17, table 13-9). */
static bool get_algorithm(const uint8_t *d, uint8_t type, uint8_t *algorithm)
{
	*algorithm = d[4] & 0x3f;
	return d[0] == type;
}

static bool is_login(const struct rmcp_packet *p, enum rmcp_payload type)
{
	return p->framing == RMCP_V20 && p->payload_type == type && p->session == 0 &&
	       !p->encrypted && !p->authenticated;
}

bool rmcp_parse_opened(struct rmcp_opened *o, const struct rmcp_packet *p)
{
	const uint8_t *d = p->payload;

	memset(o, 0, sizeof *o);
	if (!is_login(p, RMCP_OPEN_RESPONSE) || p->len < 2)
		return false;
	o->tag = d[0];
	o->status = d[1];
	o->console = p->len >= 8 ? get32(d + 4) : 0;
	if (o->status != 0)
		return true;
	if (p->len < 36)
		return false;
	o->managed = get32(d + 8);
	return get_algorithm(d + 12, 0, &o->authentication) &&
	       get_algorithm(d + 20, 1, &o->integrity) &&
	       get_algorithm(d + 28, 2, &o->confidentiality);
}

static bool parse_rakp(struct rmcp_rakp *r, const struct rmcp_packet *p, enum rmcp_payload type)
{
	memset(r, 0, sizeof *r);
	if (!is_login(p, type) || p->len < 2)
		return false;
	r->tag = p->payload[0];
	r->status = p->payload[1];
	r->console = p->len >= 8 ? get32(p->payload + 4) : 0;
	return r->status != 0 || p->len >= 8;
}

bool rmcp_parse_rakp2(struct rmcp_rakp *r, const struct rmcp_packet *p)
{
	const size_t fixed = 8 + 2 * RMCP_RANDOM;

	if (!parse_rakp(r, p, RMCP_RAKP2))
		return false;
	if (r->status != 0)
		return true;
	if (p->len < fixed)
		return false;
	r->random = p->payload + 8;
	r->guid = r->random + RMCP_RANDOM;
	r->code = p->payload + fixed;
	r->code_len = p->len - fixed;
	return true;
}

bool rmcp_parse_rakp4(struct rmcp_rakp *r, const struct rmcp_packet *p)
{
	if (!parse_rakp(r, p, RMCP_RAKP4))
		return false;
	if (r->status == 0) {
		r->code = p->payload + 8;
		r->code_len = p->len - 8;
	}
	return true;
}

uint32_t rmcp_console_of(const struct rmcp_packet *p)
{
	return p->len >= 8 ? get32(p->payload + 4) : 0;
}

bool rmcp_parse_message(struct rmcp_message *m, const uint8_t *payload, size_t len)
{
	/* rqAddr netFn/rqLUN sum | rsAddr rqSeq/rsLUN command code data… sum */
	if (len < 8 || (payload[1] >> 2 & 1) == 0)
		return false;
	m->netfn = payload[1] >> 2;
	m->lun = payload[4] & 3;
	m->sequence = payload[4] >> 2;
	m->command = payload[5];
	m->code = payload[6];
	m->data = payload + 7;
	m->len = len - 8;
	m->sound = rmcp_checksum(payload, 3) == 0 && rmcp_checksum(payload + 3, len - 3) == 0;
	return true;
}

bool rmcp_next_offer(struct rmcp_offer *o, const uint8_t *list, size_t len, size_t *at)
{
	size_t i = *at, skip;

	memset(o, 0, sizeof *o);
	if (i >= len || (list[i] != 0xc0 && list[i] != 0xc1))
		return false;
	skip = list[i] == 0xc0 ? 2 : 5; /* standard; OEM with its IANA number */
	if (len - i < skip)
		return false;
	o->id = list[i + 1];
	for (i += skip; i < len && list[i] < 0xc0; i++) {
		uint8_t algorithm = list[i] & 0x3f;

		if (list[i] >> 6 == 0)
			o->authentication = algorithm;
		else if (list[i] >> 6 == 1)
			o->integrity = algorithm;
		else
			o->confidentiality = algorithm;
	}
	*at = i;
	return true;
}

/* ---- building ---- */

static void put_rmcp(uint8_t *out, uint8_t class)
{
	out[0] = 0x06; /* RMCP version 1.0 */
	out[1] = 0;
	out[2] = NO_ACK;
	out[3] = class;
}

size_t rmcp_build_ping(uint8_t *out, uint8_t tag)
{
	const uint8_t message[8] = { 0, 0, ASF_IANA >> 8, ASF_IANA & 0xff, ASF_PING, tag, 0, 0 };

	put_rmcp(out, CLASS_ASF);
	memcpy(out + 4, message, sizeof message);
	return 4 + sizeof message;
}

size_t rmcp_build_message(uint8_t *out, const struct rmcp_request *r)
{
	size_t end = 6 + r->len;

	out[0] = BMC;
	out[1] = (uint8_t)(r->netfn << 2 | (r->lun & 3));
	out[2] = rmcp_checksum(out, 2);
	out[3] = CONSOLE;
	out[4] = (uint8_t)(r->sequence << 2);
	out[5] = r->command;
	if (r->len > 0)
		memcpy(out + 6, r->data, r->len);
	out[end] = rmcp_checksum(out + 3, end - 3);
	return end + 1;
}

size_t rmcp_build_v15(uint8_t *out, const struct rmcp_request *r)
{
	size_t len = rmcp_build_message(out + 14, r);

	put_rmcp(out, CLASS_IPMI);
	memset(out + 4, 0, 9); /* no authentication, sequence 0, session 0 */
	out[13] = (uint8_t)len;
	return 14 + len;
}

size_t rmcp_build_session_15(uint8_t *out, const struct rmcp_packet *p, const uint8_t *code)
{
	put_rmcp(out, CLASS_IPMI);
	out[4] = AUTH_MD5;
	put32(out + 5, p->sequence);
	put32(out + 9, p->session);
	memcpy(out + 13, code, RMCP_CODE_15);
	out[13 + RMCP_CODE_15] = (uint8_t)p->len;
	memcpy(out + 14 + RMCP_CODE_15, p->payload, p->len);
	return 14 + RMCP_CODE_15 + p->len;
}

void rmcp_build_header(uint8_t *out, uint8_t payload_type, uint32_t session, uint32_t sequence,
                       size_t len)
{
	put_rmcp(out, CLASS_IPMI);
	out[4] = AUTH_V20;
	out[5] = payload_type;
	put32(out + 6, session);
	put32(out + 10, sequence);
	out[14] = (uint8_t)len;
	out[15] = (uint8_t)(len >> 8);
}

size_t rmcp_build_v20(uint8_t *out, const struct rmcp_request *r)
{
	size_t len = rmcp_build_message(out + RMCP_HEADER, r);

	rmcp_build_header(out, RMCP_IPMI, 0, 0, len);
	return RMCP_HEADER + len;
}

static void put_algorithm(uint8_t *out, uint8_t type, uint8_t algorithm)
{
	const uint8_t payload[8] = { type, 0, 0, 8, algorithm, 0, 0, 0 };

	memcpy(out, payload, sizeof payload);
}

size_t rmcp_build_open(uint8_t *out, const struct rmcp_open_request *r)
{
	uint8_t *d = out + RMCP_HEADER;

	rmcp_build_header(out, RMCP_OPEN_REQUEST, 0, 0, 32);
	memset(d, 0, 32);
	d[0] = r->tag;
	d[1] = r->privilege;
	put32(d + 4, r->console);
	put_algorithm(d + 8, 0, r->authentication);
	put_algorithm(d + 16, 1, r->integrity);
	put_algorithm(d + 24, 2, r->confidentiality);
	return RMCP_HEADER + 32;
}

size_t rmcp_build_rakp1(uint8_t *out, const struct rmcp_rakp1 *r)
{
	uint8_t *d = out + RMCP_HEADER;

	rmcp_build_header(out, RMCP_RAKP1, 0, 0, 28 + r->user_len);
	memset(d, 0, 28);
	d[0] = r->tag;
	put32(d + 4, r->managed);
	memcpy(d + 8, r->random, RMCP_RANDOM);
	d[24] = r->role;
	d[27] = (uint8_t)r->user_len;
	memcpy(d + 28, r->user, r->user_len);
	return RMCP_HEADER + 28 + r->user_len;
}

size_t rmcp_build_rakp3(uint8_t *out, uint8_t tag, uint8_t status, uint32_t managed,
                        const uint8_t *code, size_t len)
{
	uint8_t *d = out + RMCP_HEADER;

	rmcp_build_header(out, RMCP_RAKP3, 0, 0, 8 + len);
	memset(d, 0, 8);
	d[0] = tag;
	d[1] = status;
	put32(d + 4, managed);
	if (len > 0)
		memcpy(d + 8, code, len);
	return RMCP_HEADER + 8 + len;
}
