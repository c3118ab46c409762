/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_socket.h owns the sockets of RMCP, one an address family for all BMCs,
 * and who gets a datagram that arrives: whoever has the session id in it, and
 * for those without one, everybody who talks to the address it came from. */
#ifndef BMCSH_RMCP_SOCKET_H
#define BMCSH_RMCP_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rmcp_packet.h"

union rmcp_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

enum rmcp_table { RMCP_BY_ADDRESS, RMCP_BY_ID, RMCP_TABLES };

/* One who talks to a BMC; embedded in what does, which also fills it in. */
struct rmcp_peer {
	struct rmcp_peer *next[RMCP_TABLES];
	union rmcp_address address;
	uint32_t id; /* our session id, 0 without one */
	bool joined;
	/* Every datagram from the address that may be meant: it is for the
	 * callee to find out whether it is. May leave, and frees nothing. */
	void (*receive)(struct rmcp_peer *p, const struct rmcp_packet *d);
	/* The BMC's host says that nobody listens there. */
	void (*refused)(struct rmcp_peer *p);
};

/* Adds p to the tables and opens its family's socket where that is not open.
 * 0 or an errno. */
int rmcp_join(struct rmcp_peer *p);
void rmcp_leave(struct rmcp_peer *p);

/* Gives p, which has joined, a session id that no other has; 0 takes it away. */
bool rmcp_take_id(struct rmcp_peer *p);
void rmcp_drop_id(struct rmcp_peer *p);

/* 0, EAGAIN when the system takes nothing now, another errno. */
int rmcp_transmit(const struct rmcp_peer *p, const uint8_t *data, size_t len);

/* At exit, when nobody has joined any more. */
void rmcp_socket_stop(void);

#endif
