-- SPDX-License-Identifier: GPL-3.0-or-later
--- What a machine is: by Get Device ID, Get System GUID, the system info parameters that the
-- machine's own software leaves at its BMC, and the FRU inventory.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local device = require "bmc.ipmi.device"
local fru = require "bmc.ipmi.fru"
local guid = require "bmc.ipmi.guid"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"

-- 22.14a, table 22-16c
local FIRMWARE_VERSION, SYSTEM_NAME = 1, 2
local FIRST, NEXT = 14, 16 -- bytes of text in a part
local PARTS = 16           -- as long as its length, a byte, can be

local M = {}

--- Text of Get System Info Parameters (22.14b), part by part. Encodings other than ASCII and
--- UTF-8 do not come from any machine that is known, and are left out.
---@param c bmc.ipmi.Client
---@param parameter integer
---@return string? text
---@return bmc.err.Value? err
function M.text(c, parameter)
  local parts, total = {}, nil
  for part = 0, PARTS - 1 do
    local data, e = reply.optional(c, "Get System Info Parameters",
      string.char(0, parameter, part, 0), 2)
    if e then
      return nil, e
    elseif not data or part == 0 and (#data < 4 or data:byte(3) & 0x0F > 1) then
      break
    end
    total = total or data:byte(4)
    -- The parameter's revision and the part's number stand first, in part 0 two bytes more.
    parts[#parts + 1] = part == 0 and data:sub(5, 4 + FIRST) or data:sub(3, 2 + NEXT)
    if FIRST + part * NEXT >= total then
      break
    end
  end
  return total and reply.text(table.concat(parts):sub(1, total))
end

-- What the inventory says, the product's own words before those of its board and its case.
local FRU_FIELDS = {
  manufacturer = { "product_manufacturer", "board_manufacturer" },
  model = { "product_name", "board_product_name" },
  serial_number = { "product_serial", "chassis_serial", "board_serial" },
  asset_tag = { "product_asset_tag" },
}

local function from_fru(record, inventory)
  for field, names in pairs(FRU_FIELDS) do
    for _, name in ipairs(names) do
      record[field] = record[field] or inventory[name]
    end
  end
end

local READS = {
  { "uuid", function(c, note)
    local data, e = reply.optional(c, "Get System GUID", "", 16, note)
    local uuid, encoding = guid.decode(data or "")
    if uuid then
      note(("the UUID is read as %s writes one"):format(encoding))
    end
    return uuid, e
  end },
  { "host_name", function(c) return M.text(c, SYSTEM_NAME) end },
  { "bios_version", function(c) return M.text(c, FIRMWARE_VERSION) end },
}

--- The way of system_info.
---@param target bmc.target.Target
---@param call bmc.plan.Call
---@return table? record
---@return bmc.err.Value? err
function M.info(target, _, call)
  local c = ipmi.of(target)
  local known, e = c:device()
  if not known then
    return nil, e
  end
  local record = { bmc_firmware_version = known.firmware, vendor = device.vendor(target) }
  for _, read in ipairs(READS) do
    record[read[1]], e = read[2](c, call.note)
    if e then
      return nil, e
    end
  end
  local inventory, why = fru.inventory(target, {}, call)
  if inventory then
    from_fru(record, inventory)
  elseif why.completion or why.code == "missing" or why.code == "unsupported" then
    call.note("no inventory: " .. why.text)
  else
    return nil, why
  end
  return record
end

return M
