/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_multi.h"

#include <ev.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "loop.h"
#include "secret.h"

/* Handles kept for reuse. Each holds some KiB, mostly its TLS session. */
#define SPARES 256
/* Connections kept open for their next request; see make_room(). */
#define ROOM 1024

/* Sockets that one transfer may have: a name look-up, then a connection
 * attempt for each of two address families. */
#define WATCHES_EACH 4

/* One a socket of libcurl. */
struct watch {
	ev_io io;
	int events;
	struct watch *next_free;
};

/* The buffers of 16 KiB that libcurl takes for each request and gives back: one to receive and,
 * with TLS, one to send. */
#define BLOCKS 1024 /* what is taken beyond them is malloc's */
#define BLOCK_MIN 16384
#define BLOCK_STEP 1024
#define BLOCK_SIZE (BLOCK_MIN + BLOCK_STEP)

struct block {
	struct block *next;
};

struct spare {
	CURL *easy;
	uint64_t origin;
};

static CURLM *multi;
static ev_timer timer;
static http_multi_done tell_done;
static struct spare spares[SPARES]; /* the longest unused first */
static size_t spare_count;
static struct watch *free_watches;
static char *blocks;
static size_t fresh_blocks;
static struct block *free_blocks;
static long taken, room, watch_count;

/* ---- libcurl speaks ---- */

/* Outside of libcurl, so that the one told may drop the handle (STYLE C6). */
static void collect(void)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(multi, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			tell_done(msg->easy_handle, msg->data.result);
}

static void on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	int ready = 0, still;

	(void)loop;
	if (revents & EV_READ)
		ready |= CURL_CSELECT_IN;
	if (revents & EV_WRITE)
		ready |= CURL_CSELECT_OUT;
	curl_multi_socket_action(multi, w->fd, ready, &still); /* may drop w */
	collect();
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	int still;

	(void)loop;
	(void)w;
	(void)revents;
	curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &still);
	collect();
}

/* Runs inside libcurl. Division in floating point: whole seconds would make
 * every wait below one second a busy loop (STYLE X1). */
static int set_timer(CURLM *m, long ms, void *arg)
{
	struct ev_loop *loop = loop_get();

	(void)m;
	(void)arg;
	ev_timer_stop(loop, &timer);
	if (ms < 0)
		return 0;
	if (ms > 0)
		ev_now_update(loop); /* libev's clock stands still while Lua runs */
	ev_timer_set(&timer, (double)ms * 1e-3, 0.0);
	ev_timer_start(loop, &timer);
	return 0;
}

/* libcurl gives a socket up after each request and a failure inside its
 * callback would end all transfers: so watches are made beforehand and kept. */
static bool reserve_watches(void)
{
	while (watch_count < taken * WATCHES_EACH) {
		struct watch *w = malloc(sizeof *w);

		if (w == NULL)
			return false;
		w->next_free = free_watches;
		free_watches = w;
		watch_count++;
	}
	return true;
}

static struct watch *watch_take(curl_socket_t fd)
{
	struct watch *w = free_watches;

	if (w == NULL)
		return NULL;
	free_watches = w->next_free;
	w->events = 0;
	ev_io_init(&w->io, on_io, fd, 0);
	curl_multi_assign(multi, fd, w);
	return w;
}

static void watch_drop(struct watch *w)
{
	if (w == NULL)
		return;
	ev_io_stop(loop_get(), &w->io);
	w->next_free = free_watches;
	free_watches = w;
}

/* Runs inside libcurl. */
static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watch)
{
	struct ev_loop *loop = loop_get();
	struct watch *w = watch;
	int events = 0;

	(void)easy;
	(void)arg;
	if (what == CURL_POLL_REMOVE) {
		watch_drop(w);
		return 0;
	}
	if (w == NULL && (w = watch_take(fd)) == NULL)
		return -1;
	if (what & CURL_POLL_IN)
		events |= EV_READ;
	if (what & CURL_POLL_OUT)
		events |= EV_WRITE;
	if (events == w->events)
		return 0;
	ev_io_stop(loop, &w->io);
	ev_io_set(&w->io, fd, events);
	ev_io_start(loop, &w->io);
	w->events = events;
	return 0;
}

/* ---- easy handles ---- */

/* libcurl counts busy connections too: with more requests under way than
 * this, it would close each connection after every single request. No limit a
 * host is set: a request over it would wait in libcurl's one queue, where the
 * first may hold up all others. The target bounds its own requests. */
static void make_room(void)
{
	if (2 * taken <= room)
		return;
	room = 2 * taken;
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, room);
}

static CURL *spare_remove(size_t i)
{
	CURL *easy = spares[i].easy;

	spare_count--;
	memmove(&spares[i], &spares[i + 1], (spare_count - i) * sizeof spares[0]);
	return easy;
}

static CURL *pick(uint64_t origin)
{
	for (size_t i = spare_count; i > 0; i--)
		if (spares[i - 1].origin == origin)
			return spare_remove(i - 1);
	return spare_count > 0 ? spare_remove(0) : curl_easy_init();
}

