/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptors.h"

#include <sys/resource.h>

/* libwebsockets keeps tables of 16 bytes for each descriptor it could get. */
#define MOST 262144

void descriptors_raise(void)
{
	struct rlimit limit;
	rlim_t want;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	want = limit.rlim_max < MOST ? limit.rlim_max : MOST;
	if (limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want;
	setrlimit(RLIMIT_NOFILE, &limit);
}
