/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "repl.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "interrupt.h"
#include "loop.h"

#define HISTORY_LINES 2000
#define CTRL_C 3
#define CTRL_Z 26

/* Everything that ends a word; what is left belongs to names, method calls
 * and options: m:power_action, bmc.task, --host. */
static const char word_breaks[] = " \t\n\"\\'`@$><=;|&{([,+*/%^#~!?)}]";

static struct {
	struct repl_config config;
	ev_io io;
	enum repl_event event;
	char *text; /* malloc'd */
	size_t point;
	char *history; /* path */
	const char *const *words;
	size_t word_count;
	bool initialised;
	bool installed; /* a line is being edited: the terminal is in raw mode */
} ed;

static void set_event(enum repl_event event, const char *text, size_t point)
{
	free(ed.text);
	ed.text = text != NULL ? strdup(text) : NULL;
	ed.point = point;
	ed.event = event;
}

/* ---- the terminal ---- */

static struct termios found;
static volatile sig_atomic_t changed;

/* In a signal handler, where readline's own function would not do. */
static void restore_terminal(void)
{
	if (changed)
		tcsetattr(STDIN_FILENO, TCSANOW, &found);
}

/* Ctrl-Z and Ctrl-\ are keys while a line is edited: a signal would stop or end
 * the program with the terminal in the editor's mode. Ctrl-C stays a signal: it has to reach a
 * task that computes in the background as well, and a line just entered. */
static void prepare_terminal(int meta)
{
	struct termios mode;

	if (tcgetattr(STDIN_FILENO, &found) == 0)
		changed = 1;
	rl_prep_terminal(meta);
	if (tcgetattr(STDIN_FILENO, &mode) != 0)
		return;
	mode.c_cc[VSUSP] = mode.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
}

static void release_terminal(void)
{
	rl_deprep_terminal();
	changed = 0;
}

static int key_interrupt(int count, int key)
{
	(void)count;
	(void)key;
	set_event(REPL_INTERRUPT, rl_line_buffer, (size_t)rl_point);
	return 0;
}

static int key_suspend(int count, int key)
{
	(void)count;
	(void)key;
	release_terminal();
	kill(0, SIGTSTP);
	prepare_terminal(1);
	rl_forced_update_display();
	return 0;
}

static int key_complete(int count, int key)
{
	(void)count;
	(void)key;
	set_event(REPL_COMPLETE, rl_line_buffer, (size_t)rl_point);
	return 0;
}

/* ---- completion ---- */

/* The longest start that all candidates share, as readline wants it: first. */
static char *common_start(void)
{
	size_t len = strlen(ed.words[0]);

	for (size_t i = 1; i < ed.word_count; i++)
		for (size_t at = 0; at < len; at++)
			if (ed.words[i][at] != ed.words[0][at])
				len = at;
	return strndup(ed.words[0], len);
}

/* Called by readline inside rl_complete_internal(); it frees the result. */
static char **candidates(const char *word, int start, int end)
{
	char **list;

	(void)word;
	(void)start;
	(void)end;
	rl_attempted_completion_over = 1; /* never file names */
	rl_completion_append_character = '\0';
	if (ed.word_count == 0)
		return NULL;
	list = calloc(ed.word_count + 2, sizeof *list);
	if (list == NULL)
		return NULL;
	list[0] = common_start();
	for (size_t i = 0; ed.word_count > 1 && i < ed.word_count; i++)
		list[i + 1] = strdup(ed.words[i]);
	return list;
}

void repl_complete(const char *const *words, size_t count)
{
	if (!ed.installed)
		return;
	ed.words = words;
	ed.word_count = count;
	rl_complete_internal('!'); /* completes; shows the list when it is ambiguous */
	rl_redisplay();
	ed.words = NULL;
	ed.word_count = 0;
}

/* ---- reading ---- */

static void on_line(char *line)
{
	rl_callback_handler_remove();
	ed.installed = false;
	set_event(line != NULL ? REPL_LINE : REPL_EOF, line, 0);
	free(line);
}

