/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_crypto.h owns the cryptography of RMCP+ on OpenSSL: which cipher suites
 * are spoken, the codes of a login, the keys of a session, and packets that
 * are sealed with them. It knows no socket and no state of a login.
 *
 * The OpenSSL contexts are the process's, keyed anew for each use: a session
 * is then its 52 bytes of keys, and nothing to free. */
#ifndef BMCSH_RMCP_CRYPTO_H
#define BMCSH_RMCP_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rmcp_packet.h"

#define RMCP_KEY_MAX 20    /* 13.32: bytes of a password or K_g */
#define RMCP_DIGEST_MAX 32 /* SHA-256 */
#define RMCP_KEY_15 16     /* 22.17: bytes of a password in IPMI 1.5 */

/* 22.15.2. Only suites that authenticate, protect and encrypt are here. */
struct rmcp_suite {
	uint8_t id, authentication, integrity, confidentiality;
	unsigned hash;      /* rmcp_crypto.c's own */
	size_t digest, mac; /* bytes of a whole code, of one that is cut (13.28) */
};

/* NULL for every suite but 17 and 3: 0, 1, 2, 6, 7, 8, 11 and 12 leave out a
 * protection or rest on MD5, and nobody above can ask for them. */
const struct rmcp_suite *rmcp_suite(unsigned id);

/* What both sides know of a login that is under way (13.31). */
struct rmcp_login {
	const struct rmcp_suite *suite;
	uint32_t console, managed; /* session ids */
	uint8_t console_random[RMCP_RANDOM], managed_random[RMCP_RANDOM], guid[RMCP_RANDOM];
	uint8_t role;                           /* as in RAKP 1 */
	uint8_t user_len, password_len, kg_len; /* kg_len 0: K_g is the password */
	char user[RMCP_USER_MAX];               /* zeros behind it */
	bool pad_user;  /* RAKP 1 carries all 16 bytes, and RAKP 2 and the keys are made of them */
	bool long_code; /* one byte more in RAKP 2 is not looked at */
	uint8_t password[RMCP_KEY_MAX], kg[RMCP_KEY_MAX];
	uint8_t sik[RMCP_DIGEST_MAX]; /* once derived */
};

struct rmcp_keys {
	const struct rmcp_suite *suite;
	uint8_t k1[RMCP_DIGEST_MAX], k2[16];
};

/* Makes the contexts; false when OpenSSL refuses. Twice is once. */
bool rmcp_crypto_start(void);
void rmcp_crypto_stop(void);

bool rmcp_random(void *out, size_t len);

/* Compares what the BMC sent, in a time that does not depend on the bytes. */
bool rmcp_check_rakp2(const struct rmcp_login *l, const uint8_t *code, size_t len);
bool rmcp_check_rakp4(const struct rmcp_login *l, const uint8_t *code, size_t len);

/* The codes that RAKP 2 and RAKP 3 carry, suite->digest bytes, and RAKP 4,
 * suite->mac bytes; the last one with the SIK that rmcp_derive() leaves. */
bool rmcp_rakp2_code(const struct rmcp_login *l, uint8_t out[RMCP_DIGEST_MAX]);
bool rmcp_rakp3_code(const struct rmcp_login *l, uint8_t out[RMCP_DIGEST_MAX]);
bool rmcp_rakp4_code(const struct rmcp_login *l, uint8_t out[RMCP_DIGEST_MAX]);

/* The bytes of the name in RAKP 1. */
uint8_t rmcp_user_len(const struct rmcp_login *l);

/* SIK into l, K1 and K2 into k (13.31, 13.32). */
bool rmcp_derive(struct rmcp_login *l, struct rmcp_keys *k);

/* The code of a packet of IPMI 1.5 (22.17.1): MD5 over password, session id,
 * message, sequence number, password. */
bool rmcp_code_15(const uint8_t password[RMCP_KEY_15], const struct rmcp_packet *p,
                  uint8_t out[RMCP_CODE_15]);

/* A whole datagram with an encrypted, authenticated payload; its length, 0 on
 * failure. len is at most RMCP_MESSAGE_MAX. */
size_t rmcp_seal(const struct rmcp_keys *k, uint8_t out[RMCP_PACKET_MAX],
                 const struct rmcp_packet *head);

/* The payload in clear into out, its length into *len. The code is checked
 * first: nothing is decrypted that the BMC did not send. */
bool rmcp_unseal(const struct rmcp_keys *k, const struct rmcp_packet *p,
                 uint8_t out[RMCP_PACKET_MAX], size_t *len);

#endif
