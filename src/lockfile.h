/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lockfile.h owns small private files that several processes share: mode 0600,
 * one holder at a time, by flock(). The kernel drops the lock of a process that
 * dies, however it dies, so that a lock that can be had means a dead holder.
 * What is in them is bmc.ledger's, bmc.tokens' and others'. It knows no Lua. */
#ifndef BMCSH_LOCKFILE_H
#define BMCSH_LOCKFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

enum lockfile_how {
	LOCKFILE_NEW, /* made here; it is an error when there is one */
	LOCKFILE_OLD, /* has to be there */
	LOCKFILE_ANY, /* made when it is not there */
};

struct lockfile {
	int fd; /* -1 when closed */
	char *path;
	char text[256]; /* why something failed */
};

/* Opens and locks; does not wait. ERR_BUSY: somebody else has it, or, with
 * LOCKFILE_NEW, it is there already. f is closed (fd -1, path NULL). */
enum err_code lockfile_open(struct lockfile *f, const char *path, enum lockfile_how how);

/* Bytes in the file, -1 when that cannot be told. */
off_t lockfile_size(struct lockfile *f);

/* Reads len bytes at an offset; false with a text when there are fewer. */
bool lockfile_read(struct lockfile *f, char *buf, size_t len, off_t at);

/* Writes behind what is there. */
bool lockfile_append(struct lockfile *f, const char *bytes, size_t len);

/* Writes at an offset; what lay behind stays until lockfile_cut(). */
bool lockfile_write(struct lockfile *f, const char *bytes, size_t len, off_t at);
bool lockfile_cut(struct lockfile *f, off_t len);

/* Takes the file out of its folder; the lock holds until lockfile_close(). */
bool lockfile_remove(struct lockfile *f);

/* Gives the lock back; twice is once. */
void lockfile_close(struct lockfile *f);

#endif
