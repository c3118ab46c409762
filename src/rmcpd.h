/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcpd.h owns simulated BMCs as they are seen over RMCP+, any number in one
 * process, each at an address of 127/8 and all at one port: logging in,
 * sessions, and the network between, which may lose or repeat datagrams. It
 * knows no Lua, and of commands only those about sessions; what the others
 * mean is for who takes them. Nothing is ever sent beyond 127/8. */
#ifndef BMCSH_RMCPD_H
#define BMCSH_RMCPD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "err.h"
#include "rmcp_crypto.h"
#include "rmcpd_packet.h"

struct op;
struct rmcpd;

#define RMCPD_USERS 4
#define RMCPD_SUITES 20

struct rmcpd_user {
	char name[RMCP_USER_MAX];
	uint8_t name_len, password_len, privilege; /* the highest that he gets */
	uint8_t password[RMCP_KEY_MAX];
};

/* What a BMC is. Copied. */
struct rmcpd_config {
	struct in_addr address;
	uint8_t guid[RMCP_RANDOM]; /* as it is sent */
	struct rmcpd_user users[RMCPD_USERS];
	unsigned user_count;
	uint8_t kg[RMCP_KEY_MAX], kg_len; /* kg_len 0: none */
	/* Listed by Get Channel Cipher Suites. Of these 17 and 3 are spoken,
	 * the others are a show: to open a session with one is refused. */
	uint8_t suites[RMCPD_SUITES];
	unsigned suite_count;
	bool v15;       /* says that it does IPMI 1.5 too; it does not */
	unsigned slots; /* sessions at once */
	double idle;    /* seconds after which a session is over */
};

/* The network to a BMC. Shares are from 0 to 1, and of datagrams each way. */
struct rmcpd_network {
	double loss, duplicate, reorder;
	double delay, jitter; /* seconds, of what the BMC sends; jitter: up to that much more */
	bool dead;            /* nothing gets through */
};

struct rmcpd_counts {
	uint64_t received, sent; /* datagrams that got through */
	uint64_t lost, duplicated, reordered;
	uint64_t logins, failures, full, logouts, expired; /* sessions; full: no slot */
	uint64_t live, peak;                               /* sessions */
	uint64_t pending;                                  /* logins under way */
	uint64_t commands, forged; /* forged: in a session, but not by who opened it */
};

struct rmcpd_failure {
	enum err_code code;
	char text[200];
};

/* A command, or what came with another payload, of a session. */
struct rmcpd_request {
	STAILQ_ENTRY(rmcpd_request) link;
	size_t bmc; /* from 0 */
	uint32_t session;
	uint8_t privilege, payload_type;
	struct rmcpd_caller caller; /* of a command: payload type RMCP_IPMI */
	size_t len;
	uint8_t data[];
};

/* Listens; port 0 is one that is free at all addresses. The network's chances
 * follow from seed. The op is finished whenever something has come to be
 * taken, and must outlive the server. */
struct rmcpd *rmcpd_open(const struct rmcpd_config *bmcs, size_t count, uint16_t port,
                         uint64_t seed, struct op *ready, struct rmcpd_failure *why);
void rmcpd_close(struct rmcpd *s);

uint16_t rmcpd_port(const struct rmcpd *s);
size_t rmcpd_count(const struct rmcpd *s);

/* Stops to listen at a BMC's address, which refuses then, or takes it up again. */
bool rmcpd_listen_at(struct rmcpd *s, size_t bmc, bool on, struct rmcpd_failure *why);
void rmcpd_set_network(struct rmcpd *s, size_t bmc, const struct rmcpd_network *net);

/* Forgets a session, or with id 0 all of them; no console is told. */
void rmcpd_forget(struct rmcpd *s, size_t bmc, uint32_t id);

/* Whether a session is open. */
bool rmcpd_is_open(struct rmcpd *s, size_t bmc, uint32_t id);

/* Valid as long as the server. Sessions that are over have been left out. */
struct rmcpd_counts *rmcpd_counts(struct rmcpd *s, size_t bmc);

/* The oldest that has come, to be freed with free(); NULL: there is none. */
struct rmcpd_request *rmcpd_take(struct rmcpd *s);
bool rmcpd_has(const struct rmcpd *s);

/* Answers a command. False when its session is over, or len is too much. */
bool rmcpd_answer(struct rmcpd *s, const struct rmcpd_request *r, uint8_t completion,
                  const uint8_t *data, size_t len);

/* Sends a payload of any type in a session. */
bool rmcpd_send(struct rmcpd *s, size_t bmc, uint32_t session, uint8_t payload_type,
                const uint8_t *data, size_t len);

#endif
