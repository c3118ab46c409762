/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_sol.h owns the characters of Serial over LAN in a session: each one
 * typed reaches the BMC once and in order, each one received is read once and
 * in order, whatever the network loses (IPMI 2.0, section 15). How the payload
 * is activated and deactivated is for who uses it. It knows no Lua;
 * src/l_rmcp_sol.c is its face. */
#ifndef BMCSH_RMCP_SOL_H
#define BMCSH_RMCP_SOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "rmcp.h"

struct rmcp_sol;

struct rmcp_sol_options {
	unsigned chunk;    /* characters in a packet to the BMC, 1 to 255 */
	double retry;      /* seconds before the first resend; doubled for each further one */
	double keep_alive; /* seconds between two commands that ask whether the BMC is there */
	size_t room;       /* characters kept for who does not read */
	double nudge;      /* idle seconds after which the BMC gets a packet; 0: never */
	bool nudge_nul;    /* a NUL is typed with it */

	/* What BMCs do otherwise (QUIRKS). */
	bool zero_is_all; /* an ack for none of the characters means all of them */
	bool no_acks;     /* there are none: characters are sent once, a piece each `retry` */
	bool unnumbered;  /* characters come under no number, which nobody can ack */
};

/* For a session that is open and has none yet; else NULL, and why. Sends a
 * packet without characters, so that the BMC takes the numbers that follow for
 * new ones whatever an earlier console has used. */
struct rmcp_sol *rmcp_sol_new(struct rmcp_session *s, const struct rmcp_sol_options *o,
                              enum err_code *why);
/* Who waits gets an error; nothing is sent. */
void rmcp_sol_free(struct rmcp_sol *sol);

/* Waits for characters. Zeroed but for its op. */
struct rmcp_sol_read {
	struct op op;
	struct rmcp_sol *sol; /* NULL when it waits for nothing */
};
/* op_finish() now or later: there are characters, or it has ended. One reads
 * at a time: false when somebody does already. */
bool rmcp_sol_read(struct rmcp_sol *sol, struct rmcp_sol_read *r);
void rmcp_sol_read_stop(struct rmcp_sol_read *r);

/* The characters at hand, in one or two pieces; forgets n of them. */
size_t rmcp_sol_peek(const struct rmcp_sol *sol, const char **bytes);
void rmcp_sol_consume(struct rmcp_sol *sol, size_t n);

/* Sends characters, or a break. Zeroed but for its op and the fields that ask. */
struct rmcp_sol_write {
	struct op op;
	const uint8_t *data; /* stays until the op is done */
	size_t len;
	bool is_break;
	size_t sent, taken; /* the first so many were sent; the BMC has them */
	bool done;          /* it has all, or the break */
	unsigned refusals;  /* of the break */
	struct rmcp_sol *sol;
};
/* op_finish() now or later: the BMC has taken all, it refuses the break, or it
 * has ended. */
bool rmcp_sol_write(struct rmcp_sol *sol, struct rmcp_sol_write *w);
/* What has been sent and not been acknowledged is still repeated. */
void rmcp_sol_write_stop(struct rmcp_sol_write *w);

struct rmcp_sol_state {
	enum err_code error; /* why it has ended; ERR_NONE: it has not */
	const char *text;
	bool deactivated; /* the BMC itself has ended it */
	bool deaf;        /* a BMC that is there has acknowledged nothing any more */
	bool off;         /* the machine is off or in reset: nothing comes through */
	unsigned resent, dropped, overruns;
};
void rmcp_sol_describe(const struct rmcp_sol *sol, struct rmcp_sol_state *out);

#endif
