-- SPDX-License-Identifier: GPL-3.0-or-later
--- The quickest look at a machine over IPMI: power and faults by Get Chassis Status, and the
-- temperature of a processor.
--
-- The sensor data records are kept on disk (bmc.ipmi.sdr): only the first look at a BMC reads them.

local chassis = require "bmc.ipmi.chassis"
local ipmi = require "bmc.ipmi"
local records = require "bmc.records"
local sdr = require "bmc.ipmi.sdr"
local sensors = require "bmc.ipmi.sensors"

local TEMPERATURE, THRESHOLD = 0x01, 0x01       -- 42.2, 42.1
local PROCESSOR = { [0x03] = true, [0x41] = true } -- 43.14
-- What of the chassis status is a fault of the machine.
local GRAVE = {
  overload = true, power_fault = true, power_control_fault = true, drive_fault = true,
  cooling_fault = true,
}

local M = {}

local function is_temperature(sensor)
  return sensor.sensor_type == TEMPERATURE and sensor.event_type == THRESHOLD and sensor.numeric
    and sensor.units == "°C"
end

local function context(sensor)
  return PROCESSOR[sensor.entity_id] and "CPU" or nil
end

-- Those of processors as far as there are any: each costs a request.
local function worth_reading(repository)
  local all, some = {}, {}
  for _, sensor in ipairs(repository:sensors()) do
    if is_temperature(sensor) then
      all[sensor] = true
      local _, processor = records.processor_temperature {
        { name = sensor.name, physical_context = context(sensor), reading_c = 0 },
      }
      some[sensor] = processor or nil
    end
  end
  return next(some) and some or all
end

local function temperature(target, call)
  local repository, e = sdr.of(ipmi.of(target))
  local chosen = repository and worth_reading(repository)
  if not chosen or not next(chosen) then
    return nil, e
  end
  local readings
  readings, e = sensors.read(target, { repository = repository, wanted = function(sensor)
    return chosen[sensor]
  end })
  local list = {}
  for i, r in ipairs(readings or {}) do
    list[i] = { name = r.name, physical_context = context(r.sensor), reading_c = r.value }
  end
  local record, processor = records.processor_temperature(list)
  if record and not processor then
    call.note(("no processor temperature: %s stands for it"):format(record.name))
  end
  return record and record.reading_c, e
end

local function health(status)
  for _, fault in ipairs(status.faults) do
    if GRAVE[fault] then
      return "Critical"
    end
  end
  return "OK"
end

--- The way of heartbeat. It stands without a temperature, so a failure to read one is only noted.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table? record
---@return bmc.err.Value? err
function M.heartbeat(target, _, call)
  local status, e = chassis.read(ipmi.of(target))
  if not status then
    return nil, e
  end
  local celsius
  celsius, e = temperature(target, call)
  if e and e.code == "cancelled" then
    return nil, e
  elseif not celsius then
    call.note("no temperature" .. (e and ": " .. e.text or ""))
  end
  return {
    online = true, power_state = status.power_on and "On" or "Off", cpu_temp_c = celsius,
    health = health(status),
  }
end

return M
