/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cost: runs a command and says what it cost, itself and its children only.
 *
 *   cost TIMES COMMAND …
 *
 * Prints "CPU-SECONDS WALL-SECONDS EXIT-CODE PEAK-KIB ANSWERED" of all runs
 * together: the peak is that of the largest, ANSWERED the seconds until the last
 * line of its output that says "ok":true. Its complaints go to standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double began, answered;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static void read_lines(int from)
{
	FILE *lines = fdopen(from, "r");
	char *line = NULL;
	size_t room = 0;

	while (lines != NULL && getline(&line, &room, lines) > 0)
		if (strstr(line, "\"ok\":true") != NULL)
			answered = now() - began;
	free(line);
	if (lines != NULL)
		fclose(lines);
}

static int run(char **argv)
{
	int ends[2], status;
	pid_t pid;

	if (pipe(ends) != 0)
		return 127;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	close(ends[1]);
	read_lines(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int times = argc > 2 ? atoi(argv[1]) : 0, code = 0;
	struct rusage used;

	began = now();
	if (times < 1) {
		fprintf(stderr, "usage: cost TIMES COMMAND …\n");
		return 2;
	}
	for (int i = 0; i < times && code == 0; i++)
		code = run(argv + 2);
	getrusage(RUSAGE_CHILDREN, &used);
	printf("%.6f %.6f %d %ld %.6f\n", seconds(used.ru_utime) + seconds(used.ru_stime),
	       now() - began, code, used.ru_maxrss, answered);
	return 0;
}
