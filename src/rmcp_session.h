/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_session.h is between the parts of rmcp.h: rmcp_session.c owns a
 * session's life, rmcp_login.c how it is opened, rmcp_command.c what is in
 * flight in it. Nobody else includes it. */
#ifndef BMCSH_RMCP_SESSION_H
#define BMCSH_RMCP_SESSION_H

#include <ev.h>

#include "rmcp.h"
#include "rmcp_socket.h"

struct addrinfo;
struct resolve;

/* Each wait for an answer is longer than the one before, up to a limit: a lossy
 * network still gets some ten tries into a login's time. */
#define RMCP_WAIT_GROWTH 1.5
#define RMCP_WAIT_MAX 2.5

/* Application commands (appendix G) that the engine sends by itself. */
enum {
	RMCP_APP = 0x06,
	RMCP_GET_DEVICE_ID = 0x01,
	RMCP_GET_CHANNEL_AUTH = 0x38,
	RMCP_SET_PRIVILEGE = 0x3b,
	RMCP_CLOSE_SESSION = 0x3c,
	RMCP_GET_CIPHER_SUITES = 0x54,
};
#define RMCP_THIS_CHANNEL 0x0e

enum session_state { CLOSED, OPENING, OPEN, CLOSING, LOST };

TAILQ_HEAD(send_list, rmcp_send);
struct login;

struct rmcp_session {
	struct rmcp_peer peer; /* first */
	enum session_state state;
	struct rmcp_options o;    /* host is our copy */
	struct rmcp_wait *waiter; /* who opens or closes */
	struct login *login;      /* while it is opened */
	struct resolve *lookup;

	/* What the BMC may hold: its session id once it has told one, and
	 * whether the session can be closed with our keys. */
	uint32_t managed;
	bool keyed;
	struct rmcp_keys keys;
	uint32_t out;          /* sequence number of the last packet sent */
	uint32_t high, window; /* highest one received, and which of the 32 up to it */
	enum rmcp_privilege granted;

	struct send_list queue, flight; /* commands: not yet sent, sent */
	unsigned flying;
	uint8_t next_sequence;
	struct rmcp_command own; /* of the engine itself */
	uint8_t own_data[4];
	void (*then)(struct rmcp_session *s); /* own has ended */

	ev_timer idle;
	bool idle_runs;
	double used; /* when the last packet was sent */
	unsigned attempts, resent, dropped, unsound;
};

/* ---- rmcp_session.c ---- */

__attribute__((format(printf, 3, 4))) void rmcp_explain(struct rmcp_failure *why,
                                                        enum err_code code, const char *fmt, ...);
void rmcp_arm(ev_timer *timer, double seconds);

/* The one of a name's addresses that p talks to. */
void rmcp_choose_address(struct rmcp_peer *p, const struct addrinfo *list);

/* Tells a BMC that may hold a slot, once, and forgets the slot. */
void rmcp_abandon(struct rmcp_session *s);

/* Seals a payload and sends it: 0 or an errno. */
int rmcp_send_sealed(struct rmcp_session *s, uint8_t payload_type, const uint8_t *payload,
                     size_t len);

/* The login has ended: OPEN, or CLOSED with the reason in the waiter. */
void rmcp_opened(struct rmcp_session *s, bool ok);

/* ---- rmcp_login.c ---- */

/* False without memory. */
bool rmcp_login_start(struct rmcp_session *s, const struct rmcp_credentials *c, double timeout);
void rmcp_login_receive(struct rmcp_session *s, const struct rmcp_packet *d);
void rmcp_login_refused(struct rmcp_session *s);
/* Wipes and frees; twice is once. */
void rmcp_login_end(struct rmcp_session *s);

/* ---- rmcp_command.c ---- */

/* A command of the engine itself; `then` is called when it has ended. */
void rmcp_own(struct rmcp_session *s, uint8_t command, size_t len, double timeout,
              void (*then)(struct rmcp_session *s));
/* An IPMI message of the session, authentic and in clear. */
void rmcp_answer(struct rmcp_session *s, const uint8_t *payload, size_t len);
/* Every command ends with this error, the engine's own is forgotten. */
void rmcp_turn_away(struct rmcp_session *s, enum err_code code, const char *text);

#endif
