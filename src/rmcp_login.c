/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a session is opened: Open Session, RAKP 1 to 4, privilege. What a BMC is
 * asked before that is in rmcp_offers.c; for IPMI 1.5 src/rmcp_15.c takes the
 * place of what is in the middle.
 *
 * Of many logins some begin only when others are through, or their BMCs are
 * silent.
 *
 * One question is under way at a time, told from others by its tag. Silence
 * sends it again, with longer waits; RAKP 1 and 3 only once, since some BMCs
 * take a second one for an attack: then the login begins anew, with a new
 * random number.
 *
 * A password that the BMC does not share is known from RAKP 2, before the BMC
 * has checked anything: it counts no failure. It has one other try at most,
 * where a BMC may have been confused (struct login, again), and none with
 * another cipher suite: nobody's account is locked by us. */
#include <errno.h>
#include <math.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "rmcp_login.h"

#define BEGINNINGS 16   /* of one login: half-open ones take the BMC's slots */
#define BUSY_PAUSE 0.5  /* seconds before a BMC without a free slot is asked again; doubled */
#define BUSY_MAX 3      /* times */
#define SUITES_WAIT 1.0 /* seconds for the one question what suites there are */
#define LOGIN_WAIT_MAX 1.0
#define RAKP_WAIT_MAX 5.0
#define LATE_FACTOR 4   /* of the waits, for a BMC that answers late */
#define FALSE_WAIT 0.25 /* seconds for a right code after a false one */
#define FULL_WAIT 0.01  /* seconds until a full socket is tried again */
#define AT_ONCE 2000    /* logins; more of them would only wait for each other's answers */
#define READY_PAUSE 0.5 /* seconds before a BMC that is not ready is asked for the privilege */
#define BY_NAME 0x10    /* in the role: the user is looked up by name only (13.20) */

/* ---- turns ---- */

/* Logins that are under way, but for those of BMCs that are silent: one that is
 * dead, or slow, keeps nobody waiting. */
static unsigned counted;
static TAILQ_HEAD(, login) queued = TAILQ_HEAD_INITIALIZER(queued);

static void give_turns(void)
{
	static bool giving; /* a login that fails at once comes back to here */
	struct login *l;

	if (giving)
		return;
	giving = true;
	while (counted < AT_ONCE && (l = TAILQ_FIRST(&queued)) != NULL) {
		TAILQ_REMOVE(&queued, l, link);
		counted++;
		l->counted = true;
		l->unheard = (l->deadline + loop_now()) / 2;
		rmcp_offers_ask(l);
	}
	giving = false;
}

static void take_turn(struct login *l)
{
	l->phase = QUEUED;
	TAILQ_INSERT_TAIL(&queued, l, link);
	give_turns();
}

static void leave_turn(struct login *l)
{
	if (l->phase == QUEUED)
		TAILQ_REMOVE(&queued, l, link);
	if (l->counted)
		counted--;
	l->counted = false;
}

/* Begins anew when the password still has its one other try. */
static bool try_again(struct login *l)
{
	if (l->again)
		return false;
	l->again = true;
	rmcp_login_begin(l);
	return true;
}

/* The BMC's code in RAKP 2 is made with another password; or it was confused
 * by a RAKP 1 that came twice, or by the role (both QUIRKS). */
static void fail_rakp2(struct login *l)
{
	bool confused = l->sent > 1;

	if (l->session->o.lookup_either && !l->again) {
		l->by_role = !l->by_role;
		confused = true;
	}
	if (confused && try_again(l))
		return;
	rmcp_abandon(l->session);
	rmcp_fail_password(l, "the BMC's code is made with another one");
}

/* No right code came after a false one. */
static void fail_false(struct login *l)
{
	if (l->phase == SENT_RAKP1) {
		fail_rakp2(l);
		return;
	}
	/* The BMC has a session; its keys are not ours, so Close Session would be
	 * nothing to it. */
	l->session->keyed = false;
	rmcp_abandon(l->session);
	rmcp_fail_kg(l);
}

/* ---- asking ---- */

/* These cost a BMC seconds when it is busy (QUIRKS), and are sent twice only. */
static bool in_rakp(const struct login *l)
{
	return l->phase == SENT_RAKP1 || l->phase == SENT_RAKP3 || l->phase == ACTIVATING;
}