static void drop_line(void)
{
	if (!ed.installed)
		return;
	rl_callback_sigcleanup();
	rl_replace_line("", 0);
	rl_callback_handler_remove();
	fputs("\n", rl_outstream);
	fflush(rl_outstream);
	ed.installed = false;
}

static void tell_event(void)
{
	ev_io_stop(loop_get(), &ed.io);
	if (ed.event == REPL_INTERRUPT)
		drop_line();
	else if (ed.event == REPL_EOF)
		fputs("\n", rl_outstream);
	ed.config.on_event(ed.config.ctx);
}

static void on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	rl_callback_read_char();
	if (ed.event != REPL_NONE)
		tell_event();
}

void repl_interrupt(const void *ctx)
{
	if (ed.config.ctx != ctx || (!ed.installed && ed.event != REPL_LINE))
		return;
	set_event(REPL_INTERRUPT, rl_line_buffer, (size_t)rl_point);
	tell_event();
}

int repl_read(const struct repl_config *config, const char *prompt)
{
	if (ed.installed && ed.config.ctx != config->ctx)
		return -1;
	set_event(REPL_NONE, NULL, 0);
	if (!ed.installed) {
		ed.config = *config;
		rl_outstream = config->to_stderr ? stderr : stdout;
		rl_callback_handler_install(prompt, on_line);
		ed.installed = true;
	}
	ev_io_start(loop_get(), &ed.io);
	return 0;
}

void repl_stop(const void *ctx)
{
	if (ed.config.ctx != ctx)
		return;
	ev_io_stop(loop_get(), &ed.io);
	drop_line();
	ed.config.ctx = NULL;
}

enum repl_event repl_event(const char **text, size_t *point)
{
	*text = ed.text;
	*point = ed.point;
	return ed.event;
}

void repl_hide(void)
{
	if (!ed.installed)
		return;
	rl_clear_visible_line();
	fflush(rl_outstream);
}

void repl_show(void)
{
	if (ed.installed)
		rl_forced_update_display();
}

/* ---- life ---- */

static void bind(int key, rl_command_func_t *function)
{
	rl_bind_key_in_map(key, function, emacs_standard_keymap);
	rl_bind_key_in_map(key, function, vi_insertion_keymap);
	rl_bind_key_in_map(key, function, vi_movement_keymap);
}

static void initialise(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8"); /* the names of machines are UTF-8 */
	rl_readline_name = "bmcsh";
	rl_catch_signals = 0; /* they belong to interrupt.c */
	rl_change_environment = 0;
	rl_initialize(); /* reads inputrc first: the keys below are ours */
	rl_variable_bind("page-completions", "off"); /* would block the loop */
	rl_completion_query_items = -1;
	rl_completer_word_break_characters = word_breaks;
	rl_attempted_completion_function = candidates;
	rl_prep_term_function = prepare_terminal;
	rl_deprep_term_function = release_terminal;
	interrupt_at_leave(restore_terminal);
	bind('\t', key_complete);
	bind(CTRL_C, key_interrupt);
	bind(CTRL_Z, key_suspend);
	using_history();
	stifle_history(HISTORY_LINES);
	ev_io_init(&ed.io, on_readable, STDIN_FILENO, EV_READ);
	ed.initialised = true;
}

int repl_init(void)
{
	if (!isatty(STDIN_FILENO))
		return -1;
	if (!ed.initialised)
		initialise();
	return 0;
}

/* ---- history ---- */

int repl_history(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (fchmod(fd, 0600) != 0) {
		close(fd);
		return -1;
	}
	close(fd);
	free(ed.history);
	ed.history = strdup(path);
	if (read_history(path) != 0)
		return -1;
	history_truncate_file(path, HISTORY_LINES);
	return 0;
}

void repl_remember(const char *line)
{
	add_history(line);
	if (ed.history != NULL)
		append_history(1, ed.history);
}
