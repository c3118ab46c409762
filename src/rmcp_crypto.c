/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rmcp_crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

enum { SHA1, SHA256, HASHES };

#define BLOCK 16       /* of AES */
#define NEXT_HEADER 07 /* 13.6: always 07h */

static char digests[HASHES][8] = { "SHA1", "SHA256" }; /* OpenSSL wants them writable */

/* RAKP-HMAC-SHA1 1, -SHA256 3; HMAC-SHA1-96 1, -SHA256-128 4; AES-CBC-128 1 (13.28). */
static const struct rmcp_suite suites[] = {
	{ 17, 3, 4, 1, SHA256, 32, 16 },
	{ 3, 1, 1, 1, SHA1, 20, 12 },
};

static EVP_MAC_CTX *macs[HASHES];
static EVP_CIPHER_CTX *encryption, *decryption;

/* Half the cost of a packet would be the system's random numbers for its IV:
 * they are drawn a page at a time. */
static uint8_t pool[4096];
static size_t pool_left;

const struct rmcp_suite *rmcp_suite(unsigned id)
{
	for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
		if (suites[i].id == id)
			return &suites[i];
	return NULL;
}

static EVP_MAC_CTX *new_mac(char *digest)
{
	OSSL_PARAM params[2];
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	if (ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static EVP_CIPHER_CTX *new_cipher(int encrypts)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx != NULL &&
	    EVP_CipherInit_ex(ctx, EVP_aes_128_cbc(), NULL, NULL, NULL, encrypts) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

bool rmcp_crypto_start(void)
{
	for (int i = 0; i < HASHES; i++)
		if (macs[i] == NULL)
			macs[i] = new_mac(digests[i]);
	if (encryption == NULL)
		encryption = new_cipher(1);
	if (decryption == NULL)
		decryption = new_cipher(0);
	return macs[SHA1] != NULL && macs[SHA256] != NULL && encryption != NULL &&
	       decryption != NULL;
}

void rmcp_crypto_stop(void)
{
	for (int i = 0; i < HASHES; i++) {
		EVP_MAC_CTX_free(macs[i]);
		macs[i] = NULL;
	}
	EVP_CIPHER_CTX_free(encryption);
	EVP_CIPHER_CTX_free(decryption);
	encryption = decryption = NULL;
	OPENSSL_cleanse(pool, sizeof pool);
	pool_left = 0;
}

bool rmcp_random(void *out, size_t len)
{
	uint8_t *from;

	if (len > sizeof pool)
		return false;
	if (pool_left < len) {
		if (RAND_bytes(pool, sizeof pool) != 1)
			return false;
		pool_left = sizeof pool;
	}
	from = pool + sizeof pool - pool_left;
	memcpy(out, from, len);
	OPENSSL_cleanse(from, len);
	pool_left -= len;
	return true;
}

/* ---- codes ---- */

static bool hmac(unsigned hash, const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
                 uint8_t out[RMCP_DIGEST_MAX])
{
	size_t n;

	return EVP_MAC_init(macs[hash], key, key_len, NULL) == 1 &&
	       EVP_MAC_update(macs[hash], data, len) == 1 &&
	       EVP_MAC_final(macs[hash], out, &n, RMCP_DIGEST_MAX) == 1;
}

/* What a code is made of, put together from its parts. */
struct text {
	uint8_t bytes[2 * RMCP_KEY_15 + 8 + UINT8_MAX]; /* the longest is that of IPMI 1.5 */
	size_t len;
};

static void add(struct text *t, const void *bytes, size_t len)
{
	memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
}

static void add_id(struct text *t, uint32_t id)
{
	for (unsigned i = 0; i < 4; i++)
		t->bytes[t->len++] = (uint8_t)(id >> 8 * i);
}

uint8_t rmcp_user_len(const struct rmcp_login *l)
{
	return l->pad_user ? RMCP_USER_MAX : l->user_len;
}

static void add_user(struct text *t, const struct rmcp_login *l, uint8_t len)
{
	add(t, &l->role, 1);
	add(t, &len, 1);
	add(t, l->user, len);
}

/* 13.32: a password or K_g counts as 20 bytes, zeros at its end. */
static bool with_password(const struct rmcp_login *l, const struct text *t, uint8_t *out)
{
	return hmac(l->suite->hash, l->password, sizeof l->password, t->bytes, t->len, out);
}

bool rmcp_rakp2_code(const struct rmcp_login *l, uint8_t out[RMCP_DIGEST_MAX])
{
	struct text t = { .len = 0 };

	add_id(&t, l->console);
	add_id(&t, l->managed);
	add(&t, l->console_random, RMCP_RANDOM);
	add(&t, l->managed_random, RMCP_RANDOM);
	add(&t, l->guid, RMCP_RANDOM);
	add_user(&t, l, rmcp_user_len(l));
	return with_password(l, &t, out);
}

bool rmcp_check_rakp2(const struct rmcp_login *l, const uint8_t *code, size_t len)
{
	uint8_t own[RMCP_DIGEST_MAX];

	if (l->long_code && len == l->suite->digest + 1)
		len--;
	return len == l->suite->digest && rmcp_rakp2_code(l, own) &&
	       CRYPTO_memcmp(own, code, len) == 0;
}

bool rmcp_rakp3_code(const struct rmcp_login *l, uint8_t out[RMCP_DIGEST_MAX])
{
	struct text t = { .len = 0 };

	add(&t, l->managed_random, RMCP_RANDOM);
	add_id(&t, l->console);
	add_user(&t, l, l->user_len); /* QUIRKS intel20: here the name is as it is */
	return with_password(l, &t, out);
}

bool rmcp_rakp4_code(const struct rmcp_login *l, uint8_t out[RMCP_DIGEST_MAX])
{
	struct text t = { .len = 0 };

	add(&t, l->console_random, RMCP_RANDOM);
	add_id(&t, l->managed);
	add(&t, l->guid, RMCP_RANDOM);
	return hmac(l->suite->hash, l->sik, l->suite->digest, t.bytes, t.len, out);
}

bool rmcp_check_rakp4(const struct rmcp_login *l, const uint8_t *code, size_t len)
{
	uint8_t own[RMCP_DIGEST_MAX];

	/* QUIRKS: some BMCs send the whole digest. */
	return len >= l->suite->mac && rmcp_rakp4_code(l, own) &&
	       CRYPTO_memcmp(own, code, l->suite->mac) == 0;
}

/* 13.32: a key is the code of 20 bytes with its number in each. */
static bool derive_one(const struct rmcp_login *l, int number, uint8_t out[RMCP_DIGEST_MAX])
{
	uint8_t constant[20];

	memset(constant, number, sizeof constant);
	return hmac(l->suite->hash, l->sik, l->suite->digest, constant, sizeof constant, out);
}

bool rmcp_derive(struct rmcp_login *l, struct rmcp_keys *k)
{
	struct text t = { .len = 0 };
	uint8_t k2[RMCP_DIGEST_MAX];
	const uint8_t *kg = l->kg_len > 0 ? l->kg : l->password;
	bool ok;

	add(&t, l->console_random, RMCP_RANDOM);
	add(&t, l->managed_random, RMCP_RANDOM);
	add_user(&t, l, rmcp_user_len(l));
	ok = hmac(l->suite->hash, kg, RMCP_KEY_MAX, t.bytes, t.len, l->sik) &&
	     derive_one(l, 1, k->k1) && derive_one(l, 2, k2);
	memcpy(k->k2, k2, sizeof k->k2);
	OPENSSL_cleanse(k2, sizeof k2);
	k->suite = l->suite;
	return ok;
}

bool rmcp_code_15(const uint8_t password[RMCP_KEY_15], const struct rmcp_packet *p,
                  uint8_t out[RMCP_CODE_15])
{
	struct text t = { .len = 0 };
	bool ok;

	if (p->len > UINT8_MAX)
		return false;
	add(&t, password, RMCP_KEY_15);
	add_id(&t, p->session);
	add(&t, p->payload, p->len);
	add_id(&t, p->sequence);
	add(&t, password, RMCP_KEY_15);
	ok = EVP_Digest(t.bytes, t.len, out, NULL, EVP_md5(), NULL) == 1;
	OPENSSL_cleanse(&t, sizeof t);
	return ok;
}

/* ---- packets of a session ---- */

/* CBC over whole blocks; OpenSSL must neither pad nor look for a pad, since
 * that of IPMI is another. */
static bool cbc(EVP_CIPHER_CTX *ctx, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                size_t len, uint8_t *out)
{
	int n;

	return EVP_CipherInit_ex(ctx, NULL, NULL, key, iv, -1) == 1 &&
	       EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	       EVP_CipherUpdate(ctx, out, &n, in, (int)len) == 1 && (size_t)n == len;
}

/* 13.29: IV, then payload, pad 1 2 3 …, pad length; a multiple of the block. */
static bool encrypt(const struct rmcp_keys *k, const uint8_t *payload, size_t len, uint8_t *out,
                    size_t *sealed)
{
	uint8_t clear[RMCP_MESSAGE_MAX + BLOCK];
	size_t pad = (BLOCK - (len + 1) % BLOCK) % BLOCK, whole = len + pad + 1;

	memcpy(clear, payload, len);
	for (size_t i = 0; i < pad; i++)
		clear[len + i] = (uint8_t)(i + 1);
	clear[len + pad] = (uint8_t)pad;
	*sealed = BLOCK + whole;
	return rmcp_random(out, BLOCK) && cbc(encryption, k->k2, out, clear, whole, out + BLOCK);
}

size_t rmcp_seal(const struct rmcp_keys *k, uint8_t out[RMCP_PACKET_MAX],
                 const struct rmcp_packet *head)
{
	uint8_t code[RMCP_DIGEST_MAX];
	size_t sealed, end, pad;

	if (head->len > RMCP_MESSAGE_MAX ||
	    !encrypt(k, head->payload, head->len, out + RMCP_HEADER, &sealed))
		return 0;
	rmcp_build_header(out, head->payload_type | RMCP_ENCRYPTED | RMCP_AUTHENTICATED,
	                  head->session, head->sequence, sealed);
	end = RMCP_HEADER + sealed;
	pad = (4 - (end - 4 + 2) % 4) % 4; /* 13.6: what is covered is a multiple of 4 */
	memset(out + end, 0xff, pad);
	end += pad;
	out[end++] = (uint8_t)pad;
	out[end++] = NEXT_HEADER;
	if (!hmac(k->suite->hash, k->k1, k->suite->digest, out + 4, end - 4, code))
		return 0;
	memcpy(out + end, code, k->suite->mac);
	return end + k->suite->mac;
}

static bool verify(const struct rmcp_keys *k, const struct rmcp_packet *p)
{
	uint8_t own[RMCP_DIGEST_MAX];
	const uint8_t *all = p->all;
	size_t mac = k->suite->mac, end;

	if (p->all_len < RMCP_HEADER + p->len + 2 + mac)
		return false;
	end = p->all_len - mac; /* of what the code covers */
	if (all[end - 1] != NEXT_HEADER || RMCP_HEADER + p->len + all[end - 2] + 2 != end)
		return false;
	return hmac(k->suite->hash, k->k1, k->suite->digest, all + 4, end - 4, own) &&
	       CRYPTO_memcmp(own, all + end, mac) == 0;
}

bool rmcp_unseal(const struct rmcp_keys *k, const struct rmcp_packet *p,
                 uint8_t out[RMCP_PACKET_MAX], size_t *len)
{
	size_t sealed = p->len, pad;

	if (!p->encrypted || !p->authenticated || !verify(k, p))
		return false;
	if (sealed < 2 * BLOCK || sealed % BLOCK != 0 || sealed > RMCP_PACKET_MAX)
		return false;
	sealed -= BLOCK;
	if (!cbc(decryption, k->k2, p->payload, p->payload + BLOCK, sealed, out))
		return false;
	pad = out[sealed - 1];
	if (pad >= BLOCK)
		return false;
	*len = sealed - 1 - pad;
	return true;
}
