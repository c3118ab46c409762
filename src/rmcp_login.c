/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a session is opened: capabilities, Open Session, RAKP 1 to 4, privilege.
 *
 * One question is under way at a time, told from others by its tag. Silence
 * sends it again, with longer waits; RAKP 1 and 3 only once, since some BMCs
 * take a second one for an attack: then the login begins anew, with a new id
 * and a new random number. A password that the BMC does not share is known
 * from RAKP 2, before the BMC counts a failure, and is not tried again. */
#include <errno.h>
#include <math.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "rmcp_login.h"

#define BEGINNINGS 8    /* of one login: half-open ones take the BMC's slots */
#define BUSY_PAUSE 0.5  /* seconds before a BMC without a free slot is asked again; doubled */
#define BUSY_MAX 3      /* times */
#define SUITES_WAIT 1.0 /* seconds for the one question what suites there are */
#define RAKP_WAIT_MAX 5.0
#define RAKP_WAIT_GROWTH 2.5
#define FALSE_WAIT 0.25 /* seconds for a right code after a false one */
#define FULL_WAIT 0.01  /* seconds until a full socket is tried again */
#define BY_NAME 0x10    /* in the role: the user is looked up by name only (13.20) */
#define CC_BAD_FIELD 0xcc

static void ask_capabilities(struct login *l);
static void begin(struct login *l);

/* No right code came after a false one. */
static void fail_false(struct login *l)
{
	if (l->phase == SENT_RAKP1) {
		rmcp_abandon(l->session);
		rmcp_fail_password(l, "the BMC's code is made with another one");
		return;
	}
	/* Its keys are not ours, so nothing that we send would close it. */
	l->session->managed = 0;
	l->session->keyed = false;
	rmcp_fail_kg(l);
}

/* ---- asking ---- */

/* RAKP costs a BMC seconds when it is busy (QUIRKS), and is sent twice only. */
static bool in_rakp(const struct login *l)
{
	return l->phase == SENT_RAKP1 || l->phase == SENT_RAKP3;
}

static double first_wait(const struct login *l)
{
	double retry = l->session->o.retry;

	if (l->phase == SUITES)
		return SUITES_WAIT;
	/* Four beginnings that came to nothing: a BMC that needs more time. Not
	 * earlier, since with two datagrams of ten lost a quarter of them fail. */
	if (l->begun > 0)
		retry *= (double)(1u << (l->begun - 1) / 4);
	return in_rakp(l) ? fmin(2 * retry, RAKP_WAIT_MAX) : fmin(retry, RMCP_WAIT_MAX);
}

static double next_wait(const struct login *l)
{
	return in_rakp(l) ? fmin(RAKP_WAIT_GROWTH * l->wait, RAKP_WAIT_MAX)
	                  : fmin(RMCP_WAIT_GROWTH * l->wait, RMCP_WAIT_MAX);
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
		rmcp_fail(l, ERR_UNREACHABLE, "%s", strerror(error));
		return;
	}
	if (l->sent++ > 0)
		l->session->resent++;
	rmcp_arm(&l->timer, fmin(left, l->wait));
	l->wait = next_wait(l);
}

static void ask(struct login *l, enum phase phase, size_t len)
{
	l->phase = phase;
	l->len = len;
	l->sent = 0;
	l->false_code = false;
	l->wait = first_wait(l);
	transmit(l);
}

static void pause_then_begin(struct login *l, double seconds)
{
	l->phase = PAUSE;
	rmcp_arm(&l->timer, fmin(seconds, l->deadline - loop_now()));
}

/* The ping goes along with a question that nobody answered: by its answer the
 * end can tell a machine without IPMI from none. */
static void ping(struct login *l)
{
	uint8_t out[16];

	rmcp_transmit(&l->session->peer, out, rmcp_build_ping(out, l->tag));
}

static void on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct login *l = timer->data;

	(void)loop;
	(void)revents;
	if (l->false_code) {
		fail_false(l);
	} else if (loop_now() >= l->deadline - 1e-3 ||
	           (l->phase == CAPABILITIES && loop_now() >= l->unheard)) {
		rmcp_fail_silent(l);
	} else if (l->phase == PAUSE || (in_rakp(l) && l->sent >= 2)) {
		begin(l);
	} else if (l->phase == SUITES) {
		rmcp_fail_suites(l, "");
	} else {
		if (l->phase == CAPABILITIES)
			ping(l);
		transmit(l);
	}
}

/* 22.13. Sessionless, in the framing of IPMI 1.5. */
static void ask_capabilities(struct login *l)
{
	uint8_t data[2] = { RMCP_THIS_CHANNEL | (l->plain ? 0 : 0x80),
		            (uint8_t)l->session->o.privilege };
	struct rmcp_request r = { RMCP_APP, 0,          l->tag & 0x3f, RMCP_GET_CHANNEL_AUTH,
		                  data,     sizeof data };

	ask(l, CAPABILITIES, rmcp_build_v15(l->packet, &r));
}

