/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cert.h"

#include <math.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define DAY 86400.0
/* More lead out of the years that a certificate can name. */
#define MOST_DAYS 1e6
/* A clock a little behind ours must not find the certificate not yet valid. */
#define EARLIER 3600.0

static bool set_serial(X509 *cert)
{
	ASN1_INTEGER *serial = X509_get_serialNumber(cert);
	BIGNUM *number = BN_new();
	bool ok = number != NULL && BN_rand(number, 127, 0, 0) == 1 &&
	          BN_to_ASN1_INTEGER(number, serial) != NULL;

	BN_free(number);
	return ok;
}

/* An expired certificate was valid for a year once. */
static bool set_validity(X509 *cert, double days)
{
	double now = (double)time(NULL), end = now + days * DAY;
	double start = days > 0 ? now - EARLIER : end - 365 * DAY;

	return fabs(days) <= MOST_DAYS &&
	       ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)start) != NULL &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)end) != NULL;
}

static bool set_subject(X509 *cert, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
	                                  (const unsigned char *)common_name, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1;
}

static GENERAL_NAME *general_name(const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
	ASN1_IA5STRING *host = address == NULL ? ASN1_IA5STRING_new() : NULL;

	if (name != NULL && address != NULL) {
		GENERAL_NAME_set0_value(name, GEN_IPADD, address);
		return name;
	}
	if (name != NULL && host != NULL && ASN1_STRING_set(host, text, -1) == 1) {
		GENERAL_NAME_set0_value(name, GEN_DNS, host);
		return name;
	}
	ASN1_OCTET_STRING_free(address);
	ASN1_IA5STRING_free(host);
	GENERAL_NAME_free(name);
	return NULL;
}

static bool add_names(X509 *cert, const struct cert_config *config)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool ok = names != NULL;

	for (size_t i = 0; ok && i < config->nnames; i++) {
		GENERAL_NAME *name = general_name(config->names[i]);

		ok = name != NULL && sk_GENERAL_NAME_push(names, name) > 0;
		if (!ok)
			GENERAL_NAME_free(name);
	}
	if (ok && config->nnames > 0)
		ok = X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) == 1;
	GENERAL_NAMES_free(names);
	return ok;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool ok;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool fill_in(X509 *cert, EVP_PKEY *key, const struct cert_config *config)
{
	return X509_set_version(cert, X509_VERSION_3) == 1 && set_serial(cert) &&
	       set_validity(cert, config->days) && set_subject(cert, config->common_name) &&
	       X509_set_pubkey(cert, key) == 1 &&
	       add_extension(cert, NID_subject_key_identifier, "hash") &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth") && add_names(cert, config) &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

/* What was written to the BIO, as a string to be freed; NULL without memory. */
static char *text_of(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);

	return strndup(data, (size_t)len);
}

static bool to_pem(X509 *cert, EVP_PKEY *key, struct cert_pair *pair)
{
	BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_secmem());

	if (cert_bio != NULL && key_bio != NULL && PEM_write_bio_X509(cert_bio, cert) == 1 &&
	    PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
		pair->cert = text_of(cert_bio);
		pair->key = text_of(key_bio);
	}
	BIO_free(cert_bio);
	BIO_free(key_bio);
	return pair->cert != NULL && pair->key != NULL;
}

bool cert_self_signed(const struct cert_config *config, struct cert_pair *pair)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	bool ok;

	*pair = (struct cert_pair){ NULL, NULL };
	ok = key != NULL && cert != NULL && fill_in(cert, key, config) && to_pem(cert, key, pair);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return ok;
}
