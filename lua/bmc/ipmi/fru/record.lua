-- SPDX-License-Identifier: GPL-3.0-or-later
--- The bytes of a FRU device as a record of the operation `fru`. Pure.

local core = require "_bmcsh.fru"
local hex = require "bmc.hex"
local text = require "bmc.text"

local AREAS = { "chassis", "board", "product" }

-- Management access records (storage definition, 18.4), by sub_type.
local ACCESS = {
  "system management URL", "system name", "system ping address", "component management URL",
  "component name", "component ping address", "system unique id",
}
local UNIQUE_ID = 7

local M = {}

local function time(seconds)
  return seconds and os.date("!%Y-%m-%dT%H:%M:%SZ", seconds) --[[@as string]]
end

-- A multirecord with its bytes in a form that JSON can carry, and the text that is in it.
local function multirecord(r)
  local bytes = r.data
  r.data = hex.of(bytes)
  if r.type == "management access" then
    r.kind = ACCESS[r.sub_type]
    local rest = bytes:sub(2)
    r.value = r.sub_type == UNIQUE_ID and hex.of(rest) or text.clean(rest:match("^%Z*"))
  end
  return r
end

local function is_blank(bytes)
  return bytes:find("^\xFF+$") ~= nil or bytes:find("^\0+$") ~= nil
end

-- The fields of an area under names of their own: product.serial is product_serial.
local function flatten(record, area, fields)
  record.checksums[area], fields.checksum_ok = fields.checksum_ok, nil
  fields.made = time(fields.made)
  for name, value in pairs(fields) do
    record[area .. "_" .. name] = value
  end
end

--- Decodes the bytes of a FRU device.
---@param bytes string
---@return table record  see bmc.ops.fru
function M.decode(bytes)
  local record = { raw = hex.of(bytes), problems = {} }
  local found, e = core.decode(bytes)
  if is_blank(bytes) then
    record.problems[1] = "the device is blank"
    return record
  elseif not found then
    record.problems[1] = e.text
    return record
  end
  record.problems, record.checksums = found.problems, { header = found.checksum_ok }
  for _, area in ipairs(AREAS) do
    if found[area] then
      flatten(record, area, found[area])
    end
  end
  if found.records then
    for i, r in ipairs(found.records) do
      found.records[i] = multirecord(r)
    end
    record.records = found.records
  end
  return record
end

return M
