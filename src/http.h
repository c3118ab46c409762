/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http.h owns one HTTP request: what is sent, what comes back, how a failure
 * is told. It knows no Lua; it follows no redirect, keeps no cookie, takes no
 * proxy from the environment, and libcurl's own re-sending is under control. */
#ifndef BMCSH_HTTP_H
#define BMCSH_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "http_buf.h"
#include "http_cert.h"
#include "op.h"

struct curl_slist;
struct x509_st;

#define HTTP_TEXT_SIZE 384 /* no less than CURL_ERROR_SIZE */

enum http_tls { HTTP_TLS_DEFAULT, HTTP_TLS_RSA_KEX };

/* Strings are read by http_start() only. */
struct http_options {
	const char *method;
	double timeout;         /* seconds for all of it; a stream: until its head */
	double connect_timeout; /* seconds; name, TCP and TLS together */
	double deadline;        /* loop_now() time of the task */
	size_t max_body;
	const char *ca;            /* file; NULL: that of the system */
	const char *pin;           /* sha256//BASE64; NULL: none */
	const char *secret_header; /* its value goes to req->secret; NULL: none */
	enum http_tls tls;
	bool verify;
	bool once; /* never send the request a second time */
	bool fresh, last;
	bool stream;
};

enum http_abort {
	HTTP_ABORT_NONE,
	HTTP_ABORT_TWICE,
	HTTP_ABORT_PIN,
	HTTP_ABORT_HEAD,
	HTTP_ABORT_BODY,
	HTTP_ABORT_MEMORY
};

struct http_request {
	struct op op; /* first */

	/* What came back, once op.done. */
	enum err_code code; /* ERR_NONE: there is an answer */
	int status;
	struct http_buf head;   /* status line and header lines as received */
	struct http_buf body;   /* of a stream: what no read has taken yet */
	struct http_buf secret; /* value of the secret header */
	struct x509_st *peer;   /* certificate, on a new TLS connection */
	double seconds, connect_seconds;
	char address[64]; /* "ip:port" once connected */
	char text[HTTP_TEXT_SIZE];
	char *where;    /* "host:port", for texts; NULL until the URL is set */
	bool sent;      /* a byte of the request may have left */
	bool head_done; /* status and head hold the final ones */
	bool new_connection;
	bool stream;

	/* The rest is the business of http.c and http_fault.c. */
	void *easy;
	const char *url;
	struct curl_slist *lines;
	struct http_buf own_head, own_body;
	const char *body_bytes;
	size_t body_len;
	uint64_t origin;
	double started;
	size_t max_body;
	char secret_header[32];
	char pin[HTTP_PIN_SIZE];
	enum http_abort abort;
	bool has_body, has_type, has_encoding, once, tls, paused;
};

/* For a zeroed request. Everything below may be called in any state, and each
 * request needs one http_stop() at its end. */
void http_init(struct http_request *req, const struct op_class *cls);

/* These return false after setting code and text. The URL is read by
 * http_start() too. */
bool http_set_url(struct http_request *req, const char *url, size_t len);
bool http_add_header(struct http_request *req, const char *name, size_t name_len, const char *value,
                     size_t value_len);
bool http_set_basic(struct http_request *req, const char *user, size_t user_len,
                    const char *password, size_t password_len);

/* Leaves out a header that would be sent by default. */
bool http_drop_header(struct http_request *req, const char *name, size_t name_len);

/* The body: bytes that outlive the request, or parts that are copied. A secret
 * part becomes the inside of a JSON string. */
void http_set_body(struct http_request *req, const char *bytes, size_t len);
bool http_add_body(struct http_request *req, const char *bytes, size_t len, bool secret);

/* Ends in op_finish(): for a stream when its head has come. */
bool http_start(struct http_request *req, const struct http_options *o);

/* Streams: whether a read need not wait, and letting more come in. */
bool http_stream_ready(const struct http_request *req);
void http_stream_more(struct http_request *req);

/* Ends the transfer, wipes and frees everything. Idempotent. */
void http_stop(struct op *op);

/* Once a process. */
bool http_open(void);
void http_close(void);

#endif
