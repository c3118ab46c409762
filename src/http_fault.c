/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http.h"
#include "loop.h"

/* In each text the first %s is host:port, the second what else is known. */
struct cause {
	CURLcode result;
	enum err_code code;
	const char *text;
};

static const struct cause causes[] = {
	{ CURLE_URL_MALFORMAT, ERR_REJECTED, "\"%s\" is not a host and a port" },
	{ CURLE_COULDNT_RESOLVE_HOST, ERR_UNREACHABLE,
	  "no address is known for the name in %s: is it spelt right, does DNS know it?" },
	{ CURLE_GOT_NOTHING, ERR_PROTOCOL, "%s closed the connection without an answer" },
	{ CURLE_SEND_ERROR, ERR_PROTOCOL, "%s closed the connection while the request was sent" },
	{ CURLE_RECV_ERROR, ERR_PROTOCOL, "%s broke the connection before its answer had ended" },
	{ CURLE_PARTIAL_FILE, ERR_PROTOCOL,
	  "%s closed the connection in the middle of its answer" },
	{ CURLE_UNSUPPORTED_PROTOCOL, ERR_PROTOCOL,
	  "%s answers, but not in HTTP: is it the right port, and https or http as it should be?" },
	{ CURLE_WEIRD_SERVER_REPLY, ERR_PROTOCOL, "%s sends an answer that is not valid HTTP" },
	{ CURLE_BAD_CONTENT_ENCODING, ERR_PROTOCOL, "%s sends a body that cannot be unpacked" },
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_TLS,
	  "the certificate of %s is not trusted: %s (pin its key, name its CA, or do not verify)" },
	{ CURLE_SSL_CACERT_BADFILE, ERR_REJECTED,
	  "the CA file for %s cannot be used: it is missing, unreadable or holds no certificate" },
	{ CURLE_SSL_CIPHER, ERR_TLS, "the TLS ciphers for %s cannot be set" },
	{ CURLE_OUT_OF_MEMORY, ERR_INTERNAL, "not enough memory for a request to %s" },
	{ CURLE_SSL_CONNECT_ERROR, ERR_TLS, "no TLS connection to %s: %s" },
};

/* OpenSSL's reasons that an operator can do something about. */
static const struct {
	const char *reason, *text;
} tls_reasons[] = {
	{ "wrong version number", "this port does not speak TLS, try http://" },
	{ "packet length too long", "this port does not speak TLS, try http://" },
	{ "handshake failure", "no cipher in common; an old BMC may need the TLS profile rsa-kex" },
	{ "insufficient security",
	  "no cipher in common; an old BMC may need the TLS profile rsa-kex" },
	{ "too small", "its key is too short; an old BMC may need the TLS profile rsa-kex" },
	{ "unsupported protocol", "it speaks no TLS version newer than 1.1" },
	{ "protocol version", "it speaks no TLS version newer than 1.1" },
	{ "unexpected eof", "it closed the connection during the handshake" },
	{ "SSL_ERROR_SYSCALL", "it closed the connection during the handshake" },
	{ "Connection reset", "it closed the connection during the handshake" },
	{ "certificate required", "it asks for a client certificate" },
};

