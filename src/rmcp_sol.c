/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One packet with characters is under way in each direction. Ours is repeated
 * until the BMC acknowledges it; what it did not accept of it goes out under
 * the next number. Theirs is acknowledged each time it comes. */
#include "rmcp_sol.h"

#include <ev.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "rmcp_session.h"
#include "rmcp_sol_packet.h"

#define WAIT_GROWTH 2.0
#define WAIT_MAX 4.0 /* times the first wait */
#define PROBE_AT 3   /* tries without an ack after which the BMC is asked for a sign of life */
/* Tries under one number. Some BMCs expect another one after a restart (QUIRKS), but what they
 * had taken under the old one would be typed twice: the new number is a last resort. */
#define TRIES 10
#define NUMBERS 2   /* tried so; then the BMC takes no characters any more */
#define BREAKS 3    /* a break that is refused so often is not to be had */
#define GO_AHEADS 4 /* times the machine is told again that it may go on */

struct rmcp_sol {
	struct rmcp_listener ear;     /* first */
	struct rmcp_session *session; /* NULL once that is gone */
	struct rmcp_sol_options o;
	struct rmcp_sol_state state;

	/* To the BMC. */
	uint8_t number; /* the last one used */
	bool flying;    /* the piece is under way, with that number */
	bool held;      /* the BMC wants us to wait: until it says so, or for a while */
	bool was_break; /* the piece is a break */
	bool orphan;    /* whoever wrote the piece has gone */
	uint8_t piece[SOL_DATA_MAX];
	size_t piece_len;
	unsigned tries;
	double wait;
	ev_timer timer;
	struct rmcp_sol_write *writer;

	/* From the BMC. */
	struct sol_inbound in;
	char *ring;
	size_t first, count;
	bool paused;
	unsigned go_aheads;
	ev_timer go_ahead;
	struct rmcp_sol_read *reader;

	ev_timer alive, nudge;
};

/* ---- the end ---- */

static void leave_writer(struct rmcp_sol *sol)
{
	struct rmcp_sol_write *w = sol->writer;

	if (w == NULL)
		return;
	sol->writer = NULL;
	w->sol = NULL;
	op_finish(&w->op);
}

static void leave_reader(struct rmcp_sol *sol)
{
	struct rmcp_sol_read *r = sol->reader;

	if (r == NULL)
		return;
	sol->reader = NULL;
	r->sol = NULL;
	op_finish(&r->op);
}

static void end(struct rmcp_sol *sol, enum err_code code, const char *text)
{
	if (sol->state.error == ERR_NONE) {
		sol->state.error = code;
		sol->state.text = text;
	}
	ev_timer_stop(loop_get(), &sol->timer);
	ev_timer_stop(loop_get(), &sol->go_ahead);
	ev_timer_stop(loop_get(), &sol->alive);
	ev_timer_stop(loop_get(), &sol->nudge);
	if (sol->session != NULL)
		sol->session->sol = NULL;
	sol->session = NULL;
	leave_writer(sol);
	leave_reader(sol);
}

static void on_ended(struct rmcp_listener *ear, enum err_code code, const char *text)
{
	end((struct rmcp_sol *)ear, code, text);
}

/* ---- to the BMC ---- */

static void transmit(struct rmcp_sol *sol, const struct sol_packet *p)
{
	uint8_t out[SOL_HEADER + SOL_DATA_MAX];

	/* What the system does not take now is lost like any other datagram. */
	rmcp_send_sealed(sol->session, RMCP_SOL, out, sol_build(out, p));
	rmcp_arm_each(&sol->nudge, sol->o.nudge);
}

static uint8_t pause_bit(const struct rmcp_sol *sol)
{
	return sol->paused ? SOL_PAUSE : 0;
}

static void wait_longer(struct rmcp_sol *sol)
{
	rmcp_arm(&sol->timer, sol->wait);
	sol->wait = fmin(sol->wait * WAIT_GROWTH, sol->o.retry * WAIT_MAX);
}

