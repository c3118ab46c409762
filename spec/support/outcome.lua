-- SPDX-License-Identifier: GPL-3.0-or-later
-- What specs of tasks ask of an outcome: its error code, its value, what it raised.

local assert = require "luassert"
local err = require "bmc.err"

local M = {}

--- Nil, err of a wait, as a code.
---@return string
function M.code_of(ok, e)
  assert.is_nil(ok)
  assert.is_true(err.is(e))
  return e.code
end

--- Goes on only with a result; luassert's assert would wrap the error value.
function M.must(ok, e)
  if ok == nil then
    error(e, 0)
  end
  return ok
end

--- What f(...) raises.
function M.raised(f, ...)
  local ok, e = pcall(f, ...)
  assert.is_false(ok)
  return e
end

return M
