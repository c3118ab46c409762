-- SPDX-License-Identifier: GPL-3.0-or-later
-- startup: owns what a machine starts from as the BMC shows it: the boot override and the boot
-- order, which values it allows, and in which resource something has to be written.
--
-- A system may have a settings object that takes what its own Boot does not (B06, B14, B19), takes
-- a part of it (B18), or is only listed and not there. So it is read, and believed about what it
-- shows. What is to be written is bmc.startup.override's and bmc.startup.order's.

local http = require "bmc.http"
local reading = require "bmc.reading"

local EXACT = { exact = true }

local object, text = reading.object, reading.text

local M = {}

-- Our field = their property.
local FIELDS = {
  boot_source_override_enabled = "BootSourceOverrideEnabled",
  boot_source_override_target = "BootSourceOverrideTarget",
  boot_source_override_mode = "BootSourceOverrideMode",
}

-- ---- reading ----

--- The boot_config of a system or of its settings object.
---@param body table
---@return table record
function M.record(body)
  local boot = object(body.Boot)
  local record = { boot_order = reading.texts(boot.BootOrder) }
  for field, property in pairs(FIELDS) do
    record[field] = text(boot[property])
  end
  return record
end

local function add_values(out, list)
  for _, value in ipairs(reading.texts(list) or {}) do
    if not out[value] then
      out[#out + 1], out[value] = value, true
    end
  end
end

--- The values that a property of Boot may take, in the BMC's order: what the settings object
--- says and what the system says, together (B06). iLO 4 has a name of its own for the list.
---@param places bmc.startup.Places
---@param property string
---@return table? values  list and set in one; nil when the BMC does not say
function M.allowed(places, property)
  local out = {}
  for _, place in ipairs { places.settings or false, places.system } do
    local boot = object(place and place.body.Boot)
    add_values(out, boot[property .. "@Redfish.AllowableValues"])
    add_values(out, boot[property:gsub("Target$", "") .. "Supported"])
  end
  return out[1] and out or nil
end

-- ---- places ----

---@class bmc.startup.Place
---@field uri string
---@field body table
---@field exact? table  the same with its nulls

---@class bmc.startup.Places
---@field system bmc.startup.Place
---@field settings? bmc.startup.Place  where it is there
---@field settings_uri? string         where it is named

local function read(rf, uri)
  local body, response = rf:get(uri)
  if not body then
    return nil, response
  end
  return { uri = uri, body = body, exact = http.decode(response.body, EXACT) or body }
end

--- The system and its settings object.
---@param rf bmc.redfish.Client
---@param system table  as read
---@param call bmc.plan.Call
---@return bmc.startup.Places? places
---@return bmc.err.Value? err
function M.places(rf, system, call)
  local uri = reading.link(object(system["@Redfish.Settings"]).SettingsObject)
  local places = {
    system = { uri = reading.link(system), body = system }, settings_uri = uri,
  }
  if not uri then
    return places
  end
  local e
  places.settings, e = read(rf, uri)
  if e and not e.status then
    return nil, e
  elseif e then
    call.note(("settings object not there: %s (%s)"):format(uri, e.status))
  end
  return places
end

--- Whether a resource has a property of Boot, be it null. The system was read among others, where
--- null is nothing: it is read once more when that matters.
---@param rf bmc.redfish.Client
---@param place bmc.startup.Place
---@param property string
---@return boolean
function M.shows(rf, place, property)
  if object(place.body.Boot)[property] ~= nil then
    return true
  elseif not place.exact then
    local again = read(rf, place.uri)
    place.exact = again and again.exact or place.body
  end
  return object(place.exact.Boot)[property] ~= nil
end

return M
