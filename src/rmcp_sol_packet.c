/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rmcp_sol_packet.h"

#include <string.h>

bool sol_parse(struct sol_packet *p, const uint8_t *payload, size_t len)
{
	if (len < SOL_HEADER)
		return false;
	p->sequence = payload[0] & 0x0f;
	p->ack = payload[1] & 0x0f;
	p->accepted = payload[2];
	p->status = payload[3];
	p->data = payload + SOL_HEADER;
	p->len = len - SOL_HEADER;
	return true;
}

size_t sol_build(uint8_t *out, const struct sol_packet *p)
{
	out[0] = p->sequence;
	out[1] = p->ack;
	out[2] = p->accepted;
	out[3] = p->status;
	if (p->len > 0)
		memcpy(out + SOL_HEADER, p->data, p->len);
	return SOL_HEADER + p->len;
}

uint8_t sol_next(uint8_t sequence)
{
	return (uint8_t)(sequence % 15 + 1);
}

static bool repeats(const struct sol_inbound *in, const struct sol_packet *p, size_t len)
{
	size_t both = len < in->taken ? len : in->taken;

	return in->any && p->sequence == in->sequence && memcmp(in->data, p->data, both) == 0;
}

/* Nobody sends it again: what has no room is lost. */
static enum sol_verdict take_unnumbered(struct sol_inbound *in, const struct sol_packet *p,
                                        uint32_t packet, size_t room, struct sol_fresh *fresh)
{
	if (!in->unnumbered || p->len == 0)
		return SOL_NOTHING;
	in->any = true;
	in->packet = packet;
	*fresh = (struct sol_fresh){ p->data, p->len < room ? p->len : room, 0 };
	return SOL_NEW;
}

enum sol_verdict sol_take(struct sol_inbound *in, const struct sol_packet *p, uint32_t packet,
                          size_t room, struct sol_fresh *fresh)
{
	size_t len = p->len < SOL_DATA_MAX ? p->len : SOL_DATA_MAX, known = 0;

	/* One packet is under way at a time: what was sent before the last one
	 * is a copy of something that has been read, and came late. */
	if (in->any && (int32_t)(packet - in->packet) <= 0)
		return SOL_NOTHING;
	if (p->sequence == 0)
		return take_unnumbered(in, p, packet, room, fresh);
	if (repeats(in, p, len))
		known = len < in->taken ? len : in->taken;
	if (len - known > room)
		return SOL_FULL;
	in->packet = packet;
	if (known == 0 || len > in->taken) {
		in->taken = (uint8_t)len;
		if (len > 0)
			memcpy(in->data, p->data, len);
	}
	in->any = true;
	in->sequence = p->sequence;
	*fresh = (struct sol_fresh){ p->data + known, len - known, (uint8_t)len };
	return SOL_NEW;
}
