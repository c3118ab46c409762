/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcpd_packet.h owns the layout of datagrams as a BMC reads and writes them:
 * what rmcp_packet.h is for a console. Pure, in the same sense. */
#ifndef BMCSH_RMCPD_PACKET_H
#define BMCSH_RMCPD_PACKET_H

#include "rmcp_packet.h"

/* ---- what a console sends ---- */

bool rmcpd_parse_ping(const struct rmcp_packet *p, uint8_t *tag);
bool rmcpd_parse_open(struct rmcp_open_request *r, const struct rmcp_packet *p);
bool rmcpd_parse_rakp1(struct rmcp_rakp1 *r, const struct rmcp_packet *p);

struct rmcpd_rakp3 { /* 13.22 */
	uint8_t tag, status;
	uint32_t managed;
	const uint8_t *code;
	size_t code_len;
};
bool rmcpd_parse_rakp3(struct rmcpd_rakp3 *r, const struct rmcp_packet *p);

/* Who asked, and in which words he wants the answer (13.8). */
struct rmcpd_caller {
	uint8_t netfn, lun, sequence, command;
	uint8_t address, caller_lun; /* the requester's */
};
/* A request with right checksums; its data in *data and *data_len. */
bool rmcpd_parse_request(struct rmcpd_caller *c, const uint8_t **data, size_t *data_len,
                         const uint8_t *payload, size_t len);

/* ---- what a BMC sends; each returns the length ---- */

size_t rmcpd_build_pong(uint8_t *out, uint8_t tag);
/* Where the status is not 0, the rest of *o but tag and console is not sent. */
size_t rmcpd_build_opened(uint8_t *out, const struct rmcp_opened *o, uint8_t privilege);
/* RAKP 2 has random and guid, RAKP 4 none; neither has a code with a status. */
size_t rmcpd_build_rakp(uint8_t *out, enum rmcp_payload type, const struct rmcp_rakp *r);
/* The message alone; len is at most RMCP_MESSAGE_MAX - 8. */
size_t rmcpd_build_response(uint8_t *out, const struct rmcpd_caller *c, uint8_t completion,
                            const uint8_t *data, size_t len);
/* A message, already behind the header, becomes a datagram outside of any
 * session: in the framing of the question. */
#define RMCPD_V15_HEADER 14
size_t rmcpd_wrap(uint8_t *out, enum rmcp_framing framing, size_t len);

/* An entry of the list of cipher suites (22.15.2); 0 for a number it does not know. */
#define RMCPD_OFFER 5
size_t rmcpd_build_offer(uint8_t *out, unsigned suite);

#endif
