/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp.h owns sessions of RMCP+, and of IPMI 1.5 where that is allowed, on the
 * loop: log in, commands, keep-alive, log out; and questions that need no session. It knows no Lua,
 * and of commands only those that it needs itself; src/l_rmcp.c is its face. */
#ifndef BMCSH_RMCP_H
#define BMCSH_RMCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "err.h"
#include "op.h"
#include "rmcp_crypto.h"
#include "rmcp_packet.h"

#define RMCP_SUITES_MAX 2

/* 6.8 */
enum rmcp_privilege { RMCP_USER = 2, RMCP_OPERATOR = 3, RMCP_ADMIN = 4 };

/* The text is apart: thousands wait at a time, few fail. */
struct rmcp_failure {
	enum err_code code;
	uint8_t status;     /* the one that it was refused with (13.24); 0: it was not */
	uint8_t completion; /* of the command that refused, else 0 */
	const char *reason; /* of a login, for programs: lua/bmc/rmcp.lua lists them; or NULL */
	char *text;         /* NULL without memory for it */
};

/* Frees the text; twice is once. */
void rmcp_failure_clear(struct rmcp_failure *why);

struct rmcp_session;

struct rmcp_options {
	const char *host; /* name or address; copied */
	uint16_t port;
	enum rmcp_privilege privilege;
	const struct rmcp_suite *suites[RMCP_SUITES_MAX]; /* in the order to try */
	unsigned suite_count;
	bool allow_15;       /* a BMC without IPMI 2.0 is spoken to in IPMI 1.5 */
	bool lookup_by_role; /* of the user, not by name only (13.20, bit 4 of the role) */
	bool lookup_either;  /* after a false RAKP 2 too, once, the other way */
	bool open_highest;   /* Open Session names no privilege */
	bool pad_user;       /* to 16 bytes, in RAKP 1 (QUIRKS intel20) */
	bool long_code;      /* RAKP 2's may be one byte too long (supermicro20, sun20) */
	unsigned in_flight;  /* commands at once, at least 1 */
	double retry;        /* seconds before the first resend; each further wait is longer */
	double keep_alive;   /* idle seconds after which the BMC hears of us; 0: never */
};

/* Sends nothing yet. NULL without memory. */
struct rmcp_session *rmcp_new(const struct rmcp_options *o);

/* Forgets the session: who waits for it gets an error, a BMC that may hold a
 * slot is told once. Frees s. */
void rmcp_free(struct rmcp_session *s);

/* ---- log in and out ---- */

/* Zeroed but for its op. */
struct rmcp_wait {
	struct op op;
	struct rmcp_session *session; /* NULL when it waits for nothing */
	struct rmcp_failure why;      /* code ERR_NONE: done */
};

struct rmcp_credentials {
	const char *user, *password, *kg; /* kg may be NULL */
	size_t user_len, password_len, kg_len;
};

/* Logs in within so many seconds; op_finish() now or later. The credentials
 * are copied, and wiped when the login is over. Only for a session that is
 * not open. */
void rmcp_open(struct rmcp_session *s, struct rmcp_wait *w, const struct rmcp_credentials *c,
               double timeout);

/* Logs out: commands under way get an error, Close Session is re-sent while
 * the BMC is silent, but not longer than grace. Always succeeds. */
void rmcp_close(struct rmcp_session *s, struct rmcp_wait *w, double grace);

/* Gives up waiting and forgets the failure; twice is once. A login that is given
 * up stays as far as it came: rmcp_close() tells the BMC. */
void rmcp_wait_stop(struct rmcp_wait *w);

/* What the login worked with. */
struct rmcp_terms {
	const struct rmcp_suite *suite; /* NULL unless open, and with IPMI 1.5 */
	enum rmcp_privilege privilege;  /* granted; 0 unless open */
	bool lookup_by_role, open_highest;
};
struct rmcp_terms rmcp_terms_of(const struct rmcp_session *s);

struct rmcp_state {
	const char *name; /* "closed" "opening" "open" "closing" "lost" */
	char address[64];
	uint16_t port;
	struct rmcp_terms terms;
	unsigned attempts;                 /* times the last login began anew */
	unsigned resent, dropped, unsound; /* datagrams sent again; thrown away; with a wrong
	                                    * checksum in an authentic packet */
};
void rmcp_describe(const struct rmcp_session *s, struct rmcp_state *out);

/* ---- commands ---- */

/* Zeroed but for its op and the fields that ask. */
struct rmcp_command {
	struct op op;
	uint8_t netfn, lun, command;
	bool once;           /* never sent a second time */
	const uint8_t *data; /* stays until the op is done */
	size_t len;
	double timeout; /* seconds, those in the queue included */

	/* The answer, when code is ERR_NONE. */
	enum err_code error;
	const char *text; /* static */
	uint8_t completion;
	uint8_t *reply; /* the op's own until rmcp_command_stop() */
	size_t reply_len;
	unsigned sent; /* how often; 0: the BMC has not seen it */
	bool lost;     /* the session is: another one is to be opened */

	struct rmcp_send *send; /* rmcp_command.c's own */
};

/* op_finish() now or later. */
void rmcp_command(struct rmcp_session *s, struct rmcp_command *c);

/* Gives up waiting and frees the reply; twice is once. */
void rmcp_command_stop(struct rmcp_command *c);

/* ---- questions outside of a session ---- */

struct rmcp_ask {
	struct op op;
	struct rmcp_failure why;
	bool ping; /* ASF presence ping, else the request */
	struct rmcp_request request;
	bool v20; /* in the framing of IPMI 2.0 */
	double timeout, retry;
	uint8_t data[8]; /* room for that of the request */

	bool ipmi; /* answers: the pong's */
	uint8_t completion, reply[64];
	size_t reply_len;

	struct rmcp_asking *asking; /* rmcp_ask.c's own */
};

/* op_finish() now or later. */
void rmcp_ask(struct rmcp_ask *a, const char *host, uint16_t port);
/* Gives up waiting and forgets the failure; twice is once. */
void rmcp_ask_stop(struct rmcp_ask *a);

/* At exit, when no session and no question is left. */
void rmcp_stop(void);

#endif
