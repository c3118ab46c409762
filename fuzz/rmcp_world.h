/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_world.h is what rmcp_session.c has in place of sockets, clock, timers,
 * name service and the system's random numbers: always the same. */
#ifndef BMCSH_FUZZ_RMCP_WORLD_H
#define BMCSH_FUZZ_RMCP_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../src/rmcp_packet.h"

struct datagram {
	uint8_t bytes[RMCP_PACKET_MAX];
	size_t len;
};

extern struct datagram question; /* the last one that was sent */
extern bool full;                /* the socket takes nothing */
extern uint8_t random_state;

void begin_world(void);
/* Timers that are due meanwhile go off. */
void pass_time(double seconds);
/* No timer is left. */
bool is_quiet(void);

#endif
