/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rmcp_socket.h"

#include <errno.h>
#include <ev.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "loop.h"
#include "rmcp_crypto.h"

#define BATCH 32         /* datagrams taken by one system call */
#define TURNS 256        /* batches before the rest of the loop has its turn */
#define ROOM 1500        /* of a datagram: no BMC sends more than a frame */
#define QUEUE (16 << 20) /* bytes the kernel may keep for us: a fleet answers at once */
#define FIRST_SIZE 64    /* buckets of a table */

struct sock {
	int fd; /* meaningful once open */
	bool open;
	ev_io readable;
};

/* Chains of peers; the sizes are powers of two. */
struct table {
	struct rmcp_peer **buckets;
	size_t size, count;
};

static struct sock socks[2]; /* IPv4, IPv6 */
static struct table tables[RMCP_TABLES];

static uint8_t datagrams[BATCH][ROOM];

static struct sock *sock_for(const union rmcp_address *a)
{
	return &socks[a->any.sa_family == AF_INET6];
}

static socklen_t size_of(const union rmcp_address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}

/* ---- tables ---- */

static uint32_t mix(uint32_t h, uint32_t v)
{
	h = (h ^ v) * 0x9e3779b1u;
	return h ^ h >> 15;
}

static uint32_t hash_address(const union rmcp_address *a)
{
	uint32_t words[4], h;

	if (a->any.sa_family != AF_INET6)
		return mix(mix(1, a->v4.sin_addr.s_addr), a->v4.sin_port);
	memcpy(words, &a->v6.sin6_addr, sizeof words);
	h = a->v6.sin6_port;
	for (int i = 0; i < 4; i++)
		h = mix(h, words[i]);
	return h;
}

static bool same_address(const union rmcp_address *a, const union rmcp_address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family != AF_INET6)
		return a->v4.sin_port == b->v4.sin_port &&
		       a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return a->v6.sin6_port == b->v6.sin6_port &&
	       IN6_ARE_ADDR_EQUAL(&a->v6.sin6_addr, &b->v6.sin6_addr) &&
	       (a->v6.sin6_scope_id == 0 || a->v6.sin6_scope_id == b->v6.sin6_scope_id);
}

static uint32_t hash_peer(const struct rmcp_peer *p, enum rmcp_table which)
{
	return which == RMCP_BY_ID ? p->id : hash_address(&p->address);
}

static struct rmcp_peer **bucket(struct table *t, uint32_t hash)
{
	return &t->buckets[hash & (t->size - 1)];
}

static void rehash(struct table *t, enum rmcp_table which, struct rmcp_peer **old, size_t old_size)
{
	for (size_t i = 0; i < old_size; i++) {
		struct rmcp_peer *p, *next;

		for (p = old[i]; p != NULL; p = next) {
			struct rmcp_peer **b = bucket(t, hash_peer(p, which));

			next = p->next[which];
			p->next[which] = *b;
			*b = p;
		}
	}
	free(old);
}

/* Room for one more. A table that cannot grow goes on with longer chains. */
static bool make_room(enum rmcp_table which)
{
	struct table *t = &tables[which];
	struct rmcp_peer **old = t->buckets, **larger;
	size_t old_size = t->size, size = old_size > 0 ? 2 * old_size : FIRST_SIZE;

	if (t->count < old_size)
		return true;
	larger = calloc(size, sizeof *larger);
	if (larger == NULL)
		return old != NULL;
	t->buckets = larger;
	t->size = size;
	rehash(t, which, old, old_size);
	return true;
}

static bool insert(struct rmcp_peer *p, enum rmcp_table which)
{
	struct rmcp_peer **b;

	if (!make_room(which))
		return false;
	b = bucket(&tables[which], hash_peer(p, which));
	p->next[which] = *b;
	*b = p;
	tables[which].count++;
	return true;
}

static void unlink_peer(struct rmcp_peer *p, enum rmcp_table which)
{
	struct rmcp_peer **at = bucket(&tables[which], hash_peer(p, which));

	while (*at != p)
		at = &(*at)->next[which];
	*at = p->next[which];
	tables[which].count--;
}

static struct rmcp_peer *find_id(uint32_t id)
{
	struct rmcp_peer *p = NULL;

	if (tables[RMCP_BY_ID].size > 0)
		p = *bucket(&tables[RMCP_BY_ID], id);
	while (p != NULL && p->id != id)
		p = p->next[RMCP_BY_ID];
	return p;
}

/* ---- receiving ---- */

/* Calls what for everybody who talks to that address. */
static void each_at(const union rmcp_address *from, const struct rmcp_packet *d,
                    void (*what)(struct rmcp_peer *p, const struct rmcp_packet *d))
{
	struct rmcp_peer *p = NULL, *next;

	if (tables[RMCP_BY_ADDRESS].size > 0)
		p = *bucket(&tables[RMCP_BY_ADDRESS], hash_address(from));
	for (; p != NULL; p = next) {
		next = p->next[RMCP_BY_ADDRESS];
		if (same_address(&p->address, from))
			what(p, d);
	}
}

static void hand_over(struct rmcp_peer *p, const struct rmcp_packet *d)
{
	p->receive(p, d);
}

static void tell_refused(struct rmcp_peer *p, const struct rmcp_packet *d)
{
	(void)d;
	p->refused(p);
}