static void set_text(struct http_request *req, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void set_text(struct http_request *req, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(req->text, sizeof req->text, fmt, ap);
	va_end(ap);
	req->code = code;
}

/* libcurl counts a connection from the end of its handshake; the address of
 * the other side is known from the end of TCP's. */
static bool has_tcp(struct http_request *req)
{
	long port = 0;

	curl_easy_getinfo(req->easy, CURLINFO_PRIMARY_PORT, &port);
	return port > 0;
}

static bool has_address(struct http_request *req)
{
	curl_off_t spent = 0;

	curl_easy_getinfo(req->easy, CURLINFO_NAMELOOKUP_TIME_T, &spent);
	return spent > 0;
}

static void fault_timeout(struct http_request *req)
{
	double seconds = loop_now() - req->started;
	const char *where = req->where;
	char spent[24];

	snprintf(spent, sizeof spent, seconds < 99 ? "%.2g s" : "%.0f s", seconds);
	if (req->head_done)
		set_text(req, ERR_TIMEOUT,
		         "the answer of %s did not end within %s (%zu bytes came)", where, spent,
		         req->body.len);
	else if (req->sent)
		set_text(req, ERR_TIMEOUT, "no answer from %s within %s", where, spent);
	else if (has_tcp(req))
		set_text(req, ERR_TIMEOUT, "%s did not end the TLS handshake within %s", where,
		         spent);
	else if (has_address(req))
		set_text(req, ERR_TIMEOUT, "no connection to %s within %s", where, spent);
	else
		set_text(req, ERR_TIMEOUT, "no address came for the name in %s within %s", where,
		         spent);
}

/* libcurl does not say why it got no socket. */
static bool no_descriptor_left(void)
{
	int fd = dup(STDERR_FILENO);

	if (fd < 0)
		return errno == EMFILE || errno == ENFILE;
	close(fd);
	return false;
}

static void fault_connect(struct http_request *req)
{
	long error = 0;

	curl_easy_getinfo(req->easy, CURLINFO_OS_ERRNO, &error);
	if (error == ECONNREFUSED)
		set_text(req, ERR_REFUSED,
		         "%s refuses the connection: nothing listens on that port", req->where);
	else if (error == ETIMEDOUT)
		fault_timeout(req);
	else if (error == 0 && no_descriptor_left())
		set_text(req, ERR_UNREACHABLE,
		         "no connection to %s: too many open files (ulimit -n)", req->where);
	else
		set_text(req, ERR_UNREACHABLE, "no connection to %s: %s", req->where,
		         error != 0 ? strerror((int)error) : "no route");
}

static void fault_pin(struct http_request *req)
{
	char seen[HTTP_PIN_SIZE] = "unknown";

	if (req->peer != NULL)
		http_cert_spki(req->peer, seen);
	set_text(req, ERR_PIN,
	         "%s shows the key " HTTP_PIN_PREFIX "%s, pinned is " HTTP_PIN_PREFIX "%s",
	         req->where, seen, req->pin);
}

/* We ended the transfer ourselves. */
static void fault_abort(struct http_request *req)
{
	switch (req->abort) {
	case HTTP_ABORT_PIN:
		fault_pin(req);
		break;
	case HTTP_ABORT_TWICE:
		set_text(req, ERR_PROTOCOL, "%s closed the connection without an answer",
		         req->where);
		break;
	case HTTP_ABORT_HEAD:
		set_text(req, ERR_TOO_LARGE, "the header of the answer of %s is too large",
		         req->where);
		break;
	case HTTP_ABORT_BODY:
		set_text(req, ERR_TOO_LARGE,
		         "the answer of %s is larger than the %zu bytes allowed", req->where,
		         req->max_body);
		break;
	default:
		set_text(req, ERR_INTERNAL, "not enough memory for the answer of %s", req->where);
	}
}

/* What stands behind the last colon of libcurl's text, or better words. */
static const char *detail_of(const char *said)
{
	const char *reason = strstr(said, "problem: ");

	for (size_t i = 0; i < sizeof tls_reasons / sizeof tls_reasons[0]; i++)
		if (strstr(said, tls_reasons[i].reason) != NULL)
			return tls_reasons[i].text;
	if (reason != NULL)
		return reason + strlen("problem: ");
	reason = strrchr(said, ':');
	if (reason != NULL && reason[1] != '\0')
		return reason[1] == ' ' ? reason + 2 : reason + 1;
	return said[0] != '\0' ? said : "the handshake failed";
}

static void fault_cause(struct http_request *req, CURLcode result)
{
	const struct cause *c = NULL;
	char said[HTTP_TEXT_SIZE];

	memcpy(said, req->text, sizeof said);
	for (size_t i = 0; i < sizeof causes / sizeof causes[0] && c == NULL; i++)
		if (causes[i].result == result)
			c = &causes[i];
	if (c == NULL) {
		set_text(req, ERR_INTERNAL, "the request to %s failed: %s", req->where,
		         said[0] != '\0' ? said : curl_easy_strerror(result));
		return;
	}
	req->code = c->code;
	snprintf(req->text, sizeof req->text, c->text, req->where, detail_of(said));
}

void http_fault(struct http_request *req, CURLcode result)
{
	if (req->abort != HTTP_ABORT_NONE)
		fault_abort(req);
	else if (result == CURLE_OPERATION_TIMEDOUT)
		fault_timeout(req);
	else if (result == CURLE_COULDNT_CONNECT)
		fault_connect(req);
	else
		fault_cause(req, result);
}
