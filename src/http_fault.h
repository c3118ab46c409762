/* SPDX-License-Identifier: GPL-3.0-or-later */
/* http_fault.h owns what a failed transfer is called: libcurl's codes and
 * OpenSSL's reasons as an error code and a sentence for the operator. */
#ifndef BMCSH_HTTP_FAULT_H
#define BMCSH_HTTP_FAULT_H

#include <curl/curl.h>

struct http_request;

/* Sets code and text. The transfer's handle is still there, and text holds
 * what libcurl had to say. */
void http_fault(struct http_request *req, CURLcode result);

#endif