static void send_piece(struct rmcp_sol *sol)
{
	const struct sol_packet p = {
		.sequence = sol->number,
		.status = (uint8_t)(pause_bit(sol) | (sol->was_break ? SOL_BREAK : 0)),
		.data = sol->piece,
		.len = sol->piece_len,
	};

	if (sol->tries++ > 0)
		sol->state.resent++;
	transmit(sol, &p);
	wait_longer(sol);
}

static void launch(struct rmcp_sol *sol)
{
	sol->number = sol_next(sol->number);
	sol->flying = true;
	sol->held = false;
	sol->tries = 0;
	send_piece(sol);
}

static void load_piece(struct rmcp_sol *sol, struct rmcp_sol_write *w)
{
	size_t n = w->len - w->taken;

	sol->piece_len = n < sol->o.chunk ? n : sol->o.chunk;
	if (sol->piece_len > 0)
		memcpy(sol->piece, w->data + w->taken, sol->piece_len);
	sol->was_break = w->is_break;
	sol->orphan = false;
	w->sent = w->taken + sol->piece_len;
}

/* Whatever is next, unless something is under way or has to wait. */
static void go_on(struct rmcp_sol *sol)
{
	struct rmcp_sol_write *w = sol->writer;

	if (sol->flying || sol->held || sol->session == NULL)
		return;
	if (sol->piece_len == 0) {
		if (w == NULL)
			return;
		load_piece(sol, w);
	}
	launch(sol);
}

static void hold(struct rmcp_sol *sol)
{
	sol->held = true;
	wait_longer(sol);
}

/* The first n characters of the piece are the BMC's. */
static void piece_taken(struct rmcp_sol *sol, size_t n)
{
	struct rmcp_sol_write *w = sol->writer;

	sol->flying = false;
	ev_timer_stop(loop_get(), &sol->timer);
	if (n > 0 || sol->was_break)
		sol->wait = sol->o.retry;
	sol->piece_len -= n;
	memmove(sol->piece, sol->piece + n, sol->piece_len);
	/* What a writer that gave up wanted to say further is not said. */
	if (sol->orphan)
		sol->piece_len = 0;
	else if (w != NULL)
		w->taken += n;
	if (w != NULL && !sol->orphan && w->taken == w->len) {
		w->done = true;
		leave_writer(sol);
	}
}

/* It has not been sent: once more, a little later. */
static void break_refused(struct rmcp_sol *sol)
{
	struct rmcp_sol_write *w = sol->writer;

	sol->flying = false;
	if (w != NULL && !sol->orphan && ++w->refusals == BREAKS)
		leave_writer(sol);
	hold(sol);
}

static void on_ack(struct rmcp_sol *sol, const struct sol_packet *p)
{
	bool nack = (p->status & SOL_NACK) != 0;
	size_t n = p->accepted < sol->piece_len ? p->accepted : sol->piece_len;

	if (p->ack != sol->number)
		return;
	if (!sol->flying) {
		if (sol->held && !nack) { /* it has room again */
			sol->held = false;
			ev_timer_stop(loop_get(), &sol->timer);
			go_on(sol);
		}
		return;
	}
	if (nack && sol->was_break) {
		break_refused(sol);
		return;
	}
	if (n == 0 && !nack && sol->o.zero_is_all)
		n = sol->piece_len;
	nack = nack || (n == 0 && sol->piece_len > 0);
	piece_taken(sol, n);
	if (nack)
		hold(sol);
	go_on(sol);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_sol *sol = timer->data;

	(void)loop;
	(void)revents;
	if (sol->held) {
		sol->held = false;
		go_on(sol);
		return;
	}
	if (sol->o.no_acks) {
		piece_taken(sol, sol->piece_len);
		go_on(sol);
		return;
	}
	if (sol->tries >= TRIES * NUMBERS) {
		sol->state.deaf = true;
		end(sol, ERR_UNREACHABLE,
		    "the BMC takes no characters any more: the console may "
		    "have been taken over by another client");
		return;
	}
	if (sol->tries >= PROBE_AT)
		rmcp_probe(sol->session);
	if (sol->session == NULL) /* which may find out that it is over */
		return;
	if (sol->tries == TRIES)
		sol->number = sol_next(sol->number);
	send_piece(sol);
}