static void dispatch(const union rmcp_address *from, const uint8_t *data, size_t len)
{
	struct rmcp_packet d;
	struct rmcp_peer *p;
	uint32_t id;

	if (!rmcp_parse(&d, data, len))
		return;
	/* In IPMI 1.5 the BMC alone chooses it: two may choose the same. */
	id = d.framing == RMCP_V15 ? 0 : d.session;
	if (id == 0 && d.framing == RMCP_V20 && d.payload_type != RMCP_IPMI)
		id = rmcp_console_of(&d);
	if (id == 0) {
		each_at(from, &d, hand_over);
		return;
	}
	p = find_id(id);
	if (p != NULL && same_address(&p->address, from))
		p->receive(p, &d);
}

static bool means_refused(const struct sock_extended_err *e)
{
	return (e->ee_origin == SO_EE_ORIGIN_ICMP && e->ee_type == ICMP_DEST_UNREACH &&
	        e->ee_code == ICMP_PORT_UNREACH) ||
	       (e->ee_origin == SO_EE_ORIGIN_ICMP6 && e->ee_type == ICMP6_DST_UNREACH &&
	        e->ee_code == ICMP6_DST_UNREACH_NOPORT);
}

/* One of what the kernel was told about datagrams of ours; false when there
 * is none. */
static bool take_error(struct sock *s)
{
	union {
		char bytes[512];
		struct cmsghdr align;
	} control;
	union rmcp_address to = { .any = { 0 } };
	uint8_t start;
	struct iovec io = { &start, sizeof start };
	struct msghdr m = { .msg_name = &to,
		            .msg_namelen = sizeof to,
		            .msg_iov = &io,
		            .msg_iovlen = 1,
		            .msg_control = &control,
		            .msg_controllen = sizeof control };

	if (recvmsg(s->fd, &m, MSG_ERRQUEUE) < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		struct sock_extended_err e;

		if ((c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR) &&
		    (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_RECVERR))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof e);
		if (means_refused(&e))
			each_at(&to, NULL, tell_refused);
	}
	return true;
}

/* How many came; they are dealt with before the buffers are used again. */
static int take_batch(struct sock *s)
{
	static union rmcp_address from[BATCH];
	static struct iovec io[BATCH];
	static struct mmsghdr m[BATCH];
	int n;

	for (int i = 0; i < BATCH; i++) {
		io[i] = (struct iovec){ datagrams[i], ROOM };
		m[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
			                        .msg_namelen = sizeof from[i],
			                        .msg_iov = &io[i],
			                        .msg_iovlen = 1 };
	}
	n = recvmmsg(s->fd, m, BATCH, 0, NULL);
	for (int i = 0; i < n; i++)
		if ((m[i].msg_hdr.msg_flags & MSG_TRUNC) == 0)
			dispatch(&from[i], datagrams[i], m[i].msg_len);
	return n;
}

static void on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct sock *s = io->data;
	int n = BATCH;

	(void)loop;
	(void)revents;
	for (int turn = 0; turn < TURNS && n == BATCH; turn++)
		n = take_batch(s);
	/* Even when it says that nothing is there: the error queue wakes us too. */
	if (n < 0)
		for (int i = 0; i < BATCH && take_error(s); i++)
			;
}

/* ---- the sockets ---- */

static void set_queue(int fd, int force, int plain)
{
	const int bytes = QUEUE;

	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof bytes) != 0)
		setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

static int sock_open(struct sock *s, int family)
{
	const int on = 1;
	int fd;

	if (s->open)
		return 0;
	fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	set_queue(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	set_queue(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
	else
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
	s->fd = fd;
	s->open = true;
	ev_io_init(&s->readable, on_readable, fd, EV_READ);
	ev_set_priority(&s->readable, EV_MAXPRI); /* what is here is read before it times out */
	s->readable.data = s;
	ev_io_start(loop_get(), &s->readable);
	ev_unref(loop_get()); /* who waits for an answer has a timer */
	return 0;
}

void rmcp_socket_stop(void)
{
	for (int i = 0; i < 2; i++) {
		if (!socks[i].open)
			continue;
		ev_ref(loop_get());
		ev_io_stop(loop_get(), &socks[i].readable);
		close(socks[i].fd);
		socks[i].open = false;
	}
	for (int i = 0; i < RMCP_TABLES; i++) {
		free(tables[i].buckets);
		tables[i] = (struct table){ NULL, 0, 0 };
	}
}

int rmcp_transmit(const struct rmcp_peer *p, const uint8_t *data, size_t len)
{
	const struct sock *s = sock_for(&p->address);

	/* The first error may be what an earlier datagram, to another BMC,
	 * met with: reading it clears it. */
	for (int try = 0; try < 3; try++)
		if (sendto(s->fd, data, len, 0, &p->address.any, size_of(&p->address)) >= 0)
			return 0;
	return errno;
}

int rmcp_join(struct rmcp_peer *p)
{
	int error = sock_open(sock_for(&p->address), p->address.any.sa_family);

	if (error == 0 && !insert(p, RMCP_BY_ADDRESS))
		error = ENOMEM;
	p->joined = error == 0;
	return error;
}

void rmcp_leave(struct rmcp_peer *p)
{
	if (!p->joined)
		return;
	rmcp_drop_id(p);
	unlink_peer(p, RMCP_BY_ADDRESS);
	p->joined = false;
}

bool rmcp_take_id(struct rmcp_peer *p)
{
	rmcp_drop_id(p);
	do {
		if (!rmcp_random(&p->id, sizeof p->id))
			p->id = 0;
		if (p->id == 0)
			return false;
	} while (find_id(p->id) != NULL);
	if (insert(p, RMCP_BY_ID))
		return true;
	p->id = 0;
	return false;
}

void rmcp_drop_id(struct rmcp_peer *p)
{
	if (p->id == 0)
		return;
	unlink_peer(p, RMCP_BY_ID);
	p->id = 0;
}
