/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns listening, and libwebsockets: one context for the process, made with
 * the first server and destroyed with the last, so that none of its watchers
 * (an event pipe, a timer for certificates) keeps the loop turning without a
 * server; one vhost a server. What comes over a connection is httpd_conn.c's. */
#include "httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <libwebsockets.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "httpd_conn.h"
#include "loop.h"
#include "op.h"

/* Connections taken from one socket before others get their turn. */
#define ACCEPTS_A_TURN 32
/* When descriptors run out, accepting rests this long: the pending connection
 * keeps the socket readable, so trying on would only spin. */
#define ACCEPT_REST 0.1
/* Tries for a port that is free at every address of a list. */
#define PORT_TRIES 16
/* A TLS record has at most 16 KiB. With room for all of one, no plain text
 * stays behind in OpenSSL, where no descriptor tells of it. */
#define READ_SIZE 20480
/* Only for the TLS handshake; httpd_conn.c keeps all other time. */
#define HANDSHAKE_SECONDS 60

/* Without the second, each vhost would read all authorities of the system,
 * for a client of its own: 30 ms. */
#define VHOST_TLS                                                                                  \
	(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |            \
	 LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX)

struct listener {
	ev_io watcher; /* fd -1: it does not listen now */
	struct httpd *srv;
	union httpd_address address;
	socklen_t len;
};

struct listening {
	struct lws_vhost *vhost;
	SSL_CTX *tls; /* the vhost's */
	ev_timer rest;
	unsigned short port;
	size_t n;
	struct listener listeners[];
};

static struct lws_context *context;
static unsigned servers;

static void fail(struct httpd_error *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(struct httpd_error *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
}

/* ---- libwebsockets ---- */

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS: {
		struct httpd *srv = lws_vhost_user(in);

		srv->listening->tls = user;
		return 0;
	}
	case LWS_CALLBACK_RAW_RX:
		return conn_receive(lws_get_opaque_user_data(wsi), in, len);
	case LWS_CALLBACK_RAW_WRITEABLE:
		return conn_writable(lws_get_opaque_user_data(wsi));
	case LWS_CALLBACK_RAW_CLOSE:
		conn_closed(lws_get_opaque_user_data(wsi));
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = on_lws, .tx_packet_size = HTTPD_WRITE },
	{ .name = NULL },
};

static void on_lws_log(int level, const char *line)
{
	(void)level;
	fprintf(stderr, "bmcsh: httpd: %s", line);
}

static bool context_use(void)
{
	void *loops[] = { loop_get() };
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.options = LWS_SERVER_OPTION_LIBEV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
		           LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
		           LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
		.foreign_loops = loops,
		.pt_serv_buf_size = READ_SIZE,
		.timeout_secs = HANDSHAKE_SECONDS,
		.alpn = "http/1.1",
	};

	if (context == NULL) {
		descriptors_raise(); /* its tables have that size for good */
		lws_set_log_level(LLL_ERR, on_lws_log);
		context = lws_create_context(&info);
	}
	if (context == NULL)
		return false;
	servers++;
	return true;
}

static void context_release(void)
{
	if (--servers > 0)
		return;
	lws_context_destroy(context);
	context = NULL;
}

/* ---- TLS ---- */

/* A password in a key file would have OpenSSL ask at the terminal. */
static int no_password(char *buf, int size, int rwflag, void *user)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)user;
	return -1;
}

static bool use_chain(SSL_CTX *tls, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = PEM_read_bio_X509_AUX(bio, NULL, no_password, NULL);
	bool ok = cert != NULL && SSL_CTX_use_certificate(tls, cert) == 1;

	X509_free(cert);
	while (ok && (cert = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
		ok = SSL_CTX_add1_chain_cert(tls, cert) == 1;
		X509_free(cert);
	}
	BIO_free(bio);
	return ok;
}

static bool use_key(SSL_CTX *tls, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	bool ok = key != NULL && SSL_CTX_use_PrivateKey(tls, key) == 1 &&
	          SSL_CTX_check_private_key(tls) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

static bool set_up_tls(SSL_CTX *tls, const struct httpd_config *config, struct httpd_error *e)
{
	/* By name, libwebsockets would hand a client to its first vhost, with
	 * the certificate of another server. */
	SSL_CTX_set_tlsext_servername_callback(tls, NULL);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF); /* tickets do without */
	if (!use_chain(tls, config->cert))
		fail(e, ERR_TLS, "the certificate cannot be used: no PEM, or broken");
	else if (!use_key(tls, config->key))
		fail(e, ERR_TLS,
		     "the key cannot be used: no PEM, encrypted, or not the certificate's");
	ERR_clear_error();
	return e->code == ERR_NONE;
}

static bool open_vhost(struct httpd *srv, const struct httpd_config *config, struct httpd_error *e)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.options = srv->secure ? VHOST_TLS : 0,
		.vhost_name = "http",
		.protocols = protocols,
		.user = srv,
		.alpn = "http/1.1",
	};

	srv->listening->vhost = lws_create_vhost(context, &info);
	if (srv->listening->vhost == NULL) {
		fail(e, ERR_INTERNAL, "libwebsockets makes no virtual host");
		return false;
	}
	return !srv->secure || set_up_tls(srv->listening->tls, config, e);
}

