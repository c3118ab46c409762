/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "loop.h"
#include "resolve.h"

/* What an operation needs only while it cannot go on. */
struct udp_wait {
	TAILQ_ENTRY(udp_wait) link;
	struct udp *udp;
	struct udp_op *op;
	bool sends;
	ev_timer timer;          /* of a receive */
	struct resolve *lookup;  /* of a send, while the name is looked up */
	const char *host, *data; /* to whom, and what */
	size_t len;
};

TAILQ_HEAD(wait_list, udp_wait);

struct udp {
	int fd;
	int family;
	ev_io readable, writable;
	struct wait_list receivers, senders; /* first come, first served */
};

/* The largest datagram; only the loop's thread receives. */
static char datagram[65536];

__attribute__((format(printf, 3, 4))) static void explain(struct udp_failure *why,
                                                          enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	why->code = code;
}

static void explain_errno(struct udp_failure *why, const char *doing, int error)
{
	enum err_code code = ERR_INTERNAL;

	switch (error) {
	case ECONNREFUSED:
		code = ERR_REFUSED;
		break;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
		code = ERR_UNREACHABLE;
		break;
	case EMSGSIZE:
		code = ERR_TOO_LARGE;
		break;
	case EACCES:
	case EPERM:
	case EADDRINUSE:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EINVAL:
		code = ERR_REJECTED;
		break;
	default:
		break;
	}
	explain(why, code, "%s: %s", doing, strerror(error));
}

/* ---- waiting ---- */

static struct wait_list *list_of(struct udp_wait *w)
{
	return w->sends ? &w->udp->senders : &w->udp->receivers;
}

static void wait_free(struct udp_wait *w)
{
	struct wait_list *list = list_of(w);

	ev_timer_stop(loop_get(), &w->timer);
	if (w->lookup != NULL)
		resolve_cancel(w->lookup);
	TAILQ_REMOVE(list, w, link);
	if (TAILQ_EMPTY(list))
		ev_io_stop(loop_get(), w->sends ? &w->udp->writable : &w->udp->readable);
	w->op->wait = NULL;
	free(w);
}

static struct udp_wait *wait_new(struct udp *u, struct udp_op *o, bool sends)
{
	struct udp_wait *w = calloc(1, sizeof *w);

	if (w == NULL) {
		explain(&o->why, ERR_INTERNAL, "not enough memory");
		op_finish(&o->op);
		return NULL;
	}
	w->udp = u;
	w->op = o;
	w->sends = sends;
	o->wait = w;
	ev_init(&w->timer, NULL);
	TAILQ_INSERT_TAIL(list_of(w), w, link);
	return w;
}

static void finish(struct udp_op *o)
{
	if (o->wait != NULL)
		wait_free(o->wait);
	op_finish(&o->op);
}

void udp_stop(struct udp_op *o)
{
	if (o->wait != NULL)
		wait_free(o->wait);
	free(o->data);
	o->data = NULL;
	o->len = 0;
}

/* ---- receiving ---- */

/* False when there is no datagram now. */
static bool receive_now(struct udp *u, struct udp_op *o)
{
	socklen_t size = sizeof o->peer;
	ssize_t n =
	    recvfrom(u->fd, datagram, sizeof datagram, 0, (struct sockaddr *)&o->peer, &size);

	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return false;
		explain_errno(&o->why, "cannot receive", errno);
		return true;
	}
	o->data = malloc(n > 0 ? (size_t)n : 1);
	if (o->data == NULL) {
		explain(&o->why, ERR_INTERNAL, "not enough memory for a datagram");
		return true;
	}
	memcpy(o->data, datagram, (size_t)n);
	o->len = (size_t)n;
	return true;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct udp *u = io->data;
	struct udp_wait *w;

	(void)loop;
	(void)revents;
	while ((w = TAILQ_FIRST(&u->receivers)) != NULL && receive_now(u, w->op))
		finish(w->op);
}

static void on_timeout(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct udp_wait *w = timer->data;

	(void)loop;
	(void)revents;
	explain(&w->op->why, ERR_TIMEOUT, "no datagram came in time");
	finish(w->op);
}

void udp_receive(struct udp *u, struct udp_op *o, double timeout)
{
	struct udp_wait *w;

	if (TAILQ_EMPTY(&u->receivers) && receive_now(u, o)) {
		finish(o);
		return;
	}
	w = wait_new(u, o, false);
	if (w == NULL)
		return;
	ev_io_start(loop_get(), &u->readable);
	if (isinf(timeout))
		return;
	ev_init(&w->timer, on_timeout);
	w->timer.data = w;
	loop_start_timer(&w->timer, timeout);
}

/* ---- sending ---- */

/* False when the socket takes nothing now. */
static bool send_now(struct udp *u, struct udp_op *o, const char *data, size_t len)
{
	socklen_t size =
	    u->family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	if (sendto(u->fd, data, len, 0, (struct sockaddr *)&o->peer, size) >= 0)
		return true;
	if (errno == EAGAIN || errno == EINTR)
		return false;
	explain_errno(&o->why, "cannot send", errno);
	return true;
}

