/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_cert.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

bool http_cert_spki(X509 *cert, char out[HTTP_PIN_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
	unsigned int size = 0;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool done = len > 0 && EVP_Digest(der, (size_t)len, digest, &size, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	out[0] = '\0';
	if (done)
		EVP_EncodeBlock((unsigned char *)out, digest, (int)size);
	return done;
}

/* As "CN=bmc-7,O=Acme"; a longer name is cut. */
static void read_name(X509_NAME *name, char *out, int size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
		len = BIO_read(bio, out, size - 1);
	out[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

static double read_time(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1 ? (double)timegm(&tm) : 0;
}

void http_cert_read(X509 *cert, struct http_cert *out)
{
	memset(out, 0, sizeof *out);
	read_name(X509_get_subject_name(cert), out->subject, sizeof out->subject);
	read_name(X509_get_issuer_name(cert), out->issuer, sizeof out->issuer);
	out->not_before = read_time(X509_get0_notBefore(cert));
	out->not_after = read_time(X509_get0_notAfter(cert));
	out->self_signed = X509_self_signed(cert, 0) == 1;
	http_cert_spki(cert, out->spki);
}
