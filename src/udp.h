/* SPDX-License-Identifier: GPL-3.0-or-later */
/* udp.h owns datagram sockets on the loop, IPv4 and IPv6: open, send to a
 * host, receive. It knows no protocol on top. */
#ifndef BMCSH_UDP_H
#define BMCSH_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "err.h"
#include "op.h"

struct udp; /* a socket */

struct udp_options {
	int family;          /* AF_INET or AF_INET6 */
	const char *address; /* numeric, to bind to; NULL: any */
	uint16_t port;       /* 0: the system chooses */
	bool broadcast;
};

struct udp_failure {
	enum err_code code;
	char text[256];
};

/* NULL and *why when the system or an argument forbids it. */
struct udp *udp_open(const struct udp_options *options, struct udp_failure *why);

/* Those who wait for it get an error. Frees u. */
void udp_close(struct udp *u);

/* The socket's own address. */
bool udp_address(const struct udp *u, struct sockaddr_storage *own);

/* Numeric form of an address; host has room for UDP_HOST_MAX bytes. */
#define UDP_HOST_MAX 64
void udp_print(const struct sockaddr_storage *a, char *host, uint16_t *port);

/* One send or one receive; zeroed but for its op. */
struct udp_op {
	struct op op;
	struct udp_failure why; /* code ERR_NONE: done */
	struct sockaddr_storage peer;
	char *data; /* received; the op's own until udp_stop() */
	size_t len;
	struct udp_wait *wait; /* udp.c's own */
};

/* Each calls op_finish(), now or later. What is sent, and the host's name, stay valid until then.
 * A name is looked up in the socket's family. Seconds may be INFINITY. */
void udp_send(struct udp *u, struct udp_op *o, const char *host, uint16_t port, const char *data,
              size_t len);
void udp_receive(struct udp *u, struct udp_op *o, double timeout);

/* Gives up waiting and frees what was received; twice is once. */
void udp_stop(struct udp_op *o);

#endif
