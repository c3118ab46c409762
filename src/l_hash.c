/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module _bmcsh.hash: digests of OpenSSL, for names and fingerprints. */
#include <lauxlib.h>
#include <lua.h>
#include <openssl/evp.h>

/* sha256(bytes) -> 64 hexadecimal digits */
static int l_sha256(lua_State *L)
{
	static const char digits[] = "0123456789abcdef";
	size_t len;
	const char *bytes = luaL_checklstring(L, 1, &len);
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned size;
	luaL_Buffer b;

	if (EVP_Digest(bytes, len, sum, &size, EVP_sha256(), NULL) != 1)
		return luaL_error(L, "OpenSSL gives no SHA-256");
	luaL_buffinit(L, &b);
	for (unsigned i = 0; i < size; i++) {
		luaL_addchar(&b, digits[sum[i] >> 4]);
		luaL_addchar(&b, digits[sum[i] & 15]);
	}
	luaL_pushresult(&b);
	return 1;
}

int luaopen__bmcsh_hash(lua_State *L);

int luaopen__bmcsh_hash(lua_State *L)
{
	static const luaL_Reg functions[] = { { "sha256", l_sha256 }, { NULL, NULL } };

	luaL_newlib(L, functions);
	return 1;
}
