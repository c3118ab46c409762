-- SPDX-License-Identifier: GPL-3.0-or-later
--- Which vendor a BMC is of, and which conditions of a profile it meets.
--
-- Owns the order of the clues, the comparison of firmware versions, and
-- nothing else: the patterns are data of the vendor files. Pure.

local M = {}

---@class bmc.vendor.Facts
---@field root_vendor? string
---@field root_product? string
---@field root_oem? string[]
---@field manager_id? string
---@field manager_model? string
---@field manager_oem? string[]
---@field manager_firmware? string
---@field tls_issuer? string
---@field system_model? string
---@field system_manufacturer? string
---@field ipmi_manufacturer? integer  IANA number in Get Device ID
---@field ipmi_product? integer
---@field ipmi_firmware? string

-- QUIRKS R35: what the BMC says of itself before what the board maker had printed on the system.
-- The manager's id and model come before its OEM keys, since boards carry the keys of the
-- maker of the BMC firmware (an IBM machine answers with Oem.Supermicro), and the system's
-- model before its maker, since one maker sells several kinds of BMC. The number that a BMC gives
-- over IPMI is its own, as what it says of the manager is.
M.CLUES = {
  "root_vendor", "root_product", "root_oem", "manager_id", "manager_model", "manager_oem",
  "ipmi_manufacturer", "tls_issuer", "system_model", "system_manufacturer",
}

local function fits(value, patterns)
  if type(value) == "table" then
    for _, v in ipairs(value) do
      if fits(v, patterns) then
        return true
      end
    end
    return false
  end
  for _, pattern in ipairs(patterns) do
    if value == pattern or type(pattern) == "string" and value:find(pattern) then
      return true
    end
  end
  return false
end

local function by_any_clue(facts, patterns)
  for _, clue in ipairs(M.CLUES) do
    if facts[clue] and patterns[clue] and fits(facts[clue], patterns[clue]) then
      return true
    end
  end
  return false
end

-- A vendor that builds on another's firmware says so by `extends`: AMI's name in the root is
-- right, and the board's maker is the better answer.
local function refine(entry, facts)
  for _, child in ipairs(entry.children) do
    if by_any_clue(facts, child.match) then
      return refine(child, facts)
    end
  end
  return entry.name
end

---@class bmc.vendor.Index
---@field entries table<string, table[]>  by clue, the vendors it tells of, in order of names
---@field known table<string, table>      by clue, what a value has told before

--- Sorts vendors by what they are known by. The machines of a fleet say the same few things, so
--- what a value means is kept; not for certificates, of which each machine has its own.
---@param names string[]  in order
---@param matches table<string, table>  name -> match clause
---@param parents table<string, string>  name -> what it extends
---@return bmc.vendor.Index
function M.index(names, matches, parents)
  local index, all = { entries = {}, known = {} }, {}
  for _, clue in ipairs(M.CLUES) do
    index.entries[clue] = {}
    index.known[clue] = clue ~= "tls_issuer" and {} or nil
  end
  for i, name in ipairs(names) do
    all[i] = { name = name, match = matches[name], children = {} }
    all[name] = all[i]
    for clue in pairs(matches[name]) do
      table.insert(index.entries[clue], all[i])
    end
  end
  for _, entry in ipairs(all) do
    local parent = all[parents[entry.name]]
    table.insert(parent and parent.children or {}, entry)
  end
  return index
end

-- The first vendor, in order of names, of which a value of a clue tells; false for none.
local function by_clue(index, clue, value)
  for _, entry in ipairs(index.entries[clue]) do
    if fits(value, entry.match[clue]) then
      return entry
    end
  end
  return false
end

local function entry_of(index, clue, value)
  local known = index.known[clue]
  if type(value) == "table" or not known then
    return by_clue(index, clue, value)
  end
  local entry = known[value]
  if entry == nil then
    entry = by_clue(index, clue, value)
    known[value] = entry
  end
  return entry
end

--- The vendor that the facts tell of.
---@param facts bmc.vendor.Facts
---@param index bmc.vendor.Index
---@return string? name  nil when no clue fits
---@return string? clue
function M.detect(facts, index)
  for _, clue in ipairs(M.CLUES) do
    local value = facts[clue]
    local entry = value and entry_of(index, clue, value)
    if entry then
      return refine(entry, facts), clue
    end
  end
end

-- ---- conditions ----

--- The version inside a firmware string, as its numbers: "iLO 5 v2.72" is {2, 72}, and
--- "TGBT42S 2.83 2023-07-05" is {2, 83} (QUIRKS F16), "GB200Nvl-25.06-A" is {25, 6} (F17).
---@param s string
---@return integer[]? parts
function M.version(s)
  local found = s:match("%f[%d]%d+%.[%d.]*%d") or s:match("%f[%d]%d+")
  if not found then
    return nil
  end
  local parts = {}
  for n in found:gmatch("%d+") do
    parts[#parts + 1] = math.tointeger(tonumber(n)) or math.maxinteger
  end
  return parts
end

--- -1, 0 or 1; absent parts count as zero.
---@param a integer[]
---@param b integer[]
---@return integer
function M.compare(a, b)
  for i = 1, math.max(#a, #b) do
    local x, y = a[i] or 0, b[i] or 0
    if x ~= y then
      return x < y and -1 or 1
    end
  end
  return 0
end

local HOLDS = {
  ["<"] = function(c) return c < 0 end,
  ["<="] = function(c) return c <= 0 end,
  [">"] = function(c) return c > 0 end,
  [">="] = function(c) return c >= 0 end,
  ["="] = function(c) return c == 0 end,
  ["=="] = function(c) return c == 0 end,
}

--- Whether a firmware string meets all comparisons of a condition.
---@param firmware string
---@param wanted string  "<4.40", ">=2.50 <3"
---@return boolean
function M.firmware(firmware, wanted)
  local version = M.version(firmware)
  if not version then
    return false
  end
  for operator, number in wanted:gmatch("([<>=]+)%s*([%d.]+)") do
    local limit = M.version(number)
    if not HOLDS[operator] or not limit or not HOLDS[operator](M.compare(version, limit)) then
      return false
    end
  end
  return true
end

--- The firmware of a BMC, as it says over Redfish or over IPMI.
---@param facts bmc.vendor.Facts
---@return string?
function M.firmware_of(facts)
  return facts.manager_firmware or facts.ipmi_firmware
end

--- Whether a condition holds. What is not known does not hold.
---@param condition table  an entry of `when`
---@param facts bmc.vendor.Facts
---@return boolean
function M.holds(condition, facts)
  local firmware, model, board = M.firmware_of(facts), facts.system_model, facts.manager_model
  if condition.firmware and not (firmware and M.firmware(firmware, condition.firmware)) then
    return false
  elseif condition.model and not (model and model:find(condition.model)) then
    return false
  end
  local product = condition.ipmi_product
  if product and not (facts.ipmi_product and fits(facts.ipmi_product, product)) then
    return false
  end
  return not condition.manager_model or board ~= nil and board:find(condition.manager_model) ~= nil
end

--- A condition in words, for explain.
---@param condition table
---@return string
function M.describe(condition)
  local parts = {}
  for _, key in ipairs { "firmware", "model", "manager_model" } do
    if condition[key] then
      parts[#parts + 1] = ("%s %s"):format(key, condition[key])
    end
  end
  if condition.ipmi_product then
    parts[#parts + 1] = "ipmi_product " .. table.concat(condition.ipmi_product, " or ")
  end
  return "when " .. table.concat(parts, ", ")
end

return M
