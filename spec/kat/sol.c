/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known answers of the layout of Serial over LAN packets, and of which
 * characters of one are new. `make kat` builds and runs this. */
#include <stdio.h>
#include <string.h>

#include "../../src/rmcp_sol_packet.h"

static unsigned checks, failures;

static void check(const char *what, bool ok)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("FAILED %s\n", what);
}

struct step {
	const char *what;
	uint8_t sequence;
	uint32_t packet;
	const char *text;
	size_t room;
	enum sol_verdict verdict;
	const char *fresh; /* what is new of it */
	int accepted;
};

/* One after the other, to the same console. */
static const struct step steps[] = {
	{ "an acknowledgement alone", 0, 1, "", 100, SOL_NOTHING, "", 0 },
	{ "characters that nobody can acknowledge", 0, 2, "lost", 100, SOL_NOTHING, "", 0 },
	{ "the first packet, whatever its number", 9, 3, "one", 100, SOL_NEW, "one", 3 },
	{ "its repeat", 9, 4, "one", 100, SOL_NEW, "", 3 },
	{ "its repeat with more behind it", 9, 5, "one two", 100, SOL_NEW, " two", 7 },
	{ "its repeat with less", 9, 6, "one", 100, SOL_NEW, "", 3 },
	{ "its repeat as it was last", 9, 7, "one two", 100, SOL_NEW, "", 7 },
	{ "the next number", 10, 8, "one", 100, SOL_NEW, "one", 3 },
	{ "a late copy of an earlier packet", 9, 5, "one two", 100, SOL_NOTHING, "", 0 },
	{ "a number that jumps", 2, 9, "jump", 100, SOL_NEW, "jump", 4 },
	{ "a number that goes back", 1, 10, "back", 100, SOL_NEW, "back", 4 },
	{ "a number that sticks, with other characters", 1, 11, "more", 100, SOL_NEW, "more", 4 },
	{ "no room", 2, 12, "full", 3, SOL_FULL, "", 0 },
	{ "room again", 2, 13, "full", 4, SOL_NEW, "full", 4 },
	{ "a repeat needs none", 2, 14, "full", 0, SOL_NEW, "", 4 },
	{ "a number without characters", 3, 15, "", 0, SOL_NEW, "", 0 },
	{ "the same number with some", 3, 16, "x", 1, SOL_NEW, "x", 1 },
	{ "a far number of the session", 4, 0x80000000u, "far", 100, SOL_NEW, "far", 3 },
	{ "one before it", 5, 0x7fffffffu, "old", 100, SOL_NOTHING, "", 0 },
	{ "one far ahead of it", 6, 0xfffffff0u, "far", 100, SOL_NEW, "far", 3 },
	{ "the session's numbers start again", 5, 1, "round", 100, SOL_NEW, "round", 5 },
};

static void check_steps(void)
{
	struct sol_inbound in = { 0 };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		const struct step *s = &steps[i];
		const struct sol_packet p = { .sequence = s->sequence,
			                      .data = (const uint8_t *)s->text,
			                      .len = strlen(s->text) };
		struct sol_fresh fresh = { NULL, 0, 0 };
		enum sol_verdict verdict = sol_take(&in, &p, s->packet, s->room, &fresh);

		check(s->what, verdict == s->verdict && fresh.accepted == s->accepted &&
		                   fresh.len == strlen(s->fresh) &&
		                   memcmp(fresh.data != NULL ? fresh.data : p.data, s->fresh,
		                          fresh.len) == 0);
	}
}

/* Of more characters than can be acknowledged, the first ones are taken; the
 * BMC sends the others again, under whatever number. */
static void check_large(void)
{
	struct sol_inbound in = { 0 };
	uint8_t text[400];
	struct sol_packet p = { .sequence = 1, .data = text, .len = sizeof text };
	struct sol_fresh fresh;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)i;
	check("more than 255", sol_take(&in, &p, 1, 1000, &fresh) == SOL_NEW && fresh.len == 255 &&
	                           fresh.accepted == 255 && fresh.data == text);
	p.data += 255;
	p.len -= 255;
	check("the rest", sol_take(&in, &p, 2, 1000, &fresh) == SOL_NEW && fresh.len == 145 &&
	                      fresh.data == text + 255);
}

/* Characters under no number, of a BMC that is known for that. */
static void check_unnumbered(void)
{
	struct sol_inbound in = { .unnumbered = true };
	struct sol_packet p = { .data = (const uint8_t *)"abc", .len = 3 };
	const struct sol_packet numbered = { .sequence = 4, .data = p.data, .len = 3 };
	struct sol_fresh fresh;

	check("under no number", sol_take(&in, &p, 5, 100, &fresh) == SOL_NEW && fresh.len == 3);
	check("the same again is new",
	      sol_take(&in, &p, 6, 100, &fresh) == SOL_NEW && fresh.len == 3);
	check("a late one", sol_take(&in, &p, 5, 100, &fresh) == SOL_NOTHING);
	check("more than there is room for",
	      sol_take(&in, &p, 7, 2, &fresh) == SOL_NEW && fresh.len == 2);
	check("numbered", sol_take(&in, &numbered, 8, 100, &fresh) == SOL_NEW && fresh.len == 3);
	check("one between", sol_take(&in, &p, 9, 100, &fresh) == SOL_NEW && fresh.len == 3);
	check("the numbered one again",
	      sol_take(&in, &numbered, 10, 100, &fresh) == SOL_NEW && fresh.len == 0);
	p.len = 0;
	check("an acknowledgement", sol_take(&in, &p, 11, 100, &fresh) == SOL_NOTHING);
}

static void check_layout(void)
{
	static const uint8_t wire[] = { 0xf3, 0xe5, 0x07, 0x70, 'h', 'i' };
	const struct sol_packet out = {
		.sequence = 3, .ack = 5, .accepted = 7, .status = 0x70, .data = wire + 4, .len = 2
	};
	uint8_t built[8];
	struct sol_packet p;

	check("the layout", sol_parse(&p, wire, sizeof wire) && p.sequence == 3 && p.ack == 5 &&
	                        p.accepted == 7 && p.status == 0x70 && p.len == 2 &&
	                        memcmp(p.data, "hi", 2) == 0);
	check("a packet built",
	      sol_build(built, &out) == 6 && memcmp(built, "\x03\x05\x07\x70hi", 6) == 0);
	check("a header alone", sol_parse(&p, wire, 4) && p.len == 0);
	for (size_t len = 0; len < SOL_HEADER; len++)
		check("less than a header", !sol_parse(&p, wire, len));
	for (uint8_t n = 0; n < 15; n++)
		check("the next number", sol_next(n) == n + 1);
	check("the number after the last", sol_next(15) == 1);
}

int main(void)
{
	check_steps();
	check_large();
	check_unnumbered();
	check_layout();
	printf("sol: %u checks, %u failed\n", checks, failures);
	return failures > 0;
}
