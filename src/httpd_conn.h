/* SPDX-License-Identifier: GPL-3.0-or-later */
/* httpd_conn.h owns what the parts of the server know of each other: httpd.c
 * (listening, libwebsockets), httpd_conn.c (one connection, its requests) and
 * httpd_reply.c (answers). */
#ifndef BMCSH_HTTPD_CONN_H
#define BMCSH_HTTPD_CONN_H

#include <ev.h>

#include "httpd.h"

struct lws;

/* More output than this waiting makes the writer wait. */
#define HTTPD_ROOM 65536
/* What goes to libwebsockets at once. It copies what the socket does not take
 * of it, so this is not the whole output. */
#define HTTPD_WRITE 65536

struct httpd {
	struct op *ready;
	struct conn *conns;
	struct httpd_request *queue, **queue_tail;
	size_t max_body;
	double timeout;
	bool secure;
	struct listening *listening; /* of httpd.c */
};

enum { STAGE_NEW, STAGE_HEAD, STAGE_BODY, STAGE_DONE }; /* of an answer */

enum conn_state {
	CONN_HEAD,   /* idle, or part of a head has come */
	CONN_BODY,   /* the request's body is coming */
	CONN_ANSWER, /* a task has it, or will take it */
	CONN_DRAIN,  /* answered; the next request when the output is gone */
	CONN_CLOSE,  /* answered; the end when the output is gone */
	CONN_LINGER, /* ended from our side */
};

struct conn {
	struct httpd *srv;
	struct conn *prev, *next;
	struct lws *wsi;
	struct httpd_request *req; /* NULL between requests, or when freed early */
	struct bytes in, out;
	size_t seen; /* of in, without the end of a head */
	ev_timer timer;
	union httpd_address peer, local;
	enum conn_state state;
	bool dead;   /* to be closed by whoever entered from outside */
	bool deaf;   /* input is held back */
	bool spoken; /* something has come */
	bool brutal; /* no TLS goodbye at the end */
};

/* A connection that is not yet one of libwebsockets'. NULL without memory. */
struct conn *conn_new(struct httpd *srv, const union httpd_address *peer,
                      const union httpd_address *local);

/* wsi NULL: libwebsockets would not have it; conn is freed. */
void conn_adopted(struct conn *conn, struct lws *wsi);

/* Ends it at once. Never from inside a callback of libwebsockets. */
void conn_kill(struct conn *conn);

/* The same, with a word to the client when nothing is going on. */
void conn_hang_up(struct conn *conn);

/* Queues output. */
void conn_put(struct conn *conn, const void *p, size_t len);

/* Sends what is queued and goes on from there. For visits from a task: conn
 * may be gone afterwards. */
void conn_send(struct conn *conn);

void httpd_request_destroy(struct httpd_request *req);

/* From the callback. The first two: 0, or -1 to have it closed. */
int conn_receive(struct conn *conn, const char *p, size_t len);
int conn_writable(struct conn *conn);
void conn_closed(struct conn *conn);

#endif
