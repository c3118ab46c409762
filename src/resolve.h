/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolve.h owns the way from a name to addresses without blocking the loop:
 * getaddrinfo() in a few threads, which touch nothing but their lookup. */
#ifndef BMCSH_RESOLVE_H
#define BMCSH_RESOLVE_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "err.h"

struct resolve; /* a lookup in flight */

/* Called on the loop. status is 0 or an EAI_ code; list is valid during the
 * call only, NULL on failure. */
typedef void (*resolve_fn)(void *arg, int status, const struct addrinfo *list);

/* A numeric address needs no lookup: true when host is one of that family
 * (AF_UNSPEC: any), with its address and the port in *to. */
bool resolve_numeric(const char *host, uint16_t port, int family, struct sockaddr_storage *to,
                     socklen_t *len);

/* Starts a lookup for datagram sockets; fn is always called later, never from
 * here. NULL without memory or thread. */
struct resolve *resolve_start(const char *host, uint16_t port, int family, resolve_fn fn,
                              void *arg);

/* fn will not be called. Only for a lookup whose fn has not been called. */
void resolve_cancel(struct resolve *r);

/* What a status means for a script. */
enum err_code resolve_error(int status);

/* At exit, before the loop is destroyed: no thread touches the loop again. */
void resolve_stop(void);

#endif
