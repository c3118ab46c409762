-- SPDX-License-Identifier: GPL-3.0-or-later
-- powercap: owns the power limit of a machine in Redfish: where it is kept, what it reads, and the
-- body that sets it. Of the two models that of power_limit is taken: PowerControl[0].PowerLimit of
-- a chassis' Power, or PowerLimitWatts of its EnvironmentMetrics; that is an excerpt of a Control,
-- which takes the same words where the excerpt takes none. Only reads.

local chassis = require "bmc.chassis"
local err = require "bmc.err"
local null = require("cjson").null
local reading = require "bmc.reading"

local object, number = reading.object, reading.number

-- PowerLimit.LimitException
local EXCEPTIONS = { none = "NoAction", log = "LogEventOnly", power_off = "HardPowerOff" }

local M = {}

---@class bmc.powercap.Place
---@field uri string
---@field body table    as read last
---@field kind "power"|"metrics"|"control"

-- ---- where ----

-- What is linked and there; nil without an error where it is not.
local function fetch(rf, link)
  local uri = reading.link(link)
  if not uri then
    return nil
  end
  local body, e = rf:get(uri)
  if body then
    return reading.placed(body, uri)
  elseif e.status == 404 then
    return nil
  end
  return nil, e
end

local function keeps(kind, body)
  if kind == "power" then
    return type(object(reading.list(body.PowerControl)[1]).PowerLimit) == "table"
  end
  return type(body.PowerLimitWatts) == "table"
end

-- The places of one chassis.
local function of_chassis(rf, uri)
  local owner, e = fetch(rf, uri)
  if not owner then
    return nil, e
  end
  for _, one in ipairs { { "power", owner.Power }, { "metrics", owner.EnvironmentMetrics } } do
    local kind = one[1]
    local body, failed = fetch(rf, one[2])
    if failed then
      return nil, failed
    elseif body and keeps(kind, body) then
      return { uri = reading.link(body), body = body, kind = kind }
    end
  end
end

--- Where the limit of a machine is kept: in the first of its chassis that has one.
---@param rf bmc.redfish.Client
---@param system table
---@return bmc.powercap.Place? place
---@return bmc.err.Value? err unsupported: nowhere; effect none
function M.place(rf, system)
  for _, uri in ipairs(chassis.linked(rf, system)) do
    local place, e = of_chassis(rf, uri)
    if place then
      return place
    elseif e then
      return nil, err.wrap(e, { effect = "none" })
    end
  end
  return err.refuse("unsupported", "no chassis of this machine has a power limit that can be set")
end

--- The Control behind an excerpt; nil where there is none.
---@param rf bmc.redfish.Client
---@param place bmc.powercap.Place
---@return bmc.powercap.Place?
---@return bmc.err.Value? err
function M.control(rf, place)
  local uri = place.kind == "metrics" and reading.text(place.body.PowerLimitWatts.DataSourceUri)
  local body, e
  if uri then
    body, e = fetch(rf, uri)
  end
  return body and { uri = uri, body = body, kind = "control" } or nil, e
end

-- ---- what ----

-- The members behind the first stay as they are: a shorter list would take them away.
local function controls(first, list)
  local out = { first }
  for i = 2, #list do
    out[i] = {}
  end
  return out
end

--- What sets it.
---@param place bmc.powercap.Place
---@param watts integer|"off"
---@param args table  exception_action, correction_time_ms
---@return table? body
---@return bmc.err.Value? err  unsupported: the newer model does not know these; effect none
function M.change(place, watts, args)
  if place.kind == "power" then
    return { PowerControl = controls({ PowerLimit = {
      LimitInWatts = watts == "off" and null or watts,
      LimitException = EXCEPTIONS[args.exception_action],
      CorrectionInMs = args.correction_time_ms,
    } }, place.body.PowerControl) }
  elseif args.exception_action or args.correction_time_ms then
    return err.refuse("unsupported",
      "this BMC has a limit, and nothing that says what happens when it cannot be kept")
  end
  local point = watts == "off" and { ControlMode = "Disabled" }
    or { SetPoint = watts, ControlMode = "Automatic" }
  return place.kind == "metrics" and { PowerLimitWatts = point } or point
end

--- Whether an exception action is one.
---@param action any
---@return boolean
function M.is_exception(action)
  return EXCEPTIONS[action] ~= nil
end

local function named(exception)
  for name, value in pairs(EXCEPTIONS) do
    if value == exception then
      return name
    end
  end
  return nil
end

--- What a resource reads.
---@param kind string  of the place
---@param body table
---@return table record  limit_w, active, exception_action, correction_time_ms: see power_limit
function M.shown(kind, body)
  if kind == "power" then
    local limit = object(object(reading.list(body.PowerControl)[1]).PowerLimit)
    local watts = number(limit.LimitInWatts)
    watts = watts ~= 0 and watts or nil -- nobody holds a machine to nothing
    return {
      limit_w = watts, active = watts ~= nil, exception_action = named(limit.LimitException),
      correction_time_ms = number(limit.CorrectionInMs),
    }
  end
  local point = kind == "metrics" and object(body.PowerLimitWatts) or body
  local watts, mode = number(point.SetPoint), reading.text(point.ControlMode)
  return { limit_w = watts, active = watts ~= nil and mode ~= "Disabled" }
end

return M
