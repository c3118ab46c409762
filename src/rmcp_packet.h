/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rmcp_packet.h owns the layout of datagrams: RMCP, ASF, the IPMI session
 * header, the messages of a login, IPMI messages. Pure: no socket, no key, no
 * memory of its own. What a parser returns points into the datagram.
 *
 * Sections are those of the IPMI specification, version 2.0, revision 1.1. */
#ifndef BMCSH_RMCP_PACKET_H
#define BMCSH_RMCP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RMCP_PORT 623
#define RMCP_USER_MAX 16      /* 13.20: bytes of a user name */
#define RMCP_RANDOM 16        /* 13.20, 13.21: a random number, a GUID */
#define RMCP_CODE_15 16       /* 13.6: the code of a packet of IPMI 1.5 */
#define RMCP_MESSAGE_MAX 1024 /* an IPMI message with its header; far more than any BMC takes */
#define RMCP_PACKET_MAX 2048  /* room for whatever is built here */

/* 13.27.3 */
enum rmcp_payload {
	RMCP_IPMI = 0x00,
	RMCP_SOL = 0x01,
	RMCP_OPEN_REQUEST = 0x10,
	RMCP_OPEN_RESPONSE = 0x11,
	RMCP_RAKP1 = 0x12,
	RMCP_RAKP2 = 0x13,
	RMCP_RAKP3 = 0x14,
	RMCP_RAKP4 = 0x15,
};

enum rmcp_framing {
	RMCP_ASF, /* 13.2.4: payload = ASF message */
	RMCP_V15, /* 13.6, authentication type none, or MD5: authenticated */
	RMCP_V20, /* 13.6, RMCP+ */
};

struct rmcp_packet {
	enum rmcp_framing framing;
	uint8_t payload_type; /* without the two bits */
	bool encrypted, authenticated;
	uint32_t session, sequence;
	const uint8_t *payload;
	size_t len;
	const uint8_t *code; /* of IPMI 1.5, RMCP_CODE_15 bytes when authenticated */
	const uint8_t *all;  /* the datagram, for its integrity check */
	size_t all_len;
};

/* False for what is no RMCP, or shorter than it says. */
bool rmcp_parse(struct rmcp_packet *p, const uint8_t *data, size_t len);

/* ---- answers ---- */

struct rmcp_pong { /* 13.2.4 */
	uint8_t tag;
	bool ipmi;
};

struct rmcp_opened { /* 13.18 */
	uint8_t tag, status;
	uint32_t console, managed; /* session ids: ours and the BMC's */
	uint8_t authentication, integrity, confidentiality;
};

struct rmcp_rakp { /* 13.21, 13.23 */
	uint8_t tag, status;
	uint32_t console;
	const uint8_t *random, *guid; /* RAKP 2 only */
	const uint8_t *code;
	size_t code_len;
};

struct rmcp_message { /* 13.8 */
	uint8_t netfn, lun, sequence, command;
	uint8_t code; /* completion code, of a response */
	const uint8_t *data;
	size_t len;
	bool sound; /* both checksums are right */
};

bool rmcp_parse_pong(struct rmcp_pong *pong, const struct rmcp_packet *p);
/* Where the status is not 0, what follows the console's id is absent, thus 0. */
bool rmcp_parse_opened(struct rmcp_opened *o, const struct rmcp_packet *p);
bool rmcp_parse_rakp2(struct rmcp_rakp *r, const struct rmcp_packet *p);
bool rmcp_parse_rakp4(struct rmcp_rakp *r, const struct rmcp_packet *p);
/* A response, in clear. */
bool rmcp_parse_message(struct rmcp_message *m, const uint8_t *payload, size_t len);

/* The session id a login message of the BMC is for, 0 when it names none. */
uint32_t rmcp_console_of(const struct rmcp_packet *p);

/* The entry of a list of cipher suites (22.15.2) that holds suite `id` with
 * just these algorithms; the list is as Get Channel Cipher Suites sends it. */
struct rmcp_offer {
	uint8_t id, authentication, integrity, confidentiality;
};
/* Reads the entry at *at and steps behind it; false at the end, or when the
 * rest cannot be read. Algorithms that an entry does not name are 0. */
bool rmcp_next_offer(struct rmcp_offer *o, const uint8_t *list, size_t len, size_t *at);

/* ---- requests; each returns the length ---- */

size_t rmcp_build_ping(uint8_t *out, uint8_t tag);

struct rmcp_request {
	uint8_t netfn, lun, sequence, command;
	const uint8_t *data;
	size_t len; /* at most RMCP_MESSAGE_MAX - 7 */
};

/* The message alone, as a session carries it. */
size_t rmcp_build_message(uint8_t *out, const struct rmcp_request *r);
/* A whole datagram outside of any session. */
size_t rmcp_build_v15(uint8_t *out, const struct rmcp_request *r);
size_t rmcp_build_v20(uint8_t *out, const struct rmcp_request *r);
/* Around a message, in a session of IPMI 1.5; code is RMCP_CODE_15 bytes. */
size_t rmcp_build_session_15(uint8_t *out, const struct rmcp_packet *p, const uint8_t *code);

/* 13.17. The algorithm numbers are those of a cipher suite. */
struct rmcp_open_request {
	uint8_t tag, privilege;
	uint32_t console;
	uint8_t authentication, integrity, confidentiality;
};
size_t rmcp_build_open(uint8_t *out, const struct rmcp_open_request *r);

struct rmcp_rakp1 { /* 13.20 */
	uint8_t tag, role;
	uint32_t managed;
	const uint8_t *random;
	const char *user;
	size_t user_len;
};
size_t rmcp_build_rakp1(uint8_t *out, const struct rmcp_rakp1 *r);

/* 13.22. A status that is not 0 ends the login at the BMC; no code then. */
size_t rmcp_build_rakp3(uint8_t *out, uint8_t tag, uint8_t status, uint32_t managed,
                        const uint8_t *code, size_t len);

/* The header of a packet with that payload; returns where the payload goes. */
#define RMCP_HEADER 16
void rmcp_build_header(uint8_t *out, uint8_t payload_type, uint32_t session, uint32_t sequence,
                       size_t len);

/* Two's complement: the sum of the bytes and this is 0. */
uint8_t rmcp_checksum(const uint8_t *p, size_t len);

#define RMCP_ENCRYPTED 0x80
#define RMCP_AUTHENTICATED 0x40

#endif
