/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer target for the serial console: packets of a BMC, one after the
 * other, as they come out of a session. `make fuzz-sol_packet` runs it.
 *
 * Each one: its length, how far the session's number goes on, how much room
 * there is, then its bytes. */
#include <stdlib.h>
#include <string.h>

#include "../src/rmcp_sol_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void take(struct sol_inbound *in, const uint8_t *payload, size_t len, uint32_t number,
                 size_t room)
{
	const struct sol_inbound before = *in;
	struct sol_packet p;
	struct sol_fresh fresh;
	uint8_t out[1024];

	if (!sol_parse(&p, payload, len))
		return;
	if (p.sequence > 15 || p.ack > 15 || p.len + SOL_HEADER != len ||
	    sol_build(out, &p) != len || memcmp(out + 2, payload + 2, len - 2) != 0)
		abort();
	if (sol_take(in, &p, number, room, &fresh) != SOL_NEW) {
		if (memcmp(in, &before, sizeof before) != 0)
			abort(); /* what is not taken leaves no trace */
		return;
	}
	if (fresh.len > room || fresh.data + fresh.len > p.data + p.len || fresh.data < p.data)
		abort();
	for (size_t i = 0; i < fresh.len; i++)
		sink = (uint8_t)(sink + fresh.data[i]);
	if (p.sequence == 0) { /* which nobody can know again */
		if (!in->unnumbered || p.len == 0)
			abort();
		return;
	}
	/* The same again gives nothing. */
	if (sol_take(in, &p, number + 1, room, &fresh) != SOL_NEW || fresh.len != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sol_inbound in;
	uint32_t number = 0;

	memset(&in, 0, sizeof in);
	in.unnumbered = size % 2 != 0;
	while (size >= 3) {
		size_t len = data[0], room = (size_t)data[2] * 2;
		uint8_t *copy; /* as large as the packet and not larger: reading on is seen */

		number += (uint32_t)(int8_t)data[1];
		data += 3;
		size -= 3;
		len = len * 2 < size ? len * 2 : size;
		copy = malloc(len > 0 ? len : 1);
		if (copy == NULL)
			return 0;
		memcpy(copy, data, len);
		take(&in, copy, len, number, room);
		free(copy);
		data += len;
		size -= len;
	}
	return 0;
}
