-- SPDX-License-Identifier: GPL-3.0-or-later
--- The serial console of a machine over the network, as a stream of characters:
---
---   local con <close> = m:console()
---   con:write("\r")
---   assert(con:expect("login: $", 30))
---
-- Owns the stream: what has come and has not been read, and what a script waits for in it. The
-- connection below it, and what becomes of it when it is lost, is sol.connection's, switching it
-- on and off sol.payload's; packets, and that no character is lost or comes twice, are the
-- engine's (src/rmcp_sol.h).

local connections = require "bmc.sol.connection"
local err = require "bmc.err"
local expect = require "bmc.sol.expect"
local task = require "bmc.task"

---@class bmc.sol.Console  a to-be-closed value
---@field host string
---@field before string  what stood before the last match of expect()
local console = {}
local console_mt = { __index = console, __name = "bmc.console" }

function console_mt:__tostring()
  return tostring(self.connection)
end

function console_mt:__close()
  self:close()
end

-- ---- reading ----

-- A wait that its own time has ended, not that of the task.
local function timed(seconds, f, ...)
  if not seconds then
    return f(...)
  end
  local left = task.left()
  local result, e = task.deadline(seconds, f, ...)
  if result == nil and e and e.code == "timeout" and left > seconds then
    return nil, e, true
  end
  return result, e
end

--- What the machine has written since the last read; waits until there is something.
---@param timeout? number  seconds
---@return string? chunk
---@return bmc.err.Value? err timeout; unreachable: the console has ended, text says why; cancelled
function console:read(timeout)
  if self.text ~= "" then
    local text = self.text
    self.text = ""
    return text
  end
  local chunk, e, expired = timed(timeout, self.connection.receive, self.connection)
  if expired then
    return self.connection:fail("timeout",
      ("nothing came from the console within %g s"):format(timeout))
  end
  return chunk, e
end

local function take(self, match)
  self.before = self.text:sub(1, match.first - 1)
  local whole = self.text:sub(match.first, match.last)
  self.text = self.text:sub(match.last + 1)
  if match.captures.n == 0 then
    return whole
  end
  return table.unpack(match.captures, 1, match.captures.n)
end

-- Until the text holds a match.
local function await(self, patterns)
  while true do
    local match = expect.find(self.text, patterns)
    if match then
      return match
    end
    local chunk, e = self.connection:receive()
    if not chunk then
      return nil, e
    end
    self.text = expect.add(self.text, chunk)
  end
end

--- Waits until the machine has written something that matches, and returns that: the captures of
--- the pattern, or the whole match when it has none. Of a list of patterns the number of the one
--- that matched comes first. What stood before it is in con.before; what follows stays to be read.
---
--- The text is looked at whenever more of it comes: a pattern must not be content with half of
--- what is meant. "login: $" is better than "login".
---@param wanted string|string[]  Lua patterns
---@param timeout? number         seconds
---@return any ... match, or nil
---@return bmc.err.Value? err  as read; its field `seen` is what was seen last
function console:expect(wanted, timeout)
  local patterns = expect.patterns(wanted)
  local match, e, expired = timed(timeout, await, self, patterns)
  if match and type(wanted) == "table" then
    return match.index, take(self, match)
  elseif match then
    return take(self, match)
  end
  local tail = expect.tail(self.text)
  if expired then
    return self.connection:fail("timeout", ("no match of %s within %g s; last seen: %s")
      :format(expect.names(patterns), timeout, tail), { seen = self.text })
  end
  e.text, e.seen = ("%s; last seen: %s"):format(e.text, tail), self.text
  return nil, e
end

-- ---- writing ----

--- Types. Returns when the BMC has taken every character. None is ever typed a second time: when
--- the connection is lost meanwhile, what had not arrived is given up, and the error says so.
---@param text string  "\r" is the Enter key
---@return true|nil
---@return bmc.err.Value? err  effect: unknown when some of it may have been typed; rejected: the
--- target is read-only; unreachable, cancelled, timeout
function console:write(text)
  if type(text) ~= "string" then
    error("console:write: a string expected", 2)
  end
  return self.connection:send(text)
end

--- Sends a break: what SysRq keys and boot loaders listen for.
---@return true|nil
---@return bmc.err.Value? err as write
function console:send_break()
  return self.connection:send(nil)
end

--- How it goes: off tells that the machine is off or in reset, as far as the BMC says so; resent
--- and overruns count packets sent again and characters that were lost at the BMC.
---@return { ended: boolean, off: boolean, resent: integer, overruns: integer }
function console:state()
  return self.connection:state()
end

-- ---- closing and opening ----

--- Gives the console back. Called by `local con <close>`; may wait, never fails. Twice is once.
function console:close()
  self.connection:close()
end

local M = {}

---@class bmc.sol.Options
---@field force? boolean     take the console from whoever has it
---@field reset_sol? boolean as a last resort switch Serial over LAN on at the BMC, and with force
--- off and on again: its settings are changed
---@field log? string        a file to which all that the machine writes is appended
---@field timestamps? boolean  each line of the log begins with the time (UTC)
---@field reconnect? boolean connect again when the network, the session or the BMC was lost
---@field patience? number   seconds for which that is tried: 600
---@field notice? fun(text: string)  told what a person at the console should know

--- Opens the console of a machine.
---@param target bmc.target.Target
---@param opts bmc.sol.Options
---@return bmc.sol.Console?
---@return bmc.err.Value? err  busy: somebody has it; unsupported, auth, rejected: the log cannot
--- be written; and those of the session
function M.open(target, opts)
  if opts.force and target.read_only then
    return err.fail("rejected", "the target is read-only: nobody's console is taken away")
  elseif opts.reset_sol and target.read_only then
    return err.fail("rejected", "the target is read-only: its settings are left alone")
  end
  local connection, e = connections.open(target, opts)
  if not connection then
    return nil, e
  end
  return setmetatable({
    host = target.host, connection = connection, text = "", before = "",
  }, console_mt)
end

return M