static double first_wait(const struct login *l)
{
	double retry = l->session->o.retry;

	if (l->phase == SUITES)
		return SUITES_WAIT;
	/* Beginnings that came to nothing: a BMC that needs more time, or one that
	 * is said to. Not earlier, since with two datagrams of ten lost a quarter of
	 * them fails. */
	if (l->late)
		retry *= LATE_FACTOR;
	else if (l->begun > 0)
		retry *= (double)(1u << (l->begun - 1) / 8);
	retry = in_rakp(l) ? 2 * retry : fmin(retry, LOGIN_WAIT_MAX);
	return fmin(fmax(retry, 2 * l->latency), RAKP_WAIT_MAX);
}

/* Where the ping is answered and the command is not, the network loses much. */
static double next_wait(const struct login *l)
{
	if (in_rakp(l) || (l->phase == CAPABILITIES && l->pong))
		return l->wait;
	return fmax(l->wait, fmin(RMCP_WAIT_GROWTH * l->wait, LOGIN_WAIT_MAX));
}

static void transmit(struct login *l)
{
	double left = l->deadline - loop_now();
	int error = rmcp_transmit(&l->session->peer, l->packet, l->len);

	if (error == EAGAIN || error == ENOBUFS) {
		rmcp_arm(&l->timer, fmin(left, FULL_WAIT));
		return;
	}
	if (error != 0 && l->sent == 0) {
		rmcp_fail(l, ERR_UNREACHABLE, NULL, "%s", strerror(error));
		return;
	}
	if (l->sent++ > 0)
		l->session->resent++;
	if (l->phase == OPENING_SESSION)
		rmcp_expect_opened(l->session, &l->shared);
	if (l->ghost.managed != 0)
		rmcp_close_ghost(l->session, &l->ghost);
	l->repeated = loop_now();
	rmcp_arm(&l->timer, fmin(left, l->wait));
	l->wait = next_wait(l);
}

void rmcp_login_ask(struct login *l, enum phase phase, size_t len)
{
	l->phase = phase;
	l->len = len;
	l->sent = 0;
	l->asked = loop_now();
	l->false_code = false;
	l->wait = first_wait(l);
	transmit(l);
}

static void pause_then_begin(struct login *l, double seconds)
{
	l->phase = PAUSE;
	rmcp_arm(&l->timer, fmin(seconds, l->deadline - loop_now()));
}

/* A BMC that does not answer the code of IPMI 1.5 has found it wrong, most
 * likely: it is not asked once more. */
static void silent_rakp(struct login *l)
{
	if (l->phase == ACTIVATING)
		rmcp_fail_silent(l);
	else
		rmcp_login_begin(l);
}

/* No answer came in time, or a pause is over. */
static void go_on(struct login *l)
{
	leave_turn(l);
	give_turns();
	if (in_rakp(l) && l->sent >= 2) {
		silent_rakp(l);
	} else if (l->phase == PAUSE) {
		rmcp_login_begin(l);
	} else if (l->phase == PRIVILEGE) {
		rmcp_login_privilege(l);
	} else if (l->phase == SUITES) {
		rmcp_offers_end(l);
	} else {
		if (l->phase == CAPABILITIES)
			rmcp_offers_ask_again(l);
		transmit(l);
	}
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct login *l = timer->data;
	double due = l->repeated + rmcp_patience();

	(void)loop;
	(void)revents;
	if (l->false_code) {
		fail_false(l);
	} else if (loop_now() >= l->deadline - 1e-3 ||
	           (l->phase == CAPABILITIES && loop_now() >= l->unheard)) {
		rmcp_fail_silent(l);
	} else if (l->phase <= QUEUED) {
		/* Whatever made it ring: nothing is to be sent yet. */
		rmcp_arm(&l->timer, l->deadline - loop_now());
	} else if (l->phase < PAUSE && loop_now() < due - 1e-3) {
		rmcp_arm(&l->timer, fmin(due, l->deadline) - loop_now());
	} else {
		go_on(l);
	}
}

/* No answer has the tag 0: it stands in what ends a login at the BMC. */
static uint8_t next_tag(struct login *l)
{
	if (++l->tag == 0)
		l->tag = 1;
	return l->tag;
}

/* 13.17, with a random number that no login had before; the id stays as it is,
 * so that an answer that comes late is known for one. */
