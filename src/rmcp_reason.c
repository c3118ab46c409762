/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a login failed, as a code and a sentence that says what to do. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rmcp_login.h"

/* 13.24 */
static const char *const statuses[] = {
	[0x01] = "no resources for a session",
	[0x02] = "invalid session id",
	[0x03] = "invalid payload type",
	[0x04] = "invalid authentication algorithm",
	[0x05] = "invalid integrity algorithm",
	[0x06] = "no matching authentication payload",
	[0x07] = "no matching integrity payload",
	[0x08] = "inactive session id",
	[0x09] = "invalid role",
	[0x0a] = "unauthorized role or privilege level",
	[0x0b] = "no resources for a session at this role",
	[0x0c] = "invalid name length",
	[0x0d] = "unauthorized name",
	[0x0e] = "unauthorized GUID",
	[0x0f] = "invalid integrity check value",
	[0x10] = "invalid confidentiality algorithm",
	[0x11] = "no such cipher suite",
	[0x12] = "illegal parameter",
};

static const char *const privileges[] = {
	[RMCP_USER] = "user", [RMCP_OPERATOR] = "operator", [RMCP_ADMIN] = "administrator"
};

const char *rmcp_status_text(uint8_t status)
{
	if (status < sizeof statuses / sizeof *statuses && statuses[status] != NULL)
		return statuses[status];
	return "a status that is not in the specification";
}

static const char *user_of(const struct login *l)
{
	static char name[RMCP_USER_MAX + 1];

	if (l->shared.user_len == 0)
		return "\"\"";
	memcpy(name, l->shared.user, l->shared.user_len);
	name[l->shared.user_len] = '\0';
	return name;
}

void rmcp_fail(struct login *l, enum err_code code, const char *reason, const char *fmt, ...)
{
	struct rmcp_failure *why = &l->session->waiter->why;
	va_list ap;

	va_start(ap, fmt);
	rmcp_vexplain(why, code, fmt, ap);
	va_end(ap);
	why->reason = reason;
	why->status = l->status;
	why->completion = l->completion;
	rmcp_opened(l->session, false);
}

static void fail_unreached(struct login *l)
{
	if (l->pong)
		rmcp_fail(l, ERR_UNSUPPORTED, "no_ipmi",
		          "%s: it answers the presence ping, but no IPMI command: IPMI over LAN is "
		          "switched off there; switch it on over Redfish or in the BMC's setup",
		          l->pong_ipmi ? "a BMC is there" : "a machine is there");
	else
		rmcp_fail(
		    l, ERR_TIMEOUT, "silent",
		    "no answer from UDP port %u: wrong address, a firewall on the way, or IPMI "
		    "over LAN is switched off",
		    l->session->o.port);
}

void rmcp_fail_silent(struct login *l)
{
	static const char *const what[] = {
		[OPENING_SESSION] = "Open Session",
		[SENT_RAKP1] = "RAKP 1",
		[SENT_RAKP3] = "RAKP 3",
		[CHALLENGE] = "Get Session Challenge",
		[SUITES] = "Get Channel Cipher Suites",
		[PRIVILEGE] = "the privilege level",
	};

	if (l->phase == RESOLVING)
		rmcp_fail(l, ERR_TIMEOUT, NULL, "looking up %s took too long", l->session->o.host);
	else if (l->phase == QUEUED)
		rmcp_fail(l, ERR_TIMEOUT, NULL, "its turn did not come in time");
	else if (l->phase == CAPABILITIES)
		fail_unreached(l);
	else if (l->phase == PAUSE)
		rmcp_fail(l, ERR_SESSIONS_FULL, "slots", "no session slot became free in time");
	else if (l->phase == OPENING_SESSION && l->no_v20)
		rmcp_fail(l, ERR_UNSUPPORTED, "version",
		          "the BMC says that it has no IPMI 2.0, and does not answer Open Session; "
		          "IPMI 1.5 is spoken only where that is allowed");
	else if (l->phase == ACTIVATING)
		rmcp_fail_password(l, "it does not answer Activate Session");
	else
		rmcp_fail(l, ERR_TIMEOUT, "stalled",
		          "the BMC stopped answering during the login, at %s", what[l->phase]);
}

void rmcp_fail_privilege(struct login *l, const char *why)
{
	rmcp_fail(
	    l, ERR_AUTH, "privilege",
	    "user %s may not have privilege %s (%s): ask for a lower one, or raise the user's limit "
	    "on this channel",
	    user_of(l), privileges[l->session->o.privilege], why);
}

void rmcp_fail_password(struct login *l, const char *seen)
{
	const char *cut =
	    l->shared.password_len > 16
		? "; it is longer than 16 bytes, and the BMC may have stored just those"
		: "";

	rmcp_fail(l, ERR_AUTH, "password", "wrong password for user %s (%s)%s", user_of(l), seen,
	          cut);
}

void rmcp_fail_kg(struct login *l)
{
	const char *way_out =
	    "it is not the BMC that it says it is, or it has a key K_g of its own";

	if (l->shared.kg_len > 0)
		way_out = "K_g is not the BMC's";
	else if (l->with_kg)
		way_out = "the BMC has a key K_g of its own";
	rmcp_fail(l, ERR_AUTH, "kg", "the password is right, but %s", way_out);
}

void rmcp_fail_user(struct login *l)
{
	rmcp_fail(l, ERR_AUTH, "user",
	          "the BMC knows no user %s, or it is not enabled for IPMI over LAN", user_of(l));
}

void rmcp_fail_suites(struct login *l, const char *offers)
{
	if (offers[0] == '\0')
		rmcp_fail(l, ERR_UNSUPPORTED, "suite",
		          "the BMC refuses the cipher suites asked for (of 17 and 3)");
	else
		rmcp_fail(l, ERR_UNSUPPORTED, "suite",
		          "the BMC refuses the cipher suites asked for (of 17 and 3); it offers "
		          "%s: switch 17 or 3 on there, bmcsh speaks no weaker one",
		          offers);
}

void rmcp_fail_slots(struct login *l)
{
	rmcp_fail(
	    l, ERR_SESSIONS_FULL, "slots",
	    "the BMC has no session slot free: others hold them; they end after about a minute "
	    "without use");
}

void rmcp_fail_status(struct login *l, const char *what, uint8_t status)
{
	rmcp_fail(l, ERR_PROTOCOL, NULL, "%s was refused: %s (%02Xh)", what,
	          rmcp_status_text(status), status);
}
