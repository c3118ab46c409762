/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns one connection: what comes in becomes requests, one after another, and
 * what an answer has put goes out. Two rules keep it safe to be called from
 * libwebsockets as well as from a task: a failure only marks it dead, and
 * whoever entered from outside buries it (conn_send, or -1 to libwebsockets);
 * nothing here runs Lua (C6). */
#include "httpd_conn.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "hex.h"
#include "loop.h"
#include "op.h"

/* Writes before others get their turn. */
#define WRITES_A_TURN 4
/* Input that may wait behind the request being handled. */
#define READ_AHEAD 65536
/* How long a client may take to notice that we have ended the connection. */
#define LINGER 1.0

static void conn_next(struct conn *conn);

/* ---- output ---- */

/* libwebsockets reads nothing while it holds output that the socket did not
 * take, but would go on waiting for input: the loop would spin. */
static bool is_clogged(const struct conn *conn)
{
	return lws_partial_buffered(conn->wsi) != 0;
}

/* The request has all of its answer. */
static void release_request(struct conn *conn)
{
	if (conn->req != NULL)
		conn->req->conn = NULL;
	conn->req = NULL;
}

static void say_goodbye(struct conn *conn)
{
	SSL *tls = lws_get_ssl(conn->wsi);

	if (tls != NULL && SSL_is_init_finished(tls))
		SSL_shutdown(tls);
}

/* Ends our side only: to close while the client still sends would have the
 * kernel answer with a reset, and that can destroy what we sent last. */
static void conn_end(struct conn *conn)
{
	release_request(conn);
	if (!conn->brutal)
		say_goodbye(conn);
	shutdown(lws_get_socket_fd(conn->wsi), SHUT_WR);
	bytes_free(&conn->in);
	conn->state = CONN_LINGER;
	loop_start_timer(&conn->timer, LINGER);
}

static void output_moved(struct conn *conn)
{
	if (conn->out.len <= HTTPD_ROOM && conn->req != NULL && conn->req->room != NULL)
		op_finish(conn->req->room);
	if (conn->out.len > 0)
		return;
	if (conn->state == CONN_DRAIN)
		conn_next(conn);
	else if (conn->state == CONN_CLOSE && !is_clogged(conn))
		conn_end(conn);
}

static void conn_flush(struct conn *conn)
{
	for (int n = 0; n < WRITES_A_TURN && conn->out.len > 0 && !is_clogged(conn); n++) {
		size_t len = conn->out.len < HTTPD_WRITE ? conn->out.len : HTTPD_WRITE;
		void *p = (void *)(size_t)bytes_front(&conn->out); /* it does not write there */

		if (lws_write(conn->wsi, p, len, LWS_WRITE_RAW) < 0) {
			conn->dead = true;
			return;
		}
		bytes_drop(&conn->out, len);
	}
	if (conn->out.len > 0)
		lws_callback_on_writable(conn->wsi);
	output_moved(conn);
}

void conn_put(struct conn *conn, const void *p, size_t len)
{
	if (!bytes_add(&conn->out, p, len))
		conn->dead = true;
}

/* ---- requests come ---- */

void httpd_request_destroy(struct httpd_request *req)
{
	bytes_free(&req->body);
	bytes_free(&req->answer);
	free(req);
}

/* Answers without asking anybody, because the client broke the rules. */
static void conn_refuse(struct conn *conn, int status)
{
	static const char form[] =
	    "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	char text[160];
	int len = snprintf(text, sizeof text, form, status, h1_reason(status));

	if (conn->req != NULL)
		httpd_request_destroy(conn->req);
	conn->req = NULL;
	conn->state = CONN_CLOSE;
	conn_put(conn, text, (size_t)len);
	conn_flush(conn);
}