static void on_writable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct udp *u = io->data;
	struct udp_wait *w, *next;
	bool blocked = false;

	(void)revents;
	for (w = TAILQ_FIRST(&u->senders); w != NULL && !blocked; w = next) {
		next = TAILQ_NEXT(w, link);
		if (w->lookup != NULL)
			continue;
		if (send_now(u, w->op, w->data, w->len))
			finish(w->op);
		else
			blocked = true;
	}
	if (!blocked)
		ev_io_stop(loop, io); /* who is left waits for a name */
}

static void on_name(void *arg, int status, const struct addrinfo *list)
{
	struct udp_wait *w = arg;
	struct udp_op *o = w->op;

	w->lookup = NULL;
	if (status != 0) {
		explain(&o->why, resolve_error(status), "cannot look up %s: %s", w->host,
		        gai_strerror(status));
		finish(o);
		return;
	}
	memcpy(&o->peer, list->ai_addr, list->ai_addrlen);
	if (send_now(w->udp, o, w->data, w->len))
		finish(o);
	else
		ev_io_start(loop_get(), &w->udp->writable);
}

void udp_send(struct udp *u, struct udp_op *o, const char *host, uint16_t port, const char *data,
              size_t len)
{
	socklen_t size;
	bool known = resolve_numeric(host, port, u->family, &o->peer, &size);
	struct udp_wait *w;

	if (known && send_now(u, o, data, len)) {
		finish(o);
		return;
	}
	w = wait_new(u, o, true);
	if (w == NULL)
		return;
	w->host = host;
	w->data = data;
	w->len = len;
	if (known) {
		ev_io_start(loop_get(), &u->writable);
		return;
	}
	w->lookup = resolve_start(host, port, u->family, on_name, w);
	if (w->lookup == NULL) {
		explain(&o->why, ERR_INTERNAL, "no means to look up %s", host);
		finish(o);
	}
}

/* ---- the socket ---- */

static bool set_up(struct udp *u, const struct udp_options *o, struct udp_failure *why)
{
	const int on = 1;
	struct sockaddr_storage own;
	socklen_t size;
	const char *any = o->family == AF_INET6 ? "::" : "0.0.0.0";
	const char *address = o->address != NULL ? o->address : any;

	if (!resolve_numeric(address, o->port, o->family, &own, &size)) {
		explain(why, ERR_REJECTED, "%s is no %s address", address,
		        o->family == AF_INET6 ? "IPv6" : "IPv4");
		return false;
	}
	u->fd = socket(o->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->fd < 0) {
		explain_errno(why, "cannot open a socket", errno);
		return false;
	}
	if ((o->broadcast && setsockopt(u->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) != 0) ||
	    (o->family == AF_INET6 &&
	     setsockopt(u->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
	    bind(u->fd, (struct sockaddr *)&own, size) != 0) {
		explain_errno(why, "cannot bind the socket", errno);
		return false;
	}
	return true;
}

struct udp *udp_open(const struct udp_options *options, struct udp_failure *why)
{
	struct udp *u = calloc(1, sizeof *u);

	if (u == NULL) {
		explain(why, ERR_INTERNAL, "not enough memory for a socket");
		return NULL;
	}
	u->fd = -1;
	u->family = options->family;
	TAILQ_INIT(&u->receivers);
	TAILQ_INIT(&u->senders);
	if (!set_up(u, options, why)) {
		udp_close(u);
		return NULL;
	}
	ev_io_init(&u->readable, on_readable, u->fd, EV_READ);
	ev_io_init(&u->writable, on_writable, u->fd, EV_WRITE);
	u->readable.data = u->writable.data = u;
	return u;
}

static void turn_away(struct wait_list *list)
{
	struct udp_wait *w;

	while ((w = TAILQ_FIRST(list)) != NULL) {
		explain(&w->op->why, ERR_CANCELLED, "the socket was closed");
		finish(w->op);
	}
}

void udp_close(struct udp *u)
{
	turn_away(&u->receivers);
	turn_away(&u->senders);
	if (u->fd >= 0)
		close(u->fd);
	free(u);
}

bool udp_address(const struct udp *u, struct sockaddr_storage *own)
{
	socklen_t size = sizeof *own;

	return getsockname(u->fd, (struct sockaddr *)own, &size) == 0;
}

void udp_print(const struct sockaddr_storage *a, char *host, uint16_t *port)
{
	char digits[8] = "0";
	socklen_t size =
	    a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);

	host[0] = '\0';
	getnameinfo((const struct sockaddr *)a, size, host, UDP_HOST_MAX, digits, sizeof digits,
	            NI_NUMERICHOST | NI_NUMERICSERV | NI_DGRAM);
	*port = (uint16_t)strtoul(digits, NULL, 10);
}
