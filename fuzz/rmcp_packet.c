/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer target for all that reads a datagram of a BMC: RMCP, ASF, the
 * login, sealed packets and the messages in them. `make fuzz` runs it.
 *
 * The first byte says how the rest is meant: as a datagram, as the payload of
 * one that is sealed with the right keys (no fuzzer finds those codes), or as
 * a list of cipher suites. */
#include <stdlib.h>
#include <string.h>

#include "../src/rmcp_crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

/* Every byte that a parser hands out is touched: the sanitizer sees a wrong one. */
static void touch(const uint8_t *bytes, size_t len)
{
	while (len-- > 0)
		sink = (uint8_t)(sink + *bytes++);
}

static void touch_rakp(const struct rmcp_rakp *r, const struct rmcp_login *l)
{
	if (r->random != NULL) {
		touch(r->random, RMCP_RANDOM);
		touch(r->guid, RMCP_RANDOM);
	}
	touch(r->code, r->code_len);
	if (rmcp_check_rakp2(l, r->code, r->code_len) || rmcp_check_rakp4(l, r->code, r->code_len))
		abort(); /* nobody guesses a code */
}

static void read_message(const uint8_t *payload, size_t len)
{
	struct rmcp_message m;

	if (rmcp_parse_message(&m, payload, len))
		touch(m.data, m.len);
}

static void read_datagram(const struct rmcp_login *l, const struct rmcp_keys *k,
                          const uint8_t *data, size_t size)
{
	static uint8_t clear[RMCP_PACKET_MAX];
	struct rmcp_packet p;
	struct rmcp_pong pong;
	struct rmcp_opened opened;
	struct rmcp_rakp r;
	size_t len;

	if (!rmcp_parse(&p, data, size))
		return;
	touch(p.payload, p.len);
	rmcp_console_of(&p);
	rmcp_parse_pong(&pong, &p);
	rmcp_parse_opened(&opened, &p);
	if (rmcp_parse_rakp2(&r, &p))
		touch_rakp(&r, l);
	if (rmcp_parse_rakp4(&r, &p))
		touch_rakp(&r, l);
	read_message(p.payload, p.len);
	if (rmcp_unseal(k, &p, clear, &len))
		abort();
}

static void read_sealed(const struct rmcp_keys *k, const uint8_t *data, size_t size)
{
	static uint8_t out[RMCP_PACKET_MAX], clear[RMCP_PACKET_MAX];
	struct rmcp_packet head = { .payload = data, .len = size, .session = 1, .sequence = 1 }, p;
	size_t n, len;

	if (size > RMCP_MESSAGE_MAX)
		return;
	n = rmcp_seal(k, out, &head);
	if (n == 0 || !rmcp_parse(&p, out, n) || !rmcp_unseal(k, &p, clear, &len) || len != size ||
	    memcmp(clear, data, size) != 0)
		abort();
	read_message(clear, len);
}

static void read_offers(const uint8_t *data, size_t size)
{
	struct rmcp_offer o;
	size_t at = 0, before = 0;

	while (rmcp_next_offer(&o, data, size, &at)) {
		if (at <= before || at > size)
			abort();
		before = at;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rmcp_login login = { .user = "admin", .user_len = 5 };
	static struct rmcp_keys keys;
	uint8_t *copy; /* as large as the input and not larger: reading on is seen */

	if (size < 1 || !rmcp_crypto_start())
		return 0;
	login.suite = rmcp_suite(data[0] & 0x80 ? 3 : 17);
	if (!rmcp_derive(&login, &keys))
		abort();
	copy = malloc(size > 1 ? size - 1 : 1);
	if (copy == NULL)
		return 0;
	memcpy(copy, data + 1, size - 1);
	if ((data[0] & 3) == 1)
		read_sealed(&keys, copy, size - 1);
	else if ((data[0] & 3) == 2)
		read_offers(copy, size - 1);
	else
		read_datagram(&login, &keys, copy, size - 1);
	free(copy);
	return 0;
}
