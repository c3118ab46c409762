/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"
#include "rmcpd_bmc.h"

#define ROOM 2048         /* of a datagram */
#define REORDER_HELD 0.05 /* seconds that a datagram is late which others overtake */
#define HELD_MAX 65536    /* bounds the memory of a slow network; more are lost */

enum way { IN, OUT };

struct rmcpd_held {
	TAILQ_ENTRY(rmcpd_held) link;
	struct rmcpd_bmc *bmc;
	ev_timer timer;
	enum way way;
	struct sockaddr_in console;
	size_t len;
	uint8_t data[];
};

/* The loop's thread alone receives. */
static uint8_t datagram[ROOM];
static size_t held_count;

/* ---- chance ---- */

/* From 0 to 1; the same ones in each run (splitmix64). */
static double draw(struct rmcpd_bmc *b)
{
	uint64_t z = b->chance += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) * 0x1.0p-53;
}

static bool happens(struct rmcpd_bmc *b, double share)
{
	return share > 0 && draw(b) < share;
}

/* ---- the network ---- */

static void deliver(struct rmcpd_bmc *b, enum way way, const struct sockaddr_in *console,
                    const uint8_t *data, size_t len)
{
	if (way == IN) {
		b->counts.received++;
		rmcpd_receive(b, console, data, len);
		return;
	}
	if (b->readable.fd < 0 || sendto(b->readable.fd, data, len, MSG_DONTWAIT,
	                                 (const struct sockaddr *)console, sizeof *console) < 0)
		b->counts.lost++;
	else
		b->counts.sent++;
}

static void let_go(struct rmcpd_held *h)
{
	ev_timer_stop(loop_get(), &h->timer);
	TAILQ_REMOVE(&h->bmc->server->held, h, link);
	held_count--;
	free(h);
}

static void on_due(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct rmcpd_held *h = timer->data;
	struct rmcpd_bmc *b = h->bmc;
	struct sockaddr_in console = h->console;
	enum way way = h->way;
	size_t len = h->len;
	uint8_t copy[ROOM];

	(void)loop;
	(void)revents;
	memcpy(copy, h->data, len);
	let_go(h); /* first: what it leads to may be held too */
	deliver(b, way, &console, copy, len);
}

static void hold(struct rmcpd_bmc *b, enum way way, const struct sockaddr_in *console,
                 const uint8_t *data, size_t len, double seconds)
{
	struct rmcpd_held *h = held_count < HELD_MAX ? malloc(sizeof *h + len) : NULL;

	if (h == NULL) {
		b->counts.lost++;
		return;
	}
	h->bmc = b;
	h->way = way;
	h->console = *console;
	h->len = len;
	memcpy(h->data, data, len);
	TAILQ_INSERT_TAIL(&b->server->held, h, link);
	held_count++;
	ev_timer_init(&h->timer, on_due, seconds, 0);
	h->timer.data = h;
	ev_now_update(loop_get());
	ev_timer_start(loop_get(), &h->timer);
}

static void pass(struct rmcpd_bmc *b, enum way way, const struct sockaddr_in *console,
                 const uint8_t *data, size_t len)
{
	const struct rmcpd_network *net = &b->net;
	int copies = 1;

	if (net->dead || happens(b, net->loss)) {
		b->counts.lost++;
		return;
	}
	if (happens(b, net->duplicate)) {
		b->counts.duplicated++;
		copies = 2;
	}
	while (copies-- > 0) {
		double seconds = way == OUT ? net->delay : 0;

		if (way == OUT && net->jitter > 0)
			seconds += draw(b) * net->jitter;
		if (happens(b, net->reorder)) {
			b->counts.reordered++;
			seconds += REORDER_HELD;
		}
		if (seconds > 0)
			hold(b, way, console, data, len, seconds);
		else
			deliver(b, way, console, data, len);
	}
}

void rmcpd_transmit(struct rmcpd_bmc *b, const struct sockaddr_in *to, const uint8_t *data,
                    size_t len)
{
	pass(b, OUT, to, data, len);
}

void rmcpd_let_go(struct rmcpd *s, const struct rmcpd_bmc *b)
{
	struct rmcpd_held *h, *next;

	for (h = TAILQ_FIRST(&s->held); h != NULL; h = next) {
		next = TAILQ_NEXT(h, link);
		if (b == NULL || h->bmc == b)
			let_go(h);
	}
}

/* ---- sockets ---- */

/* One datagram a turn: a BMC seldom has more, and nobody is kept waiting. */
static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct rmcpd_bmc *b = io->data;
	struct sockaddr_in from;
	socklen_t size = sizeof from;
	ssize_t n = recvfrom(io->fd, datagram, sizeof datagram, MSG_DONTWAIT | MSG_TRUNC,
	                     (struct sockaddr *)&from, &size);

	(void)loop;
	(void)revents;
	if (n < 0 || (size_t)n > sizeof datagram ||
	    ntohl(from.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return;
	pass(b, IN, &from, datagram, (size_t)n);
}

static bool fail(struct rmcpd_bmc *b, int fd, uint16_t port, struct rmcpd_failure *why)
{
	int number = errno;
	char text[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &b->is.address, text, sizeof text);
	rmcpd_explain(why, err_of_bind(number), "cannot take UDP port %d of %s: %s", (int)port,
	              text, strerror(number));
	if (fd >= 0)
		close(fd);
	return false;
}

bool rmcpd_bind(struct rmcpd_bmc *b, uint16_t port, struct rmcpd_failure *why)
{
	struct sockaddr_in own = { .sin_family = AF_INET,
		                   .sin_port = htons(port),
		                   .sin_addr = b->is.address };
	socklen_t size = sizeof own;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) != 0 ||
	    getsockname(fd, (struct sockaddr *)&own, &size) != 0)
		return fail(b, fd, port, why);
	b->server->port = ntohs(own.sin_port);
	ev_io_init(&b->readable, on_readable, fd, EV_READ);
	b->readable.data = b;
	ev_io_start(loop_get(), &b->readable);
	return true;
}

void rmcpd_unbind(struct rmcpd_bmc *b)
{
	if (b->readable.fd < 0)
		return;
	ev_io_stop(loop_get(), &b->readable);
	close(b->readable.fd);
	b->readable.fd = -1;
}