bool rmcp_sol_write(struct rmcp_sol *sol, struct rmcp_sol_write *w)
{
	if (sol->writer != NULL)
		return false;
	if (sol->state.error != ERR_NONE || (w->len == 0 && !w->is_break)) {
		op_finish(&w->op);
		return true;
	}
	w->sol = sol;
	sol->writer = w;
	go_on(sol);
	return true;
}

void rmcp_sol_write_stop(struct rmcp_sol_write *w)
{
	struct rmcp_sol *sol = w->sol;

	if (sol == NULL)
		return;
	w->sol = NULL;
	sol->writer = NULL;
	sol->orphan = sol->flying;
	if (!sol->flying)
		sol->piece_len = 0;
}

/* ---- from the BMC ---- */

static void acknowledge(struct rmcp_sol *sol, uint8_t sequence, uint8_t accepted)
{
	const struct sol_packet p = { .ack = sequence,
		                      .accepted = accepted,
		                      .status = pause_bit(sol) };

	transmit(sol, &p);
}

/* The machine shall hold back before there is no room, and go on when there is
 * plenty: what is under way meanwhile still fits. */
static void mind_room(struct rmcp_sol *sol)
{
	bool pause = sol->paused ? sol->count > sol->o.room / 4 : sol->count > sol->o.room / 2;

	if (pause == sol->paused || sol->session == NULL)
		return;
	sol->paused = pause;
	acknowledge(sol, 0, 0);
	sol->go_aheads = 0;
	ev_timer_stop(loop_get(), &sol->go_ahead);
	if (!pause)
		rmcp_arm(&sol->go_ahead, sol->o.retry);
}

/* A pause is in each acknowledgement. That it is over might be lost, and a
 * machine that waits for it says nothing that could be acknowledged. */
static void on_go_ahead(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_sol *sol = timer->data;

	(void)loop;
	(void)revents;
	acknowledge(sol, 0, 0);
	if (++sol->go_aheads < GO_AHEADS)
		rmcp_arm(&sol->go_ahead, sol->o.retry);
}

static void keep(struct rmcp_sol *sol, const uint8_t *data, size_t len)
{
	size_t at = (sol->first + sol->count) % sol->o.room;
	size_t straight = sol->o.room - at < len ? sol->o.room - at : len;

	memcpy(sol->ring + at, data, straight);
	memcpy(sol->ring, data + straight, len - straight);
	sol->count += len;
}

static void on_characters(struct rmcp_sol *sol, const struct sol_packet *p, uint32_t packet)
{
	struct sol_fresh fresh;

	switch (sol_take(&sol->in, p, packet, sol->o.room - sol->count, &fresh)) {
	case SOL_NEW:
		keep(sol, fresh.data, fresh.len);
		if (p->sequence != 0)
			acknowledge(sol, p->sequence, fresh.accepted);
		mind_room(sol);
		break;
	case SOL_NOTHING:
	case SOL_FULL:
		sol->state.dropped += p->sequence != 0;
		break;
	}
	if (sol->count > 0)
		leave_reader(sol);
}

static void on_payload(struct rmcp_listener *ear, const uint8_t *payload, size_t len,
                       uint32_t packet)
{
	struct rmcp_sol *sol = (struct rmcp_sol *)ear;
	struct sol_packet p;

	if (!sol_parse(&p, payload, len)) {
		sol->state.dropped++;
		return;
	}
	sol->state.off = (p.status & SOL_UNAVAILABLE) != 0;
	sol->state.overruns += (p.status & SOL_OVERRUN) != 0;
	if (p.ack != 0)
		on_ack(sol, &p);
	on_characters(sol, &p, packet);
	if ((p.status & SOL_DEACTIVATED) != 0) {
		sol->state.deactivated = true;
		end(sol, ERR_UNREACHABLE,
		    "the BMC has ended the console: it was deactivated, or "
		    "another client has taken it over");
	}
}

