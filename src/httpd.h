/* SPDX-License-Identifier: GPL-3.0-or-later */
/* httpd.h owns HTTP/1.1 servers: listening, requests with their whole body,
 * and answers of any shape, right or deliberately wrong. It knows no Lua and
 * no path: what a request means is decided in lua/bmc/httpd.lua.
 *
 * libwebsockets carries the bytes (TLS, sockets on our loop) in its raw role.
 * Its HTTP role was studied and left aside, version 4.1.6: it cannot list
 * header fields it does not know, waits for a body of 100 MB after a POST
 * without Content-Length, takes no chunked body, answers an unknown method
 * with 403, rewrites the URL, and between request and answer it either spins
 * on readable input or does not see that the client has gone. */
#ifndef BMCSH_HTTPD_H
#define BMCSH_HTTPD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "err.h"
#include "h1.h"

struct conn;
struct httpd;
struct op;

struct httpd_config {
	const char *const *addresses; /* numeric */
	size_t naddresses;
	unsigned short port;    /* 0: one that is free at every address */
	const char *cert, *key; /* PEM texts; NULL: no TLS */
	size_t max_body;
	double timeout; /* seconds for a client to send a request, or to take a part of an answer */
};

struct httpd_error {
	enum err_code code;
	char text[200];
};

/* Starts to listen; NULL, with *e filled, when that fails. The op is finished
 * whenever a request has come and must outlive the server. */
struct httpd *httpd_open(const struct httpd_config *config, struct op *ready,
                         struct httpd_error *e);

/* Ends it with all its connections and frees it. Requests that were taken
 * stay valid; to answer one fails from then on. */
void httpd_close(struct httpd *srv);

unsigned short httpd_port(const struct httpd *srv);

/* Stops to listen at one of the addresses it was opened with, which ends the
 * connections that came there, or takes it up again. False, with *e filled,
 * when that fails. */
bool httpd_listen_at(struct httpd *srv, const char *address, bool on, struct httpd_error *e);

bool httpd_has_request(const struct httpd *srv);

/* The oldest request that has come, now the caller's; NULL when there is none. */
struct httpd_request *httpd_take(struct httpd *srv);

union httpd_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* A request, whole. One answer is given: head, then a body at once or in
 * parts. Functions that return bool are false when the client has gone. */
struct httpd_request {
	struct h1_head head;
	struct h1_text path;  /* percent-decoded, terminated */
	struct h1_text query; /* as sent; p is NULL without a question mark */
	struct bytes body;
	union httpd_address peer, local;
	bool secure;

	/* The rest is the business of httpd_conn.c. */
	struct httpd_request *next;
	struct conn *conn; /* NULL: gone, or has all of the answer */
	struct op *room;
	struct bytes answer;
	struct h1_chunks chunks;
	unsigned char stage;
	bool own_length, own_coding, own_date; /* fields the caller gave */
	bool chunked;                          /* coded so by us */
	bool last;                             /* on this connection */
	bool gone;                             /* the client, before it had the answer */
	uint64_t declared, sent;
	int status;
};

/* Ends the connection when the answer is not complete. */
void httpd_request_free(struct httpd_request *req);

/* The op is finished when there is room for more, or the client has gone.
 * NULL forgets it. */
void httpd_on_room(struct httpd_request *req, struct op *room);
bool httpd_has_room(const struct httpd_request *req);
bool httpd_is_gone(const struct httpd_request *req);
bool httpd_is_started(const struct httpd_request *req);

/* Begins a head, or begins it anew. */
bool httpd_begin(struct httpd_request *req, int status);

/* Adds a field. Content-Length may lie: the connection is closed after such
 * an answer. ERR_REJECTED for what would break the head. */
enum err_code httpd_field(struct httpd_request *req, struct h1_text name, struct h1_text value);

/* Ends head and answer; the body is not sent where HTTP forbids one. */
bool httpd_reply(struct httpd_request *req, const char *body, size_t len);

/* Ends the head; then any number of parts; then the end. Chunked unless a
 * length was given. */
bool httpd_start(struct httpd_request *req);
bool httpd_write(struct httpd_request *req, const char *part, size_t len);
bool httpd_finish(struct httpd_request *req);

/* Sends what has been written, then ends the connection as a crash would. */
void httpd_abort(struct httpd_request *req);

#endif
