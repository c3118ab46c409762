-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cases for locked files, digests and JSON that is read exactly.

local hash = require "bmc.hash"
local http = require "bmc.http"
local secret = require "bmc.secret"
local state = require "bmc.state"

local PATH = os.tmpname()

local M = {}

local function must(value, e)
  if value == nil then
    error(e, 0)
  end
  return value
end

function M.locked_file()
  local file <close> = must(state.open(PATH, "any"))
  local token <close> = secret.from_string("t0ken")
  must(file:replace("head\n", token, "\n"))
  must(file:append("more\n"))
  must(file:head())
  must(file:read(5))
  local back <close> = must(file:secret(5))
  assert(back:length() == 5)
  must(file:sync())
  must(file:cut(must(file:size()) - 1))
  must(file:remove())
end

function M.lock_that_is_held()
  local file <close> = must(state.open(PATH, "any"))
  local second = state.open(PATH, "old")
  assert(second == nil)
  must(file:remove())
end

function M.digest()
  assert(#hash.sha256("abc") == 64)
end

function M.exact_json()
  assert(http.decode('{"a":[null,{"b":[]}],"c":null}', { exact = true }).a[1] == http.null)
end

return M
