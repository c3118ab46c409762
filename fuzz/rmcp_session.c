/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libFuzzer target for the life of an RMCP+ session: the login and each of its
 * steps, commands, keep-alive, a console, closing, and IPMI 1.5. `make fuzz`
 * runs it.
 *
 * The input is a list of things that happen, one byte for what and more for
 * how: the BMC answers rightly, or what it answers arrives spoiled, or somebody
 * sends something else; time goes by; the script asks, gives up, closes, opens.
 * The BMC is played here, with the keys of the session itself. Sockets, clock
 * and timers are played too, so that an input always does the same.
 *
 * Beyond what the sanitizers see, it is an error when a spoiled datagram of a
 * session moves it, when a session opens that nobody has proven, and when a
 * timer or somebody who waits is left behind. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "../src/rmcp_login.h"
#include "../src/rmcp_sol.h"
#include "../src/rmcp_sol_packet.h"
#include "rmcp_world.h"

#define COMMANDS 6
#define SEEN 8 /* datagrams of the BMC that can be sent again */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;
static const uint8_t *input;
static size_t left;

static uint8_t next(void)
{
	return left > 0 ? (left--, *input++) : 0;
}

/* ---- the BMC ---- */

static const uint8_t password[RMCP_KEY_MAX] = "secret", kg[RMCP_KEY_MAX] = "key";
static struct rmcp_session *session;
static struct datagram answer, seen[SEEN];
static unsigned seen_count;
static uint32_t out; /* sequence number of the BMC's last packet */
static uint32_t sessions;
static bool old;    /* it has no IPMI 2.0 */
static bool proven; /* it has shown that it knows the password */

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static uint8_t sum(const uint8_t *p, size_t len)
{
	uint8_t s = 0;

	while (len-- > 0)
		s = (uint8_t)(s - *p++);
	return s;
}

/* A response to the message, whatever it asked; what it carries is the
 * input's, but for what a login needs. Its length. */
static size_t respond(const uint8_t *asked, size_t len, uint8_t *to)
{
	uint8_t data[40] = { 0 };
	size_t n;

	if (len < 7)
		return 0;
	n = next() % (sizeof data + 1);
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(i < left ? input[i] : 0);
	switch (asked[5]) {
	case RMCP_GET_CHANNEL_AUTH:
		memcpy(data, "\x01\x84\x04", 3);
		data[3] = old ? 1 : 3;
		n = 8;
		break;
	case RMCP_GET_CHALLENGE:
		n = 20;
		break;
	case RMCP_ACTIVATE:
		memcpy(data, "\x02\x11\x22\x33\x44\x07\0\0\0\x04", 10);
		put32(data + 1, ++sessions); /* the code would not tell two of one id apart */
		n = 10;
		break;
	case RMCP_SET_PRIVILEGE:
		data[0] = asked[6] & 0x0f;
		n = 1;
		break;
	}
	to[0] = 0x81;
	to[1] = asked[1] | 4;
	to[2] = sum(to, 2);
	to[3] = 0x20;
	to[4] = asked[4];
	to[5] = asked[5];
	to[6] = (next() & 7) == 7 ? next() : 0;
	memcpy(to + 7, data, n);
	to[7 + n] = sum(to + 3, 4 + n);
	return 8 + n;
}

static void seal(uint8_t type, const uint8_t *payload, size_t len)
{
	struct rmcp_packet p = { .payload_type = type,
		                 .session = session->peer.id,
		                 .sequence = ++out,
		                 .payload = payload,
		                 .len = len };

	answer.len = rmcp_seal(&session->keys, answer.bytes, &p);
}

static void seal_15(uint32_t id, const uint8_t *payload, size_t len)
{
	uint8_t code[RMCP_CODE_15];
	struct rmcp_packet p = { .session = id, .sequence = ++out, .payload = payload, .len = len };

	assert(rmcp_code_15(password, &p, code));
	answer.len = rmcp_build_session_15(answer.bytes, &p, code);
}