void rmcp_login_begin(struct login *l)
{
	struct rmcp_session *s = l->session;
	struct rmcp_open_request r;

	rmcp_login_abandon(l);
	if (l->begun++ == BEGINNINGS) {
		rmcp_fail(l, ERR_TIMEOUT, "stalled",
		          "the BMC does not finish a login, begun %u times", BEGINNINGS);
		return;
	}
	s->attempts = l->begun;
	if (l->version_15) {
		rmcp_15_begin(l);
		return;
	}
	if ((s->peer.id == 0 && !rmcp_take_id(&s->peer)) ||
	    !rmcp_random(l->shared.console_random, sizeof l->shared.console_random)) {
		rmcp_fail(l, ERR_INTERNAL, NULL, "no random number, or no memory for a session");
		return;
	}
	l->shared.suite = s->o.suites[l->suite];
	l->shared.console = s->peer.id;
	l->shared.role = (uint8_t)s->o.privilege | (l->by_role ? 0 : BY_NAME);
	l->first = next_tag(l);
	r = (struct rmcp_open_request){ l->first,
		                        l->highest ? 0 : (uint8_t)s->o.privilege,
		                        s->peer.id,
		                        l->shared.suite->authentication,
		                        l->shared.suite->integrity,
		                        l->shared.suite->confidentiality };
	rmcp_login_ask(l, OPENING_SESSION, rmcp_build_open(l->packet, &r));
}

static void ask_rakp1(struct login *l)
{
	const struct rmcp_rakp1 r = { next_tag(l),       l->shared.role,
		                      l->shared.managed, l->shared.console_random,
		                      l->shared.user,    rmcp_user_len(&l->shared) };

	rmcp_login_ask(l, SENT_RAKP1, rmcp_build_rakp1(l->packet, &r));
}

static void ask_rakp3(struct login *l)
{
	uint8_t code[RMCP_DIGEST_MAX];
	struct rmcp_session *s = l->session;

	if (!rmcp_rakp3_code(&l->shared, code) || !rmcp_derive(&l->shared, &s->keys)) {
		rmcp_fail(l, ERR_INTERNAL, NULL, "OpenSSL computes no key");
		return;
	}
	/* From here on the BMC may hold a session that only these keys close. */
	s->keyed = true;
	s->out = s->high = s->window = 0;
	rmcp_login_ask(l, SENT_RAKP3,
	               rmcp_build_rakp3(l->packet, next_tag(l), 0, l->shared.managed, code,
	                                l->shared.suite->digest));
}

/* ---- privilege: the first command of the session ---- */

static void opened(struct login *l)
{
	struct rmcp_session *s = l->session;

	s->o.lookup_by_role = l->by_role;
	s->o.open_highest = l->highest;
	rmcp_opened(s, true);
}

/* Table 5-2: busy, timeout, being updated, not in this state, initializing. */
static bool is_not_ready(uint8_t completion)
{
	return completion == 0xc0 || completion == 0xc3 ||
	       (completion >= 0xd0 && completion <= 0xd2);
}

static void privilege_answered(struct rmcp_session *s)
{
	struct login *l = s->login;
	const struct rmcp_command *c = &s->own;

	if (c->error != ERR_NONE) {
		rmcp_fail_silent(l);
	} else if (is_not_ready(c->completion)) {
		rmcp_arm(&l->timer, fmin(READY_PAUSE, l->deadline - loop_now()));
	} else if (c->completion != 0 || c->reply_len < 1) {
		char seen[32];

		l->completion = c->completion;
		snprintf(seen, sizeof seen, "completion code %02Xh", c->completion);
		rmcp_fail_privilege(l, seen);
	} else {
		s->granted = c->reply[0] & 0x0f;
		opened(l);
	}
}

/* 6.8: a session starts at user level, whatever RAKP agreed upon. */
void rmcp_login_privilege(struct login *l)
{
	struct rmcp_session *s = l->session;

	ev_timer_stop(loop_get(), &l->timer);
	s->granted = RMCP_USER;
	if (s->o.privilege <= RMCP_USER) {
		opened(l);
		return;
	}
	l->phase = PRIVILEGE;
	s->own_data[0] = (uint8_t)s->o.privilege;
	rmcp_own(s, RMCP_SET_PRIVILEGE, 1, l->deadline - loop_now(), privilege_answered);
}

/* ---- answers ---- */

/* The suite is not taken: the next one, or the end. */
static void next_suite(struct login *l)
{
	if (++l->suite < l->session->o.suite_count)
		rmcp_login_begin(l);
	else
		rmcp_offers_ask_suites(l);
}

