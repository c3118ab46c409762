-- SPDX-License-Identifier: GPL-3.0-or-later
-- The FRU inventories of a simulated machine as bytes, in the layout of the Platform Management
-- FRU Information Storage Definition: number 0 is the system, as Redfish describes it, then come
-- its power supplies.

local measures = require("bmc.sim.sensors").measures

local M = {}

local RACK_MOUNT = 0x17     -- SMBIOS chassis type
local ENGLISH = 25
local ASCII, NO_MORE = 0xC0, "\xC1"
local MADE = 14700000       -- minutes from 1996 to when the board was made
local POWER_SUPPLY = 0x00   -- multirecord type
local LONGEST = 63          -- bytes of a field

local function checksum(bytes)
  local sum = 0
  for i = 1, #bytes do sum = sum + bytes:byte(i) end
  return string.char(-sum & 0xFF)
end

local function field(text)
  text = (text or ""):sub(1, LONGEST)
  -- One character alone would look like the end mark.
  if #text == 1 then text = text .. " " end
  return string.char(ASCII | #text) .. text
end

-- An area: its version, its length in eights, what it begins with, fields, checksum.
local function area(head, fields)
  local body = { head }
  for _, text in ipairs(fields) do body[#body + 1] = field(text) end
  body = table.concat(body) .. NO_MORE
  local pad = -(#body + 3) % 8
  local whole = string.char(1, (#body + 3 + pad) // 8) .. body .. ("\x00"):rep(pad)
  return whole .. checksum(whole)
end

local function board_head()
  return string.char(ENGLISH) .. ("<I3"):pack(MADE)
end

-- The common header, then chassis, board and product area, then multirecords.
local function inventory(chassis, board, product, records)
  local at, offsets = 1, {}
  for i, one in ipairs { chassis, board, product } do
    offsets[i] = #one > 0 and at or 0
    at = at + #one // 8
  end
  local head = string.char(1, 0, offsets[1], offsets[2], offsets[3], records ~= "" and at or 0, 0)
  return head .. checksum(head) .. chassis .. board .. product .. records
end

-- ---- the system ----

local function text_of(bmc, key, name)
  local value = key and bmc.store:value(key, name)
  return type(value) == "string" and value or ""
end

local function system(bmc)
  local key, chassis = bmc:system(), bmc.source.chassis
  local function of(name) return text_of(bmc, key, name) end
  local maker, model, serial = of "Manufacturer", of "Model", of "SerialNumber"
  local part = of "PartNumber" ~= "" and of "PartNumber" or of "SKU"
  local machine = bmc.store.machine
  return inventory(
    area(string.char(RACK_MOUNT), { text_of(bmc, chassis, "Model"),
      text_of(bmc, chassis, "SerialNumber") }),
    area(board_head(), { maker, model, machine and machine.board or serial, part, "" }),
    area(string.char(ENGLISH), { maker, model, part, "", serial, of "AssetTag", "" }), "")
end

-- ---- power supplies ----

-- 18.1 of the definition; FFFFh is "not said", voltages are in hundredths.
local function power_record(watts)
  return ("<I2I2BBI2I2I2I2BBBBI2BI2B"):pack(watts, 0xFFFF, 0xFF, 0, 10000, 24000, 0, 0, 50, 63, 20,
    0x0A, 0, 0, 0, 0)
end

local function multirecord(type, body, is_last)
  local head = string.char(type, is_last and 0x82 or 0x02, #body) .. checksum(body)
  return head .. checksum(head) .. body
end

local function supply(bmc, i)
  local of = measures.supply({ traits = bmc.traits }, bmc.store.machine, i)
  return inventory("", "",
    area(string.char(ENGLISH), { of.Manufacturer, of.Name, of.Model, "", of.SerialNumber, "", "" }),
    multirecord(POWER_SUPPLY, power_record(of.PowerCapacityWatts), true))
end

--- The bytes of an inventory.
---@param bmc table
---@param id integer FRU device id
---@return string|nil bytes nil: there is no such device
function M.of(bmc, id)
  if id == 0 then return system(bmc) end
  if not bmc.source.traits or id > bmc.traits.supplies.count then return nil end
  return supply(bmc, id)
end

return M