static void answer_15(const struct rmcp_packet *q)
{
	uint8_t message[64];
	size_t n = respond(q->payload, q->len, message);

	if (n == 0)
		return;
	if (q->authenticated) {
		if (q->payload[5] == RMCP_ACTIVATE && q->len >= 28)
			memcpy(&out, q->payload + 24, sizeof out), out--;
		seal_15(q->session, message, n);
		return;
	}
	memset(answer.bytes, 0, 14);
	memcpy(answer.bytes, "\x06\0\xff\x07", 4);
	answer.bytes[13] = (uint8_t)n;
	memcpy(answer.bytes + 14, message, n);
	answer.len = 14 + n;
}

static void answer_open(const struct rmcp_packet *q)
{
	uint8_t *d = answer.bytes + RMCP_HEADER;

	rmcp_build_header(answer.bytes, RMCP_OPEN_RESPONSE, 0, 0, 36);
	memset(d, 0, 36);
	d[0] = q->payload[0];
	memcpy(d + 4, q->payload + 4, 4);
	put32(d + 8, 0x5000 + random_state);
	memcpy(d + 12, q->payload + 8, 24);
	answer.len = RMCP_HEADER + 36;
}

static void answer_rakp(const struct rmcp_packet *q, uint8_t type)
{
	const struct login *l = session->login;
	uint8_t *d = answer.bytes + RMCP_HEADER, code[RMCP_DIGEST_MAX];
	struct rmcp_login shared = l->shared;
	size_t fixed = type == RMCP_RAKP2 ? 40 : 8, n = shared.suite->digest;

	memset(d, 0, fixed);
	d[0] = q->payload[0];
	put32(d + 4, session->peer.id);
	if (type == RMCP_RAKP2) {
		memset(d + 8, 0x5a, 32);
		memcpy(shared.managed_random, d + 8, RMCP_RANDOM);
		memcpy(shared.guid, d + 24, RMCP_RANDOM);
		assert(rmcp_rakp2_code(&shared, code));
	} else {
		n = shared.suite->mac;
		assert(rmcp_rakp4_code(&shared, code));
	}
	memcpy(d + fixed, code, n);
	rmcp_build_header(answer.bytes, type, 0, 0, fixed + n);
	answer.len = RMCP_HEADER + fixed + n;
}

/* Takes the characters, or some of them, and says something itself. */
static size_t respond_sol(const uint8_t *asked, size_t len, uint8_t *to)
{
	uint8_t how = next();
	struct sol_packet p, a = { .sequence = how & 15, .status = next() };

	if (!sol_parse(&p, asked, len))
		return 0;
	a.ack = p.sequence;
	a.accepted = (uint8_t)(how & 16 ? next() : p.len);
	a.data = input;
	a.len = how >> 5 < left ? how >> 5 : left;
	return sol_build(to, &a);
}

static void answer_sealed(const struct rmcp_packet *q)
{
	uint8_t clear[RMCP_PACKET_MAX], message[64];
	size_t len, n;

	if (!session->keyed || !rmcp_unseal(&session->keys, q, clear, &len))
		return;
	if (q->payload_type == RMCP_SOL) {
		n = respond_sol(clear, len, message);
		if (n > 0)
			seal(RMCP_SOL, message, n);
		return;
	}
	n = respond(clear, len, message);
	if (n > 0)
		seal(RMCP_IPMI, message, n);
}

static void answer_20(const struct rmcp_packet *q)
{
	bool logging_in = session->login != NULL && session->login->shared.suite != NULL;

	if (q->session != 0)
		answer_sealed(q);
	else if (q->payload_type == RMCP_OPEN_REQUEST)
		answer_open(q);
	else if (q->payload_type == RMCP_RAKP1 && logging_in)
		answer_rakp(q, RMCP_RAKP2);
	else if (q->payload_type == RMCP_RAKP3 && logging_in && session->keyed)
		answer_rakp(q, RMCP_RAKP4);
}

