-- SPDX-License-Identifier: GPL-3.0-or-later
--- The UUID of a machine out of the 16 bytes of Get System GUID.
--
-- IPMI sends a GUID with its last byte first (20.8); many BMCs send it as SMBIOS keeps it (only
-- the first three fields with the last byte first), some as RFC 4122 writes it. No field says
-- which: the version has to be a version, and the time a time. The order in which the readings
-- are believed is that of ipmitool (lib/ipmi_mc.c), so that both print the same.

local host = require "_bmcsh.host"

-- Which byte stands where in the text, for each encoding; of those that fit the last is believed.
local ORDERS = {
  { name = "RFC 4122", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 },
  { name = "IPMI", 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 },
  { name = "SMBIOS", 4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16 },
}
local VERSION_1, VERSIONS = 1, 5
-- Of a UUID by time: tenths of microseconds from 1582-10-15 to the epoch of Unix.
local EPOCH, TICKS = 122192928000000000, 10000000

local M = {}

local function in_order(data, order)
  local out = {}
  for i = 1, 16 do
    out[i] = data:sub(order[i], order[i])
  end
  return table.concat(out)
end

-- Whether the time in a UUID of version 1 has been and is not before UUIDs.
local function has_time(bytes)
  local low, mid, high = (">I4I2I2"):unpack(bytes)
  local ticks = (high & 0x0FFF) << 48 | mid << 32 | low
  local seconds = (ticks - EPOCH) // TICKS
  return seconds > 0 and seconds < host.wall()
end

local function text(bytes)
  return ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x")
    :format(bytes:byte(1, 16))
end

--- The UUID as text, and how it was read.
---@param data string  16 bytes or more
---@return string? uuid  nil where all bytes are 00h or FFh, which is none
---@return string? encoding
function M.decode(data)
  data = data:sub(1, 16)
  if #data < 16 or data == ("\0"):rep(16) or data == ("\xFF"):rep(16) then
    return nil
  end
  local found
  for _, order in ipairs(ORDERS) do
    local bytes = in_order(data, order)
    local version = bytes:byte(7) >> 4
    if version >= 1 and version <= VERSIONS then
      found = { text(bytes), order.name }
      if version == VERSION_1 and has_time(bytes) then
        break
      end
    end
  end
  found = found or { text(data:reverse()), "IPMI" }
  return found[1], found[2]
end

return M
