/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns answers: head, framing, parts, and the deliberate lies of a simulator.
 * An answer is put into the output of its connection; how that goes out is
 * httpd_conn.c's. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "httpd_conn.h"

#define UNKNOWN UINT64_MAX

bool httpd_is_gone(const struct httpd_request *req)
{
	return req->gone;
}

bool httpd_is_started(const struct httpd_request *req)
{
	return req->stage > STAGE_HEAD;
}

void httpd_on_room(struct httpd_request *req, struct op *room)
{
	req->room = room;
}

bool httpd_has_room(const struct httpd_request *req)
{
	return req->conn == NULL || req->conn->out.len <= HTTPD_ROOM;
}

void httpd_request_free(struct httpd_request *req)
{
	struct conn *conn = req->conn;

	req->room = NULL;
	if (conn != NULL && req->stage != STAGE_DONE)
		httpd_abort(req);
	if (req->conn != NULL)
		req->conn->req = NULL;
	httpd_request_destroy(req);
}

static void put_head(struct httpd_request *req, const char *p, size_t len)
{
	if (!bytes_add(&req->answer, p, len))
		req->conn->dead = true;
}

static void put_text(struct httpd_request *req, const char *text)
{
	put_head(req, text, strlen(text));
}

bool httpd_begin(struct httpd_request *req, int status)
{
	char line[80];

	if (req->conn == NULL || req->stage > STAGE_HEAD)
		return false;
	bytes_free(&req->answer);
	req->own_length = req->own_coding = req->own_date = req->last = false;
	req->stage = STAGE_HEAD;
	req->status = status;
	snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", status, h1_reason(status));
	put_text(req, line);
	return true;
}

/* Fields that say how the message ends: the rest of the answer depends on
 * them. False for one that is ours to write. */
static bool note_field(struct httpd_request *req, struct h1_text name, struct h1_text value)
{
	if (h1_is(name, "connection")) {
		req->last = req->last || h1_is(value, "close");
		return false;
	}
	if (h1_is(name, "content-length")) {
		req->own_length = true;
		if (!h1_number(value, &req->declared))
			req->declared = UNKNOWN;
	} else if (h1_is(name, "transfer-encoding")) {
		req->own_coding = true;
	} else if (h1_is(name, "date")) {
		req->own_date = true;
	}
	return true;
}

enum err_code httpd_field(struct httpd_request *req, struct h1_text name, struct h1_text value)
{
	if (!h1_is_token(name) || !h1_is_value(value))
		return ERR_REJECTED;
	if (req->conn == NULL || req->stage != STAGE_HEAD || !note_field(req, name, value))
		return ERR_NONE;
	put_head(req, name.p, name.len);
	put_text(req, ": ");
	put_head(req, value.p, value.len);
	put_text(req, "\r\n");
	return ERR_NONE;
}

/* Not strftime(): its names of days follow the locale. */
static void put_date(struct httpd_request *req)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	char line[64];
	struct tm tm;

	gmtime_r(&now, &tm);
	snprintf(line, sizeof line, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n", days[tm.tm_wday],
	         tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
	         tm.tm_sec);
	put_text(req, line);
}

static bool status_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

/* Whether the body is left out, although the head may speak of it. */
static bool is_mute(const struct httpd_request *req)
{
	return h1_is(req->head.method, "HEAD") || !status_has_body(req->status);
}

static void put_framing(struct httpd_request *req, uint64_t len)
{
	char line[64];

	if (req->own_length || req->own_coding || !status_has_body(req->status))
		return;
	if (len != UNKNOWN) {
		snprintf(line, sizeof line, "Content-Length: %llu\r\n", (unsigned long long)len);
		put_text(req, line);
	} else if (req->head.minor > 0) {
		put_text(req, "Transfer-Encoding: chunked\r\n");
		req->chunked = true;
	} else {
		req->last = true;
	}
}

/* len UNKNOWN: the body comes in parts. */
static void end_head(struct httpd_request *req, uint64_t len)
{
	bool lie = req->own_length && len != UNKNOWN && req->declared != len && !is_mute(req);

	put_framing(req, len);
	if (lie || req->own_coding || !req->head.keep_alive)
		req->last = true;
	if (!req->own_date)
		put_date(req);
	if (req->last)
		put_text(req, "Connection: close\r\n");
	else if (req->head.minor == 0)
		put_text(req, "Connection: keep-alive\r\n");
	put_text(req, "\r\n");
	conn_put(req->conn, bytes_front(&req->answer), req->answer.len);
	bytes_free(&req->answer);
	req->stage = STAGE_BODY;
}

static void put_part(struct httpd_request *req, const char *part, size_t len)
{
	char line[32];

	if (is_mute(req) || len == 0)
		return;
	req->sent += len;
	if (req->chunked)
		conn_put(req->conn, line, (size_t)snprintf(line, sizeof line, "%zx\r\n", len));
	conn_put(req->conn, part, len);
	if (req->chunked)
		conn_put(req->conn, "\r\n", 2);
}

static void end_answer(struct httpd_request *req)
{
	bool lie = req->own_length && req->sent != req->declared && !is_mute(req);

	if (req->chunked && !is_mute(req))
		conn_put(req->conn, "0\r\n\r\n", 5);
	req->stage = STAGE_DONE;
	req->conn->state = req->last || lie ? CONN_CLOSE : CONN_DRAIN;
}

/* What was put is sent; true unless the client has gone. */
static bool send_on(struct httpd_request *req)
{
	conn_send(req->conn);
	return !req->gone;
}

bool httpd_reply(struct httpd_request *req, const char *body, size_t len)
{
	if (req->conn == NULL || req->stage != STAGE_HEAD)
		return false;
	end_head(req, len);
	put_part(req, body, len);
	end_answer(req);
	return send_on(req);
}

bool httpd_start(struct httpd_request *req)
{
	if (req->conn == NULL || req->stage != STAGE_HEAD)
		return false;
	end_head(req, UNKNOWN);
	return send_on(req);
}

bool httpd_write(struct httpd_request *req, const char *part, size_t len)
{
	if (req->conn == NULL || req->stage != STAGE_BODY)
		return false;
	put_part(req, part, len);
	return send_on(req);
}

bool httpd_finish(struct httpd_request *req)
{
	if (req->conn == NULL || req->stage != STAGE_BODY)
		return false;
	end_answer(req);
	return send_on(req);
}

void httpd_abort(struct httpd_request *req)
{
	if (req->conn == NULL || req->stage == STAGE_DONE)
		return;
	req->stage = STAGE_DONE;
	req->conn->brutal = true;
	req->conn->state = CONN_CLOSE;
	send_on(req);
}