bool rmcp_sol_read(struct rmcp_sol *sol, struct rmcp_sol_read *r)
{
	if (sol->reader != NULL)
		return false;
	if (sol->count > 0 || sol->state.error != ERR_NONE) {
		op_finish(&r->op);
		return true;
	}
	r->sol = sol;
	sol->reader = r;
	return true;
}

void rmcp_sol_read_stop(struct rmcp_sol_read *r)
{
	if (r->sol != NULL)
		r->sol->reader = NULL;
	r->sol = NULL;
}

size_t rmcp_sol_peek(const struct rmcp_sol *sol, const char **bytes)
{
	size_t straight = sol->o.room - sol->first;

	*bytes = sol->ring + sol->first;
	return sol->count < straight ? sol->count : straight;
}

void rmcp_sol_consume(struct rmcp_sol *sol, size_t n)
{
	sol->first = (sol->first + n) % sol->o.room;
	sol->count -= n;
	mind_room(sol);
}

/* ---- made and freed ---- */

/* An IPMI command, though characters may come and go all the time: some BMCs
 * count only those (QUIRKS). It also keeps the program waiting for a console
 * that says nothing. */
static void on_alive(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_sol *sol = timer->data;

	(void)loop;
	(void)revents;
	rmcp_probe(sol->session);
}

static void send_nudge(struct rmcp_sol *sol, size_t len)
{
	const struct sol_packet p = {
		.sequence = sol->number = sol_next(sol->number),
		.status = pause_bit(sol),
		.data = (const uint8_t *)"",
		.len = len,
	};

	transmit(sol, &p);
}

/* Some BMCs drop a console in which nothing is typed, and of some the serial
 * chip is cut off by a restart until something is (QUIRKS). One that is lost is
 * not missed. */
static void on_nudge(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_sol *sol = timer->data;

	(void)loop;
	(void)revents;
	if (!sol->flying && !sol->held)
		send_nudge(sol, sol->o.nudge_nul ? 1 : 0);
}

static void set_timers(struct rmcp_sol *sol)
{
	ev_init(&sol->timer, on_timer);
	sol->timer.data = sol;
	ev_init(&sol->go_ahead, on_go_ahead);
	sol->go_ahead.data = sol;
	ev_init(&sol->nudge, on_nudge);
	sol->nudge.data = sol;
	ev_init(&sol->alive, on_alive);
	sol->alive.data = sol;
	rmcp_arm_each(&sol->alive, sol->o.keep_alive);
}

static struct rmcp_sol *alloc(const struct rmcp_sol_options *o)
{
	struct rmcp_sol *sol = calloc(1, sizeof *sol);

	if (sol == NULL)
		return NULL;
	sol->ring = malloc(o->room);
	if (sol->ring != NULL && rmcp_random(&sol->number, sizeof sol->number))
		return sol;
	free(sol->ring);
	free(sol);
	return NULL;
}

struct rmcp_sol *rmcp_sol_new(struct rmcp_session *s, const struct rmcp_sol_options *o,
                              enum err_code *why)
{
	struct rmcp_sol *sol = NULL;

	if (s->state != OPEN)
		*why = ERR_UNREACHABLE;
	else if (s->keys.suite == NULL)
		*why = ERR_UNSUPPORTED;
	else if (s->sol != NULL)
		*why = ERR_BUSY;
	else if ((sol = alloc(o)) == NULL)
		*why = ERR_INTERNAL;
	if (sol == NULL)
		return NULL;
	sol->o = *o;
	sol->wait = o->retry;
	sol->in.unnumbered = o->unnumbered;
	sol->session = s;
	sol->ear.receive = on_payload;
	sol->ear.ended = on_ended;
	s->sol = &sol->ear;
	set_timers(sol);
	send_nudge(sol, 0);
	return sol;
}

void rmcp_sol_free(struct rmcp_sol *sol)
{
	end(sol, ERR_CANCELLED, "the console was closed");
	free(sol->ring);
	free(sol);
}

void rmcp_sol_describe(const struct rmcp_sol *sol, struct rmcp_sol_state *out)
{
	*out = sol->state;
}
