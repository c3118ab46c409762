/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_session.h is between the parts of rmcp.h: rmcp_session.c owns a
 * session's life, rmcp_login.c how it is opened, rmcp_command.c what is in
 * flight in it. Nobody else includes it. */
#ifndef BMCSH_RMCP_SESSION_H
#define BMCSH_RMCP_SESSION_H

#include <ev.h>
#include <stdarg.h>

#include "rmcp.h"
#include "rmcp_socket.h"

struct addrinfo;
struct resolve;

/* Who takes the packets of a payload beside IPMI messages: a console. */
struct rmcp_listener {
	/* Authentic and in clear, with its packet's number in the session. */
	void (*receive)(struct rmcp_listener *l, const uint8_t *data, size_t len, uint32_t number);
	/* The session is over; the listener is forgotten. */
	void (*ended)(struct rmcp_listener *l, enum err_code code, const char *text);
};

/* Each wait for an answer is longer than the one before, up to a limit: with two
 * datagrams of ten lost one exchange in three fails, and a command's time has to
 * hold enough of them that not one BMC in thousands is given up. */
#define RMCP_WAIT_GROWTH 1.5
#define RMCP_WAIT_MAX 1.5

/* Application commands (appendix G) that the engine sends by itself. */
enum {
	RMCP_APP = 0x06,
	RMCP_GET_DEVICE_ID = 0x01,
	RMCP_GET_CHANNEL_AUTH = 0x38,
	RMCP_GET_CHALLENGE = 0x39,
	RMCP_ACTIVATE = 0x3a,
	RMCP_SET_PRIVILEGE = 0x3b,
	RMCP_CLOSE_SESSION = 0x3c,
	RMCP_GET_CIPHER_SUITES = 0x54,
};
#define RMCP_THIS_CHANNEL 0x0e

enum session_state { CLOSED, OPENING, OPEN, CLOSING, LOST };

TAILQ_HEAD(send_list, rmcp_send);
struct login;

/* Answers to Open Session that may still come: each tells of a slot that the
 * BMC has set aside, and that nobody else gives back. */
struct rmcp_expected {
	double until;
	uint8_t count;
	uint8_t role, user_len; /* as whom it was asked */
	char user[RMCP_USER_MAX];
};

struct rmcp_session {
	struct rmcp_peer peer; /* first */
	enum session_state state;
	struct rmcp_options o;    /* host is our copy */
	struct rmcp_wait *waiter; /* who opens or closes */
	struct login *login;      /* while it is opened */
	struct resolve *lookup;

	/* What the BMC may hold: its session id once it has told one, and
	 * whether the session can be closed with our keys. Those of IPMI 1.5 are
	 * of no suite: the password, in k1. */
	uint32_t managed;
	bool keyed;
	struct rmcp_expected expected;
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

	struct rmcp_listener *sol; /* NULL without a console */
	unsigned mute;             /* resends since the last authentic packet */
	bool answers_others;       /* since then, a question outside of the session */

	ev_timer idle; /* keep-alive; of one that closes: the end of it */
	bool idle_runs;
	double used; /* when the last packet was sent */
	unsigned attempts, resent, dropped, unsound;
};

/* ---- rmcp_session.c ---- */

__attribute__((format(printf, 3, 4))) void rmcp_explain(struct rmcp_failure *why,
                                                        enum err_code code, const char *fmt, ...);
__attribute__((format(printf, 3, 0))) void
rmcp_vexplain(struct rmcp_failure *why, enum err_code code, const char *fmt, va_list ap);
void rmcp_arm(ev_timer *timer, double seconds);
/* So many seconds from now, and so many after each time; 0: never. */
void rmcp_arm_each(ev_timer *timer, double seconds);

/* A question that was sent once was answered after so many seconds; INFINITY: one
 * that was sent again need not have been. */
void rmcp_took(double seconds);
/* Seconds before an answer that is not there counts as lost, whatever the options
 * say: where thousands are asked, or the network is full, all answers are late,
 * and what is sent again makes them later. */
double rmcp_patience(void);

/* Asks an idle BMC for a sign of life; the session is lost when it gives none. */
void rmcp_probe(struct rmcp_session *s);

/* The one of a name's addresses that p talks to. */
void rmcp_choose_address(struct rmcp_peer *p, const struct addrinfo *list);

/* Seals a payload and sends it: 0 or an errno. */
int rmcp_send_sealed(struct rmcp_session *s, uint8_t payload_type, const uint8_t *payload,
                     size_t len);

/* Asks the BMC something that needs no session. */
void rmcp_ask_aside(struct rmcp_session *s);

/* The BMC has forgotten the session, or is gone: who waits hears of it. */
#define RMCP_LOST_TEXT "the session was lost: the BMC had stopped answering in it"
void rmcp_lost(struct rmcp_session *s);

/* The login has ended: OPEN, or CLOSED with the reason in the waiter. */
void rmcp_opened(struct rmcp_session *s, bool ok);

/* ---- rmcp_abandon.c ---- */

/* Tells a BMC that may hold a slot, and forgets the slot. */
void rmcp_abandon(struct rmcp_session *s);
/* Tells it that the login is over which led to the session. */
void rmcp_break_off(struct rmcp_session *s);

/* A session that the BMC has opened, perhaps, though its login came to nothing. */
struct rmcp_ghost {
	uint32_t managed; /* 0: there is none */
	uint32_t out;
	struct rmcp_keys keys;
};
/* Says once more that it is to be closed. */
void rmcp_close_ghost(struct rmcp_session *s, struct rmcp_ghost *g);

#define RMCP_LATE_MAX 1.0 /* seconds, at most, that closing waits for such an answer */
/* Open Session was sent. */
void rmcp_expect_opened(struct rmcp_session *s, const struct rmcp_login *as);
/* One was answered: it takes no longer than since `asked`, when it was first sent. */
void rmcp_saw_opened(struct rmcp_session *s, double asked);
/* Whether an answer to another one may be on its way. */
bool rmcp_expects_opened(const struct rmcp_session *s);
/* One that no login waits for: the slot is given back. */
bool rmcp_is_late_opened(const struct rmcp_session *s, const struct rmcp_packet *d);
void rmcp_late_opened(struct rmcp_session *s, const struct rmcp_packet *d);

/* ---- rmcp_login.c ---- */

/* False without memory. */
bool rmcp_login_start(struct rmcp_session *s, const struct rmcp_credentials *c, double timeout);
void rmcp_login_receive(struct rmcp_session *s, const struct rmcp_packet *d);
void rmcp_login_refused(struct rmcp_session *s);
/* Wipes and frees; twice is once. */
void rmcp_login_end(struct rmcp_session *s);

/* ---- rmcp_15.c ---- */

/* Sends a message in a session of IPMI 1.5: 0 or an errno. */
int rmcp_send_15(struct rmcp_session *s, const uint8_t *payload, size_t len);
/* Whether it comes from who knows the password. */
bool rmcp_check_15(const struct rmcp_session *s, const struct rmcp_packet *d);

/* ---- rmcp_command.c ---- */

/* A command of the engine itself; `then` is called when it has ended. */
void rmcp_own(struct rmcp_session *s, uint8_t command, size_t len, double timeout,
              void (*then)(struct rmcp_session *s));
/* An IPMI message of the session, authentic and in clear. */
void rmcp_answer(struct rmcp_session *s, const uint8_t *payload, size_t len);
/* Every command ends with this error, the engine's own is forgotten. */
void rmcp_turn_away(struct rmcp_session *s, enum err_code code, const char *text);

#endif
