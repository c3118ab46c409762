/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcpd_bmc.h is between the parts of rmcpd.h: rmcpd.c owns the servers and
 * what is to be taken, rmcpd_net.c sockets and the network's faults,
 * rmcpd_login.c how sessions begin, rmcpd_session.c how they go on and end.
 * Nobody else includes it. */
#ifndef BMCSH_RMCPD_BMC_H
#define BMCSH_RMCPD_BMC_H

#include <ev.h>

#include "rmcpd.h"

enum rmcpd_stage { RMCPD_OPENED, RMCPD_CHALLENGED, RMCPD_ACTIVE };

struct rmcpd_session {
	TAILQ_ENTRY(rmcpd_session) link;
	struct sockaddr_in console;
	enum rmcpd_stage stage;
	struct rmcp_login login; /* managed: our id, console: theirs */
	struct rmcp_keys keys;
	uint8_t limit, privilege; /* the highest that it may have, and has */
	uint32_t out, high, window;
	double used;
};

TAILQ_HEAD(rmcpd_sessions, rmcpd_session);

struct rmcpd_bmc {
	struct rmcpd *server;
	size_t index;
	struct rmcpd_config is;
	struct rmcpd_network net;
	uint64_t chance; /* where the network's random numbers are */
	ev_io readable;  /* fd -1: it does not listen */
	struct rmcpd_sessions sessions;
	struct rmcpd_counts counts;
};

/* A datagram that the network holds. */
struct rmcpd_held;
TAILQ_HEAD(rmcpd_holding, rmcpd_held);

struct rmcpd {
	struct op *ready;
	uint16_t port;
	STAILQ_HEAD(, rmcpd_request) requests;
	size_t waiting; /* requests */
	struct rmcpd_holding held;
	size_t count;
	struct rmcpd_bmc bmcs[];
};

/* ---- rmcpd.c ---- */

__attribute__((format(printf, 3, 4))) void rmcpd_explain(struct rmcpd_failure *why,
                                                         enum err_code code, const char *fmt, ...);
/* One more to be taken; without room for it, it is lost as a datagram may be. */
void rmcpd_hand_over(struct rmcpd_bmc *b, const struct rmcpd_request *head, const uint8_t *data,
                     size_t len);

/* ---- rmcpd_net.c ---- */

bool rmcpd_bind(struct rmcpd_bmc *b, uint16_t port, struct rmcpd_failure *why);
void rmcpd_unbind(struct rmcpd_bmc *b);
void rmcpd_transmit(struct rmcpd_bmc *b, const struct sockaddr_in *to, const uint8_t *data,
                    size_t len);
/* Drops what the network holds for a BMC; NULL: for all. */
void rmcpd_let_go(struct rmcpd *s, const struct rmcpd_bmc *b);

/* ---- rmcpd_login.c ---- */

/* A datagram outside of any session. */
void rmcpd_greet(struct rmcpd_bmc *b, const struct sockaddr_in *from, const struct rmcp_packet *p);

/* ---- rmcpd_session.c ---- */

struct rmcpd_session *rmcpd_new_session(struct rmcpd_bmc *b); /* NULL: no slot is free */
struct rmcpd_session *rmcpd_find_session(struct rmcpd_bmc *b, uint32_t id);
/* Whether a datagram is from where the session was begun. */
bool rmcpd_is_from(const struct rmcpd_session *s, const struct sockaddr_in *from);
void rmcpd_activate(struct rmcpd_bmc *b, struct rmcpd_session *s);
void rmcpd_end_session(struct rmcpd_bmc *b, struct rmcpd_session *s);
void rmcpd_expire(struct rmcpd_bmc *b);

/* A datagram of the network for a BMC. */
void rmcpd_receive(struct rmcpd_bmc *b, const struct sockaddr_in *from, const uint8_t *data,
                   size_t len);
bool rmcpd_send_sealed(struct rmcpd_bmc *b, struct rmcpd_session *s, uint8_t payload_type,
                       const uint8_t *data, size_t len);

/* Commands that are answered without a session too: the length of the answer
 * behind *completion, or -1 for any other. */
int rmcpd_public_command(const struct rmcpd_bmc *b, const struct rmcpd_caller *c,
                         const uint8_t *data, size_t len, uint8_t *completion, uint8_t *out);

#endif
