-- SPDX-License-Identifier: GPL-3.0-or-later
-- The facts by which simulated machines of one model differ: serial number,
-- UUID, MAC address, name, readings. All of them follow from the number of
-- the machine alone, so every run and every test sees the same ones.

local M = {}

local methods = {}
local machine_mt = { __index = methods, __name = "bmcsh.sim.machine" }

machine_mt.__tostring = function(self)
  return ("sim.machine %d: %s"):format(self.index, self.serial)
end

local LETTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"

-- A 64-bit number out of a text: FNV-1a, with a last stir for the high bits.
local function digest(text)
  local h = 0xcbf29ce484222325
  for i = 1, #text do h = (h ~ text:byte(i)) * 0x100000001b3 end
  h = (h ~ (h >> 31)) * 0xBF58476D1CE4E5B9
  return h ~ (h >> 29)
end

-- A pattern with "?" for a letter or digit and "#" for a digit.
local function fill(pattern, seed)
  local h = digest(seed)
  return (pattern:gsub("[?#]", function(c)
    h = h * 6364136223846793005 + 1442695040888963407
    local n = h >> 33
    if c == "#" then return tostring(n % 10) end
    local at = n % #LETTERS + 1
    return LETTERS:sub(at, at)
  end))
end

--- Makes the facts of a machine.
---@param index integer number in its farm, from 1
---@param serial string pattern of serial numbers: "?" letter or digit, "#" digit
---@return table machine
function M.new(index, serial)
  local low, high = digest(index .. "uuid"), digest(index .. "diuu")
  return setmetatable({
    index = index,
    serial = fill(serial, index .. "serial"),
    uuid = ("%08x-%04x-4%03x-8%03x-%012x"):format(
      high >> 32, high >> 16 & 0xffff, high & 0xfff, low >> 52, low & 0xffffffffffff),
    mac = ("02:b3:%02x:%02x:%02x:%02x"):format(
      low >> 8 & 0xff, index >> 16 & 0xff, index >> 8 & 0xff, index & 0xff),
    board = fill("CN#############", index .. "board"),
    name = ("node-%03d"):format(index),
  }, machine_mt)
end

--- A reading near a value, always the same for this machine.
---@param what string name of the reading
---@param value integer the middle
---@param spread integer at most this far from it
---@return integer
function methods:near(what, value, spread)
  return value + (digest(self.index .. what) >> 1) % (2 * spread + 1) - spread
end

--- A part's serial number.
---@param what string name of the part
---@param pattern string as in new()
---@return string
function methods:part_serial(what, pattern)
  return fill(pattern, self.index .. what)
end

--- A copy of a value in which "{serial}", "{uuid}", "{mac}", "{name}" and "{index}" are filled in.
---@param value any
---@return any
function methods:expand(value)
  if type(value) == "string" then
    return (value:gsub("{(%l+)}", function(fact) return tostring(self[fact]) end))
  end
  if type(value) ~= "table" then return value end
  local out = {}
  for k, v in pairs(value) do out[k] = self:expand(v) end
  return out
end

return M
