/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host.h owns what a script may ask about its own process and the machine's
 * files: arguments, folders, terminal, exit code. No network. */
#ifndef BMCSH_HOST_H
#define BMCSH_HOST_H

typedef struct lua_State lua_State;

/* Finds the folders that belong to this program. argv stays valid. */
void host_init(int argc, char **argv);

/* Folder with lua/ and scripts/, and the one with _bmcsh/NAME.so. */
const char *host_root(void);
const char *host_libdir(void);

/* What exit() was given last; 1 until then. */
int host_exit_code(void);

/* Lua face: the module _bmcsh.host. */
int luaopen__bmcsh_host(lua_State *L);

#endif
