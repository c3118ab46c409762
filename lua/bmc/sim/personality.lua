-- SPDX-License-Identifier: GPL-3.0-or-later
-- Finds the personalities of simulated BMCs: personality/VENDOR.lua is data,
-- what all machines of a vendor share and then its models, each only with its
-- differences. GENERIC below is what they differ from, and shows every trait.

local tbl = require "bmc.tbl"

local M = {}

local VENDORS = { "idrac", "ilo", "supermicro", "lenovo-xcc", "openbmc" }

local GENERIC = {
  vendor = "redfish-generic", model = "generic",
  redfish = "1.6.0",                  -- RedfishVersion of the root
  serial = "SIM#######",              -- pattern of serial numbers: machine.lua
  ids = { system = "1", chassis = "1", manager = "1" },
  sessions = {
    path = "/redfish/v1/SessionService/Sessions",
    limit = 16, timeout = 1800,       -- at once; idle seconds
    full = { status = 503, id = "SessionLimitExceeded" },
    refuses = nil,                    -- a header that a login must not carry (QUIRKS T03)
  },
  reset_types = { "On", "ForceOff", "GracefulShutdown", "ForceRestart", "GracefulRestart" },
  manager_reset_types = { "GracefulRestart", "ForceRestart" },
  action_info = false,                -- reset types in an ActionInfo, not beside the action
  transitional = false,               -- PowerState shows PoweringOn and PoweringOff
  already = nil,                      -- { status, id } of a reset that has nothing to do
  slash = false,                      -- ids end with a slash
  any_case = false,                   -- paths ignore case
  root_redirect = false,              -- /redfish/v1 leads to /redfish/v1/ (T07)
  needs_body = false,                 -- POST without a JSON body is 415 (V13)
  patch_needs_etag = false,           -- PATCH without If-Match is 428 (E01)
  etag_in_body = false,
  model_old = true,                   -- Thermal, Power
  model_new = false,                  -- ThermalSubsystem, PowerSubsystem, Sensors, …
  temperatures = {
    { name = "CPU1 Temp", context = "CPU", reading = 46, spread = 6, critical = 95 },
    { name = "CPU2 Temp", context = "CPU", reading = 45, spread = 6, critical = 95 },
    { name = "Inlet Temp", context = "Intake", reading = 23, caution = 38, critical = 42 },
  },
  fans = { count = 4, name = "Fan %d", rpm = 6000, low = 720 },
  supplies = {
    count = 2, name = "PSU %d", model = "PSU-800", maker = "Contoso", serial = "P########",
    capacity = 800,
  },
  watts = 280, watts_limit = nil,
  bodies = {},                        -- by schema name, laid over what tree.lua builds
}

local function overlay(base, over)
  for k, v in pairs(over or {}) do
    local both = tbl.is_map(v) and tbl.is_map(base[k])
    base[k] = both and overlay(base[k], v) or tbl.copy(v)
  end
  return base
end

local function models_of(vendor)
  local file = require("bmc.sim.personality." .. vendor)
  local models = {}
  for i, model in ipairs(file.models) do
    local traits = overlay(overlay(tbl.copy(GENERIC), file.traits), model)
    traits.vendor = vendor
    models[i] = traits
  end
  return models, file
end

--- Traits of a service about which nothing is known; recorded trees are served with them.
---@return table traits
function M.generic()
  return tbl.copy(GENERIC)
end

--- Names of the vendors, in the order in which a fleet takes them.
---@return string[]
function M.vendors()
  return tbl.copy(VENDORS)
end

--- The models that a name stands for: all of a vendor ("idrac", "dell"), or one ("ilo6").
---@param name string
---@return table[]|nil models traits of each
---@return string|nil known what could have been said
function M.find(name)
  local known = {}
  for _, vendor in ipairs(VENDORS) do
    local models, file = models_of(vendor)
    if name == vendor or name == file.alias then return models end
    known[#known + 1] = vendor
    for _, traits in ipairs(models) do
      if traits.model == name then return { traits } end
      known[#known + 1] = traits.model
    end
  end
  return nil, table.concat(known, ", ")
end

return M
