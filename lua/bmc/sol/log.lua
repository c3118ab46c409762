-- SPDX-License-Identifier: GPL-3.0-or-later
-- sol.log: owns the file to which all that a machine writes is appended, for its owner only.

local host = require "_bmcsh.host"

---@class bmc.sol.Log
---@field stamps? boolean  each line begins with the time of its first character
local log = {}
local log_mt = { __index = log, __name = "bmc.sol.log" }

local function now()
  local seconds = host.wall()
  local whole = math.floor(seconds)
  return ("%s.%03dZ "):format(os.date("!%Y-%m-%dT%H:%M:%S", whole),
    math.floor((seconds - whole) * 1000))
end

-- A line that has not begun yet gets its time when it does.
local function stamped(self, chunk)
  local time = now()
  local lines = chunk:gsub("\n()", function(after)
    return after <= #chunk and "\n" .. time or nil
  end)
  local text = (self.begun and "" or time) .. lines
  self.begun = chunk:byte(-1) ~= 0x0A
  return text
end

--- Appends.
---@param chunk string
---@return true|nil
---@return string? why
function log:add(chunk)
  local ok, why = self.file:write(self.stamps and stamped(self, chunk) or chunk)
  if ok then
    ok, why = self.file:flush()
  end
  return ok and true or nil, why
end

--- Closes the file.
function log:close()
  self.file:close()
end

local M = {}

--- Opens a log, makes it where there is none.
---@param path string
---@param stamps? boolean
---@return bmc.sol.Log?
---@return bmc.err.Value? err
function M.open(path, stamps)
  local file, e = host.append_private(path)
  if not file then
    return nil, e
  end
  return setmetatable({ file = file, stamps = stamps }, log_mt)
end

return M
