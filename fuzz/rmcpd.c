/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer target for simulated BMCs: whatever comes over the network, before
 * and in a session. Each input is a list of datagrams: a byte says how it is
 * meant (as it is, or sealed with the right keys of a session that is open),
 * a byte how long it is. Nothing that the input does may open a session,
 * since no fuzzer finds the codes. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../src/loop.h"
#include "../src/op.h"
#include "../src/rmcpd_bmc.h"

#define CONSOLE 0x11223344

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t sent[RMCP_PACKET_MAX];
static size_t sent_len;
static const struct sockaddr_in console = { .sin_family = AF_INET, .sin_port = 1 };

/* ---- instead of the rest of the program ---- */

double loop_now(void)
{
	return 1;
}

void op_finish(struct op *op)
{
	op->done = true;
}

bool rmcpd_bind(struct rmcpd_bmc *b, uint16_t port, struct rmcpd_failure *why)
{
	(void)b;
	(void)port;
	(void)why;
	return true;
}

void rmcpd_unbind(struct rmcpd_bmc *b)
{
	(void)b;
}

void rmcpd_let_go(struct rmcpd *s, const struct rmcpd_bmc *b)
{
	(void)s;
	(void)b;
}

void rmcpd_transmit(struct rmcpd_bmc *b, const struct sockaddr_in *to, const uint8_t *data,
                    size_t len)
{
	(void)b;
	(void)to;
	if (len > sizeof sent)
		abort();
	memcpy(sent, data, len);
	sent_len = len;
}

/* ---- a console that logs in ---- */

static void say(struct rmcpd_bmc *b, const uint8_t *data, size_t len, struct rmcp_packet *answer)
{
	rmcpd_receive(b, &console, data, len);
	if (!rmcp_parse(answer, sent, sent_len))
		abort();
}

static void log_in(struct rmcpd_bmc *b, struct rmcp_login *l, struct rmcp_keys *k)
{
	const struct rmcp_open_request open = { 0, 4, CONSOLE, 3, 4, 1 };
	struct rmcp_rakp1 first = { .role = 0x14, .user = "admin", .user_len = 5 };
	uint8_t out[RMCP_PACKET_MAX], code[RMCP_DIGEST_MAX];
	struct rmcp_packet p;
	struct rmcp_opened opened;
	struct rmcp_rakp r;

	say(b, out, rmcp_build_open(out, &open), &p);
	if (!rmcp_parse_opened(&opened, &p) || opened.status != 0)
		abort();
	l->suite = rmcp_suite(17);
	l->console = CONSOLE;
	l->managed = first.managed = opened.managed;
	l->role = first.role;
	l->user_len = 5;
	memcpy(l->user, "admin", 5);
	first.random = l->console_random;
	say(b, out, rmcp_build_rakp1(out, &first), &p);
	if (!rmcp_parse_rakp2(&r, &p) || r.status != 0)
		abort();
	memcpy(l->managed_random, r.random, RMCP_RANDOM);
	memcpy(l->guid, r.guid, RMCP_RANDOM);
	if (!rmcp_rakp3_code(l, code) || !rmcp_derive(l, k))
		abort();
	say(b, out, rmcp_build_rakp3(out, 0, 0, l->managed, code, l->suite->digest), &p);
	if (!rmcp_parse_rakp4(&r, &p) || r.status != 0 || !rmcp_check_rakp4(l, r.code, r.code_len))
		abort();
}

/* ---- what the input says ---- */

static void send_sealed(struct rmcpd_bmc *b, const struct rmcp_login *l, const struct rmcp_keys *k,
                        uint8_t type, uint32_t sequence, const uint8_t *payload, size_t len)
{
	uint8_t out[RMCP_PACKET_MAX];
	const struct rmcp_packet head = { .payload_type = type & 0x3f,
		                          .session = l->managed,
		                          .sequence = sequence,
		                          .payload = payload,
		                          .len = len };

	rmcpd_receive(b, &console, out, rmcp_seal(k, out, &head));
}

static void answer_all(struct rmcpd *s)
{
	struct rmcpd_request *r;

	while ((r = rmcpd_take(s)) != NULL) {
		if (r->payload_type == RMCP_IPMI)
			rmcpd_answer(s, r, 0, r->data, r->len);
		else
			rmcpd_send(s, r->bmc, r->session, r->payload_type, r->data, r->len);
		free(r);
	}
}

static void run(struct rmcpd *s, const uint8_t *data, size_t size)
{
	struct rmcpd_bmc *b = &s->bmcs[0];
	struct rmcp_login login = { 0 };
	struct rmcp_keys keys;
	uint32_t sequence = 1;

	log_in(b, &login, &keys);
	while (size >= 2) {
		size_t len = data[1] < size - 2 ? data[1] : size - 2;
		uint8_t *copy = malloc(len > 0 ? len : 1); /* reading on is seen */

		if (copy == NULL)
			return;
		memcpy(copy, data + 2, len);
		if ((data[0] & 0x80) != 0)
			send_sealed(b, &login, &keys, data[0], sequence++, copy, len);
		else
			rmcpd_receive(b, &console, copy, len);
		free(copy);
		data += 2 + len;
		size -= 2 + len;
		answer_all(s);
	}
	if (b->counts.logins != 1 || b->counts.live > 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct op ready;
	struct rmcpd_config is = { .user_count = 1, .suites = { 17, 3 }, .suite_count = 2 };
	struct rmcpd_failure why;
	struct rmcpd *s;

	is.address.s_addr = htonl(INADDR_LOOPBACK);
	is.slots = 4;
	is.idle = 60;
	memcpy(is.users[0].name, "admin", 5);
	is.users[0].name_len = 5;
	is.users[0].privilege = 4;
	s = rmcpd_open(&is, 1, 623, 1, &ready, &why);
	if (s == NULL)
		abort();
	run(s, data, size);
	rmcpd_close(s);
	return 0;
}
