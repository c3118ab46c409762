-- SPDX-License-Identifier: GPL-3.0-or-later
-- trusted: owns the rule of which override files may be loaded at all. Whoever
-- can write one decides what is done with the operator's passwords.
local host = require "_bmcsh.host"

local err = require "bmc.err"

local OTHERS_CAN_WRITE = 18 -- octal 022: the group or others

local M = {}

--- Why a file or folder is not to be trusted; nil when it is.
---@param path string
---@return string? why
function M.objection(path)
  local stat, e = host.stat(path)
  if not stat then
    return e.text
  elseif stat.mode & OTHERS_CAN_WRITE ~= 0 then
    return ("others can write it (mode %03o); chmod go-w"):format(stat.mode & 511)
  elseif stat.uid ~= 0 and stat.uid ~= host.uid() then
    return ("it belongs to user %d, neither to you nor to root"):format(stat.uid)
  end
end

--- The folders of override files, the site's before the operator's. Absolute
--- ones only: nothing is ever loaded from the working directory (V9).
---@param kind string "vendors", "scripts"
---@return string[]
function M.folders(kind)
  local home = os.getenv("HOME") or ""
  local out = { "/etc/bmcsh/" .. kind }
  if home:sub(1, 1) == "/" then
    out[2] = home .. "/.config/bmcsh/" .. kind
  end
  return out
end

--- The operator's own folder of override files, made if it is not there.
---@param kind string "vendors", "scripts"
---@return string? path
---@return table? err  missing: there is no home; or why it cannot be made
function M.own_folder(kind)
  local path = M.folders(kind)[2]
  if not path then
    return err.fail("missing", "there is no home folder to keep files in")
  end
  local made, e = host.mkdir_private(path)
  return made and path, e
end

return M
