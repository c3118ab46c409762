-- SPDX-License-Identifier: GPL-3.0-or-later
-- hex: owns bytes written in hexadecimal, and read from it.

local M = {}

--- Bytes as two lower-case digits each.
---@param bytes string
---@param between? string  what stands between two of them: nothing
---@return string
function M.of(bytes, between)
  local digits = {}
  for i = 1, #bytes do
    digits[i] = ("%02x"):format(bytes:byte(i))
  end
  return table.concat(digits, between)
end

--- The bytes that digits stand for; what is no pair of digits is passed over.
---@param digits string
---@return string
function M.bytes(digits)
  local bytes = {}
  for pair in digits:gmatch("%x%x") do
    bytes[#bytes + 1] = string.char(tonumber(pair, 16))
  end
  return table.concat(bytes)
end

return M