/* 22.15. Asked when no suite was taken, to say which ones there are. */
static void ask_suites(struct login *l)
{
	const uint8_t data[3] = { RMCP_THIS_CHANNEL, RMCP_IPMI, 0x80 };
	struct rmcp_request r = { RMCP_APP, 0,          ++l->tag & 0x3f, RMCP_GET_CIPHER_SUITES,
		                  data,     sizeof data };

	ask(l, SUITES, rmcp_build_v20(l->packet, &r));
}

/* 13.17, with a session id and a random number that no login had before. */
static void begin(struct login *l)
{
	struct rmcp_session *s = l->session;
	struct rmcp_open_request r;

	rmcp_abandon(s);
	if (l->begun++ == BEGINNINGS) {
		rmcp_fail(l, ERR_TIMEOUT, "the BMC does not finish a login, begun %u times",
		          BEGINNINGS);
		return;
	}
	if (!rmcp_take_id(&s->peer) ||
	    !rmcp_random(l->shared.console_random, sizeof l->shared.console_random)) {
		rmcp_fail(l, ERR_INTERNAL, "no random number, or no memory for a session");
		return;
	}
	s->attempts = l->begun;
	l->shared.suite = s->o.suites[l->suite];
	l->shared.console = s->peer.id;
	r = (struct rmcp_open_request){ ++l->tag,
		                        (uint8_t)s->o.privilege,
		                        s->peer.id,
		                        l->shared.suite->authentication,
		                        l->shared.suite->integrity,
		                        l->shared.suite->confidentiality };
	ask(l, OPENING_SESSION, rmcp_build_open(l->packet, &r));
}

static void ask_rakp1(struct login *l)
{
	const struct rmcp_rakp1 r = { ++l->tag,          l->shared.role,
		                      l->shared.managed, l->shared.console_random,
		                      l->shared.user,    l->shared.user_len };

	ask(l, SENT_RAKP1, rmcp_build_rakp1(l->packet, &r));
}

static void ask_rakp3(struct login *l)
{
	uint8_t code[RMCP_DIGEST_MAX];
	struct rmcp_session *s = l->session;

	if (!rmcp_rakp3_code(&l->shared, code) || !rmcp_derive(&l->shared, &s->keys)) {
		rmcp_fail(l, ERR_INTERNAL, "OpenSSL computes no key");
		return;
	}
	/* From here on the BMC may hold a session that only these keys close. */
	s->keyed = true;
	s->out = s->high = s->window = 0;
	ask(l, SENT_RAKP3,
	    rmcp_build_rakp3(l->packet, ++l->tag, 0, l->shared.managed, code,
	                     l->shared.suite->digest));
}

/* ---- privilege: the first command of the session ---- */

static void privilege_answered(struct rmcp_session *s)
{
	struct login *l = s->login;
	const struct rmcp_command *c = &s->own;

	if (c->error != ERR_NONE) {
		rmcp_fail_silent(l);
	} else if (c->completion != 0 || c->reply_len < 1) {
		char seen[32];

		snprintf(seen, sizeof seen, "completion code %02Xh", c->completion);
		rmcp_fail_privilege(l, seen);
	} else {
		s->granted = c->reply[0] & 0x0f;
		rmcp_opened(s, true);
	}
}

/* 6.8: a session starts at user level, whatever RAKP agreed upon. */
static void ask_privilege(struct login *l)
{
	struct rmcp_session *s = l->session;

	ev_timer_stop(loop_get(), &l->timer);
	s->granted = RMCP_USER;
	if (s->o.privilege <= RMCP_USER) {
		rmcp_opened(s, true);
		return;
	}
	l->phase = PRIVILEGE;
	s->own_data[0] = (uint8_t)s->o.privilege;
	rmcp_own(s, RMCP_SET_PRIVILEGE, 1, l->deadline - loop_now(), privilege_answered);
}

/* ---- answers ---- */

/* A hint and never a reason to stop: some BMCs are wrong about themselves. */
static void take_capabilities(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_message m;

	if (d->framing != RMCP_V15 || d->session != 0 ||
	    !rmcp_parse_message(&m, d->payload, d->len) || m.netfn != (RMCP_APP | 1) ||
	    m.command != RMCP_GET_CHANNEL_AUTH || m.sequence != (l->tag & 0x3f))
		return;
	if (m.code == CC_BAD_FIELD && !l->plain) {
		l->plain = true; /* QUIRKS: old BMCs do not know the bit for 2.0 */
		l->tag++;
		ask_capabilities(l);
		return;
	}
	if (m.code == 0 && m.len >= 4 && (m.data[1] & 0x80) != 0) {
		l->with_kg = (m.data[2] & 0x20) != 0;
		l->no_v20 = (m.data[3] & 0x02) == 0;
	}
	begin(l);
}

/* The numbers that the BMC offers, "0, 1, 2". */
static void list_offers(const struct rmcp_message *m, char *text, size_t room)
{
	struct rmcp_offer o;
	size_t at = 0, used = 0;

	text[0] = '\0';
	while (m->len > 1 && used + 6 < room && rmcp_next_offer(&o, m->data + 1, m->len - 1, &at))
		used +=
		    (size_t)snprintf(text + used, room - used, "%s%u", used > 0 ? ", " : "", o.id);
}

