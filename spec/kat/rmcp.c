/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known answers of the packet and the cryptography layer of RMCP+. The values
 * were worked out apart from them, from the specification, with Python's hmac,
 * hashlib and cryptography. `make kat` builds and runs this. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/rmcp_crypto.h"

static unsigned checks, failures;

static void check(const char *what, unsigned suite, bool ok)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("FAILED %s, cipher suite %u\n", what, suite);
}

static size_t from_hex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		const char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

static bool is(const uint8_t *bytes, size_t len, const char *hex)
{
	uint8_t wanted[512];

	return from_hex(hex, wanted) == len && memcmp(bytes, wanted, len) == 0;
}

/* ---- a login ---- */

struct answers {
	unsigned suite;
	const char *kg, *rakp2, *rakp3, *rakp4, *k1, *k2, *sealed;
};

static const struct answers known[] = {
	{ 17, "", "94a1eb048f56ccd1752837adee5059efe54c58e75264c53c6cdf0dbb611bce77",
	  "bb1e4d486733168a0a91ee1e65c3a834282a45e848bc9ae8d41752083184872e",
	  "3a36eb10f91291d43f920765e4174fc5",
	  "c92ee3c918bdbfaa0b37b1d08c9514f034b5eee99c4b9c13b7a41336d3d3f9b8",
	  "ff9faf38b968e60ff20a5957c4e804dd",
	  "0600ff0706c0a1a2a3a4070000002000c0c1c2c3c4c5c6c7c8c9cacbcccdcecfdc481ebae40cc25e"
	  "19f57fed5b2f114fffff0207b0a716566685a7bf3e6f53013a4b072a" },
	{ 17, "key of bmc", "94a1eb048f56ccd1752837adee5059efe54c58e75264c53c6cdf0dbb611bce77",
	  "bb1e4d486733168a0a91ee1e65c3a834282a45e848bc9ae8d41752083184872e",
	  "db410b419b69219547e154522d1b5f2d",
	  "5443c6350ad1b29f197fe332b665f1748927413ec99d96e3ccd71718eeec654f",
	  "5eaa452bf49eac3eca404acdac1a505b",
	  "0600ff0706c0a1a2a3a4070000002000c0c1c2c3c4c5c6c7c8c9cacbcccdcecfa4595e2606160377"
	  "cf9cb145f1a5f9e5ffff02078e6fa398c8366f6694d216fd54676c80" },
	{ 3, "", "809939716add76553d54240ac4e286f2e04c4343",
	  "a51ba57fa150d30d99559bcaa680d684eb1f924a", "633bf0fec6b8550eaba125ec",
	  "eaeaa1986f1597ca2db623f7c6d469f9ac5397c6", "8b503de59127111c76d69002f0ffc389",
	  "0600ff0706c0a1a2a3a4070000002000c0c1c2c3c4c5c6c7c8c9cacbcccdcecf6b2776e456ecb383"
	  "ec491017b5b43f91ffff0207b934402ce421f9211524711f" },
	{ 3, "key of bmc", "809939716add76553d54240ac4e286f2e04c4343",
	  "a51ba57fa150d30d99559bcaa680d684eb1f924a", "d2489e9c96bcb81e4ce101fd",
	  "3fcd56e4084e42480c5ed807760cf10496d501ab", "a3d30c8b242c1b9833bf198bfc4f2696",
	  "0600ff0706c0a1a2a3a4070000002000c0c1c2c3c4c5c6c7c8c9cacbcccdcecf90c279ab372ed322"
	  "cf4999fcde44b8edffff02075c262902073dbbd225af6d60" },
};

static void fill(uint8_t *out, uint8_t first)
{
	for (unsigned i = 0; i < RMCP_RANDOM; i++)
		out[i] = (uint8_t)(first + i);
}

static struct rmcp_login login_of(const struct answers *a)
{
	static const char password[] = "a longer pass 123456";
	struct rmcp_login l = { .suite = rmcp_suite(a->suite),
		                .console = 0xa4a3a2a1,
		                .managed = 0x04030201,
		                .role = 0x14,
		                .user_len = 5,
		                .password_len = 20,
		                .kg_len = (uint8_t)strlen(a->kg),
		                .user = "admin" };

	fill(l.console_random, 0x10);
	fill(l.managed_random, 0x30);
	fill(l.guid, 0x50);
	memcpy(l.password, password, sizeof l.password);
	memcpy(l.kg, a->kg, l.kg_len);
	return l;
}

