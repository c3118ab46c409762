-- SPDX-License-Identifier: GPL-3.0-or-later
--- What a record of the System Event Log says, as a record of sel_entries. Pure: it asks no BMC.
--
-- Owns the words: which sensor, what happened, how much it showed, and when. The tables that the
-- words come from are FreeIPMI's (_bmcsh.sel); names and factors of sensors are bmc.ipmi.sdr's.

local core = require "_bmcsh.sel"
local hex = require "bmc.hex"
local text = require "bmc.text"

local BOOTED = 0x20000000 -- 37.1: times below count from when the BMC came up
local NEVER = 0xFFFFFFFF

local M = {}

--- Seconds since the epoch that a time stamp means.
---@param timestamp integer?
---@param zone integer?  minutes east of Greenwich of the log's clock; nil: not known, taken as 0
---@return integer? at  nil where the BMC did not know the time
function M.at(timestamp, zone)
  if not timestamp or timestamp < BOOTED or timestamp == NEVER then
    return nil
  end
  return timestamp - (zone or 0) * 60
end

-- A zone that is not known is not claimed.
local function created(timestamp, zone)
  if not M.at(timestamp, zone) then
    return nil
  end
  local time = os.date("!%Y-%m-%dT%H:%M:%S", timestamp)
  if not zone then
    return time
  elseif zone == 0 then
    return time .. "Z"
  end
  local minutes = math.abs(zone)
  return ("%s%s%02d:%02d"):format(time, zone < 0 and "-" or "+", minutes // 60, minutes % 60)
end

-- ---- events ----

-- A raw value in the units of the sensor, or as the byte that it is. Of a sensor whose factors
-- depend on the reading nobody has them any more.
local function value(raw, sensor)
  local number = sensor and sensor.numeric and not sensor.nonlinear and sensor.sensor:value(raw)
  if not number then
    return ("%02Xh"):format(raw)
  end
  local words = ("%.6g"):format(number)
  return sensor.units and words .. " " .. sensor.units or words
end

-- "Upper Critical - going high, 93 °C (threshold 90 °C)", "… - going high deasserted, 85 °C …"
local function description(e, sensor)
  local words = e.event or ("event %02Xh"):format(e.event_type_code)
  if not e.asserted then
    words = words .. " deasserted"
  end
  if e.reading then
    words = words .. ", " .. value(e.reading, sensor)
  end
  if e.threshold then
    words = ("%s (threshold %s)"):format(words, value(e.threshold, sensor))
  end
  return e.extra and words .. ", " .. e.extra or words
end

local function add_event(record, e, sensor)
  record.sensor = sensor and sensor.name or e.sensor_name
    or ("sensor %02Xh of %02Xh"):format(e.number, e.owner)
  record.sensor_type = e.sensor_type
  record.event_type = e.event_type
  record.entry_code = e.event
  record.direction = e.asserted and "asserted" or "deasserted"
  record.description = text.clean(description(e, sensor))
  record.message = ("%s: %s"):format(record.sensor, record.description)
end

-- ---- records of vendors ----

-- Where their bytes begin: behind the time and the manufacturer, or behind the type.
local BEHIND = { ["oem timed"] = 11, oem = 4, unknown = 4 }

local function add_bytes(record, e, raw)
  local what = e.kind == "unknown" and "record of unknown type" or "OEM record"
  local whose = e.manufacturer and (" of manufacturer %d"):format(e.manufacturer) or ""
  record.event_type = what == "OEM record" and "OEM" or "unknown"
  record.description = e.event and text.clean(e.event) or hex.of(raw:sub(BEHIND[e.kind]), " ")
  record.message = ("%s %02Xh%s: %s"):format(what, e.type, whose, record.description)
end

--- Decodes a record.
---@param raw string  16 bytes
---@param device? { manufacturer_id: integer?, product_id: integer? }  whose board it is
---@param find? fun(owner: integer, lun: integer, number: integer): table?  of bmc.ipmi.sdr
---@param zone? integer  minutes east of Greenwich of the log's clock
---@return table record  id, created, uptime_s, severity, message, sensor_type, entry_code, log,
--- timestamp, sensor, event_type, direction, description, raw
function M.decode(raw, device, find, zone)
  local e = core.decode(raw, device and device.manufacturer_id, device and device.product_id)
  local time = e.timestamp
  local record = {
    id = tostring(e.id), created = created(time, zone), log = "SEL", severity = e.severity,
    timestamp = time, uptime_s = time and time < BOOTED and time or nil, raw = hex.of(raw),
  }
  if e.kind == "event" then
    add_event(record, e, find and find(e.owner, e.lun, e.number))
  else
    add_bytes(record, e, raw)
  end
  return record
end

return M