/* ---- accepting ---- */

static void start_accepting(struct listening *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->listeners[i].watcher.fd >= 0)
			ev_io_start(loop_get(), &l->listeners[i].watcher);
}

static void stop_accepting(struct listening *l)
{
	for (size_t i = 0; i < l->n; i++)
		ev_io_stop(loop_get(), &l->listeners[i].watcher);
}

static void on_rest(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	start_accepting(w->data);
}

static void adopt(struct httpd *srv, int fd, const union httpd_address *peer)
{
	union httpd_address local = { 0 };
	socklen_t len = sizeof local;
	struct conn *conn = NULL;
	lws_adopt_desc_t desc = {
		.vh = srv->listening->vhost,
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL,
		.fd.sockfd = fd,
		.vh_prot_name = protocols[0].name,
	};

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (getsockname(fd, &local.any, &len) == 0)
		conn = conn_new(srv, peer, &local);
	if (conn == NULL) {
		close(fd);
		return;
	}
	desc.opaque = conn;
	conn_adopted(conn, lws_adopt_descriptor_vhost_via_info(&desc));
}

static void on_listener(struct ev_loop *loop, ev_io *w, int revents)
{
	struct httpd *srv = ((struct listener *)w)->srv;

	(void)loop;
	(void)revents;
	for (int n = 0; n < ACCEPTS_A_TURN; n++) {
		union httpd_address peer = { 0 };
		socklen_t len = sizeof peer;
		int fd = accept4(w->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			adopt(srv, fd, &peer);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		           errno == ENOMEM) {
			stop_accepting(srv->listening);
			loop_start_timer(&srv->listening->rest, ACCEPT_REST);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

/* ---- listening ---- */

static bool parse_address(const char *text, unsigned short port, union httpd_address *address,
                          socklen_t *len)
{
	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1) {
		address->in.sin_family = AF_INET;
		address->in.sin_port = htons(port);
		*len = sizeof address->in;
		return true;
	}
	if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1) {
		address->in6.sin6_family = AF_INET6;
		address->in6.sin6_port = htons(port);
		*len = sizeof address->in6;
		return true;
	}
	return false;
}

/* A listening socket, or -1 with errno set. */
static int bind_socket(const union httpd_address *address, socklen_t len)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int reason;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (address->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 1 }, sizeof(int));
	if (bind(fd, &address->any, len) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

static unsigned short port_of(int fd)
{
	union httpd_address address = { 0 };
	socklen_t len = sizeof address;

	getsockname(fd, &address.any, &len);
	return ntohs(address.any.sa_family == AF_INET6 ? address.in6.sin6_port
	                                               : address.in.sin_port);
}

static void close_listener(struct listener *listener)
{
	int fd = listener->watcher.fd;

	if (fd < 0)
		return;
	ev_io_stop(loop_get(), &listener->watcher);
	ev_io_set(&listener->watcher, -1, EV_READ);
	close(fd);
}

static void close_sockets(struct listening *l)
{
	for (size_t i = 0; i < l->n; i++)
		close_listener(&l->listeners[i]);
	l->n = 0;
}

static bool bind_one(struct httpd *srv, const char *text, struct httpd_error *e)
{
	struct listening *l = srv->listening;
	struct listener *listener = &l->listeners[l->n];
	int fd;

	if (!parse_address(text, l->port, &listener->address, &listener->len)) {
		fail(e, ERR_REJECTED, "cannot listen at %s: not a numeric address", text);
		return false;
	}
	fd = bind_socket(&listener->address, listener->len);
	if (fd < 0) {
		fail(e, err_of_bind(errno), "cannot listen at %s port %u: %s", text,
		     (unsigned)l->port, strerror(errno));
		return false;
	}
	l->port = port_of(fd);
	parse_address(text, l->port, &listener->address, &listener->len); /* with the port it got */
	listener->srv = srv;
	ev_io_init(&listener->watcher, on_listener, fd, EV_READ);
	l->n++;
	return true;
}

static bool bind_all(struct httpd *srv, const struct httpd_config *config, struct httpd_error *e)
{
	srv->listening->port = config->port;
	for (size_t i = 0; i < config->naddresses; i++)
		if (!bind_one(srv, config->addresses[i], e))
			return false;
	return true;
}

/* A port the system chose at the first address can be taken at another. */
static bool listen_all(struct httpd *srv, const struct httpd_config *config, struct httpd_error *e)
{
	int tries = config->port == 0 ? PORT_TRIES : 1;

	while (tries-- > 0) {
		e->code = ERR_NONE;
		if (bind_all(srv, config, e)) {
			start_accepting(srv->listening);
			return true;
		}
		close_sockets(srv->listening);
		if (e->code != ERR_BUSY)
			break;
	}
	return false;
}

/* ---- one address of many ---- */

static struct listener *find_listener(struct listening *l, const char *text)
{
	union httpd_address address;
	socklen_t len;

	if (!parse_address(text, l->port, &address, &len))
		return NULL;
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(&l->listeners[i].address, &address, sizeof address) == 0)
			return &l->listeners[i];
	return NULL;
}

