/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <math.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_fault.h"
#include "http_multi.h"
#include "loop.h"
#include "secret.h"

#define HEAD_MAX (128 * 1024)    /* of an answer */
#define STREAM_ROOM (128 * 1024) /* unread bytes of a stream before it is held back */
#define URL_MAX 8192
/* Our timeout comes this much before the task's own: only we can tell whether
 * a byte of the request had left. */
#define DEADLINE_LEAD 0.01

/* For the profile of BMCs that know nothing better: static RSA key exchange is
 * in OpenSSL's default, and keys of 1024 bits are allowed. */
#define OLD_CIPHERS "DEFAULT:@SECLEVEL=1"

_Static_assert(HTTP_TEXT_SIZE >= CURL_ERROR_SIZE, "libcurl writes there");

/* ---- what is sent ---- */

static bool refuse(struct http_request *req, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct http_request *req, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(req->text, sizeof req->text, fmt, ap);
	va_end(ap);
	req->code = code;
	return false;
}

static bool no_memory(struct http_request *req)
{
	return refuse(req, ERR_INTERNAL, "not enough memory for a request");
}

void http_init(struct http_request *req, const struct op_class *cls)
{
	op_init(&req->op, cls);
	req->started = loop_now();
	req->own_head.secret = true;
	req->secret.secret = true;
}

static bool has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return true;
	return false;
}

static bool is_token(const char *s, size_t len)
{
	static const bool odd[256] = {
		['!'] = true,  ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true,
		['\''] = true, ['*'] = true, ['+'] = true, ['-'] = true, ['.'] = true,
		['^'] = true,  ['_'] = true, ['`'] = true, ['|'] = true, ['~'] = true,
	};

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i], letter = c | 0x20;

		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && !odd[c])
			return false;
	}
	return len > 0;
}

static uint64_t hash(uint64_t h, const char *s)
{
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3); /* FNV-1a */
	return h;
}

static bool no_url(struct http_request *req, const char *url)
{
	/* A password may be in it: then it is not shown. */
	return refuse(req, ERR_REJECTED, "\"%.*s\" is not a URL like https://host/path",
	              strchr(url, '@') == NULL ? 200 : 0, url);
}

/* Host and port for texts, and the origin for the choice of a handle. */
static bool name_place(struct http_request *req, const char *place, size_t len)
{
	const char *after_v6 = memchr(place, ']', len), *from = after_v6 ? after_v6 : place;
	bool has_port = memchr(from, ':', (size_t)(place + len - from)) != NULL;
	const char *port = has_port ? "" : req->tls ? ":443" : ":80";

	free(req->where);
	req->where = malloc(len + strlen(port) + 1);
	if (req->where == NULL)
		return no_memory(req);
	memcpy(req->where, place, len);
	strcpy(req->where + len, port);
	req->origin = hash(hash(UINT64_C(0xcbf29ce484222325), req->tls ? "s" : ""), req->where);
	return true;
}

/* The rest of a URL is libcurl's to judge, when it parses it for the request:
 * to have it parsed here as well would cost as much again. */
bool http_set_url(struct http_request *req, const char *url, size_t len)
{
	const char *place;
	size_t place_len;

	if (len > URL_MAX)
		return refuse(req, ERR_REJECTED, "the URL is longer than %d bytes", URL_MAX);
	if (has_control(url, len))
		return refuse(req, ERR_REJECTED,
		              "the URL holds a line end or another control character");
	place = strstr(url, "://");
	if (place == NULL)
		return no_url(req, url);
	req->tls = strncasecmp(url, "https://", 8) == 0;
	if (!req->tls && strncasecmp(url, "http://", 7) != 0)
		return refuse(req, ERR_REJECTED, "the scheme of a URL has to be https or http");
	place += strlen("://");
	place_len = strcspn(place, "/?#");
	if (place_len == 0)
		return no_url(req, url);
	if (memchr(place, '@', place_len) != NULL)
		return refuse(req, ERR_REJECTED,
		              "a user name or password inside the URL is refused: "
		              "give them as user and password");
	req->url = url;
	return name_place(req, place, place_len);
}

