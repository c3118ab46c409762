/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heartbeat_loop: the other side of the benchmark. libcurl's multi-socket
 * interface on libev and nothing else: no Lua, no JSON, no error handling
 * beyond "it failed". Makes the requests of its list at each BMC, one after
 * the other on one connection, so many BMCs at once.
 *
 *   heartbeat_loop CONCURRENCY LIST URL-FILE
 *
 * LIST holds lines "METHOD path". A POST logs in: its X-Auth-Token goes with
 * all later requests. Prints "BMCS FAILED SECONDS-OF-CPU". */
#include <curl/curl.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#define MAX_STEPS 16
#define MAX_BMCS 20000

struct step {
	char method[8], path[120];
};

struct slot { /* one BMC at a time */
	CURL *easy;
	const char *base;
	int step;
	bool failed;
	struct curl_slist *headers;
	char token[160];
	char *body;
	size_t len, room;
};

static struct step steps[MAX_STEPS];
static int step_count;
static char *bmcs[MAX_BMCS];
static int bmc_count, next_bmc, failed_count;
static CURLM *multi;
static struct ev_loop *loop;
static ev_timer timer;

static const char login[] = "{\"UserName\":\"root\",\"Password\":\"benchmark\"}";

static size_t on_body(char *bytes, size_t one, size_t len, void *arg)
{
	struct slot *s = arg;

	(void)one;
	if (s->len + len > s->room) {
		s->room = 2 * (s->len + len);
		s->body = realloc(s->body, s->room);
		if (s->body == NULL)
			return 0;
	}
	memcpy(s->body + s->len, bytes, len);
	s->len += len;
	return len;
}

static size_t on_header(char *line, size_t one, size_t len, void *arg)
{
	struct slot *s = arg;

	(void)one;
	if (len > 16 && strncasecmp(line, "x-auth-token: ", 14) == 0)
		snprintf(s->token, sizeof s->token, "X-Auth-Token: %.*s", (int)(len - 16),
		         line + 14);
	return len;
}

/* The headers that bmcsh sends. */
static void set_headers(struct slot *s, const struct step *step)
{
	curl_slist_free_all(s->headers);
	s->headers = curl_slist_append(NULL, "Accept: application/json");
	s->headers = curl_slist_append(s->headers, "OData-Version: 4.0");
	s->headers = curl_slist_append(s->headers, "Accept-Encoding: identity");
	if (strcmp(step->method, "POST") == 0)
		s->headers = curl_slist_append(s->headers, "Content-Type: application/json");
	if (s->token[0] != '\0')
		s->headers = curl_slist_append(s->headers, s->token);
	if (s->step + 1 == step_count)
		s->headers = curl_slist_append(s->headers, "Connection: close");
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
}

static void send_step(struct slot *s)
{
	const struct step *step = &steps[s->step];
	bool is_post = strcmp(step->method, "POST") == 0, is_get = strcmp(step->method, "GET") == 0;
	char url[256];

	s->len = 0;
	snprintf(url, sizeof url, "%s%s", s->base, step->path);
	curl_easy_setopt(s->easy, CURLOPT_URL, url);
	set_headers(s, step);
	if (is_post)
		curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, login);
	else
		curl_easy_setopt(s->easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, is_post || is_get ? NULL : step->method);
	curl_easy_setopt(s->easy, CURLOPT_FORBID_REUSE, s->step + 1 == step_count ? 1L : 0L);
	curl_multi_add_handle(multi, s->easy);
}

static void open_slot(struct slot *s)
{
	s->easy = curl_easy_init();
	curl_easy_setopt(s->easy, CURLOPT_PRIVATE, s);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "bench");
	curl_easy_setopt(s->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(s->easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(s->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, 30000L);
	curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
}

static void take_bmc(struct slot *s)
{
	if (next_bmc == bmc_count)
		return;
	s->base = bmcs[next_bmc++];
	s->step = 0;
	s->failed = false;
	s->token[0] = '\0';
	send_step(s);
}

static void finish_step(CURL *easy, CURLcode result)
{
	struct slot *s = NULL;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&s);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_multi_remove_handle(multi, easy);
	if (result != CURLE_OK || status >= 400)
		s->failed = true;
	if (!s->failed && ++s->step < step_count) {
		send_step(s);
		return;
	}
	failed_count += s->failed;
	take_bmc(s);
}

static void collect(void)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			finish_step(msg->easy_handle, msg->data.result);
}

static void on_io(struct ev_loop *l, ev_io *w, int revents)
{
	int still;

	(void)l;
	curl_multi_socket_action(multi, w->fd,
	                         (revents & EV_READ ? CURL_CSELECT_IN : 0) |
	                             (revents & EV_WRITE ? CURL_CSELECT_OUT : 0),
	                         &still);
	collect();
}

static void on_timer(struct ev_loop *l, ev_timer *w, int revents)
{
	int still;

	(void)l;
	(void)w;
	(void)revents;
	curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &still);
	collect();
}

static int set_timer(CURLM *m, long ms, void *arg)
{
	(void)m;
	(void)arg;
	ev_timer_stop(loop, &timer);
	if (ms >= 0) {
		ev_timer_set(&timer, (double)ms * 1e-3, 0.0);
		ev_timer_start(loop, &timer);
	}
	return 0;
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watcher)
{
	ev_io *w = watcher;

	(void)easy;
	(void)arg;
	if (what == CURL_POLL_REMOVE) {
		if (w != NULL)
			ev_io_stop(loop, w);
		free(w);
		return 0;
	}
	if (w == NULL) {
		w = calloc(1, sizeof *w);
		if (w == NULL)
			return -1;
		ev_init(w, on_io);
		curl_multi_assign(multi, fd, w);
	}
	ev_io_stop(loop, w);
	ev_io_set(w, fd,
	          (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
	ev_io_start(loop, w);
	return 0;
}

static bool read_steps(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f == NULL)
		return false;
	while (step_count < MAX_STEPS &&
	       fscanf(f, "%7s %119s", steps[step_count].method, steps[step_count].path) == 2)
		step_count++;
	fclose(f);
	return step_count > 0;
}

static bool read_bmcs(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[200];

	if (f == NULL)
		return false;
	while (bmc_count < MAX_BMCS && fscanf(f, "%199s", line) == 1)
		bmcs[bmc_count++] = strdup(line);
	fclose(f);
	return bmc_count > 0;
}

static double cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

int main(int argc, char **argv)
{
	int concurrency = argc == 4 ? atoi(argv[1]) : 0;
	struct slot *slots;

	if (concurrency < 1 || !read_steps(argv[2]) || !read_bmcs(argv[3])) {
		fprintf(stderr, "usage: heartbeat_loop CONCURRENCY LIST URL-FILE\n");
		return 2;
	}
	loop = ev_default_loop(0);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	ev_init(&timer, on_timer);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	slots = calloc((size_t)concurrency, sizeof *slots);
	for (int i = 0; i < concurrency; i++) {
		open_slot(&slots[i]);
		take_bmc(&slots[i]);
	}
	ev_run(loop, 0);
	printf("%d %d %.6f\n", bmc_count, failed_count, cpu_seconds());
	return failed_count > 0;
}
