/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns addresses of this machine that behave like a host that is off: the
 * module _bmcsh.blackhole, for the simulator.
 *
 * A packet filter would want root, and every loopback address answers. But a
 * socket that listens, accepts nothing and has its queue full lets the kernel
 * drop the next SYN: to a client this is silence until its own timeout. */
#include <arpa/inet.h>
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lutil.h"

#define BLACKHOLE "bmcsh.blackhole"
/* With a backlog of 0 the kernel keeps one connection; the second is for
 * systems that count otherwise, and else stays half open. */
#define FILLERS 2

int luaopen__bmcsh_blackhole(lua_State *L);

struct blackhole {
	bool open;            /* else fds mean nothing */
	int fds[1 + FILLERS]; /* the listening one first; -1 where there is none */
};

static int l_close(lua_State *L)
{
	struct blackhole *hole = luaL_checkudata(L, 1, BLACKHOLE);

	for (size_t i = 0; hole->open && i < 1 + FILLERS; i++)
		if (hole->fds[i] >= 0)
			close(hole->fds[i]);
	hole->open = false;
	return 0;
}

static int new_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* errno tells when it is false. */
static bool dig(struct blackhole *hole, const struct sockaddr_in *address)
{
	const struct sockaddr *any = (const struct sockaddr *)address;

	hole->fds[0] = new_socket();
	if (hole->fds[0] < 0)
		return false;
	setsockopt(hole->fds[0], SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(hole->fds[0], any, sizeof *address) != 0 || listen(hole->fds[0], 0) != 0)
		return false;
	for (size_t i = 1; i < 1 + FILLERS; i++) {
		hole->fds[i] = new_socket();
		if (hole->fds[i] < 0 ||
		    (connect(hole->fds[i], any, sizeof *address) != 0 && errno != EINPROGRESS))
			return false;
	}
	return true;
}

/* open{ address=, port= } */
static int l_open(lua_State *L)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct blackhole *hole;
	const char *text;
	double port;

	luaL_checktype(L, 1, LUA_TTABLE);
	text = lutil_optstring(L, 1, "address", NULL);
	port = lutil_optnumber(L, 1, "port", 0);
	luaL_argcheck(L, text != NULL && inet_pton(AF_INET, text, &address.sin_addr) == 1, 1,
	              "address: an IPv4 address expected");
	luaL_argcheck(L, port >= 1 && port <= 65535, 1, "port: 1 to 65535 expected");
	address.sin_port = htons((unsigned short)port);
	hole = lutil_box(L, sizeof *hole, 0, BLACKHOLE);
	memset(hole->fds, -1, sizeof hole->fds);
	hole->open = true;
	if (!dig(hole, &address))
		return lutil_fail(L, ERR_BUSY, "cannot take %s port %d: %s", text, (int)port,
		                  strerror(errno));
	return 1;
}

static const luaL_Reg methods[] = {
	{ "close", l_close },
	{ NULL, NULL },
};

static const luaL_Reg functions[] = {
	{ "open", l_open },
	{ NULL, NULL },
};

int luaopen__bmcsh_blackhole(lua_State *L)
{
	lutil_class(L, BLACKHOLE, methods, l_close);
	luaL_newlib(L, functions);
	return 1;
}