static void check_false_codes(const struct answers *a, const struct rmcp_login *l)
{
	uint8_t code[64];
	size_t n = from_hex(a->rakp2, code);

	code[n - 1] ^= 1;
	check("false RAKP 2", a->suite, !rmcp_check_rakp2(l, code, n));
	code[n - 1] ^= 1;
	check("short RAKP 2", a->suite, !rmcp_check_rakp2(l, code, n - 1));
	check("no RAKP 2", a->suite, !rmcp_check_rakp2(l, code, 0));
	n = from_hex(a->rakp4, code);
	code[0] ^= 0x80;
	check("false RAKP 4", a->suite, !rmcp_check_rakp4(l, code, n));
	check("no RAKP 4", a->suite, !rmcp_check_rakp4(l, code, 0));
}

static void check_login(const struct answers *a, struct rmcp_keys *k)
{
	struct rmcp_login l = login_of(a);
	uint8_t code[64];
	size_t n = from_hex(a->rakp2, code);

	check("RAKP 2", a->suite, rmcp_check_rakp2(&l, code, n));
	check("RAKP 3", a->suite, rmcp_rakp3_code(&l, code) && is(code, l.suite->digest, a->rakp3));
	check("keys", a->suite, rmcp_derive(&l, k));
	check("K1", a->suite, is(k->k1, l.suite->digest, a->k1));
	check("K2", a->suite, is(k->k2, sizeof k->k2, a->k2));
	n = from_hex(a->rakp4, code);
	check("RAKP 4", a->suite, rmcp_check_rakp4(&l, code, n));
	check_false_codes(a, &l);
}

/* QUIRKS intel20: RAKP 1, RAKP 2 and the keys have the name padded, RAKP 3 not. */
static void check_padded(void)
{
	struct rmcp_login l = login_of(&known[0]);
	struct rmcp_keys k;
	uint8_t code[64];
	size_t n;

	l.pad_user = true;
	n = from_hex("4bfee6195a5101e2b02e804f655f470e3eab7979fdcb2e2be150c7bcd9d84303", code);
	check("padded RAKP 1", 17, rmcp_user_len(&l) == RMCP_USER_MAX);
	check("padded RAKP 2", 17, rmcp_check_rakp2(&l, code, n));
	check("RAKP 3 of a padded name", 17,
	      rmcp_rakp3_code(&l, code) && is(code, 32, known[0].rakp3));
	check("K1 of a padded name", 17,
	      rmcp_derive(&l, &k) &&
	          is(k.k1, 32, "04be0d360edfdb7a430c8b04b44326faaf4af694283cd88e7214e97b76e4afdf"));
}

/* QUIRKS supermicro20, sun20. */
static void check_long(const struct answers *a)
{
	struct rmcp_login l = login_of(a);
	uint8_t code[64] = { 0 };
	size_t n = from_hex(a->rakp2, code);

	check("long RAKP 2", a->suite, !rmcp_check_rakp2(&l, code, n + 1));
	l.long_code = true;
	check("long RAKP 2, allowed", a->suite, rmcp_check_rakp2(&l, code, n + 1));
	check("right RAKP 2 as well", a->suite, rmcp_check_rakp2(&l, code, n));
	check("longer RAKP 2", a->suite, !rmcp_check_rakp2(&l, code, n + 2));
	check("short RAKP 2, long allowed", a->suite, !rmcp_check_rakp2(&l, code, n - 1));
	code[0] ^= 1;
	check("false long RAKP 2", a->suite, !rmcp_check_rakp2(&l, code, n + 1));
}

/* ---- IPMI 1.5 ---- */

static void check_15(void)
{
	static const char datagram[] = "0600ff070207000000a1a2a3a4963ec31ba40cb94f9ed7dd93ce016741"
				       "0818c88114388e04a1";
	static const uint8_t password[] = "sixteen bytes pw";
	uint8_t message[8], code[RMCP_CODE_15], out[RMCP_PACKET_MAX];
	struct rmcp_packet p = { .session = 0xa4a3a2a1, .sequence = 7, .payload = message }, q;

	p.len = from_hex("18c88114388e04a1", message);
	check("MD5 code", 15,
	      rmcp_code_15(password, &p, code) &&
	          is(code, sizeof code, "963ec31ba40cb94f9ed7dd93ce016741"));
	check("packet of 1.5", 15, is(out, rmcp_build_session_15(out, &p, code), datagram));
	check("packet of 1.5, read", 15,
	      rmcp_parse(&q, out, 38) && q.framing == RMCP_V15 && q.authenticated &&
	          q.session == p.session && q.sequence == 7 && q.len == 8 &&
	          memcmp(q.code, code, sizeof code) == 0 && memcmp(q.payload, message, 8) == 0);
	for (size_t cut = 0; cut < 38; cut++)
		check("packet of 1.5, truncated", 15, !rmcp_parse(&q, out, cut));
	out[4] = 4; /* a straight password */
	check("other authentication", 15, !rmcp_parse(&q, out, 38));
}

/* ---- packets of a session ---- */

static bool opens(const struct rmcp_keys *k, const uint8_t *data, size_t len, uint8_t *clear,
                  size_t *clear_len)
{
	struct rmcp_packet p;

	return rmcp_parse(&p, data, len) && rmcp_unseal(k, &p, clear, clear_len);
}

