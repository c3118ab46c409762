-- SPDX-License-Identifier: GPL-3.0-or-later
-- A farm of simulated BMCs in this process: one at each address, all at one
-- port. Owns which request goes to which BMC, the fault rules, and the life of
-- the whole; what a BMC answers is service.lua's, what bmc.sim's callers may
-- ask for is checked in bmc.sim.

local admin = require "bmc.sim.admin"
local address = require "bmc.sim.address"
local descriptors = require "bmc.sim.descriptors"
local fault = require "bmc.sim.fault"
local ipmi = require "bmc.sim.ipmi"
local listeners = require "bmc.sim.listeners"
local log = require "bmc.log"
local service = require "bmc.sim.service"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

-- Seconds in which the answer to the request for a restart gets out.
local LAST_ANSWER = 0.05

local M = {}

---@class bmc.sim.Farm
---@field port integer
---@field count integer BMCs
---@field scheme string "https" or "http"
---@field url fun(i: integer): string of the i-th BMC
---@field bmc fun(i: integer): table the i-th BMC: counters, resets, state()
---@field redfish boolean it is served; else there is only /sim, at the first address
---@field ipmi_port integer|nil UDP; nil: no IPMI
---@field ipmi_url fun(i: integer): string of the i-th BMC
local methods = {}
local farm_mt = { __index = methods, __name = "bmcsh.sim.farm" }

function farm_mt:__tostring()
  return ("sim.farm: %d BMCs at %s"):format(self.count, self:range())
end

-- Nobody asked for this change, or he has his answer: what goes wrong is for who runs the farm.
local function follow_rules(self)
  local ok, problem = self:settle()
  if not ok then log.warning("sim: %s", problem) end
end

-- ---- requests ----

local function answer(self, req)
  local bmc = self.by_address[req.local_address]
  local call = {
    req = req, method = req.method, path = req.path, query = req.query,
    headers = req.headers, body = req.body, scheme = self.scheme,
  }
  if call.path:find("^/sim%f[/\0]") then
    req:reply(admin.handle(self, bmc, call))
    follow_rules(self) -- may cut this very connection: so after the answer
    return nil
  end
  bmc.counters.requests = bmc.counters.requests + 1
  local rules = self.rules_at[bmc.index]
  if not self.redfish then return 404, {}, "" end
  if #rules == 0 then return service.handle(bmc, call) end
  return fault.run(rules, bmc, call, function() return service.handle(bmc, call) end)
end

-- ---- faults ----

