-- SPDX-License-Identifier: GPL-3.0-or-later
--- Error values: the closed list of codes and how one prints.
--
-- Owns the meaning of a failure above C (DESIGN 4). The C core makes the same
-- values (src/lutil.c), so the metatable lives in the registry under the name
-- both know, and this module gives it its methods. Knows no transport and
-- decides nothing: what a code leads to is the business of bmc.plan.

local METATABLE = "bmcsh.error"

-- The same list, in the same order, as src/err.h.
local CODES = {
  timeout = "no answer in time",
  refused = "the connection was refused",
  unreachable = "the address does not answer",
  tls = "no TLS connection could be made",
  pin = "the key of the other side is not the pinned one",
  auth = "the credentials or the role do not suffice",
  locked = "the account is locked",
  sessions_full = "no session slot is free",
  licence = "the BMC wants a licence for this",
  missing = "no such resource",
  unsupported = "the BMC cannot do this",
  busy = "the BMC cannot do this now",
  throttled = "too many requests",
  protocol = "the answer is not what the protocol promises",
  rejected = "the request was refused",
  cancelled = "cancelled",
  too_large = "more data than allowed",
  internal = "an error inside the BMC or bmcsh",
}

---@class bmc.err.Value
---@field code string        one of the closed list
---@field text string        one sentence, no secret in it
---@field host? string       display name of the target
---@field way? string        "redfish", "ipmi", …
---@field op? string         what was asked for
---@field effect? "none"|"unknown"  what a failed write may have done
---@field status? integer    HTTP status
---@field message_id? string first Redfish message id
---@field messages? bmc.redfish.Message[]  all of them
---@field seconds? number    time spent
---@field retry_after? number seconds the BMC asked to wait
---@field cause? any         the error below this one

-- debug.getregistry is the one door to a metatable shared with C.
local registry = debug.getregistry()
local mt = registry[METATABLE] or {}
registry[METATABLE] = mt
mt.__name = METATABLE

local function hint(e)
  if e.effect ~= "unknown" then
    return ""
  end
  local what = e.op and e.op:find("power", 1, true) and "power state" or "state"
  return " (effect unknown: read the " .. what .. " before trying again)"
end

-- Text comes from the BMC too: a control character must not reach a terminal.
function mt.__tostring(e)
  local parts = {}
  if e.host then
    parts[#parts + 1] = e.host
  end
  if e.op then
    parts[#parts + 1] = e.way and e.op .. " over " .. e.way or e.op
  end
  parts[#parts + 1] = tostring(e.code)
  local text = e.text or CODES[e.code]
  parts[#parts + 1] = text ~= e.code and text or nil
  local line = (table.concat(parts, ": ") .. hint(e)):gsub("%c+", " ")
  return (line:gsub("\xc2[\x80-\x9f]", " ")) -- the same, above ASCII
end

local M = {}

--- Whether v is an error value.
---@param v any
---@return boolean
function M.is(v)
  return type(v) == "table" and getmetatable(v) == mt
end

--- Makes an error value. A code outside the closed list is misuse and raises.
---@param code string
---@param text string?
---@param extra table?   further fields; becomes the value
---@return bmc.err.Value
function M.new(code, text, extra)
  if not CODES[code] then
    error(("no such error code: %s"):format(tostring(code)), 2)
  end
  local e = extra or {}
  e.code, e.text = code, text or CODES[code]
  return setmetatable(e, mt)
end

--- nil and an error value: `return err.fail("missing", "no such system")`.
---@param code string
---@param text string?
---@param extra table?
---@return nil, bmc.err.Value
function M.fail(code, text, extra)
  return nil, M.new(code, text, extra)
end

--- nil and the error of what was not even begun: its effect is none.
---@param code string
---@param text string  a format
---@param ... any      for it
---@return nil, bmc.err.Value
function M.refuse(code, text, ...)
  return M.fail(code, text:format(...), { effect = "none" })
end

--- Adds what a lower layer could not know (host, way, op, effect, …) where absent.
---@param e bmc.err.Value
---@param extra table
---@return bmc.err.Value e
function M.wrap(e, extra)
  for k, v in pairs(extra) do
    if e[k] == nil then
      e[k] = v
    end
  end
  return e
end

--- A copy, for an error that is kept and handed to several: each of them may add to its own.
---@param e bmc.err.Value
---@return bmc.err.Value
function M.copy(e)
  return setmetatable(M.wrap({}, e), mt)
end

--- Whatever a pcall caught, as an error value: a Lua error is code "internal".
---@param v any
---@return bmc.err.Value
function M.from(v)
  return M.is(v) and v or M.new("internal", tostring(v), { cause = v })
end

--- The meaning of a code in words, nil for an unknown one.
---@param code string
---@return string?
function M.describe(code)
  return CODES[code]
end

return M