void rmcp_login_no_slot(struct login *l)
{
	/* QUIRKS: some BMCs say this of a suite that they do not have. */
	if (l->suite + 1 < l->session->o.suite_count)
		l->suite++;
	else
		l->suite = 0;
	if (l->busy++ == BUSY_MAX)
		rmcp_fail_slots(l);
	else
		pause_then_begin(l, BUSY_PAUSE * (double)(1u << (l->busy - 1)));
}

/* QUIRKS: some BMCs want the privilege named, some that it is not; and some say
 * this of a suite that they do not have. */
static void role_refused(struct login *l, uint8_t status)
{
	if (!l->highest) {
		l->highest = true;
		rmcp_login_begin(l);
		return;
	}
	l->highest = l->session->o.open_highest;
	if (l->suite + 1 < l->session->o.suite_count)
		next_suite(l);
	else
		rmcp_fail_privilege(l, rmcp_status_text(status));
}

/* Open Session was answered with a status: QUIRKS "A refused suite is told by
 * another status". */
static void open_refused(struct login *l, uint8_t status)
{
	l->status = status;
	switch (status) {
	case 0x01:
	case 0x0b:
		rmcp_login_no_slot(l);
		break;
	case 0x09:
	case 0x0a:
		role_refused(l, status);
		break;
	case 0x04:
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x10:
	case 0x11:
	case 0x12:
		next_suite(l);
		break;
	default:
		rmcp_fail_status(l, "Open Session", status);
	}
}

static void take_opened(struct login *l, const struct rmcp_packet *d)
{
	const struct rmcp_suite *suite = l->shared.suite;
	struct rmcp_opened o;

	if (!rmcp_parse_opened(&o, d))
		return;
	/* ipmi_sim refuses with tag and status alone. */
	if (o.console != l->shared.console && (o.status == 0 || o.console != 0))
		return;
	if (o.status != 0) {
		rmcp_saw_opened(l->session, l->asked);
		open_refused(l, o.status);
		return;
	}
	if (o.managed == 0)
		return;
	if (l->sent == 1)
		rmcp_took(loop_now() - l->asked);
	rmcp_saw_opened(l->session, l->asked);
	l->session->managed = l->shared.managed = o.managed;
	if (o.authentication != suite->authentication || o.integrity != suite->integrity ||
	    o.confidentiality != suite->confidentiality) {
		rmcp_fail(
		    l, ERR_PROTOCOL, "downgrade",
		    "asked for cipher suite %u, the answer is for other algorithms (%u/%u/%u): "
		    "somebody weakens the connection, or the BMC does not listen",
		    suite->id, o.authentication, o.integrity, o.confidentiality);
		return;
	}
	ask_rakp1(l);
}

/* QUIRKS: some BMCs find a user only when the role is part of the question.
 * No password is in it yet: asking twice locks nobody out. */
static void user_refused(struct login *l)
{
	if (l->by_role || l->again) {
		rmcp_fail_user(l);
		return;
	}
	l->by_role = true;
	try_again(l);
}

static void rakp_refused(struct login *l, uint8_t status)
{
	l->status = status;
	switch (status) {
	case 0x01:
	case 0x0b:
		l->session->managed = 0;
		rmcp_login_no_slot(l);
		break;
	case 0x02:
	case 0x08: /* the BMC forgot: an earlier answer of it was lost */
		l->session->managed = 0;
		l->session->keyed = false;
		rmcp_login_begin(l);
		break;
	case 0x09:
	case 0x0a:
		rmcp_fail_privilege(l, rmcp_status_text(status));
		break;
	case 0x0c:
	case 0x0d:
		l->session->managed = 0;
		user_refused(l);
		break;
	case 0x0f:
		/* A BMC that has seen this RAKP 3 before calls the second one false;
		 * that the password is right, RAKP 2 has shown. */
		if (l->sent < 2 || !try_again(l))
			rmcp_fail_password(l, "the BMC refused its code");
		break;
	default:
		rmcp_fail_status(l, "the login", status);
	}
}

/* A BMC that has forgotten the session cannot name our id of it. */
static bool is_answer(const struct login *l, const struct rmcp_rakp *r)
{
	bool forgotten = r->console == 0 && (r->status == 0x02 || r->status == 0x08);

	return r->tag == l->tag && (r->console == l->shared.console || forgotten);
}

/* One that is damaged, or made up by somebody who listens, must not end a
 * login: the right one may be on its way. Should it not come, a code that is
 * wrong is the BMC's own. */