/* Decodes into out, which has room for the text and its end. */
static bool percent_decode(struct h1_text text, char *out, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == '%') {
			int high = i + 2 < text.len ? hex_digit(text.p[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;

			if (low < 0 || high + low == 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	*len = n;
	return true;
}

static bool split_target(struct httpd_request *req, char *room)
{
	struct h1_text path = req->head.target;
	const char *mark = memchr(path.p, '?', path.len);

	if (mark != NULL) {
		req->query.p = mark + 1;
		req->query.len = path.len - (size_t)(mark + 1 - path.p);
		path.len = (size_t)(mark - path.p);
	}
	req->path.p = room;
	return percent_decode(path, room, &req->path.len);
}

static bool is_served(struct h1_text method)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PATCH", "PUT", "DELETE" };

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (method.len == strlen(methods[i]) &&
		    memcmp(method.p, methods[i], method.len) == 0)
			return true;
	return false;
}

/* The request with this head; or NULL, and why in *status. One block holds
 * the struct, the fields, the head they point into, and the decoded path. */
static struct httpd_request *request_new(const char *p, size_t len, int *status)
{
	size_t fields = h1_count_fields(p, len) * sizeof(struct h1_field);
	struct httpd_request *req = calloc(1, sizeof *req + fields + len + len + 1);
	char *head;

	*status = 503;
	if (req == NULL)
		return NULL;
	head = (char *)(req + 1) + fields;
	memcpy(head, p, len);
	*status = h1_parse(&req->head, head, len, (struct h1_field *)(req + 1));
	if (*status == 0 && !is_served(req->head.method))
		*status = 501;
	if (*status == 0 && !split_target(req, head + len))
		*status = 400;
	if (*status == 0)
		return req;
	free(req);
	return NULL;
}

static void skip_empty_lines(struct bytes *in)
{
	while (in->len >= 2 && memcmp(bytes_front(in), "\r\n", 2) == 0)
		bytes_drop(in, 2);
}

static void begin_body(struct conn *conn, struct httpd_request *req)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	req->conn = conn;
	req->peer = conn->peer;
	req->local = conn->local;
	req->secure = conn->srv->secure;
	conn->req = req;
	conn->state = CONN_BODY;
	if (req->head.length > conn->srv->max_body) {
		conn_refuse(conn, 413);
	} else if (req->head.expects_continue && req->head.minor > 0 && conn->in.len == 0) {
		conn_put(conn, go_on, sizeof go_on - 1);
		conn_flush(conn);
	}
}

/* These take what they can from the input; true when there was enough to go
 * on to the next state. */
static bool take_head(struct conn *conn)
{
	struct httpd_request *req;
	size_t size;
	int status;

	skip_empty_lines(&conn->in);
	if (conn->in.len == 0)
		return false;
	size = h1_head_size(bytes_front(&conn->in), conn->in.len, &conn->seen);
	if (size > H1_MAX_HEAD || (size == 0 && conn->in.len > H1_MAX_HEAD)) {
		conn_refuse(conn, 431);
		return true;
	}
	if (size == 0)
		return false;
	req = request_new(bytes_front(&conn->in), size, &status);
	bytes_drop(&conn->in, size);
	conn->seen = 0;
	if (req == NULL)
		conn_refuse(conn, status);
	else
		begin_body(conn, req);
	return true;
}

static void hand_over(struct conn *conn)
{
	struct httpd *srv = conn->srv;

	conn->state = CONN_ANSWER;
	*srv->queue_tail = conn->req;
	srv->queue_tail = &conn->req->next;
	op_finish(srv->ready);
}

static bool take_sized(struct conn *conn)
{
	struct httpd_request *req = conn->req;
	size_t missing = (size_t)req->head.length - req->body.len;
	size_t len = conn->in.len < missing ? conn->in.len : missing;

	if (len > 0) {
		if (!bytes_add(&req->body, bytes_front(&conn->in), len))
			conn->dead = true;
		bytes_drop(&conn->in, len);
	}
	if (conn->dead || len < missing)
		return false;
	hand_over(conn);
	return true;
}

static bool take_chunked(struct conn *conn)
{
	struct httpd_request *req = conn->req;
	const char *start, *p, *end;
	struct h1_text data;
	enum h1_step step;
	bool too_large = false;

	if (conn->in.len == 0)
		return false;
	start = p = bytes_front(&conn->in);
	end = p + conn->in.len;
	while ((step = h1_chunk(&req->chunks, &p, end, &data)) == H1_DATA && !too_large) {
		too_large = data.len > conn->srv->max_body - req->body.len;
		if (!too_large && !bytes_add(&req->body, data.p, data.len))
			conn->dead = true;
	}
	bytes_drop(&conn->in, (size_t)(p - start));
	if (conn->dead)
		return false;
	if (too_large || step == H1_BAD)
		conn_refuse(conn, too_large ? 413 : 400);
	else if (step == H1_END)
		hand_over(conn);
	return step != H1_MORE;
}

static void conn_step(struct conn *conn)
{
	bool more = true;

	while (more && !conn->dead) {
		if (conn->state == CONN_HEAD)
			more = take_head(conn);
		else if (conn->state == CONN_BODY)
			more = conn->req->head.chunked ? take_chunked(conn) : take_sized(conn);
		else
			more = false;
	}
}

/* The answer is out: reads on. */
static void conn_next(struct conn *conn)
{
	release_request(conn);
	conn->state = CONN_HEAD;
	conn_step(conn);
}

/* ---- life ---- */

static void hear(struct conn *conn)
{
	bool deaf = is_clogged(conn) || conn->in.len > READ_AHEAD;

	if (deaf == conn->deaf)
		return;
	conn->deaf = deaf;
	lws_rx_flow_control(conn->wsi, !deaf);
}

/* While a task works on the answer and the client has nothing to do, no time
 * runs. A head has to come within one period, whatever its pace. */
static void keep_time(struct conn *conn, bool fresh)
{
	bool our_turn = conn->state == CONN_ANSWER && conn->out.len == 0 && !is_clogged(conn);
	bool in_head = conn->state == CONN_HEAD && conn->in.len > 0 && !fresh;
	bool runs_on = in_head || conn->state == CONN_LINGER;

	if (our_turn)
		ev_timer_stop(loop_get(), &conn->timer);
	else if (!runs_on || !ev_is_active(&conn->timer))
		loop_start_timer(&conn->timer, conn->srv->timeout);
}

void conn_send(struct conn *conn)
{
	if (!conn->dead)
		conn_flush(conn);
	if (conn->dead) {
		conn_kill(conn);
		return;
	}
	hear(conn);
	keep_time(conn, false);
}

int conn_receive(struct conn *conn, const char *p, size_t len)
{
	bool fresh = conn->in.len == 0;

	if (!conn->spoken) {
		/* The TLS handshake is over: stop the watch that libwebsockets
		 * has on it. The time between requests is kept here. */
		lws_set_timeout(conn->wsi, NO_PENDING_TIMEOUT, 0);
		conn->spoken = true;
	}
	if (conn->state == CONN_LINGER)
		return 0;
	if (!bytes_add(&conn->in, p, len))
		return -1;
	conn_step(conn);
	if (conn->dead)
		return -1;
	hear(conn);
	keep_time(conn, fresh);
	return 0;
}

int conn_writable(struct conn *conn)
{
	conn_flush(conn);
	if (conn->dead)
		return -1;
	hear(conn);
	keep_time(conn, false);
	return 0;
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	conn_kill(w->data);
}

struct conn *conn_new(struct httpd *srv, const union httpd_address *peer,
                      const union httpd_address *local)
{
	struct conn *conn = calloc(1, sizeof *conn);

	if (conn == NULL)
		return NULL;
	conn->srv = srv;
	conn->peer = *peer;
	conn->local = *local;
	ev_timer_init(&conn->timer, on_timer, 0, 0);
	conn->timer.data = conn;
	conn->next = srv->conns;
	if (srv->conns != NULL)
		srv->conns->prev = conn;
	srv->conns = conn;
	return conn;
}

static void unlink_conn(struct conn *conn)
{
	if (conn->prev != NULL)
		conn->prev->next = conn->next;
	else
		conn->srv->conns = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
}

/* A request that was handed over goes on without its client, as on a real
 * server: that the client left does not undo what it asked for. */
static void orphan(struct conn *conn)
{
	struct httpd_request *req = conn->req;

	if (req == NULL)
		return;
	conn->req = NULL;
	if (conn->state == CONN_BODY) {
		httpd_request_destroy(req);
		return;
	}
	req->conn = NULL;
	req->gone = true;
	if (req->room != NULL)
		op_finish(req->room);
}

static void conn_free(struct conn *conn)
{
	orphan(conn);
	unlink_conn(conn);
	ev_timer_stop(loop_get(), &conn->timer);
	bytes_free(&conn->in);
	bytes_free(&conn->out);
	free(conn);
}

void conn_adopted(struct conn *conn, struct lws *wsi)
{
	conn->wsi = wsi;
	if (wsi == NULL)
		conn_free(conn);
	else
		loop_start_timer(&conn->timer, conn->srv->timeout);
}

void conn_kill(struct conn *conn)
{
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

void conn_hang_up(struct conn *conn)
{
	if (conn->state == CONN_HEAD)
		say_goodbye(conn);
	conn_kill(conn);
}

void conn_closed(struct conn *conn)
{
	if (conn->wsi != NULL) /* else conn_adopted() is about to be told */
		conn_free(conn);
}
