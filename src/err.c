/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "err.h"

#include <errno.h>

static const char *const names[ERR_COUNT] = {
	[ERR_NONE] = "none",
	[ERR_TIMEOUT] = "timeout",
	[ERR_REFUSED] = "refused",
	[ERR_UNREACHABLE] = "unreachable",
	[ERR_TLS] = "tls",
	[ERR_PIN] = "pin",
	[ERR_AUTH] = "auth",
	[ERR_LOCKED] = "locked",
	[ERR_SESSIONS_FULL] = "sessions_full",
	[ERR_LICENCE] = "licence",
	[ERR_MISSING] = "missing",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_BUSY] = "busy",
	[ERR_THROTTLED] = "throttled",
	[ERR_PROTOCOL] = "protocol",
	[ERR_REJECTED] = "rejected",
	[ERR_CANCELLED] = "cancelled",
	[ERR_TOO_LARGE] = "too_large",
	[ERR_INTERNAL] = "internal",
};

const char *err_name(enum err_code code)
{
	return names[code];
}

enum err_code err_of_bind(int number)
{
	switch (number) {
	case EADDRINUSE:
	case EMFILE:
	case ENFILE:
		return ERR_BUSY;
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return ERR_MISSING;
	case EACCES:
	case EPERM:
		return ERR_REJECTED;
	default:
		return ERR_INTERNAL;
	}
}
