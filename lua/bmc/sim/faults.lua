-- SPDX-License-Identifier: GPL-3.0-or-later
-- The faults of the simulator, one table: name -> what it is and what it does.
-- A new fault is one more entry. `apply` gets the call, the value of the rule,
-- and a function that executes the request and returns what would have been
-- answered; it returns an answer, or nil when it has dealt with the request
-- itself. A `listener` fault concerns an address, and is acted on by farm.lua. Those of the IPMI
-- side stand in ipmi/faults.lua.

local task = require "bmc.task"
local tbl = require "bmc.tbl"
local message = require "bmc.sim.message"
local over_ipmi = require "bmc.sim.ipmi.faults"

local M = {}

local JSON = "application/json; charset=utf-8"
local BLOCK = (" "):rep(65536)

-- What a service says with a status; GeneralError with any other.
local MESSAGES = {
  [403] = "InsufficientPrivilege", [404] = "ResourceMissingAtURI", [405] = "OperationNotAllowed",
  [409] = "ResourceInUse", [412] = "PreconditionFailed", [428] = "PreconditionRequired",
  [503] = "ServiceTemporarilyUnavailable",
}

-- Of a VALUE that is a status: what there is (RFC 9110, 15), and what merely looks like one.
local WHOLE, STATUS = { 0, math.huge }, { 200, 999 }

local function with_value(range, entry)
  entry.least, entry.most, entry.whole = range[1], range[2], true
  return entry
end

local function is_login(call, bmc)
  return call.method == "POST" and call.path:gsub("/$", "") == bmc.sessions_key
end

