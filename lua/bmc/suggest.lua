-- SPDX-License-Identifier: GPL-3.0-or-later
-- suggest: owns "did you mean". Pure.
local M = {}

-- How many letters must be changed, added, dropped or swapped with a neighbour.
local function distance(a, b)
  local before, above = {}, {}
  for j = 0, #b do
    above[j] = j
  end
  for i = 1, #a do
    local row = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      row[j] = math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
    before, above = above, row
  end
  return above[#b]
end

--- The name of the list that is most like the wrong one, nil when none is near.
---@param wrong string
---@param names string[]
---@return string?
function M.nearest(wrong, names)
  -- Of two letters, one changed is another word.
  local best, best_distance = nil, #wrong < 3 and 1 or math.max(1, #wrong // 3) + 1
  for _, name in ipairs(names) do
    local d = distance(wrong:lower(), name:lower())
    if d < best_distance then
      best, best_distance = name, d
    end
  end
  return best
end

--- ` (did you mean "power"?)`, or nothing.
---@param wrong string
---@param names string[]
---@return string
function M.hint(wrong, names)
  local name = M.nearest(wrong, names)
  return name and (" (did you mean %q?)"):format(name) or ""
end

return M
