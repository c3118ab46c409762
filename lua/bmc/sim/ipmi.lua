-- SPDX-License-Identifier: GPL-3.0-or-later
-- The IPMI side of a farm: the same simulated BMCs, over RMCP+. Owns which command goes where,
-- who may send it, and that the network behaves as the fault rules say. What a command does
-- stands in ipmi/*.lua; sessions are bmc.rmcpd's.
--
-- It has its own numbers of commands, completion codes and parameters, and shares none with
-- bmc.ipmi: a wrong one would be wrong at both ends, and no test could see it.

local fault = require "bmc.sim.fault"
local hex = require "bmc.hex"
local rmcpd = require "bmc.rmcpd"
local sol = require "bmc.sim.ipmi.sol"
local traits = require "bmc.sim.traits"

local M = {}

local CHASSIS = 0x00
local PRIVILEGES = { user = 2, operator = 3, admin = 4 }
-- Completion codes (table 5-2).
local INVALID, LENGTH, PRIVILEGE = 0xC1, 0xC7, 0xD4

-- Each lists commands: { name, netfn, cmd, privilege, least length of the data, function }.
local PARTS = {
  "device", "chassis", "sdr", "sel", "fru", "watchdog", "network", "dcmi",
}

-- netfn << 8 | cmd -> command
local COMMANDS = {}
local function learn(list)
  for _, c in ipairs(list) do
    COMMANDS[c[2] << 8 | c[3]] = {
      path = "/ipmi/" .. c[1], privilege = PRIVILEGES[c[4]], length = c[5], run = c[6],
    }
  end
end
for _, part in ipairs(PARTS) do learn(require("bmc.sim.ipmi." .. part)) end
learn(sol.COMMANDS)

local methods = {}
local ipmi_mt = { __index = methods, __name = "bmcsh.sim.ipmi" }

ipmi_mt.__tostring = function(self)
  return ("sim.ipmi: %d BMCs at UDP port %d"):format(#self.bmcs, self.port)
end

-- ---- commands ----

-- What a command does: completion code, data; nil for no answer.
local function execute(bmc, call)
  local command = COMMANDS[call.netfn << 8 | call.cmd]
  if not command then return INVALID end
  if call.netfn == CHASSIS and not bmc:system() then return INVALID end -- as of a rack's PDU
  if call.privilege < command.privilege then return PRIVILEGE end
  if #call.data < command.length then return LENGTH end
  bmc.later:catch_up()
  bmc:settle()
  return command.run(bmc, call.data, call)
end

local function handle(self, call)
  local bmc = self.bmcs[call.bmc]
  call.server = self.server
  if not call.netfn then return sol.receive(bmc, call) end
  local rules = self.farm:faults(call.bmc)
  if #rules == 0 then return execute(bmc, call) end
  local command = COMMANDS[call.netfn << 8 | call.cmd]
  call.method = "IPMI"
  call.path = command and command.path or ("/ipmi/%02x-%02x"):format(call.netfn, call.cmd)
  return fault.run(rules, bmc, call, function() return execute(bmc, call) end, "command")
end

-- ---- the network ----

-- The network to a BMC, as the rules have it.
local function network_of(bmc, rules, instead)
  local net = { dead = bmc.is_dark or instead == "blackhole" }
  for _, rule in ipairs(rules) do
    local effect = rule.fault.network
    if effect then net[effect.field] = rule.value * effect.scale end
  end
  return net
end

local function digest(net)
  return ("%s %s %s %s %s %s"):format(net.dead, net.loss, net.duplicate, net.reorder, net.delay,
    net.jitter)
end

--- Makes the socket and the network of a BMC follow the rules.
---@param bmc table
---@param rules table[] those that concern it
---@param instead string|nil "refuse", "blackhole": what stands at its address
---@return true|nil done
---@return table|nil err
function methods:set(bmc, rules, instead)
  local i = bmc.index
  -- Most BMCs of a large farm, at each change of the rules.
  if #rules == 0 and not instead and not bmc.is_dark and not self.networks[i]
    and not self.refusing[i] then
    return true
  end
  local refuses = instead == "refuse" and not bmc.is_dark
  if refuses ~= (self.refusing[i] or false) then
    local ok, problem = self.server:listen_at(i, not refuses)
    if not ok then return nil, problem end
    self.refusing[i] = refuses
  end
  local net = network_of(bmc, rules, instead)
  local text = digest(net)
  if text ~= (self.networks[i] or digest { dead = false }) then
    self.server:network(i, net)
    self.networks[i] = text
  end
  return true
end

--- Forgets the sessions of a BMC.
---@param bmc table
function methods:forget(bmc)
  self.server:forget(bmc.index)
end

--- Stops. Idempotent.
function methods:close()
  for _, bmc in ipairs(self.bmcs) do sol.stop(bmc) end
  self.server:close()
end

-- ---- life ----

-- A UUID as IPMI sends it: its last byte first (20.8).
local function guid_of(bmc)
  local uuid = bmc.store.machine.uuid
  local system = not bmc.source.traits and bmc:system()
  if system then
    local recorded = bmc.store:get(system, "UUID") or ""
    uuid = #recorded == 38 and recorded:match('^"(%x+%-%x+%-%x+%-%x+%-%x+)"$') or uuid
  end
  return hex.bytes(uuid):reverse()
end

-- The account, if IPMI can carry its name and its password (13.20, 22.30).
local function users_of(bmc)
  if #bmc.user > 16 or #bmc.password > 20 then return {} end
  return { { name = bmc.user, password = bmc.password, privilege = bmc.traits.ipmi.privilege } }
end

local function describe(bmc)
  local of = bmc.traits.ipmi
  return {
    address = bmc.address, guid = guid_of(bmc), suites = traits.suites(bmc.traits), v15 = of.v15,
    kg = of.kg and tostring(of.kg) or nil, slots = of.slots, idle = of.timeout,
    users = users_of(bmc),
  }
end

--- Starts to serve the BMCs of a farm.
---@param farm table
---@param port integer 0: one that is free
---@param seed integer|nil of the network's chances
---@return table|nil ipmi port
---@return table|nil err
function M.open(farm, port, seed)
  local self = setmetatable({
    farm = farm, bmcs = farm.bmcs, refusing = {}, networks = {},
  }, ipmi_mt)
  local list = {}
  for i, bmc in ipairs(farm.bmcs) do list[i] = describe(bmc) end
  local problem
  self.server, problem = rmcpd.serve {
    bmcs = list, port = port, seed = seed, handler = function(call) return handle(self, call) end,
  }
  if not self.server then return nil, problem end
  self.port = self.server.port
  for i, bmc in ipairs(farm.bmcs) do
    bmc.on_count = function(counters) self.server:counts(i, counters) end
    bmc.on_zero = function() self.server:zero(i) end
  end
  return self
end

return M
