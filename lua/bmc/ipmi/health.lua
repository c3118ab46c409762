-- SPDX-License-Identifier: GPL-3.0-or-later
--- The health of a machine as its sensors and the chassis status tell it, part by part.

local chassis = require "bmc.ipmi.chassis"
local ipmi = require "bmc.ipmi"
local reading = require "bmc.reading"
local sensors = require "bmc.ipmi.sensors"

-- 42.2: which part a type of sensor belongs to; all other types belong to the system.
local PARTS = {
  [0x01] = "thermal", [0x04] = "thermal", [0x0A] = "thermal",
  [0x02] = "power", [0x03] = "power", [0x08] = "power", [0x09] = "power", [0x29] = "power",
  [0x07] = "processor", [0x0C] = "memory", [0x0D] = "storage", [0x27] = "network",
  [0x28] = "bmc",
}
-- Faults of the chassis status that are one.
local FAULTS = {
  overload = "power", interlock = "power", power_fault = "power", power_control_fault = "power",
  drive_fault = "storage", cooling_fault = "thermal",
}

local M = {}

local function sentence(r)
  local states = table.concat(r.states, ", ")
  return ("%s is %s%s"):format(r.name, r.state, states ~= "" and ": " .. states or "")
end

local function of_sensors(record, readings, note)
  for _, r in ipairs(readings) do
    local part = PARTS[r.sensor.sensor_type] or "system"
    record[part] = reading.worse(record[part], r.health)
    if r.health and r.health ~= "OK" then
      note(sentence(r))
    end
  end
end

local function of_chassis(record, status, note)
  record.power = record.power or "OK" -- its power bits are the BMC's own judgement
  for _, fault in ipairs(status.faults) do
    local part = FAULTS[fault]
    if part then
      record[part] = "Critical"
      note(("the chassis status has a %s"):format((fault:gsub("_", " "))))
    end
  end
end

--- The way of chassis_health. A BMC without sensor data records is judged by its chassis status.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table? record
---@return bmc.err.Value? err
function M.read(target, _, call)
  local readings, e = sensors.read(target, { note = call.note })
  if not readings and e.code ~= "unsupported" then
    return nil, e
  elseif not readings then
    call.note(e.text)
  end
  local status, why = chassis.read(ipmi.of(target))
  if not status then
    return nil, why
  end
  local record, overall = {}, nil
  of_sensors(record, readings or {}, call.note)
  of_chassis(record, status, call.note)
  for _, word in pairs(record) do
    overall = reading.worse(overall, word)
  end
  record.overall = overall
  return record
end

return M