-- Answers with a body that does not end where it says it does.
local function wrong_length(call, difference, answer)
  local status, headers, body = answer()
  if not status then return nil end
  local length = math.max(0, #body + difference)
  call.req:reply(status, tbl.with(headers, { ["content-length"] = tostring(length) }), body)
end

-- Sends blocks until so many bytes are out, or the client has gone.
local function pour(req, first, bytes)
  req:write(first)
  local sent = #first
  while sent < bytes do
    local block = bytes - sent < #BLOCK and BLOCK:sub(1, bytes - sent) or BLOCK
    if not req:write(block) then return end
    sent = sent + #block
  end
  req:finish()
end

local function in_place_of_body(make)
  return function(_, value, answer)
    local status, headers = answer()
    if not status then return nil end
    return status, tbl.with(headers, { ["content-type"] = JSON }), make(value)
  end
end

local function come_again(status)
  return with_value(WHOLE, {
    doc = status .. " with Retry-After VALUE", default = 1,
    apply = function(_, seconds)
      local _, headers, body = message.fail(status, "ServiceTemporarilyUnavailable", seconds)
      return status, tbl.with(headers, { ["retry-after"] = tostring(seconds) }), body
    end,
  })
end

local function hang(call, _, answer)
  call.hung = true
  return answer()
end

M.TABLE = {
  -- ---- time ----
  latency = {
    doc = "answers VALUE seconds later", default = 1,
    apply = function(_, seconds, answer)
      task.sleep(seconds)
      return answer()
    end,
  },
  late = {
    doc = "executes at once, answers VALUE seconds later", default = 60,
    apply = function(_, seconds, answer)
      local status, headers, body = answer()
      task.sleep(seconds)
      return status, headers, body
    end,
  },
  silent = {
    doc = "accepts the request and never answers; nothing is executed",
    apply = function(call)
      repeat local going = task.sleep(0.5) until not going or call.req:gone()
    end,
  },

  -- ---- refusals ----
  busy = come_again(503),
  throttled = come_again(429),
  unauthorized = {
    doc = "401 although the token is valid; the session lives on",
    apply = function(call, _, answer, bmc)
      if not call.headers["x-auth-token"] then return answer() end
      bmc.counters.unauthorized = bmc.counters.unauthorized + 1
      return message.fail(401, "NoValidSession")
    end,
  },
  forget = {
    doc = "forgets all sessions before the request is looked at",
    apply = function(_, _, answer, bmc)
      bmc.sessions:clear()
      return answer()
    end,
  },
  licence = {
    doc = "403 with the message VALUE: a licence is missing",
    default = "SMC.1.0.OemLicenseNotPassed",
    apply = function(_, id)
      return message.vendor(403, id, "Not licensed to perform this request.")
    end,
  },
  broken_401 = {
    doc = "what is answered 401 ends in the middle of its body (T04)",
    apply = function(call, _, answer)
      local status, headers, body = answer()
      if status ~= 401 then return status, headers, body end
      call.req:start(401, { ["content-type"] = "text/html", ["content-length"] = "4096" })
      call.req:write("<html><head><title>401 Unauth")
      call.req:abort()
    end,
  },
  error = with_value(STATUS, {
    doc = "answers the status VALUE with its Redfish error; nothing is executed", default = 500,
    apply = function(_, status) return message.fail(status, MESSAGES[status] or "GeneralError") end,
  }),

  -- ---- logging in ----
  login = with_value(STATUS, {
    doc = "a login gets the status VALUE (204, 404, 405, 401, …) and no session",
    default = 404,
    apply = function(call, status, answer, bmc)
      if not is_login(call, bmc) then return answer() end
      if status < 300 then return status, {}, "" end
      return message.fail(status, MESSAGES[status] or "GeneralError")
    end,
  }),
  sessions_full = {
    doc = "a login finds no free session, in the vendor's words (Dell: 503 RAC0218)",
    apply = function(call, _, answer, bmc)
      if not is_login(call, bmc) then return answer() end
      bmc:add_to "sessions_refused"
      return message.full(bmc.traits.sessions.full)
    end,
  },
  no_token = {
    doc = "opens the session, but the answer lacks X-Auth-Token",
    apply = function(call, _, answer, bmc)
      local status, headers, body = answer()
      if status == 201 and is_login(call, bmc) then headers["x-auth-token"] = nil end
      return status, headers, body
    end,
  },
  no_location = {
    doc = "opens the session, but the answer lacks Location",
    apply = function(call, _, answer, bmc)
      local status, headers, body = answer()
      if status == 201 and is_login(call, bmc) then headers.location = nil end
      return status, headers, body
    end,
  },

  -- ---- the connection ----
  drop = {
    doc = "executes the request, then closes the connection without an answer",
    apply = function(call, _, answer)
      answer()
      call.req:abort()
    end,
  },
  drop_early = {
    doc = "closes the connection before anything is executed",
    apply = function(call) call.req:abort() end,
  },
  half_body = {
    doc = "closes the connection after half of the body",
    apply = function(call, _, answer)
      local status, headers, body = answer()
      if not status then return end
      call.req:start(status, tbl.with(headers, { ["content-length"] = tostring(#body) }))
      call.req:write(body:sub(1, #body // 2))
      call.req:abort()
    end,
  },
  length_long = with_value(WHOLE, {
    doc = "a Content-Length VALUE bytes beyond the body", default = 10,
    apply = function(call, n, answer) return wrong_length(call, n, answer) end,
  }),
  length_short = with_value(WHOLE, {
    doc = "a Content-Length VALUE bytes short of the body", default = 10,
    apply = function(call, n, answer) return wrong_length(call, -n, answer) end,
  }),

  -- ---- what is in the answer ----
  endless = {
    doc = "a body that never ends",
    apply = function(call, _, answer)
      local status = answer()
      if not status then return end
      call.req:start(200, { ["content-type"] = JSON })
      pour(call.req, "{", math.huge)
    end,
  },
  huge = {
    doc = "a body of VALUE MB", default = 100,
    apply = function(call, megabytes)
      local bytes = math.floor(megabytes * 1e6)
      call.req:start(200, { ["content-type"] = JSON, ["content-length"] = tostring(bytes) })
      pour(call.req, "{", bytes)
    end,
  },
  bad_json = {
    doc = "a body that is not JSON, though it says so",
    apply = in_place_of_body(function() return '{"@odata.id": "/redfish/v1", "Name": bare,' end),
  },
  deep_json = with_value(WHOLE, {
    doc = "JSON nested VALUE deep", default = 10000,
    apply = in_place_of_body(function(n) return ('{"a":'):rep(n) .. "1" .. ("}"):rep(n) end),
  }),
  empty = {
    doc = "the right status and no body",
    apply = in_place_of_body(function() return "" end),
  },
  html = with_value(STATUS, {
    doc = "an HTML page with the status VALUE, as a web server in front gives", default = 502,
    apply = function(_, status)
      local page = "<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>\n"
      return status, { ["content-type"] = "text/html" }, page
    end,
  }),
  redirect = {
    doc = "307 to VALUE, another host", default = "https://elsewhere.invalid",
    apply = function(call, base) return 307, { location = base .. call.path }, "" end,
  },
  bad_status = with_value(STATUS, {
    doc = "the status VALUE, which means nothing", default = 999,
    apply = function(_, status) return status, {}, "" end,
  }),

  cut = with_value(WHOLE, {
    doc = "a stream of events breaks after VALUE of them", default = 10,
    apply = function(call, n, answer)
      call.cut = n
      return answer()
    end,
  }),

  -- ---- the machine ----
  hung = {
    doc = "resets are accepted and counted, but nothing happens",
    apply = hang,
    command = hang,
  },

  -- ---- the address ----
  refuse = { doc = "nobody listens: connections are refused", listener = true },
  blackhole = { doc = "connections never complete, as to a host that is off", listener = true },
  expired_cert = { doc = "a certificate that has expired (TLS only)", listener = true },
}

for name, entry in pairs(over_ipmi) do M.TABLE[name] = entry end

--- Names of all faults, in order.
---@return string[]
function M.names()
  local names = {}
  for name in pairs(M.TABLE) do names[#names + 1] = name end
  table.sort(names)
  return names
end

return M
