-- SPDX-License-Identifier: GPL-3.0-or-later
-- Fault rules: NAME[=VALUE][@SELECTOR], read from text, matched against
-- requests, applied one inside the other. What a fault does is in faults.lua;
-- here is only when. Which requests a rule hits follows from the BMC and the
-- number of the request, never from chance, so a run can be repeated.

local err = require "bmc.err"
local faults = require "bmc.sim.faults"

local M = {}

M.SYNTAX = [[
NAME[=VALUE][@SELECTOR], where SELECTOR is a comma list of
  GET, POST, …           requests with this method
  /path, */Actions/*     requests to this path; * stands for anything
  /ipmi/Chassis Control  this IPMI command; IPMI all of them
  10%                    so many of the requests (of the BMCs, for dead addresses and ipmi_loss,
                         ipmi_dup, ipmi_reorder, ipmi_delay, ipmi_jitter)
  127.0.0.7              this address; 127.0.0.7-127.0.0.9 for a range
  bmc=3, bmc=3-5         the third BMC, the third to the fifth
  nth=2                  only the second request that fits, at each BMC
  times=3                at most three requests, at each BMC
]]

local methods = {}
local rule_mt = { __index = methods, __name = "bmcsh.sim.rule" }

rule_mt.__tostring = function(self)
  return self.spec
end

local function octets(address)
  local n = 0
  for part in address:gmatch("%d+") do n = n * 256 + tonumber(part) end
  return n
end

-- A path pattern with "*" as a Lua pattern.
local function pattern_of(glob)
  return "^" .. glob:gsub("[%^$().%[%]+?%%-]", "%%%0"):gsub("%*", ".*") .. "$"
end

-- Kinds of selector: how each looks, and what it sets in the rule.
local SELECTORS = {
  { "^(%d+%.?%d*)%%$", function(rule, n) rule.percent = tonumber(n) end },
  { "^nth=(%d+)$", function(rule, n) rule.nth = tonumber(n) end },
  { "^times=(%d+)$", function(rule, n) rule.times = tonumber(n) end },
  { "^bmc=(%d+)$", function(rule, n) rule.bmcs = { tonumber(n), tonumber(n) } end },
  { "^bmc=(%d+)%-(%d+)$", function(rule, a, b) rule.bmcs = { tonumber(a), tonumber(b) } end },
  { "^(%d+%.%d+%.%d+%.%d+)$", function(rule, a) rule.addresses = { octets(a), octets(a) } end },
  { "^(%d+%.%d+%.%d+%.%d+)%-(%d+%.%d+%.%d+%.%d+)$", function(rule, a, b)
    rule.addresses = { octets(a), octets(b) }
  end },
  { "^(%u+)$", function(rule, method) rule.method = method end },
  { "^([/*].*)$", function(rule, glob) rule.path = pattern_of(glob) end },
}

local function select_by(rule, item)
  for _, kind in ipairs(SELECTORS) do
    local a, b = item:match(kind[1])
    if a then
      kind[2](rule, a, b)
      return true
    end
  end
  return false
end

local function value_of(entry, name, given)
  if not given then return entry.default end
  if not entry.default then
    return err.fail("rejected", ("fault %s takes no value"):format(name))
  end
  if type(entry.default) ~= "number" then return given end
  local number = tonumber(given)
  if not number then
    return err.fail("rejected", ("fault %s: %s is not a number"):format(name, given))
  end
  local least, most = entry.least or 0, entry.most or math.huge
  if number >= least and number <= most and (not entry.whole or math.tointeger(number)) then
    return entry.whole and math.tointeger(number) or number
  end
  return err.fail("rejected", ("fault %s: %s is no value for it"):format(name, given))
end

--- Reads a rule.
---@param spec string see M.SYNTAX
---@return table|nil rule
---@return table|nil err rejected: unknown fault, bad value or selector
function M.parse(spec)
  local head, selector = spec:match("^(.-)@([^@]*)$")
  head = head or spec
  local name = head:match("^([%w_]+)%f[=\0]")
  local entry = name and faults.TABLE[name]
  if not entry then
    local known = table.concat(faults.names(), ", ")
    return err.fail("rejected", ("no fault %q; there are: %s"):format(name or head, known))
  end
  local value, problem = value_of(entry, name, head:match("=(.+)$"))
  if problem then return nil, problem end
  local rule = setmetatable({
    spec = spec, name = name, fault = entry, value = value, seen = {}, fired = {},
  }, rule_mt)
  for item in (selector or ""):gmatch("[^,]+") do
    if not select_by(rule, item) then
      return err.fail("rejected", ("fault %s: bad selector %q"):format(name, item))
    end
  end
  return rule
end

-- Spreads a share evenly: true for so many out of every hundred.
local function due(n, percent)
  return n * percent // 100 > (n - 1) * percent // 100
end

--- Whether the rule may concern a BMC at all.
---@param bmc table
---@return boolean
function methods:concerns(bmc)
  if self.only and self.only ~= bmc.index then return false end
  if self.bmcs and (bmc.index < self.bmcs[1] or bmc.index > self.bmcs[2]) then return false end
  local at = self.addresses and octets(bmc.address)
  if at and (at < self.addresses[1] or at > self.addresses[2]) then return false end
  local of_bmcs = self.fault.listener or self.fault.network
  return not (of_bmcs and self.percent) or due(bmc.index, self.percent)
end

--- Whether the rule hits this request; counts it.
---@param bmc table
---@param call table
---@return boolean
function methods:hits(bmc, call)
  if self.method and call.method ~= self.method then return false end
  if self.path and not call.path:find(self.path) then return false end
  local i = bmc.index
  local n, fired = (self.seen[i] or 0) + 1, self.fired[i] or 0
  self.seen[i] = n
  if self.nth and n ~= self.nth or self.times and fired >= self.times then return false end
  -- Each BMC starts elsewhere, or a fleet would fail in step.
  if self.percent and not due(n + i * 37, self.percent) then return false end
  self.fired[i] = fired + 1
  return true
end

--- Answers a request through the rules that hit it, the first one outermost.
---@param rules table[] those that concern the BMC
---@param bmc table
---@param call table with req, the request of bmc.httpd
---@param execute fun(): integer|nil, table, string
---@param kind? "apply"|"command" what the faults do: to an HTTP request, to an IPMI command
---@return integer|nil status nil: the request has been answered, or never will be
---@return table|nil headers
---@return string|nil body
function M.run(rules, bmc, call, execute, kind)
  local function from(i)
    for k = i, #rules do
      local rule = rules[k]
      local apply = rule.fault[kind or "apply"]
      if apply and rule:hits(bmc, call) then
        bmc.counters.faults = bmc.counters.faults + 1
        return apply(call, rule.value, function() return from(k + 1) end, bmc)
      end
    end
    return execute()
  end
  return from(1)
end

return M
