/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spawn.h owns child processes: start, feed, collect the output, end. A child
 * runs in a session of its own, without a terminal and without any descriptor
 * of ours, and is never left behind, neither running nor as a zombie. */
#ifndef BMCSH_SPAWN_H
#define BMCSH_SPAWN_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "op.h"
#include "secret.h"

/* What a child wrote: in locked memory when it is a secret. */
struct spawn_output {
	bool is_secret;
	struct secret secret;
	char *bytes;
	size_t len, room;
};

struct spawn {
	struct op op;
	enum err_code code; /* ERR_NONE: the child ran, see status */
	char text[256];
	int status; /* exit status; -1 when a signal ended it */
	int signal; /* 0 when it ended by itself */
	struct spawn_output out, err;
	struct job *job; /* spawn.c's own */
};

struct spawn_options {
	char *const *argv; /* argv[0] is looked up in PATH */
	const char *in;    /* standard input; NULL: empty. Stays valid until done. */
	size_t in_len;
	double timeout;    /* seconds, INFINITY without */
	size_t max_output; /* bytes, both outputs together */
	bool secret;       /* standard output is one */
};

/* Starts the child and calls op_finish(), now or later. s is zeroed but for
 * its op. The end of the child's first process ends the wait: what a process
 * that it left in the background writes later is not waited for. */
void spawn_start(struct spawn *s, const struct spawn_options *options);

/* Ends the child's whole process group, with SIGTERM and 2 s later with
 * SIGKILL, without waiting for it; frees the output. Twice is once. */
void spawn_stop(struct spawn *s);

/* At exit: ends what still runs, within half a second. */
void spawn_end_all(void);

/* Lua face: the module _bmcsh.spawn. */
typedef struct lua_State lua_State;
int luaopen__bmcsh_spawn(lua_State *L);

#endif