CURL *http_multi_take(uint64_t origin)
{
	CURL *easy = pick(origin);

	if (easy == NULL)
		return NULL;
	taken++;
	if (!reserve_watches()) {
		http_multi_drop(easy, origin);
		return NULL;
	}
	make_room();
	return easy;
}

int http_multi_start(CURL *easy)
{
	return curl_multi_add_handle(multi, easy) == CURLM_OK ? 0 : -1;
}

void http_multi_drop(CURL *easy, uint64_t origin)
{
	curl_multi_remove_handle(multi, easy);
	taken--;
	curl_easy_reset(easy);
	if (spare_count == SPARES)
		curl_easy_cleanup(spare_remove(0));
	spares[spare_count].easy = easy;
	spares[spare_count].origin = origin;
	spare_count++;
}

/* ---- life ---- */

#ifdef BMCSH_ALLOC_TEST
/* That build refuses memory to our own C; libcurl divides by zero without. */
static CURLcode start_libcurl(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT);
}
#else
/* Memory becomes real where it is first written to, and is zero until then. Not for other
 * threads: those of the name look-ups need nothing of that size. */
static void *block_take(size_t size)
{
	struct block *b = free_blocks;

	if (size < BLOCK_MIN || size > BLOCK_SIZE)
		return malloc(size);
	if (b == NULL)
		return fresh_blocks > 0 ? &blocks[--fresh_blocks * BLOCK_SIZE] : malloc(size);
	free_blocks = b->next;
	b->next = NULL;
	return b;
}

static bool is_block(const void *p)
{
	return blocks != NULL && (uintptr_t)p - (uintptr_t)blocks < BLOCKS * BLOCK_SIZE;
}

static size_t size_of(void *p)
{
	return is_block(p) ? BLOCK_SIZE : malloc_usable_size(p);
}

/* A block is all zero when it is handed out, and libcurl fills it from its start, with text first:
 * what follows so many zeros was never written to. To wipe the rest as well would drive out of
 * the processor's cache what the other requests of a sweep need next. */
static void block_drop(char *p)
{
	static const char zeros[BLOCK_STEP];
	struct block *b = (struct block *)p;

	for (size_t at = 0; at < BLOCK_SIZE; at += BLOCK_STEP) {
		if (memcmp(p + at, zeros, BLOCK_STEP) == 0)
			break;
		secret_wipe(p + at, BLOCK_STEP);
	}
	b->next = free_blocks;
	free_blocks = b;
}

static void wiping_free(void *p)
{
	if (p == NULL)
		return;
	if (is_block(p)) {
		block_drop(p);
		return;
	}
	secret_wipe(p, malloc_usable_size(p));
	free(p);
}

static void *wiping_realloc(void *p, size_t size)
{
	size_t old = p != NULL ? size_of(p) : 0;
	void *moved;

	if (size <= old && size > old / 2)
		return p;
	moved = block_take(size);
	if (moved == NULL)
		return NULL;
	if (p != NULL)
		memcpy(moved, p, old < size ? old : size);
	wiping_free(p);
	return moved;
}

static void open_blocks(void)
{
	void *p = mmap(NULL, BLOCKS * BLOCK_SIZE, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	blocks = p != MAP_FAILED ? p : NULL;
	fresh_blocks = blocks != NULL ? BLOCKS : 0;
}

/* libcurl copies passwords and tokens into buffers of its own, and frees them
 * as they are. */
static CURLcode start_libcurl(void)
{
	open_blocks();
	return curl_global_init_mem(CURL_GLOBAL_DEFAULT, block_take, wiping_free, wiping_realloc,
	                            strdup, calloc);
}
#endif

/* Idle connections may take half the descriptors, no more. */
static long first_room(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur / 2 > ROOM)
		return ROOM;
	return (long)(files.rlim_cur / 2);
}

int http_multi_open(http_multi_done done)
{
	if (multi != NULL)
		return 0;
	if (start_libcurl() != CURLE_OK)
		return -1;
	multi = curl_multi_init();
	if (multi == NULL) {
		curl_global_cleanup();
		return -1;
	}
	tell_done = done;
	room = first_room();
	ev_timer_init(&timer, on_timer, 0.0, 0.0);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, room);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	return 0;
}

void http_multi_close(void)
{
	if (multi == NULL)
		return;
	curl_multi_cleanup(multi);
	while (spare_count > 0)
		curl_easy_cleanup(spare_remove(0));
	for (struct watch *w; (w = free_watches) != NULL; free(w))
		free_watches = w->next_free;
	watch_count = 0;
	multi = NULL;
	ev_timer_stop(loop_get(), &timer);
	curl_global_cleanup();
	if (blocks != NULL)
		munmap(blocks, BLOCKS * BLOCK_SIZE);
	blocks = NULL;
	free_blocks = NULL;
	fresh_blocks = 0;
}
