-- SPDX-License-Identifier: GPL-3.0-or-later
-- FRU inventory commands (34).

local inventory = require "bmc.sim.ipmi.inventory"

local STORAGE = 0x0A
local ABSENT, RANGE, TOO_MUCH = 0xCB, 0xC9, 0xCA

local function info(bmc, data)
  local bytes = inventory.of(bmc, data:byte())
  if not bytes then return ABSENT end
  return 0, ("<I2B"):pack(#bytes, 0) -- read by bytes
end

local function read(bmc, data)
  local id, offset, count = ("<BI2B"):unpack(data)
  local bytes = inventory.of(bmc, id)
  if not bytes then return ABSENT end
  if offset >= #bytes then return RANGE end
  local part = bytes:sub(offset + 1, offset + count)
  if #part > bmc.traits.ipmi.read_max then return TOO_MUCH end
  return 0, string.char(#part) .. part
end

return {
  { "Get FRU Inventory Area Info", STORAGE, 0x10, "user", 1, info },
  { "Read FRU Data", STORAGE, 0x11, "user", 4, read },
}