/* The right answer to the last question into `answer`; empty when there is none. */
static void answer_question(void)
{
	struct rmcp_packet q;

	answer.len = 0;
	if (!rmcp_parse(&q, question.bytes, question.len))
		return;
	if (q.framing == RMCP_V15)
		answer_15(&q);
	else if (q.framing == RMCP_V20)
		answer_20(&q);
}

/* ---- datagrams ---- */

/* As the socket hands it over. */
static void deliver(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1); /* reading beyond the end is seen */
	struct rmcp_packet p;

	assert(copy != NULL);
	memcpy(copy, bytes, len);
	if (session->peer.joined && rmcp_parse(&p, copy, len)) {
		uint32_t id = p.framing == RMCP_V15 ? 0 : p.session;

		if (id == 0 && p.framing == RMCP_V20 && p.payload_type != RMCP_IPMI)
			id = rmcp_console_of(&p);
		if (id == 0 || id == session->peer.id)
			session->peer.receive(&session->peer, &p);
	}
	free(copy);
}

static bool is_login(const struct datagram *d)
{
	return d->len > 5 && d->bytes[4] == 6 && (d->bytes[5] == RMCP_RAKP4);
}

static void remember(void)
{
	seen[seen_count++ % SEEN] = answer;
}

static void answer_rightly(void)
{
	answer_question();
	if (answer.len == 0)
		return;
	if (is_login(&answer) || answer.bytes[4] == 2)
		proven = true;
	/* The answer to Activate Session has the number of a packet in it. */
	if (answer.bytes[4] != 2 || session->login == NULL)
		remember();
	deliver(answer.bytes, answer.len);
}

struct look {
	enum session_state state;
	uint32_t high, window, managed;
	unsigned flying, resent, unsound, attempts;
	enum phase phase;
};

static struct look look(void)
{
	struct look l;

	memset(&l, 0, sizeof l);
	l.state = session->state;
	l.high = session->high;
	l.window = session->window;
	l.managed = session->managed;
	l.flying = session->flying;
	l.resent = session->resent;
	l.unsound = session->unsound;
	l.attempts = session->attempts;
	l.phase = session->login != NULL ? session->login->phase : 0;
	return l;
}

static bool is_sealed(const struct datagram *d)
{
	return d->len > 5 &&
	       ((d->bytes[4] == 6 && (d->bytes[5] & 0xc0) == 0xc0) || d->bytes[4] == 2);
}

/* One bit is changed where a code covers it, or the end is missing: nothing
 * happens. Of the login, only RAKP 2 and 4 have a code. */
static void answer_spoiled(void)
{
	struct look before = look(), after;
	size_t at;

	answer_question();
	at = next() | (size_t)next() << 8;
	if (answer.len <= RMCP_HEADER)
		return;
	if (next() & 1) {
		answer.len = at % answer.len;
	} else if (is_sealed(&answer)) {
		at = 5 + at % (answer.len - 5);
		answer.bytes[at] ^= (uint8_t)(1 << (next() & 7));
	} else if (is_login(&answer)) {
		at = answer.len - 1 - at % 12;
		answer.bytes[at] ^= (uint8_t)(1 << (next() & 7));
	} else {
		return;
	}
	deliver(answer.bytes, answer.len);
	after = look();
	assert(memcmp(&before, &after, sizeof before) == 0);
}

/* What has come before comes again: nothing happens in a session. */
static void replay(void)
{
	const struct datagram *d = &seen[next() % SEEN];
	struct look before = look(), after;

	deliver(d->bytes, d->len);
	after = look();
	if (session->login == NULL && is_sealed(d))
		assert(memcmp(&before, &after, sizeof before) == 0);
}

