/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err.h owns the closed list of error codes (DESIGN 4). It knows no Lua: a
 * transport reports one of these plus a text, the Lua face makes the value. */
#ifndef BMCSH_ERR_H
#define BMCSH_ERR_H

enum err_code {
	ERR_NONE,
	ERR_TIMEOUT,
	ERR_REFUSED,
	ERR_UNREACHABLE,
	ERR_TLS,
	ERR_PIN,
	ERR_AUTH,
	ERR_LOCKED,
	ERR_SESSIONS_FULL,
	ERR_LICENCE,
	ERR_MISSING,
	ERR_UNSUPPORTED,
	ERR_BUSY,
	ERR_THROTTLED,
	ERR_PROTOCOL,
	ERR_REJECTED,
	ERR_CANCELLED,
	ERR_TOO_LARGE,
	ERR_INTERNAL,
	ERR_COUNT
};

/* The code as scripts see it, "timeout" for ERR_TIMEOUT. */
const char *err_name(enum err_code code);

/* Why an address and port of ours cannot be taken, by the errno. */
enum err_code err_of_bind(int number);

#endif
