/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_cert.h owns what bmcsh tells of a server's certificate. It judges
 * nothing: trust is libcurl's business and the pin http.c's. */
#ifndef BMCSH_HTTP_CERT_H
#define BMCSH_HTTP_CERT_H

#include <stdbool.h>

struct x509_st;

#define HTTP_PIN_PREFIX "sha256//"
#define HTTP_PIN_SIZE 45 /* SHA-256 in base64, and its NUL */

struct http_cert {
	char subject[256], issuer[256];
	double not_before, not_after; /* epoch seconds */
	char spki[HTTP_PIN_SIZE];
	bool self_signed;
};

/* SHA-256 of the public key in base64. False when OpenSSL cannot say. */
bool http_cert_spki(struct x509_st *cert, char out[HTTP_PIN_SIZE]);

void http_cert_read(struct x509_st *cert, struct http_cert *out);

#endif