/* The input's own bytes, as a datagram or sealed with the right keys. */
static void anything(bool sealed)
{
	uint8_t type = next() & 3;
	size_t n = next();

	n = n < left ? n : left;
	if (!sealed) {
		deliver(input, n);
	} else if (session->keyed && session->keys.suite != NULL) {
		seal(type, input, n);
		deliver(answer.bytes, answer.len);
	} else if (session->keyed) {
		seal_15(session->managed, input, n);
		deliver(answer.bytes, answer.len);
	}
	input += n;
	left -= n;
}

/* A refusal, or an answer to a login's question that is somehow odd. */
static void odd_answer(void)
{
	size_t at;

	answer_question();
	if (answer.len <= RMCP_HEADER + 4 || is_sealed(&answer))
		return;
	if (next() & 1) {
		answer.bytes[RMCP_HEADER + 1] = next() & 0x1f;
		if (next() & 1)
			answer.len = RMCP_HEADER + 8, answer.bytes[14] = 8, answer.bytes[15] = 0;
	} else {
		at = RMCP_HEADER + next() % (answer.len - RMCP_HEADER);
		answer.bytes[at] = next();
	}
	/* Whether it is still a proof is not for this one to find out. */
	if (is_login(&answer))
		proven = true;
	deliver(answer.bytes, answer.len);
}

/* ---- the script ---- */

static struct rmcp_wait waits[2]; /* opening, closing */
static struct rmcp_command commands[COMMANDS];

static void open_session(void)
{
	const struct rmcp_credentials c = { "admin", (const char *)password, (const char *)kg, 5,
		                            6,       next() & 1 ? 3 : 0 };

	if (waits[0].session != NULL || waits[1].session != NULL ||
	    (session->state != CLOSED && session->state != LOST))
		return;
	rmcp_wait_stop(&waits[0]);
	memset(&waits[0], 0, sizeof waits[0]);
	proven = false;
	out = 0;
	rmcp_open(session, &waits[0], &c, 30);
}

static void close_session(void)
{
	if (waits[1].session != NULL)
		return;
	rmcp_wait_stop(&waits[1]);
	memset(&waits[1], 0, sizeof waits[1]);
	rmcp_close(session, &waits[1], 3);
}

static void start_command(void)
{
	static const uint8_t data[8] = { 1, 2, 3 };
	struct rmcp_command *c = &commands[next() % COMMANDS];
	uint8_t how = next();

	if (c->send != NULL)
		return;
	rmcp_command_stop(c);
	memset(c, 0, sizeof *c);
	c->netfn = how & 0x3e;
	c->command = next();
	c->once = how & 1;
	c->data = data;
	c->len = how % (sizeof data + 1);
	c->timeout = 1 + how % 20;
	rmcp_command(session, c);
}

static void stop_command(void)
{
	rmcp_command_stop(&commands[next() % COMMANDS]);
}

/* The numbers are about to begin anew. */
static void near_the_end(void)
{
	if (session->state != OPEN)
		return;
	out = UINT32_MAX - (next() & 3);
	session->high = out;
	session->window = UINT32_MAX;
	session->out = UINT32_MAX - (next() & 3);
	memset(seen, 0, sizeof seen); /* of numbers that may be new once more */
}

/* ---- the console ---- */

static struct rmcp_sol *console;
static struct rmcp_sol_read reading;
static struct rmcp_sol_write writing;

static void open_console(void)
{
	const unsigned chunk = 1 + next(), room = 16 + next(), habits = next();
	const struct rmcp_sol_options o = {
		.chunk = chunk,
		.retry = 1,
		.keep_alive = 10,
		.room = room,
		.nudge = habits >> 4,
		.nudge_nul = habits & 8,
		.zero_is_all = habits & 1,
		.no_acks = habits & 2,
		.unnumbered = habits & 4,
	};
	enum err_code why;

	if (console == NULL)
		console = rmcp_sol_new(session, &o, &why);
}

static void free_console(void)
{
	if (console == NULL)
		return;
	rmcp_sol_free(console);
	console = NULL;
	assert(reading.sol == NULL && writing.sol == NULL);
}

