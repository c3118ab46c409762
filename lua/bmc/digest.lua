-- SPDX-License-Identifier: GPL-3.0-or-later
-- digest: owns how a list of records becomes one row of a fleet's table: the
-- worst status, sums, and the record that stands out. Pure.
local RANK = { ok = 1, warning = 2, critical = 3 }

local M = {}

--- The worst Health of the records; nil when none of them tells.
---@param list table[] records with `status`
---@return string?
function M.worst(list)
  local worst, rank = nil, 0
  for _, record in ipairs(list) do
    local r = RANK[tostring(record.status):lower()] or 0
    if r > rank then
      worst, rank = record.status, r
    end
  end
  return worst
end

--- The sum of a field; nil when no record has it: no signal is not zero.
---@param list table[]
---@param key string
---@return number?
function M.sum(list, key)
  local sum
  for _, record in ipairs(list) do
    if record[key] then
      sum = (sum or 0) + record[key]
    end
  end
  return sum
end

--- The records for which f gives something.
---@param list table[]
---@param f fun(record: table): any
---@return table[]
function M.select(list, f)
  local out = {}
  for _, record in ipairs(list) do
    out[#out + 1] = f(record) and record or nil
  end
  return out
end

--- The record for which f gives the smallest number; nil when it gives none.
---@param list table[]
---@param f fun(record: table): number?
---@return table?
function M.least(list, f)
  local best, least
  for _, record in ipairs(list) do
    local n = f(record)
    if n and (not least or n < least) then
      best, least = record, n
    end
  end
  return best
end

return M
