/* SPDX-License-Identifier: GPL-3.0-or-later */
/* terminal.h owns standard input and output as streams on the loop, whatever
 * they are: a terminal in raw mode, a pipe, a file. A reader that lies far
 * behind, or a screen that was stopped with Ctrl-S, holds up nobody else. */
#ifndef BMCSH_TERMINAL_H
#define BMCSH_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "op.h"

#define TERMINAL_CHUNK 4096

/* Takes both; false when they are taken. raw: the input's terminal mode. */
bool terminal_open(bool raw);
/* Gives them back, in the mode in which they were found; twice is once. */
void terminal_close(void);
void terminal_suspend(void);

/* One read or one write; zeroed but for its op and what is to be written. */
struct terminal_io {
	struct op op;
	const char *data; /* written; stays until the op is done */
	size_t len, at;   /* of it, or read; written so far */
	int error;        /* an errno */
	char bytes[];     /* read: room for TERMINAL_CHUNK */
};

/* Each calls op_finish(), now or later; false when another one waits. Nothing
 * read and no error: the end. */
bool terminal_read(struct terminal_io *io);
bool terminal_write(struct terminal_io *io);
void terminal_stop(struct terminal_io *io);

#endif