static bool is_name(const char *name, size_t len, const char *wanted)
{
	return strlen(wanted) == len && strncasecmp(name, wanted, len) == 0;
}

/* What decides where a message ends belongs to libcurl. */
static bool is_framing(const char *name, size_t len)
{
	return is_name(name, len, "content-length") || is_name(name, len, "transfer-encoding") ||
	       is_name(name, len, "connection") || is_name(name, len, "expect");
}

static void note_header(struct http_request *req, const char *name, size_t len)
{
	if (is_name(name, len, "content-type"))
		req->has_type = true;
	else if (is_name(name, len, "accept-encoding"))
		req->has_encoding = true;
}

/* One line as libcurl wants it: "name: value"; "name;" sends an empty value
 * and "name:" leaves the header out. */
static bool add_line(struct http_request *req, const char *name, size_t name_len, const char *sep,
                     const char *value, size_t value_len)
{
	struct http_buf *b = &req->own_head;
	size_t sep_len = strlen(sep);

	if (!http_buf_reserve(b, name_len + sep_len + value_len + 1))
		return no_memory(req);
	http_buf_put(b, name, name_len);
	http_buf_put(b, sep, sep_len);
	http_buf_put(b, value, value_len);
	http_buf_put(b, "", 1);
	return true;
}

bool http_add_header(struct http_request *req, const char *name, size_t name_len, const char *value,
                     size_t value_len)
{
	if (!is_token(name, name_len))
		return refuse(req, ERR_REJECTED, "a header name holds a character it must not");
	if (is_framing(name, name_len))
		return refuse(req, ERR_REJECTED, "the header %s is set by bmcsh itself", name);
	if (has_control(value, value_len))
		return refuse(
		    req, ERR_REJECTED,
		    "the value of header %s holds a line end or another control character", name);
	note_header(req, name, name_len);
	return add_line(req, name, name_len, value_len > 0 ? ": " : ";", value, value_len);
}

bool http_drop_header(struct http_request *req, const char *name, size_t name_len)
{
	if (!is_token(name, name_len))
		return refuse(req, ERR_REJECTED, "a header name holds a character it must not");
	note_header(req, name, name_len);
	return add_line(req, name, name_len, ":", "", 0);
}

bool http_set_basic(struct http_request *req, const char *user, size_t user_len,
                    const char *password, size_t password_len)
{
	struct http_buf plain = { .secret = true }, coded = { .secret = true };
	bool done;

	if (memchr(user, ':', user_len) != NULL || has_control(user, user_len))
		return refuse(req, ERR_REJECTED,
		              "a user name with a colon or a control character cannot "
		              "be sent with Basic authentication");
	done = http_buf_add(&plain, user, user_len) && http_buf_add(&plain, ":", 1) &&
	       http_buf_add(&plain, password, password_len) &&
	       http_buf_reserve(&coded, (plain.len + 2) / 3 * 4 + 1);
	if (done) {
		int n = EVP_EncodeBlock((unsigned char *)coded.bytes, (unsigned char *)plain.bytes,
		                        (int)plain.len);

		coded.len = (size_t)n;
		done = add_line(req, "Authorization", 13, ": Basic ", coded.bytes, coded.len);
	} else {
		no_memory(req);
	}
	http_buf_clear(&plain);
	http_buf_clear(&coded);
	return done;
}

void http_set_body(struct http_request *req, const char *bytes, size_t len)
{
	req->body_bytes = bytes;
	req->body_len = len;
	req->has_body = true;
}

bool http_add_body(struct http_request *req, const char *bytes, size_t len, bool secret)
{
	struct http_buf *b = &req->own_body;

	b->secret = true;
	if (!(secret ? http_buf_add_json(b, bytes, len) : http_buf_add(b, bytes, len)))
		return no_memory(req);
	http_set_body(req, b->bytes, b->len);
	return true;
}

/* ---- what comes back; these run inside libcurl ---- */

static size_t abort_transfer(struct http_request *req, enum http_abort why)
{
	req->abort = why;
	return 0;
}

