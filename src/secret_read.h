/* SPDX-License-Identifier: GPL-3.0-or-later */
/* secret_read.h owns how a secret comes in: the first line of a file, of a
 * descriptor, or of what a person types at the terminal without echo. It reads
 * on the loop, since a pipe or a person may take any time. */
#ifndef BMCSH_SECRET_READ_H
#define BMCSH_SECRET_READ_H

#include "err.h"
#include "op.h"
#include "secret.h"

struct secret_read {
	struct op op;
	struct secret secret; /* the line, without its end */
	enum err_code code;
	char text[256];  /* why it failed; or a warning, when code is ERR_NONE */
	struct tap *tap; /* secret_read.c's own */
};

/* Each starts to read and calls op_finish(), now or later. r is zeroed but for
 * its op. A descriptor is read up to the end of the line and stays open. */
void secret_read_file(struct secret_read *r, const char *path);
void secret_read_fd(struct secret_read *r, int fd);
void secret_read_prompt(struct secret_read *r, const char *text);

/* Ends reading, wipes what was read, restores the terminal; twice is once. */
void secret_read_stop(struct secret_read *r);

/* For a program that leaves without clean-up: puts a terminal back that is
 * asked for a password at this moment. Safe in a signal handler. */
void secret_read_restore_terminal(void);

#endif
