-- SPDX-License-Identifier: GPL-3.0-or-later
-- state: owns where bmcsh keeps what must outlive a process, and the locking of it: folders below
-- $XDG_STATE_HOME/bmcsh or ~/.local/state/bmcsh, open to their owner only, with files that one
-- process holds at a time (src/lockfile.h). What is in the files is bmc.ledger's, bmc.tokens' and
-- bmc.known's; bmc.audit locks the file that it is given.

local core = require "_bmcsh.lockfile"
local err = require "bmc.err"
local host = require "_bmcsh.host"
local task = require "bmc.task"
local trusted = require "bmc.trusted"

---@class bmc.state.File: userdata  locked as long as it is open; to be closed
---@field read fun(self, offset?: integer): string?, bmc.err.Value?  from there to the end
---@field head fun(self): string?, bmc.err.Value?  the first line
---@field secret fun(self, offset: integer): bmc.Secret?, bmc.err.Value?  the line at an offset
---@field append fun(self, text: string): true?, bmc.err.Value?
---@field replace fun(self, ...: string|bmc.Secret): true?, bmc.err.Value?  the whole content
---@field size fun(self): integer?, bmc.err.Value?
---@field cut fun(self, size: integer): true?, bmc.err.Value?  the file ends there
---@field sync fun(self): true?, bmc.err.Value?  when all of it is on the disk
---@field remove fun(self): true?, bmc.err.Value?
---@field close fun(self)  twice is once

local PAUSE = 0.02 -- seconds between two looks at a lock that somebody has

local M = {}

local chosen -- by use()

--- Keeps everything below another folder from now on: for tests, and for programs that have a
--- place of their own.
---@param folder string  absolute
function M.use(folder)
  chosen = folder
end

local function base()
  local state, home = os.getenv "XDG_STATE_HOME", os.getenv "HOME"
  if chosen then
    return chosen
  elseif state and state:sub(1, 1) == "/" then
    return state .. "/bmcsh"
  elseif home and home:sub(1, 1) == "/" then
    return home .. "/.local/state/bmcsh"
  end
  return err.fail("missing", "there is no home folder to keep state in")
end

--- A folder for state, made if it is not there.
---@param name string  such as "sessions"
---@return string? path
---@return bmc.err.Value? err  missing, or rejected: it cannot be made, or others can write it
function M.folder(name)
  local above, e = base()
  if not above then
    return nil, e
  end
  local path = above .. "/" .. name
  local made, failure = host.mkdir_private(path)
  if not made then
    return nil, failure
  end
  local why = trusted.objection(path)
  if why then
    return err.fail("rejected", ("%s: %s"):format(path, why))
  end
  return path
end

--- Opens a file and locks it, without waiting. "new" makes it, "old" wants it there, "any" takes
--- both. Files that others may read are refused.
---@type fun(path: string, how: "new"|"old"|"any"): bmc.state.File?, bmc.err.Value?
M.open = core.open

--- The same, and waits while somebody else has it, without holding the loop.
---@param path string
---@param how "old"|"any"
---@param seconds number  at most
---@return bmc.state.File?
---@return bmc.err.Value? err  busy: it is held all the time; timeout, cancelled
function M.wait(path, how, seconds)
  local give_up = task.now() + seconds
  while true do
    local file, e = M.open(path, how)
    if file or e.code ~= "busy" or task.now() >= give_up then
      return file, e
    end
    local ok, stopped = task.sleep(PAUSE)
    if not ok then
      return nil, stopped
    end
  end
end

return M
