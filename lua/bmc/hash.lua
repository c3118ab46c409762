-- SPDX-License-Identifier: GPL-3.0-or-later
-- hash: digests, for names of files and for fingerprints that can be compared where the thing
-- itself must not be shown. The sums are OpenSSL's (src/l_hash.c).

local core = require "_bmcsh.hash"

local M = {}

--- The SHA-256 of bytes, as 64 hexadecimal digits.
---@type fun(bytes: string): string
M.sha256 = core.sha256

return M