static void read_console(void)
{
	const char *bytes;
	size_t n = rmcp_sol_peek(console, &bytes);

	for (size_t i = 0; i < n; i++)
		sink = (uint8_t)(sink + bytes[i]);
	rmcp_sol_consume(console, n > 0 ? next() % (n + 1) : 0);
	if (reading.sol != NULL)
		return;
	memset(&reading, 0, sizeof reading);
	rmcp_sol_read(console, &reading);
}

static void write_console(void)
{
	static const uint8_t text[300] = "boot\n";

	if (writing.sol != NULL)
		return;
	memset(&writing, 0, sizeof writing);
	writing.data = text;
	writing.is_break = (next() & 15) == 15;
	writing.len = writing.is_break ? 0 : next();
	rmcp_sol_write(console, &writing);
}

static void use_console(void)
{
	struct rmcp_sol_state state;

	if (console == NULL) {
		open_console();
		return;
	}
	rmcp_sol_describe(console, &state);
	switch (next() % 8) {
	case 0:
	case 1:
	case 2:
		write_console();
		break;
	case 3:
	case 4:
	case 5:
		read_console();
		break;
	case 6:
		rmcp_sol_read_stop(&reading);
		rmcp_sol_write_stop(&writing);
		break;
	case 7:
		free_console();
		break;
	}
}

static void step(void)
{
	switch (next() % 18) {
	case 0:
	case 1:
	case 2:
		answer_rightly();
		break;
	case 3:
		answer_spoiled();
		break;
	case 4:
		replay();
		break;
	case 5:
		anything(false);
		break;
	case 6:
		anything(true);
		break;
	case 7:
		odd_answer();
		break;
	case 8:
		pass_time(next() * 0.05);
		break;
	case 9:
	case 10:
		start_command();
		break;
	case 11:
		stop_command();
		break;
	case 12:
		close_session();
		break;
	case 13:
		open_session();
		break;
	case 14:
		if (session->peer.joined && (next() & 1))
			session->peer.refused(&session->peer);
		else
			rmcp_wait_stop(&waits[next() & 1]);
		break;
	case 15:
	case 16:
		use_console();
		break;
	case 17:
		full = (next() & 3) == 3;
		near_the_end();
		break;
	}
	assert(session->state != OPEN || proven);
}

static struct rmcp_session *new_session(void)
{
	uint8_t how = next(), more = next();
	struct rmcp_options o = {
		.host = "127.0.0.1",
		.port = RMCP_PORT,
		.privilege = RMCP_USER + how % 3,
		.suites = { rmcp_suite(how & 8 ? 3 : 17), rmcp_suite(3) },
		.suite_count = how & 8 ? 1 : 2,
		.allow_15 = how & 16,
		.lookup_by_role = how & 32,
		.lookup_either = how & 64,
		.open_highest = how & 128,
		.pad_user = more & 1,
		.long_code = more & 2,
		.in_flight = 1 + (more >> 2 & 3),
		.retry = 0.5,
		.keep_alive = more & 16 ? 25 : 0,
	};

	old = more & 32;
	return rmcp_new(&o);
}

/* Nobody waits, nothing is left running. */
static void clean_up(void)
{
	free_console();
	for (int i = 0; i < 2; i++)
		rmcp_wait_stop(&waits[i]);
	rmcp_free(session);
	for (int i = 0; i < COMMANDS; i++) {
		assert(commands[i].send == NULL);
		rmcp_command_stop(&commands[i]);
	}
	assert(is_quiet());
	rmcp_crypto_stop();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = data;
	left = size;
	begin_world();
	proven = false;
	seen_count = sessions = 0;
	memset(seen, 0, sizeof seen);
	memset(waits, 0, sizeof waits);
	memset(commands, 0, sizeof commands);
	memset(&reading, 0, sizeof reading);
	memset(&writing, 0, sizeof writing);
	session = new_session();
	assert(session != NULL);
	open_session();
	while (left > 0)
		step();
	clean_up();
	return 0;
}
