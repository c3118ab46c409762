-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the event log (31) and the repository of sensor data records (33) have in common: one
-- reservation at a time, and records that are read as a whole or in parts.

local M = {}

local TOO_MUCH, RANGE, ABSENT, RESERVATION = 0xCA, 0xC9, 0xCB, 0xC5
local WHOLE, LAST = 0xFF, 0xFFFF

--- Makes a reservation; the one before is void.
---@param state table      of the BMC
---@param name string      the field that keeps it
---@return integer completion
---@return string data
function M.reserve(state, name)
  state[name] = (state[name] or 0) % 0xFFFF + 1
  return 0, ("<I2"):pack(state[name])
end

--- The part of a record that is asked for, after the id of the next.
---@param data string      reservation, id of the record, offset, count
---@param reserved integer? the reservation that holds
---@param n integer        how many records there are; their ids are 1 to n
---@param record_of fun(id: integer): string
---@param most integer     bytes that are given at once
---@return integer completion
---@return string? data
function M.get(data, reserved, n, record_of, most)
  local reservation, id, offset, count = ("<I2I2BB"):unpack(data)
  if (offset > 0 or reservation ~= 0) and reservation ~= reserved then return RESERVATION end
  id = id == 0 and 1 or id == LAST and n or id
  if id < 1 or id > n then return ABSENT end
  local record = record_of(id)
  if offset > #record then return RANGE end
  local part = record:sub(offset + 1, count ~= WHOLE and offset + count or nil)
  if #part > most then return TOO_MUCH end
  return 0, ("<I2"):pack(id < n and id + 1 or LAST) .. part
end

return M
