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

-- The names with the least distance below `limit`.
local function least(names, limit, distance_of)
  local best = {}
  for _, name in ipairs(names) do
    local d = distance_of(name:lower())
    if d and d < limit then
      best, limit = { name }, d
    elseif d == limit and best[1] then
      best[#best + 1] = name
    end
  end
  return best
end

-- Half of a name is meant too: "therm", "manufacturer" of system_manufacturer.
local function distance_to_part(wrong, name)
  if name:sub(1, #wrong) == wrong then
    return 0
  end
  local nearest
  for part in name:gmatch("[^_-]+") do
    local d = #part > 3 and part ~= name and distance(wrong, part)
    nearest = d and math.min(d, nearest or d) or nearest
  end
  return nearest
end

-- The names that may be meant: one that is like the wrong one, or all with a part that is.
local function near(wrong, names)
  wrong = wrong:lower()
  -- Of two letters, one changed is another word.
  local limit = #wrong < 3 and 1 or math.max(1, #wrong // 3) + 1
  local whole = least(names, limit, function(name) return distance(wrong, name) end)
  if whole[1] or #wrong < 4 then
    return { whole[1] }
  end
  return least(names, limit, function(name) return distance_to_part(wrong, name) end)
end

--- The name of the list that is most like the wrong one, nil when none is near.
---@param wrong string
---@param names string[]
---@return string?
function M.nearest(wrong, names)
  return near(wrong, names)[1]
end

--- ` (did you mean "power"?)`, or nothing.
---@param wrong string
---@param names string[]
---@return string
function M.hint(wrong, names)
  local meant = table.concat(near(wrong, names), '" or "')
  return meant ~= "" and (' (did you mean "%s"?)'):format(meant) or ""
end

return M