static SSL *ssl_of(struct http_request *req)
{
	struct curl_tlssessioninfo *info = NULL;

	if (curl_easy_getinfo(req->easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || info == NULL)
		return NULL;
	return info->internals;
}

/* A pin is checked on each use of a connection: it may have been opened
 * without one. Here no byte of the request has left yet. */
static bool check_peer(struct http_request *req)
{
	bool pinned = req->pin[0] != '\0';
	char seen[HTTP_PIN_SIZE];
	X509 *cert;
	SSL *ssl;

	if (!req->tls || !(pinned || req->new_connection))
		return true;
	ssl = ssl_of(req);
	cert = ssl != NULL ? SSL_get1_peer_certificate(ssl) : NULL;
	if (cert == NULL)
		return !pinned;
	X509_free(req->peer);
	req->peer = cert;
	return !pinned ||
	       (http_cert_spki(cert, seen) && CRYPTO_memcmp(seen, req->pin, sizeof seen) == 0);
}

/* The connection stands and nothing is sent yet. libcurl comes here again to
 * send again, whatever the method, when a connection it reused was dead. */
static int on_connected(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_request *req = arg;
	long opened = 0;

	(void)local_ip;
	(void)local_port;
	if (req->sent && req->once) {
		abort_transfer(req, HTTP_ABORT_TWICE);
		return CURL_PREREQFUNC_ABORT;
	}
	curl_easy_getinfo(req->easy, CURLINFO_NUM_CONNECTS, &opened);
	req->new_connection = opened > 0;
	if (req->new_connection)
		req->connect_seconds = loop_now() - req->started;
	snprintf(req->address, sizeof req->address, strchr(ip, ':') ? "[%s]:%d" : "%s:%d", ip,
	         port);
	if (!check_peer(req)) {
		abort_transfer(req, HTTP_ABORT_PIN);
		return CURL_PREREQFUNC_ABORT;
	}
	req->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* A status line starts a head over: 100 Continue has a head of its own. */
static void begin_head(struct http_request *req, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);

	req->head.len = 0;
	http_buf_clear(&req->secret);
	req->status = space != NULL ? atoi(space) : 0; /* the line ends in CR or LF */
}

static void end_head(struct http_request *req)
{
	if (req->status < 200)
		return;
	req->head_done = true;
	if (!req->stream)
		return;
	req->seconds = loop_now() - req->started;
	curl_easy_setopt(req->easy, CURLOPT_TIMEOUT_MS, 0L); /* it was for the head */
	op_finish(&req->op);
}

static bool is_secret(const struct http_request *req, const char *line, size_t len)
{
	size_t n = strlen(req->secret_header);

	return n > 0 && len > n && line[n] == ':' && strncasecmp(line, req->secret_header, n) == 0;
}

static bool keep_secret(struct http_request *req, const char *line, size_t len)
{
	const char *value = line + strlen(req->secret_header) + 1, *end = line + len;

	while (value < end && isspace((unsigned char)*value))
		value++;
	while (end > value && isspace((unsigned char)end[-1]))
		end--;
	http_buf_clear(&req->secret);
	return http_buf_add(&req->secret, value, (size_t)(end - value));
}

static size_t on_head(char *line, size_t one, size_t len, void *arg)
{
	struct http_request *req = arg;

	(void)one;
	if (req->head_done)
		return len; /* trailers of a chunked body */
	if (len > 5 && memcmp(line, "HTTP/", 5) == 0)
		begin_head(req, line, len);
	if (is_secret(req, line, len))
		return keep_secret(req, line, len) ? len : abort_transfer(req, HTTP_ABORT_MEMORY);
	if (req->head.len + len > HEAD_MAX)
		return abort_transfer(req, HTTP_ABORT_HEAD);
	if (!http_buf_add(&req->head, line, len))
		return abort_transfer(req, HTTP_ABORT_MEMORY);
	if (len <= 2 && (line[0] == '\r' || line[0] == '\n'))
		end_head(req);
	return len;
}

/* With the length known, the body gets its memory at once and exactly. */
static bool expect_body(struct http_request *req)
{
	curl_off_t size = -1;

	curl_easy_getinfo(req->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
	if (size <= 0)
		return true;
	if ((uint64_t)size > req->max_body)
		return false;
	req->body.bytes = malloc((size_t)size);
	req->body.room = req->body.bytes != NULL ? (size_t)size : 0;
	return true;
}

static size_t on_stream(struct http_request *req, const char *bytes, size_t len)
{
	if (req->body.len >= STREAM_ROOM) {
		req->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (!http_buf_add(&req->body, bytes, len))
		return abort_transfer(req, HTTP_ABORT_MEMORY);
	op_finish(&req->op);
	return len;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *arg)
{
	struct http_request *req = arg;

	(void)one;
	if (req->stream)
		return on_stream(req, bytes, len);
	if (req->body.bytes == NULL && !expect_body(req))
		return abort_transfer(req, HTTP_ABORT_BODY);
	if (req->body.len + len > req->max_body)
		return abort_transfer(req, HTTP_ABORT_BODY);
	return http_buf_add(&req->body, bytes, len) ? len : abort_transfer(req, HTTP_ABORT_MEMORY);
}

/* ---- the transfer ---- */

/* Gives back all that the transfer needed; the answer stays. */
static void release(struct http_request *req)
{
	if (req->easy != NULL)
		http_multi_drop(req->easy, req->origin);
	req->easy = NULL;
	req->url = NULL;
	free(req->lines);
	req->lines = NULL;
	http_buf_clear(&req->own_head);
	http_buf_clear(&req->own_body);
	req->body_bytes = NULL;
	req->seconds = loop_now() - req->started;
}

static void on_done(CURL *easy, CURLcode result)
{
	struct http_request *req = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&req);
	if (result == CURLE_OK && !req->head_done)
		result = CURLE_WEIRD_SERVER_REPLY;
	if (result != CURLE_OK)
		http_fault(req, result);
	release(req);
	op_finish(&req->op);
}

static bool link_lines(struct http_request *req)
{
	const char *end = req->own_head.bytes + req->own_head.len;
	size_t n = 0, i = 0;

	for (const char *p = req->own_head.bytes; p < end; p += strlen(p) + 1)
		n++;
	req->lines = malloc(n * sizeof *req->lines);
	if (req->lines == NULL)
		return no_memory(req);
	for (char *p = req->own_head.bytes; p < end; p += strlen(p) + 1, i++) {
		req->lines[i].data = p;
		req->lines[i].next = i + 1 < n ? &req->lines[i + 1] : NULL;
	}
	return true;
}

static bool add_default_lines(struct http_request *req, const struct http_options *o)
{
	return (req->has_encoding || add_line(req, "Accept-Encoding", 15, ": ", "identity", 8)) &&
	       (req->has_type || add_line(req, "Content-Type", 12, ":", "", 0)) &&
	       add_line(req, "Expect", 6, ":", "", 0) &&
	       (!o->last || add_line(req, "Connection", 10, ": ", "close", 5)) && link_lines(req);
}

static long milliseconds(double seconds)
{
	if (seconds > 1e6)
		return 0; /* none, as libcurl writes it */
	return (long)fmax(seconds * 1e3, 1.0);
}

static void set_method(CURL *easy, struct http_request *req, const char *method)
{
	bool sends = req->has_body || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	             strcmp(method, "PATCH") == 0;

	if (sends) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
		                 req->body_len > 0 ? req->body_bytes : "");
	}
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (strcmp(method, sends ? "POST" : "GET") != 0)
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

typedef int security_fn(const SSL *, const SSL_CTX *, int, int, int, void *, void *);

static security_fn *default_security;

/* Static RSA key exchange has no forward secrecy: such ciphers are not offered
 * and not accepted. */
static int security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
                    void *ex)
{
	if (((unsigned)op & SSL_SECOP_OTHER_TYPE) == SSL_SECOP_OTHER_CIPHER &&
	    SSL_CIPHER_get_kx_nid(other) == NID_kx_rsa)
		return 0;
	return default_security(ssl, ctx, op, bits, nid, other, ex);
}

