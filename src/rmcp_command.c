/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands in a session: which are in flight, which answer is whose, when one
 * is sent again. A command that changes something (once) is sent one time
 * only: its silence is reported, and whoever sent it looks what came of it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "rmcp_session.h"

#define FULL_WAIT 0.01     /* seconds until a full socket is tried again */
#define CLOSE_WAIT 0.25    /* seconds before Close Session is sent again: a slot is at stake */
#define CLOSE_PATIENCE 1.0 /* the same, however late answers are */
/* Resends without an answer after which the BMC is asked outside of the
 * session, and after which, when it answers there only, the session is lost. */
#define MUTE_ASK 3
#define MUTE_LOST 7

/* What a command needs only until it has ended. */
struct rmcp_send {
	TAILQ_ENTRY(rmcp_send) link;
	struct rmcp_session *session;
	struct rmcp_command *command;
	ev_timer timer;
	double deadline, wait, asked; /* asked: when it was sent last */
	uint8_t sequence;
	bool flies;
};

static void start_next(struct rmcp_session *s);

/* ---- the end of a command ---- */

static void forget(struct rmcp_send *w)
{
	struct rmcp_session *s = w->session;

	ev_timer_stop(loop_get(), &w->timer);
	if (w->flies) {
		TAILQ_REMOVE(&s->flight, w, link);
		s->flying--;
	} else {
		TAILQ_REMOVE(&s->queue, w, link);
	}
	w->command->send = NULL;
	free(w);
}

static void finish(struct rmcp_session *s, struct rmcp_command *c)
{
	if (c->send != NULL)
		forget(c->send);
	if (c == &s->own)
		s->then(s);
	else
		op_finish(&c->op);
}

static void fail(struct rmcp_session *s, struct rmcp_command *c, enum err_code code,
                 const char *text)
{
	c->error = code;
	c->text = text;
	c->lost = s->state == LOST;
	finish(s, c);
}

void rmcp_command_stop(struct rmcp_command *c)
{
	if (c->send != NULL) {
		struct rmcp_session *s = c->send->session;

		forget(c->send);
		start_next(s);
	}
	free(c->reply);
	c->reply = NULL;
	c->reply_len = 0;
}

void rmcp_turn_away(struct rmcp_session *s, enum err_code code, const char *text)
{
	struct rmcp_listener *console = s->sol;
	struct rmcp_send *w;

	s->sol = NULL;
	if (console != NULL)
		console->ended(console, code, text);
	if (s->own.send != NULL)
		forget(s->own.send);
	rmcp_command_stop(&s->own);
	while ((w = TAILQ_FIRST(&s->queue)) != NULL)
		fail(s, w->command, code, text);
	while ((w = TAILQ_FIRST(&s->flight)) != NULL)
		fail(s, w->command, code, text);
}

/* ---- sending ---- */

static int transmit(struct rmcp_send *w)
{
	uint8_t message[RMCP_MESSAGE_MAX];
	const struct rmcp_command *c = w->command;
	const struct rmcp_request r = {
		c->netfn, c->lun, w->sequence, c->command, c->data, c->len
	};

	return rmcp_send_sealed(w->session, RMCP_IPMI, message, rmcp_build_message(message, &r));
}

/* A BMC that has forgotten a session says nothing in it, for a minute or for
 * ever: whoever waits had better know. What is asked outside proves nothing
 * about a busy BMC, so it is believed late; a new session is then the cost. */
static bool is_lost(struct rmcp_session *s, const struct rmcp_send *w)
{
	if (w->command->sent == 0 || w != TAILQ_FIRST(&s->flight) || s->state != OPEN)
		return false;
	if (++s->mute >= MUTE_LOST && s->answers_others)
		return true;
	if (s->mute >= MUTE_ASK)
		rmcp_ask_aside(s);
	return false;
}

static double next_wait(const struct rmcp_send *w)
{
	return w->session->state == CLOSING ? w->wait
	                                    : fmin(RMCP_WAIT_GROWTH * w->wait, RMCP_WAIT_MAX);
}

/* Waits for the answer, or to send again; a full socket has sent nothing. */
static void send_now(struct rmcp_send *w)
{
	struct rmcp_command *c = w->command;
	double left = w->deadline - loop_now();
	int error = transmit(w);

	if (error == EAGAIN || error == ENOBUFS) {
		rmcp_arm(&w->timer, fmin(left, FULL_WAIT));
		return;
	}
	if (error != 0 && c->sent == 0) {
		fail(w->session, c, ERR_UNREACHABLE, strerror(error));
		return;
	}
	if (c->sent++ > 0)
		w->session->resent++;
	w->asked = loop_now();
	rmcp_arm(&w->timer, c->once ? left : fmin(left, w->wait));
	w->wait = next_wait(w);
}