static void stop_listening(struct httpd *srv, struct listener *listener)
{
	struct conn *next;

	close_listener(listener);
	for (struct conn *conn = srv->conns; conn != NULL; conn = next) {
		next = conn->next;
		if (memcmp(&conn->local, &listener->address, listener->len) == 0)
			conn_kill(conn);
	}
}

bool httpd_listen_at(struct httpd *srv, const char *address, bool on, struct httpd_error *e)
{
	struct listener *listener = find_listener(srv->listening, address);
	int fd;

	e->code = ERR_NONE;
	if (listener == NULL) {
		fail(e, ERR_MISSING, "%s is not an address of this server", address);
	} else if (!on) {
		stop_listening(srv, listener);
	} else if (listener->watcher.fd < 0) {
		fd = bind_socket(&listener->address, listener->len);
		if (fd < 0)
			fail(e, err_of_bind(errno), "cannot listen at %s again: %s", address,
			     strerror(errno));
		ev_io_set(&listener->watcher, fd, EV_READ);
		start_accepting(srv->listening);
	}
	return e->code == ERR_NONE;
}

/* ---- servers ---- */

static struct httpd *allocate(const struct httpd_config *config, struct op *ready)
{
	struct httpd *srv = calloc(1, sizeof *srv);
	struct listening *l = calloc(1, sizeof *l + config->naddresses * sizeof(struct listener));

	if (srv == NULL || l == NULL) {
		free(srv);
		free(l);
		return NULL;
	}
	srv->ready = ready;
	srv->queue_tail = &srv->queue;
	srv->max_body = config->max_body;
	srv->timeout = config->timeout;
	srv->secure = config->cert != NULL;
	srv->listening = l;
	ev_timer_init(&l->rest, on_rest, 0, 0);
	l->rest.data = l;
	return srv;
}

static void deallocate(struct httpd *srv)
{
	free(srv->listening);
	free(srv);
}

struct httpd *httpd_open(const struct httpd_config *config, struct op *ready, struct httpd_error *e)
{
	struct httpd *srv = allocate(config, ready);

	e->code = ERR_NONE;
	if (srv == NULL) {
		fail(e, ERR_INTERNAL, "not enough memory for a server");
		return NULL;
	}
	if (!context_use()) {
		fail(e, ERR_INTERNAL, "libwebsockets does not start (is its libev plugin there?)");
		deallocate(srv);
		return NULL;
	}
	if (open_vhost(srv, config, e) && listen_all(srv, config, e))
		return srv;
	httpd_close(srv);
	return NULL;
}

void httpd_close(struct httpd *srv)
{
	struct listening *l = srv->listening;

	ev_timer_stop(loop_get(), &l->rest);
	close_sockets(l);
	while (srv->conns != NULL)
		conn_hang_up(srv->conns);
	while (srv->queue != NULL)
		httpd_request_free(httpd_take(srv));
	if (l->vhost != NULL)
		lws_vhost_destroy(l->vhost);
	context_release();
	deallocate(srv);
}

unsigned short httpd_port(const struct httpd *srv)
{
	return srv->listening->port;
}

bool httpd_has_request(const struct httpd *srv)
{
	return srv->queue != NULL;
}

struct httpd_request *httpd_take(struct httpd *srv)
{
	struct httpd_request *req = srv->queue;

	if (req == NULL)
		return NULL;
	srv->queue = req->next;
	if (srv->queue == NULL)
		srv->queue_tail = &srv->queue;
	req->next = NULL;
	return req;
}