/* Called for each new connection. To have OpenSSL parse a list of ciphers here
 * would cost a thirtieth of the whole handshake. */
static CURLcode on_context(CURL *easy, void *ctx, void *arg)
{
	(void)easy;
	(void)arg;
	default_security = SSL_CTX_get_security_callback(ctx);
	SSL_CTX_set_security_callback(ctx, security);
	return CURLE_OK;
}

static void set_tls(CURL *easy, const struct http_options *o)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (o->tls == HTTP_TLS_RSA_KEX)
		curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, OLD_CIPHERS);
	else
		curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, o->verify ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, o->verify ? 2L : 0L);
	/* libcurl keeps the parsed CA file from one connection to the next, but
	 * only where no CA folder is set. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (!o->verify || o->ca != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca);
}

static void set_callbacks(CURL *easy, struct http_request *req)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, req);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, req->text);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, req);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, req);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, req);
}

static void set_transfer(CURL *easy, struct http_request *req, const struct http_options *o,
                         double seconds)
{
	curl_easy_setopt(easy, CURLOPT_URL, req->url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, req->lines);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "bmcsh");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L); /* 64 KiB each, with TLS */
	/* libcurl looks through all the addresses that it keeps, after each request. */
	curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	/* Without it, giving up a name look-up waits for the resolver's thread. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(seconds));
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(o->connect_timeout));
	if (o->fresh)
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	if (o->last)
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	if (o->stream)
		curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
}

static bool keep_pin(struct http_request *req, const char *pin)
{
	size_t prefix = strlen(HTTP_PIN_PREFIX);

	if (strncmp(pin, HTTP_PIN_PREFIX, prefix) != 0 || strlen(pin + prefix) != HTTP_PIN_SIZE - 1)
		return refuse(req, ERR_REJECTED, "a pin is sha256// and 44 characters of base64");
	if (!req->tls)
		return refuse(req, ERR_REJECTED, "a pin needs https: %s is asked without TLS",
		              req->where);
	memcpy(req->pin, pin + prefix, HTTP_PIN_SIZE);
	return true;
}

static bool keep_options(struct http_request *req, const struct http_options *o)
{
	if (!is_token(o->method, strlen(o->method)))
		return refuse(req, ERR_REJECTED, "that is no HTTP method");
	if (o->pin != NULL && !keep_pin(req, o->pin))
		return false;
	if (o->secret_header != NULL && strlen(o->secret_header) >= sizeof req->secret_header)
		return refuse(req, ERR_REJECTED, "the name of the secret header is too long");
	if (o->secret_header != NULL)
		snprintf(req->secret_header, sizeof req->secret_header, "%s", o->secret_header);
	req->max_body = o->max_body;
	req->once = o->once;
	req->stream = o->stream;
	return true;
}

bool http_start(struct http_request *req, const struct http_options *o)
{
	double left = fmin(o->timeout, o->deadline - DEADLINE_LEAD - loop_now());

	if (left <= 0)
		return refuse(req, ERR_TIMEOUT, "no time was left for a request to %s", req->where);
	if (!keep_options(req, o) || !add_default_lines(req, o))
		return false;
	req->easy = http_multi_take(req->origin);
	if (req->easy == NULL)
		return no_memory(req);
	set_callbacks(req->easy, req);
	set_transfer(req->easy, req, o, left);
	set_method(req->easy, req, o->method);
	if (req->tls)
		set_tls(req->easy, o);
	return http_multi_start(req->easy) == 0 || no_memory(req);
}

bool http_stream_ready(const struct http_request *req)
{
	return req->body.len > 0 || req->easy == NULL;
}

void http_stream_more(struct http_request *req)
{
	if (!req->paused)
		return;
	req->paused = false;
	curl_easy_pause(req->easy, CURLPAUSE_CONT); /* may call on_body() now */
}

void http_stop(struct op *op)
{
	struct http_request *req = (struct http_request *)op;

	if (req->easy != NULL && req->code == ERR_NONE)
		refuse(req, ERR_CANCELLED, "the answer was given up before its end");
	release(req);
	free(req->where);
	req->where = NULL;
	X509_free(req->peer);
	req->peer = NULL;
	http_buf_clear(&req->head);
	http_buf_clear(&req->body);
	http_buf_clear(&req->secret);
}

bool http_open(void)
{
	return http_multi_open(on_done) == 0;
}

void http_close(void)
{
	http_multi_close();
}