-- A rule of one BMC is looked at for that one alone: in a large farm each may have its own.
local function sort_rules(self)
  for i = 1, self.count do self.rules_at[i] = {} end
  for _, rule in ipairs(self.rules) do
    for i = rule.only or 1, rule.only or self.count do
      local mine = self.rules_at[i]
      if rule:concerns(self.bmcs[i]) then mine[#mine + 1] = rule end
    end
  end
end

local function add_rule(self, spec, i)
  local rule, problem = fault.parse(spec)
  if not rule then return nil, problem end
  rule.only = i
  self.rules[#self.rules + 1] = rule
  return true
end

-- A BMC that restarts is not there for a while: nobody listens at its address, where it is not
-- 503 that is answered, and over IPMI it is silent and forgets its sessions.
local function leave(self, bmc, manner, seconds)
  if manner.away ~= "refuse" and not self.ipmi then return end
  local away
  away = task.spawn(function()
    local _ <close> = setmetatable({}, { __close = function() self.away[away] = nil end })
    task.sleep(manner.linger + LAST_ANSWER)
    if self.closed then return end
    bmc.is_away, bmc.is_dark = manner.away == "refuse", true
    if self.ipmi then self.ipmi:forget(bmc) end
    follow_rules(self)
    task.sleep(seconds)
    bmc.is_away, bmc.is_dark = false, false
    if not self.closed then follow_rules(self) end
  end)
  self.away[away] = true
end

--- Adds a fault rule; settle() then makes those of addresses hold.
---@param spec string "NAME=VALUE@SELECTOR": bmc.sim.fault
---@param i? integer only at this BMC
---@return true|nil done
---@return table|nil err rejected
function methods:add_fault(spec, i)
  local ok, problem = add_rule(self, spec, i)
  if not ok then return nil, problem end
  sort_rules(self)
  return true
end

--- Removes fault rules; settle() then makes it hold.
---@param i? integer those of this BMC alone; nil: all
---@param name? string only those with this name
function methods:clear_faults(i, name)
  for k = #self.rules, 1, -1 do
    local rule = self.rules[k]
    if (not i or rule.only == i) and (not name or rule.name == name) then
      table.remove(self.rules, k)
    end
  end
  sort_rules(self)
end

--- The fault rules that hold.
---@param i? integer at this BMC; nil: all of the farm
---@return table[] rules their tostring() is their text
function methods:faults(i)
  return i and self.rules_at[i] or self.rules
end

--- Makes the sockets follow the rules.
---@return true|nil done
---@return table|nil err
function methods:settle()
  for i, bmc in ipairs(self.bmcs) do
    local wanted = bmc.is_away and "refuse" or nil
    for _, rule in ipairs(self.rules_at[i]) do
      if rule.fault.listener then wanted = rule.name end
    end
    local ok, problem = true, nil
    if self.redfish then ok, problem = self.listeners:set(bmc.address, wanted) end
    if ok and self.ipmi then ok, problem = self.ipmi:set(bmc, self.rules_at[i], wanted) end
    if not ok then return nil, problem end
  end
  return true
end

--- Sets or takes away a fault. Raises on one that there is not.
---@param i integer|nil the BMC; nil: all
---@param name string fault, with a selector if need be: "drop@POST,times=1"
---@param value? any its value; true or nil for the usual one; false takes the fault away
function methods:fault(i, name, value)
  local head, selector = name:match("^([%w_]+)(.*)$")
  self:clear_faults(i, head)
  if value ~= false then
    local given = (value == nil or value == true) and "" or "=" .. tostring(value)
    local ok, problem = self:add_fault(head .. given .. selector, i)
    if not ok then error(problem, 2) end
  end
  local ok, problem = self:settle()
  if not ok then error(problem, 2) end
end

-- ---- life ----

--- The hosts of the farm as bmcsh takes them after -H.
---@return string
function methods:range()
  return address.range(self.addresses, ("%s://%%s:%d"):format(self.scheme, self.port))
end

--- The same for IPMI.
---@return string
function methods:ipmi_range()
  return address.range(self.addresses, ("ipmi://%%s:%d"):format(self.ipmi_port))
end

--- The counters of all BMCs, added up.
---@return bmc.sim.Counters
function methods:count_all()
  local total = {}
  for _, bmc in ipairs(self.bmcs) do
    for name, n in pairs(bmc:count()) do total[name] = (total[name] or 0) + n end
  end
  return total
end

--- Ends the farm. Idempotent.
function methods:close()
  self.closed = true
  for one in pairs(self.away) do one:cancel() end
  if self.ipmi then self.ipmi:close() end
  self.listeners:close()
end

farm_mt.__close = methods.close

-- The rules of the farm, and those that BMCs have from birth.
local function first_rules(self, specs)
  for _, spec in ipairs(specs or {}) do
    local ok, problem = add_rule(self, spec)
    if not ok then return nil, problem end
  end
  for _, bmc in ipairs(self.bmcs) do
    for _, spec in ipairs(tbl.sorted_keys(bmc.traits.faults)) do
      local ok, problem = add_rule(self, bmc.traits.faults[spec], bmc.index)
      if not ok then return nil, problem end
    end
  end
  sort_rules(self)
  return true
end

local function serve(self, opts)
  local ok, problem = descriptors.check(self.count, self.redfish, opts.ipmi_port ~= nil)
  if not ok then return nil, problem end
  self.listeners, problem = listeners.open {
    addresses = self.redfish and self.addresses or { self.addresses[1] },
    port = opts.port, tls = opts.tls,
    handler = function(req) return answer(self, req) end,
  }
  if not self.listeners then return nil, problem end
  self.port = self.listeners.port
  if opts.ipmi_port then
    self.ipmi, problem = ipmi.open(self, opts.ipmi_port, opts.seed)
    if not self.ipmi then return nil, problem end
    self.ipmi_port = self.ipmi.port
  end
  return self:settle()
end

--- Opens a farm.
---@param opts table bmcs (with addresses), port, tls (bool), faults (list of specs), redfish
--- (bool), ipmi_port (nil: no IPMI), seed
---@return bmc.sim.Farm|nil
---@return table|nil err
function M.open(opts)
  local self = setmetatable({
    bmcs = opts.bmcs, count = #opts.bmcs, addresses = {}, by_address = {}, rules = {},
    rules_at = {}, away = {}, redfish = opts.redfish, scheme = opts.tls and "https" or "http",
  }, farm_mt)
  for i, bmc in ipairs(opts.bmcs) do
    self.addresses[i], self.by_address[bmc.address] = bmc.address, bmc
    bmc.on_restart = function(manner, seconds) leave(self, bmc, manner, seconds) end
  end
  self.bmc = function(i) return self.bmcs[i] end
  self.url = function(i) return ("%s://%s:%d"):format(self.scheme, self.addresses[i], self.port) end
  self.ipmi_url = function(i) return ("ipmi://%s:%d"):format(self.addresses[i], self.ipmi_port) end
  local ok, problem = first_rules(self, opts.faults)
  if not ok then return nil, problem end
  ok, problem = serve(self, opts)
  if ok then return self end
  if self.listeners then self:close() end
  return nil, problem
end

return M