/* Before then nothing is sent again, whatever made the timer ring. */
static double patient_until(const struct rmcp_send *w)
{
	double patience = rmcp_patience();

	if (w->command->once)
		return w->deadline;
	return w->asked +
	       (w->session->state == CLOSING ? fmin(patience, CLOSE_PATIENCE) : patience);
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcp_send *w = timer->data;
	struct rmcp_session *s = w->session;

	(void)loop;
	(void)revents;
	if (w->flies && loop_now() < w->deadline - 1e-3) {
		double until = patient_until(w);

		if (w->command->sent > 0 && loop_now() < until - 1e-3)
			rmcp_arm(&w->timer, fmin(until, w->deadline) - loop_now());
		else if (is_lost(s, w))
			rmcp_lost(s);
		else
			send_now(w);
		return;
	}
	fail(s, w->command, ERR_TIMEOUT,
	     w->command->sent > 0 ? "the BMC did not answer the command"
	                          : "the command's turn did not come in time");
	start_next(s);
}

/* One that no command in flight has; with 64 of them and a few late replies on
 * the way, the next one will do. */
static uint8_t new_sequence(struct rmcp_session *s)
{
	const struct rmcp_send *w;

	s->next_sequence = (s->next_sequence + 1) & 0x3f;
	TAILQ_FOREACH(w, &s->flight, link)
	if (w->sequence == s->next_sequence)
		return new_sequence(s);
	return s->next_sequence;
}

static void start_next(struct rmcp_session *s)
{
	struct rmcp_send *w;

	while (s->flying < s->o.in_flight && (w = TAILQ_FIRST(&s->queue)) != NULL) {
		TAILQ_REMOVE(&s->queue, w, link);
		w->sequence = new_sequence(s);
		TAILQ_INSERT_TAIL(&s->flight, w, link);
		w->flies = true;
		s->flying++;
		send_now(w);
	}
}

static void enqueue(struct rmcp_session *s, struct rmcp_command *c)
{
	struct rmcp_send *w = calloc(1, sizeof *w);

	if (w == NULL) {
		fail(s, c, ERR_INTERNAL, "not enough memory for a command");
		return;
	}
	w->session = s;
	w->command = c;
	w->deadline = loop_now() + c->timeout;
	w->wait = s->state == CLOSING ? fmin(s->o.retry, CLOSE_WAIT) : s->o.retry;
	c->send = w;
	ev_init(&w->timer, on_timer);
	w->timer.data = w;
	TAILQ_INSERT_TAIL(&s->queue, w, link);
	if (s->flying >= s->o.in_flight)
		rmcp_arm(&w->timer, c->timeout);
	start_next(s);
}

void rmcp_command(struct rmcp_session *s, struct rmcp_command *c)
{
	if (s->state == OPEN)
		enqueue(s, c);
	else if (s->state == LOST)
		fail(s, c, ERR_UNREACHABLE, RMCP_LOST_TEXT);
	else
		fail(s, c, ERR_CANCELLED, "the session is not open");
}

void rmcp_own(struct rmcp_session *s, uint8_t command, size_t len, double timeout,
              void (*then)(struct rmcp_session *s))
{
	rmcp_command_stop(&s->own);
	memset(&s->own, 0, sizeof s->own);
	s->own.netfn = RMCP_APP;
	s->own.command = command;
	s->own.data = s->own_data;
	s->own.len = len;
	s->own.timeout = timeout;
	s->then = then;
	enqueue(s, &s->own);
}

/* ---- receiving ---- */

static struct rmcp_send *find(struct rmcp_session *s, const struct rmcp_message *m)
{
	struct rmcp_send *w;

	TAILQ_FOREACH(w, &s->flight, link)
	if (w->sequence == m->sequence && w->command->command == m->command &&
	    (w->command->netfn | 1) == m->netfn)
		return w;
	return NULL;
}

void rmcp_answer(struct rmcp_session *s, const uint8_t *payload, size_t len)
{
	struct rmcp_message m;
	struct rmcp_command *c;
	struct rmcp_send *w;

	if (!rmcp_parse_message(&m, payload, len)) {
		s->dropped++;
		return;
	}
	w = find(s, &m);
	if (w == NULL) {
		s->dropped++;
		rmcp_took(INFINITY);
		return;
	}
	/* The packet's own code is right, so the sender is: some BMCs get this one wrong. */
	if (!m.sound)
		s->unsound++;
	c = w->command;
	if (c->sent == 1)
		rmcp_took(loop_now() - w->asked);
	c->completion = m.code;
	c->reply = malloc(m.len > 0 ? m.len : 1);
	if (c->reply == NULL) {
		fail(s, c, ERR_INTERNAL, "not enough memory for an answer");
		return;
	}
	memcpy(c->reply, m.data, m.len);
	c->reply_len = m.len;
	forget(w);
	start_next(s);
	finish(s, c);
}
