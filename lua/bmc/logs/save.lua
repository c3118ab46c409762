-- SPDX-License-Identifier: GPL-3.0-or-later
-- logs.save: owns the file that gets the entries of a log before the log is cleared: a new one,
-- open to its owner only, one JSON object a line. It is there as a whole, or not at all.

local err = require "bmc.err"
local json = require "bmc.json"
local state = require "bmc.state"

local file = {}
local file_mt = { __index = file, __name = "bmc.logs.save" }

function file_mt:__close()
  if self.handle then
    self.handle:close()
  end
end

local function refuse(e)
  return err.fail("rejected", e.text .. "; nothing was cleared", { effect = "none" })
end

local function content(entries)
  local lines = {}
  for i, entry in ipairs(entries) do
    lines[i] = json.encode(entry) .. "\n"
  end
  return table.concat(lines)
end

--- Writes all entries, instead of those that were written before. In a dry run no file is made.
---@param entries table[]
---@return true? ok
---@return bmc.err.Value? err  rejected: the file is there already, or cannot be written
function file:write(entries)
  if self.dry_run then
    return true
  end
  local e
  if not self.handle then
    self.handle, e = state.open(self.path, "new")
    if not self.handle then
      return refuse(e)
    end
  end
  local ok
  ok, e = self.handle:replace(content(entries))
  if not ok then
    self.handle:remove()
    return refuse(e)
  end
  return true
end

--- Removes what was written when the log has certainly not been cleared: the next try, or another
--- way, then finds no file in its place.
---@param e bmc.err.Value  why the clearing failed
function file:drop(e)
  if self.handle and e.effect == "none" then
    self.handle:remove()
  end
end

local M = {}

---@class bmc.logs.Save  a to-be-closed value
---@field path string

--- A file to be written.
---@param name string  "{host}" in it is the machine
---@param target bmc.target.Target
---@return bmc.logs.Save
function M.new(name, target)
  local path = name:gsub("{host}", (target.host:gsub("[/%%]", { ["/"] = "_", ["%"] = "%%" })))
  return setmetatable({ path = path, dry_run = target.dry_run }, file_mt)
end

return M
