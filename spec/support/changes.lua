-- SPDX-License-Identifier: GPL-3.0-or-later
-- Machines to be changed: one simulated BMC with the traits of a spec, and a bmcsh that does not
-- take its usual time.
--
--   changes.with({ boot = { full = true } }, function(m, sim) m:set_next_boot("Pxe") end)
--
-- `sim` is the simulated BMC; sim.store:get(key, …) reads what it holds, without any client. Of no
-- vendor unless the traits name one.

local bmc = require "bmc"
local cjson = require "cjson"
local sim = require "bmc.sim"

local M = {}

-- Of all vendors, since what is set for generic comes on top of every file.
local QUICK = {
  "generic.redfish.retries=0", "generic.power.settle=0", "generic.power.poll=0.02",
  "generic.task.poll=0.02", "generic.task.poll_max=0.05", "generic.task.staged=0.2",
  "generic.boot.settle=0.3", "generic.boot.poll=0.05", "generic.boot.retry_budget=8",
  "generic.boot.retry_wait=0.1", "generic.media.settle=2", "generic.media.budget=0.5",
  "generic.media.poll=0.05", "generic.bmc_reset.pause=0.3", "generic.bmc_reset.poll=0.1",
  "generic.bmc_reset.budget=6", "generic.power.restart_watch=1",
}

local function settings(more)
  local list = table.move(QUICK, 1, #QUICK, 1, {})
  return table.move(more or {}, 1, #(more or {}), #list + 1, list)
end

--- Runs f(machine, simulated BMC, farm).
---@param traits table  as of bmc.sim.traits; `vendor` is a vendor or model
---@param f fun(m: bmc.Machine, sim: table, farm: table): ...
---@param options? table  for bmc.open; `set` comes on top
function M.with(traits, f, options)
  options = options or {}
  local own = {}
  for name, value in pairs(traits) do
    own[name] = value
  end
  local vendor = own.vendor
  own.vendor = nil
  local farm <close> = sim.start {
    fleet = 1, vendors = { vendor or "openbmc" }, tls = false, traits = own,
    reset_delay = options.reset_delay or 0.3,
  }
  local open = {
    host = farm.url(1), user = "admin", password = "simulated", timeout = 25,
    vendor = not vendor and "redfish-generic" or nil,
  }
  for name, value in pairs(options) do
    open[name] = value
  end
  open.reset_delay = nil
  open.set = settings(options.set)
  local m <close> = bmc.open(open)
  return f(m, farm.bmc(1), farm)
end

--- A value out of a resource of the simulated BMC; nil where it is null or not there.
---@param machine table  the simulated BMC
---@param key string
---@param ... string
function M.value(machine, key, ...)
  local text = machine.store:get(key, ...)
  local value = text and cjson.decode("[" .. text .. "]")[1]
  return value ~= cjson.null and value or nil
end

--- The trail in one string: steps, reasons, notes.
---@param trail table[]
---@return string
function M.told(trail)
  local lines = {}
  for _, step in ipairs(trail) do
    lines[#lines + 1] = (step.step or "") .. ": " .. (step.why or "")
    for _, note in ipairs(step.notes or {}) do
      lines[#lines + 1] = note
    end
  end
  return table.concat(lines, "\n")
end

return M
