/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_multi.h owns libcurl on the loop: the multi handle, its sockets and
 * its timer, and the easy handles that wait for their next use. It knows
 * nothing of what a request holds. */
#ifndef BMCSH_HTTP_MULTI_H
#define BMCSH_HTTP_MULTI_H

#include <curl/curl.h>
#include <stdint.h>

/* Told of each transfer that has ended; may drop the handle. */
typedef void (*http_multi_done)(CURL *easy, CURLcode result);

/* Once a process. 0, or -1. */
int http_multi_open(http_multi_done done);

/* After the last request is stopped. Idempotent. */
void http_multi_close(void);

/* A handle with no option set. The one that last talked to this origin is
 * preferred, since it holds the TLS session. NULL without memory. */
CURL *http_multi_take(uint64_t origin);

/* Starts a transfer. 0, or -1. */
int http_multi_start(CURL *easy);

/* Ends a transfer wherever it is and takes the handle back; any string it was
 * given is not read any more. */
void http_multi_drop(CURL *easy, uint64_t origin);

#endif