static void take_suites(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_message m;
	char offers[80];

	if (d->framing != RMCP_V20 || d->payload_type != RMCP_IPMI || d->session != 0 ||
	    !rmcp_parse_message(&m, d->payload, d->len) || m.command != RMCP_GET_CIPHER_SUITES ||
	    m.sequence != (l->tag & 0x3f))
		return;
	list_offers(&m, offers, sizeof offers);
	rmcp_fail_suites(l, m.code == 0 ? offers : "");
}

/* The suite is not taken: the next one, or the end. */
static void next_suite(struct login *l)
{
	if (++l->suite < l->session->o.suite_count)
		begin(l);
	else
		ask_suites(l);
}

static void no_slot(struct login *l)
{
	/* QUIRKS: some BMCs say this of a suite that they do not have. */
	if (l->suite + 1 < l->session->o.suite_count)
		l->suite++;
	else
		l->suite = 0;
	if (l->busy++ == BUSY_MAX)
		rmcp_fail(
		    l, ERR_SESSIONS_FULL,
		    "the BMC has no session slot free: others hold them; they end after about a "
		    "minute without use");
	else
		pause_then_begin(l, BUSY_PAUSE * (double)(1u << (l->busy - 1)));
}

/* Open Session was answered with a status: QUIRKS "A refused suite is told by
 * another status". */
static void open_refused(struct login *l, uint8_t status)
{
	switch (status) {
	case 0x01:
	case 0x0b:
		no_slot(l);
		break;
	case 0x09:
	case 0x0a:
		if (l->suite + 1 < l->session->o.suite_count)
			next_suite(l);
		else
			rmcp_fail_privilege(l, rmcp_status_text(status));
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

	if (!rmcp_parse_opened(&o, d) || o.tag != l->tag)
		return;
	/* ipmi_sim refuses with tag and status alone. */
	if (o.console != l->shared.console && (o.status == 0 || o.console != 0))
		return;
	if (o.status != 0) {
		open_refused(l, o.status);
		return;
	}
	if (o.managed == 0)
		return;
	l->session->managed = l->shared.managed = o.managed;
	if (o.authentication != suite->authentication || o.integrity != suite->integrity ||
	    o.confidentiality != suite->confidentiality) {
		rmcp_fail(
		    l, ERR_PROTOCOL,
		    "asked for cipher suite %u, the answer is for other algorithms (%u/%u/%u): "
		    "somebody weakens the connection, or the BMC does not listen",
		    suite->id, o.authentication, o.integrity, o.confidentiality);
		return;
	}
	ask_rakp1(l);
}

static void rakp_refused(struct login *l, uint8_t status)
{
	switch (status) {
	case 0x01:
	case 0x0b:
		l->session->managed = 0;
		no_slot(l);
		break;
	case 0x02:
	case 0x08: /* the BMC forgot: an earlier answer of it was lost */
		l->session->managed = 0;
		l->session->keyed = false;
		begin(l);
		break;
	case 0x09:
	case 0x0a:
		rmcp_fail_privilege(l, rmcp_status_text(status));
		break;
	case 0x0c:
	case 0x0d:
		rmcp_fail_user(l);
		break;
	case 0x0f:
		/* A BMC that has seen this RAKP 3 before calls the second one false. */
		if (l->sent > 1 && l->begun < 2)
			begin(l);
		else
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
		ask_privilege(l);
	} else {
		take_false(l);
	}
}

static void take_pong(struct login *l, const struct rmcp_packet *d)
{
	struct rmcp_pong pong;

	if (!rmcp_parse_pong(&pong, d) || pong.tag != l->tag)
		return;
	l->pong = true;
	l->pong_ipmi = pong.ipmi;
}

/* ---- in and out ---- */

void rmcp_login_receive(struct rmcp_session *s, const struct rmcp_packet *d)
{
	static void (*const takes[])(struct login *, const struct rmcp_packet *) = {
		[CAPABILITIES] = take_capabilities,
		[OPENING_SESSION] = take_opened,
		[SENT_RAKP1] = take_rakp2,
		[SENT_RAKP3] = take_rakp4,
		[SUITES] = take_suites,
		[PRIVILEGE] = NULL,
	};
	struct login *l = s->login;

	if (d == NULL)
		ask_capabilities(l);
	else if (d->framing == RMCP_ASF)
		take_pong(l, d);
	else if (takes[l->phase] != NULL)
		takes[l->phase](l, d);
}

/* Believed only while the BMC has not answered yet: anybody can send it. */
void rmcp_login_refused(struct rmcp_session *s)
{
	if (s->login->phase == CAPABILITIES)
		rmcp_fail(
		    s->login, ERR_REFUSED,
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
	l->unheard = l->deadline - timeout / 2;
	rmcp_random(&l->tag, sizeof l->tag);
	shared = &l->shared;
	shared->role = (uint8_t)s->o.privilege | (s->o.lookup_by_role ? 0 : BY_NAME);
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
	ev_timer_stop(loop_get(), &s->login->timer);
	OPENSSL_cleanse(s->login, sizeof *s->login);
	free(s->login);
	s->login = NULL;
}
