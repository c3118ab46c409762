/* SPDX-License-Identifier: GPL-3.0-or-later */
/* disksync.h owns bringing a file to the disk without blocking the loop:
 * fdatasync() takes as long as the disk likes, so it is done in a thread. */
#ifndef BMCSH_DISKSYNC_H
#define BMCSH_DISKSYNC_H

struct disksync; /* under way */

/* Called on the loop; error is 0 or an errno. */
typedef void (*disksync_fn)(void *arg, int error);

/* Starts to sync what has been written to fd, which may be closed meanwhile;
 * fn is always called later, never from here. NULL with errno set. */
struct disksync *disksync_start(int fd, disksync_fn fn, void *arg);

/* fn will not be called. Only for one whose fn has not been called. */
void disksync_cancel(struct disksync *s);

#endif
