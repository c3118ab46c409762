/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_sol_packet.h owns the layout of Serial over LAN packets (IPMI 2.0,
 * section 15.9), and which characters of one that arrives are new. Pure: no
 * socket, no timer, no memory of its own. */
#ifndef BMCSH_RMCP_SOL_PACKET_H
#define BMCSH_RMCP_SOL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOL_HEADER 4
#define SOL_DATA_MAX 255 /* characters a packet can have accepted: its count is one byte */

/* The fourth byte. Towards the BMC it asks for something … */
enum {
	SOL_NACK = 0x40,
	SOL_BREAK = 0x10, /* generate one */
	SOL_PAUSE = 0x08, /* deassert CTS: the machine shall hold back */
};
/* … and from the BMC it tells. */
enum {
	SOL_UNAVAILABLE = 0x20, /* the machine is off or in reset */
	SOL_DEACTIVATED = 0x10,
	SOL_OVERRUN = 0x08, /* characters of the machine were lost at the BMC */
};

struct sol_packet {
	uint8_t sequence; /* 1 to 15; 0: nothing that is to be acknowledged */
	uint8_t ack;      /* number of the packet that this one answers; 0: none */
	uint8_t accepted; /* how many of its characters were taken */
	uint8_t status;
	const uint8_t *data; /* into the payload */
	size_t len;
};

/* False for a payload without a whole header. */
bool sol_parse(struct sol_packet *p, const uint8_t *payload, size_t len);

/* Room for SOL_HEADER + p->len; returns the length. */
size_t sol_build(uint8_t *out, const struct sol_packet *p);

uint8_t sol_next(uint8_t sequence);

/* What the last packet with characters was. Zeroed at first, but for what its
 * owner says of the BMC. */
struct sol_inbound {
	bool unnumbered; /* it sends characters under no number too */
	bool any;
	uint32_t packet; /* its number in the session */
	uint8_t sequence;
	uint8_t taken;
	uint8_t data[SOL_DATA_MAX];
};

enum sol_verdict {
	SOL_NOTHING, /* no characters in it, or a late copy: not to be answered */
	SOL_NEW,     /* to be acknowledged, if numbered; *fresh may be empty, in a repeat */
	SOL_FULL,    /* no room: nothing was taken, the BMC will send it again */
};

struct sol_fresh {
	const uint8_t *data;
	size_t len;
	uint8_t accepted; /* to tell the BMC */
};

/* What of a packet is new, given room for so many characters. A packet is a
 * repeat when it has the number and the characters of the one before; what it
 * has beyond those is new. Any other number is as good as the next (QUIRKS:
 * numbers that jump or stick). */
enum sol_verdict sol_take(struct sol_inbound *in, const struct sol_packet *p, uint32_t packet,
                          size_t room, struct sol_fresh *fresh);

#endif
