/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cert.h owns the making of self-signed certificates (EC P-256), for servers
 * of our own. It reads and checks none. */
#ifndef BMCSH_CERT_H
#define BMCSH_CERT_H

#include <stdbool.h>
#include <stddef.h>

struct cert_config {
	const char *common_name;  /* at most 64 bytes */
	double days;              /* of validity from now on; below zero: it ended that long ago */
	const char *const *names; /* host names and numeric addresses */
	size_t nnames;
};

/* Both for the caller to free. */
struct cert_pair {
	char *cert, *key; /* PEM */
};

/* False when OpenSSL would not: a name too long, no memory. */
bool cert_self_signed(const struct cert_config *config, struct cert_pair *pair);

#endif