static void take_false(struct login *l)
{
	if (!l->false_code)
		rmcp_arm(&l->timer, fmin(FALSE_WAIT, l->deadline - loop_now()));
	l->false_code = true;
}

static void take_rakp2(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_rakp r;

	if (!rmcp_parse_rakp2(&r, d) || !is_answer(l, &r))
		return;
	if (r.status != 0) {
		rakp_refused(l, r.status);
		return;
	}
	memcpy(l->shared.managed_random, r.random, RMCP_RANDOM);
	memcpy(l->shared.guid, r.guid, RMCP_RANDOM);
	if (rmcp_check_rakp2(&l->shared, r.code, r.code_len))
		ask_rakp3(l);
	else
		take_false(l);
}

static void take_rakp4(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_rakp r;

	if (!rmcp_parse_rakp4(&r, d) || !is_answer(l, &r))
		return;
	if (r.status != 0) {
		rakp_refused(l, r.status);
	} else if (rmcp_check_rakp4(&l->shared, r.code, r.code_len)) {
		rmcp_login_privilege(l);
	} else {
		take_false(l);
	}
}

/* What answers a beginning that was given up meanwhile: the BMC needs more time. */
static bool is_late(const struct login *l, const struct rmcp_packet *d)
{
	return d->framing == RMCP_V20 && d->session == 0 && d->len > 0 && l->begun > 1 &&
	       (d->payload_type == RMCP_RAKP2 || d->payload_type == RMCP_RAKP4) &&
	       d->payload[0] != 0 && (int8_t)(d->payload[0] - l->first) < 0;
}

/* ---- in and out ---- */

void rmcp_login_receive(struct rmcp_session *s, const struct rmcp_packet *d)
{
	static void (*const takes[])(struct login *, const struct rmcp_packet *) = {
		[CAPABILITIES] = rmcp_offers_take,
		[OPENING_SESSION] = take_opened,
		[SENT_RAKP1] = take_rakp2,
		[SENT_RAKP3] = take_rakp4,
		[CHALLENGE] = rmcp_15_take_challenge,
		[ACTIVATING] = rmcp_15_take_activated,
		[SUITES] = rmcp_offers_take_suites,
		[PRIVILEGE] = NULL,
	};
	struct login *l = s->login;

	if (d == NULL)
		take_turn(l);
	else if (d->framing == RMCP_ASF)
		rmcp_offers_take_pong(l, d);
	else if (is_late(l, d))
		l->late = true;
	else if (takes[l->phase] != NULL)
		takes[l->phase](l, d);
}

/* Believed only while the BMC has not answered yet: anybody can send it. */
void rmcp_login_refused(struct rmcp_session *s)
{
	if (s->login->phase == CAPABILITIES)
		rmcp_fail(
		    s->login, ERR_REFUSED, "no_ipmi",
		    "nothing listens on UDP port %u there: IPMI over LAN is switched off, or this "
		    "is no BMC",
		    s->o.port);
}

bool rmcp_login_start(struct rmcp_session *s, const struct rmcp_credentials *c, double timeout)
{
	struct login *l = calloc(1, sizeof *l);
	struct rmcp_login *shared;

	if (l == NULL)
		return false;
	s->login = l;
	l->session = s;
	l->deadline = loop_now() + timeout;
	rmcp_random(&l->tag, sizeof l->tag);
	shared = &l->shared;
	l->by_role = s->o.lookup_by_role;
	l->highest = s->o.open_highest;
	shared->pad_user = s->o.pad_user;
	shared->long_code = s->o.long_code;
	shared->user_len = (uint8_t)c->user_len;
	shared->password_len = (uint8_t)c->password_len;
	shared->kg_len = (uint8_t)c->kg_len;
	memcpy(shared->user, c->user, c->user_len);
	memcpy(shared->password, c->password, c->password_len);
	if (c->kg_len > 0)
		memcpy(shared->kg, c->kg, c->kg_len);
	ev_init(&l->timer, on_timer);
	l->timer.data = l;
	rmcp_arm(&l->timer, timeout);
	return true;
}

void rmcp_login_end(struct rmcp_session *s)
{
	if (s->login == NULL)
		return;
	leave_turn(s->login);
	ev_timer_stop(loop_get(), &s->login->timer);
	OPENSSL_cleanse(s->login, sizeof *s->login);
	free(s->login);
	s->login = NULL;
	give_turns();
}
