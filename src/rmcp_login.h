/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_login.h is between rmcp_login.c, which owns how a session is opened, and
 * rmcp_reason.c, which owns what it means when that fails. */
#ifndef BMCSH_RMCP_LOGIN_H
#define BMCSH_RMCP_LOGIN_H

#include "rmcp_session.h"

enum phase {
	RESOLVING,
	CAPABILITIES,
	OPENING_SESSION,
	SENT_RAKP1,
	SENT_RAKP3,
	PAUSE,
	SUITES,
	PRIVILEGE
};

struct login {
	struct rmcp_session *session;
	struct rmcp_login shared; /* keys and passwords are in here */
	enum phase phase;
	ev_timer timer;
	double deadline, wait;
	double unheard; /* when a BMC that has said nothing counts as absent */
	uint8_t tag;    /* of the question under way; its sequence number, for a command */
	unsigned sent;  /* how often the question was */
	unsigned suite; /* index in the options */
	unsigned begun, busy;
	bool pong, pong_ipmi;        /* the presence ping was answered, by a BMC */
	bool plain, no_v20, with_kg; /* capabilities: ask without the 2.0 bit; what they say */
	bool false_code;             /* an answer came whose code is wrong */
	uint8_t packet[96];
	size_t len;
};

/* ---- rmcp_reason.c: each ends the login; l is gone afterwards ---- */

__attribute__((format(printf, 3, 4))) void rmcp_fail(struct login *l, enum err_code code,
                                                     const char *fmt, ...);

/* The time is over, or the BMC is absent. */
void rmcp_fail_silent(struct login *l);
void rmcp_fail_user(struct login *l);
void rmcp_fail_password(struct login *l, const char *seen);
void rmcp_fail_kg(struct login *l);
void rmcp_fail_privilege(struct login *l, const char *seen);
/* No suite was taken; offers may be "". */
void rmcp_fail_suites(struct login *l, const char *offers);
void rmcp_fail_slots(struct login *l);
void rmcp_fail_status(struct login *l, const char *what, uint8_t status);

/* A status of Open Session or RAKP in words (13.24). */
const char *rmcp_status_text(uint8_t status);

#endif
