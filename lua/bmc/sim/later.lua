-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a simulated BMC does after a while. No timer runs: it is done when the next request comes
-- after its time, so that a thousand idle BMCs cost nothing.

local M = {}

local methods = {}
local later_mt = { __index = methods, __name = "bmcsh.sim.later" }

later_mt.__tostring = function(self)
  return ("sim.later: %d to do"):format(#self)
end

--- Makes an empty list.
---@param clock fun(): number
---@return table later
function M.new(clock)
  return setmetatable({ clock = clock }, later_mt)
end

--- Has something done after a while; at once when that is nothing.
---@param seconds number
---@param key string what it is pending for
---@param f fun()
function methods:add(seconds, key, f)
  if seconds <= 0 then return f() end
  self[#self + 1] = { at = self.clock() + seconds, key = key, f = f }
end

--- Whether something is still to be done for a resource.
---@param key string
---@return boolean
function methods:has(key)
  for _, one in ipairs(self) do
    if one.key == key then return true end
  end
  return false
end

--- Does what has become due.
function methods:catch_up()
  for i = #self, 1, -1 do
    if self[i].at <= self.clock() then table.remove(self, i).f() end
  end
end

return M
