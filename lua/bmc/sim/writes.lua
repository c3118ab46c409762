-- SPDX-License-Identifier: GPL-3.0-or-later
-- PATCH: which changes a resource takes, and making them. A change is taken whole or not at all.
-- What properties are and what values they may have is read from the resource itself; what BMCs
-- refuse besides is the business of boot, media and etag.

local cjson = require "cjson"
local json = require "bmc.json"
local boot = require "bmc.sim.boot"
local decode = require "bmc.sim.decode"
local etag = require "bmc.sim.etag"
local media = require "bmc.sim.media"
local message = require "bmc.sim.message"
local splice = require "bmc.sim.splice"
local tbl = require "bmc.tbl"

local M = {}

-- Properties that no service lets a client change.
local READ_ONLY = {
  Id = true, Model = true, Manufacturer = true, SerialNumber = true, UUID = true, PowerState = true,
  Status = true, Actions = true, Links = true, MediaTypes = true, BiosVersion = true,
  FirmwareVersion = true, ["@odata.id"] = true, ["@odata.type"] = true,
}

-- Values that are listed nowhere in a resource, because the standard does.
local LED = { "Lit", "Blinking", "Off" }

local function value_fits(text, name, value)
  local listed = splice.get(text, name .. "@Redfish.AllowableValues")
  local values = listed and decode.object(listed) or (name == "IndicatorLED" and LED) or { value }
  return tbl.contains(values, value)
end

-- Whether a value is of the kind that stands there; null stands for any kind, and goes anywhere.
local function kind_fits(old, value)
  if old == "null" or value == cjson.null then return true end
  return type(decode.value(old)) == type(value)
end

local function check_value(text, old, name, value)
  if READ_ONLY[name] then
    return message.fail(400, "PropertyNotWritable", name)
  elseif not kind_fits(old, value) then
    return message.fail(400, "PropertyValueTypeError", value, name)
  elseif type(value) ~= "table" and not value_fits(text, name, value) then
    return message.fail(400, "PropertyValueNotInList", value, name)
  end
end

-- Collects the edits that a patch asks for, or answers what is wrong with it:
-- then nothing has been changed.
local function plan(edits, text, change, path)
  for _, name in ipairs(tbl.sorted_keys(change.body)) do
    local value = change.body[name]
    local here = { table.unpack(path) }
    here[#here + 1] = name
    local old = splice.get(text, table.unpack(here))
    if name ~= "@odata.etag" then
      if not old then return message.fail(400, "PropertyUnknown", name) end
      -- As it was sent; a name that was written with escapes is not found in the text.
      local new = splice.get(change.raw, table.unpack(here)) or json.encode(value)
      local holder = splice.get(text, table.unpack(path))
      local status, headers, answer = check_value(holder, old, name, value)
      if not status and new:find("^%s*{") then
        status, headers, answer = plan(edits, text, { body = value, raw = change.raw }, here)
      elseif not status then
        edits[#edits + 1] = { new, here }
      end
      if status then return status, headers, answer end
    end
  end
end

-- A LED that shows itself here and is set elsewhere (R45).
local function check_led(bmc, key, body)
  local wanted = body.IndicatorLED or body.LocationIndicatorActive
  if wanted ~= nil and bmc.traits.led.chassis_refused and key:find("/Chassis/", 1, true) then
    return message.fail(400, "PropertyNotWritable", "IndicatorLED")
  end
end

local function check(bmc, key, call, document, body)
  local status, headers, answer = etag.check_patch(bmc, key, call, body)
  if status then return status, headers, answer end
  for _, judge in ipairs { boot.check, media.check } do
    status, headers, answer = judge(bmc, key, document, body)
    if status then return status, headers, answer end
  end
  return check_led(bmc, key, body)
end

--- Executes a PATCH.
---@param bmc table
---@param key string of the resource
---@param call table
---@return integer|nil status nil: done
---@return table|nil headers
---@return string|nil answer
function M.patch(bmc, key, call)
  local text, body = bmc:document(key), decode.object(call.body)
  if not body then return message.fail(400, "MalformedJSON") end
  local document = decode.object(text) or {}
  local status, headers, answer = check(bmc, key, call, document, body)
  if status then return status, headers, answer end
  local edits = {}
  status, headers, answer = plan(edits, text, { body = body, raw = call.body }, {})
  if status then return status, headers, answer end
  for _, edit in ipairs(edits) do bmc.store:edit(key, edit[1], table.unpack(edit[2])) end
  boot.applied(bmc, key, document, body)
  media.applied(bmc, key, document, body)
  bmc:add_to "patches"
end

return M
