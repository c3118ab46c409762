/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl.h owns the line editor: readline on the loop, the terminal's mode while
 * a line is edited, the history file. It knows no Lua; what a line means, and
 * what could complete it, is its caller's.
 *
 * There is one terminal, so one line is edited at a time; a question may be
 * asked while the shell runs a command. Between two events nothing is read: a
 * completion is computed while the line stands as it is. */
#ifndef BMCSH_REPL_H
#define BMCSH_REPL_H

#include <stdbool.h>
#include <stddef.h>

enum repl_event {
	REPL_NONE,
	REPL_LINE,      /* text is the line; the terminal is back in its own mode */
	REPL_COMPLETE,  /* Tab: text is the line so far, point the cursor's place */
	REPL_INTERRUPT, /* text was the line, which is gone */
	REPL_EOF,       /* Ctrl-D on an empty line, or the input has ended */
};

struct repl_config {
	bool to_stderr;           /* stdout is for results */
	void (*on_event)(void *); /* called from the loop, once a repl_read() */
	void *ctx;                /* tells editors apart */
};

/* 0; -1 when standard input is no terminal. */
int repl_init(void);

/* Lets the person edit until an event. After REPL_COMPLETE it goes on with the
 * same line, and prompt is not used. 0; -1 while another editor has a line. */
int repl_read(const struct repl_config *config, const char *prompt);

/* Ends a read as Ctrl-C does, which comes as a signal; a line that was entered
 * and not taken yet too. Else nothing happens. */
void repl_interrupt(const void *ctx);

/* Gives up a read: the line is dropped and the terminal restored. Idempotent,
 * and nothing happens when the line is another editor's. */
void repl_stop(const void *ctx);

/* What happened; text is valid until the next read. */
enum repl_event repl_event(const char **text, size_t *point);

/* Puts the completion into the line, or shows the candidates. words replace
 * the letters, digits and _.:- before the cursor. */
void repl_complete(const char *const *words, size_t count);

/* Takes the line away for output of somebody else, and draws it again. */
void repl_hide(void);
void repl_show(void);

/* Reads the history, and writes what is remembered from now on. Makes the file
 * with mode 0600. 0, or -1 with errno. */
int repl_history(const char *path);
void repl_remember(const char *line);

#endif