static void check_sealed(const struct answers *a, const struct rmcp_keys *k)
{
	uint8_t data[256], clear[RMCP_PACKET_MAX];
	size_t n = from_hex(a->sealed, data), len;
	struct rmcp_message m;

	check("unseal", a->suite, opens(k, data, n, clear, &len));
	check("message", a->suite,
	      rmcp_parse_message(&m, clear, len) && m.sound && m.netfn == 7 && m.sequence == 1 &&
	          m.command == 1 && m.code == 0 && is(m.data, m.len, "112233"));
	for (size_t bit = 4 * 8; bit < n * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		check("flipped bit", a->suite, !opens(k, data, n, clear, &len));
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < n; cut++)
		check("truncated", a->suite, !opens(k, data, cut, clear, &len));
	check("longer", a->suite, !opens(k, data, n + 1, clear, &len));
}

/* What is sealed for the BMC opens again, whatever its length. */
static void check_round(const struct answers *a, const struct rmcp_keys *k)
{
	uint8_t payload[RMCP_MESSAGE_MAX], out[RMCP_PACKET_MAX], clear[RMCP_PACKET_MAX];

	memset(payload, 0x5a, sizeof payload);
	for (size_t len = 0; len <= sizeof payload; len += len < 40 ? 1 : 41) {
		struct rmcp_packet head = {
			.payload = payload, .len = len, .session = 5, .sequence = 6
		};
		size_t n = rmcp_seal(k, out, &head), back;

		check("seal", a->suite,
		      n > 0 && opens(k, out, n, clear, &back) && back == len &&
		          memcmp(clear, payload, len) == 0);
	}
}

/* ---- packets outside of a session ---- */

static void check_requests(void)
{
	uint8_t out[RMCP_PACKET_MAX];
	const uint8_t data[2] = { 0x8e, 0x04 }, random[16] = { 1, 2, 3 };
	const struct rmcp_request r = { 6, 0, 5, 0x38, data, 2 };
	const struct rmcp_open_request o = { 0x11, 4, 0xa4a3a2a1, 3, 4, 1 };
	const struct rmcp_rakp1 r1 = { 0x12, 0x14, 0x04030201, random, "root", 4 };

	check("ping", 0, is(out, rmcp_build_ping(out, 0x22), "0600ff06000011be80220000"));
	check("capabilities", 0,
	      is(out, rmcp_build_v15(out, &r),
	         "0600ff070000000000000000000920"
	         "18c88114388e04a1"));
	check("open session", 0,
	      is(out, rmcp_build_open(out, &o),
	         "0600ff07061000000000000000002000"
	         "11040000a1a2a3a4000000080300000001000008040000000200000801000000"));
	check("RAKP 1", 0,
	      is(out, rmcp_build_rakp1(out, &r1),
	         "0600ff07061200000000000000002000"
	         "120000000102030401020300000000000000000000000000"
	         "14000004726f6f74"));
	check("RAKP 3", 0,
	      is(out, rmcp_build_rakp3(out, 0x13, 1, 0x04030201, NULL, 0),
	         "0600ff07061400000000000000000800"
	         "1301000001020304"));
}

static void check_suites(void)
{
	static const uint8_t list[] = { 0xc0, 3,    0x01, 0x41, 0x81, 0xc1, 0x80, 1,    2,   3,
		                        0x03, 0x44, 0x81, 0xc0, 0,    0x00, 0x40, 0x80, 0x55 };
	struct rmcp_offer o;
	size_t at = 0;

	for (unsigned id = 0; id < 256; id++)
		check("which are spoken", id, (rmcp_suite(id) != NULL) == (id == 17 || id == 3));
	check("standard offer", 3,
	      rmcp_next_offer(&o, list, sizeof list, &at) && o.id == 3 && o.authentication == 1 &&
	          o.integrity == 1 && o.confidentiality == 1);
	check("OEM offer", 0x80,
	      rmcp_next_offer(&o, list, sizeof list, &at) && o.id == 0x80 &&
	          o.authentication == 3 && o.integrity == 4);
	check("cipher 0", 0, rmcp_next_offer(&o, list, sizeof list, &at) && o.id == 0);
	check("end of the list", 0, !rmcp_next_offer(&o, list, sizeof list, &at));
}

int main(void)
{
	if (!rmcp_crypto_start())
		return 1;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		struct rmcp_keys k;

		check_login(&known[i], &k);
		check_sealed(&known[i], &k);
		check_round(&known[i], &k);
		check_long(&known[i]);
	}
	check_padded();
	check_15();
	check_requests();
	check_suites();
	rmcp_crypto_stop();
	printf("rmcp: %u known answers, %u failed\n", checks, failures);
	return failures > 0;
}
