/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cost: runs a command and says what it cost, itself and its children only.
 *
 *   cost TIMES COMMAND …
 *
 * Prints "CPU-SECONDS WALL-SECONDS EXIT-CODE" of all runs together; what the
 * command prints goes nowhere, what it complains of to standard error. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static double children_cpu(void)
{
	struct rusage r;

	getrusage(RUSAGE_CHILDREN, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

static int run(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int times = argc > 2 ? atoi(argv[1]) : 0, code = 0;
	double began = now();

	if (times < 1) {
		fprintf(stderr, "usage: cost TIMES COMMAND …\n");
		return 2;
	}
	for (int i = 0; i < times && code == 0; i++)
		code = run(argv + 2);
	printf("%.6f %.6f %d\n", children_cpu(), now() - began, code);
	return 0;
}
