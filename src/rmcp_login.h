/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_login.h is between rmcp_login.c, which owns how a session is opened, what
 * it asks before (rmcp_offers.c), and rmcp_reason.c, which owns what it means
 * when that fails. */
#ifndef BMCSH_RMCP_LOGIN_H
#define BMCSH_RMCP_LOGIN_H

#include "rmcp_session.h"

enum phase {
	RESOLVING,
	QUEUED, /* too many others are under way */
	CAPABILITIES,
	OPENING_SESSION,
	SENT_RAKP1,
	SENT_RAKP3,
	CHALLENGE, /* of IPMI 1.5 */
	ACTIVATING,
	PAUSE,
	SUITES,
	PRIVILEGE
};

struct login {
	TAILQ_ENTRY(login) link; /* while QUEUED */
	struct rmcp_session *session;
	struct rmcp_login shared; /* keys and passwords are in here */
	enum phase phase;
	ev_timer timer;
	double deadline, wait;
	double asked;    /* when the question was sent first */
	double repeated; /* and last */
	double latency;  /* seconds that the BMC took to answer one */
	double unheard;  /* when a BMC that has said nothing counts as absent */
	uint8_t tag;     /* of the question under way; its sequence number, for a command */
	uint8_t first;   /* tag with which this beginning began */
	bool late;       /* an answer has come to an earlier one: the BMC is slow */
	unsigned sent;   /* how often the question was */
	unsigned suite;  /* index in the options */
	unsigned begun, busy;
	bool counted;                /* among those that keep others waiting */
	uint8_t status, completion;  /* of the last refusal */
	bool by_role, highest;       /* as in the options, until the BMC wants it otherwise */
	bool again;                  /* the one other try that a password has, is spent */
	bool pong, pong_ipmi;        /* the presence ping was answered, by a BMC */
	bool plain, no_v20, with_kg; /* capabilities: ask without the 2.0 bit; what they say */
	bool version_15;             /* IPMI 1.5 is spoken */
	struct rmcp_ghost ghost;     /* of the beginning before */
	bool false_code;             /* an answer came whose code is wrong */
	uint8_t offers[96];          /* records of cipher suites, as they come in lists */
	size_t offers_len;
	uint8_t list;
	uint8_t packet[96];
	size_t len;
};

/* ---- rmcp_login.c ---- */

/* Opens a session from the start, with a random number that no login had before. */
void rmcp_login_begin(struct login *l);
/* Sends what stands in l->packet, and again while it is not answered. */
void rmcp_login_ask(struct login *l, enum phase phase, size_t len);
/* The BMC has no slot free: asks anew later, a few times. */
void rmcp_login_no_slot(struct login *l);
/* The session has keys: sets its privilege, then it is open. */
void rmcp_login_privilege(struct login *l);

/* ---- rmcp_offers.c ---- */

/* Asks for the capabilities; their answer begins the login. Again: the ping goes
 * along, by whose answer the end can tell a machine without IPMI from none. */
void rmcp_offers_ask(struct login *l);
void rmcp_offers_ask_again(struct login *l);
void rmcp_offers_take(struct login *l, const struct rmcp_packet *d);
void rmcp_offers_take_pong(struct login *l, const struct rmcp_packet *d);
/* Asked when no suite was taken: the answers end the login, and say which ones
 * there are. */
void rmcp_offers_ask_suites(struct login *l);
void rmcp_offers_end(struct login *l);
void rmcp_offers_take_suites(struct login *l, const struct rmcp_packet *d);

/* ---- rmcp_abandon.c ---- */

/* Abandons the session of the beginning before. A BMC that has taken RAKP 3, and
 * whose RAKP 4 did not come, holds one: its Close goes along with what is said
 * next, since it may be lost too. */
void rmcp_login_abandon(struct login *l);

/* ---- rmcp_15.c ---- */

void rmcp_15_begin(struct login *l);
void rmcp_15_take_challenge(struct login *l, const struct rmcp_packet *d);
void rmcp_15_take_activated(struct login *l, const struct rmcp_packet *d);

/* ---- rmcp_reason.c: each ends the login; l is gone afterwards ---- */

/* reason may be NULL. */
__attribute__((format(printf, 4, 5))) void rmcp_fail(struct login *l, enum err_code code,
                                                     const char *reason, const char *fmt, ...);

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
