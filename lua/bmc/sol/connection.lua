-- SPDX-License-Identifier: GPL-3.0-or-later
-- sol.connection: owns the characters of a console while it is connected, lost, connected again
-- and given back: one who reads, several who type, the file that everything is written to.

local err = require "bmc.err"
local gate = require "bmc.target.gate"
local ipmi = require "bmc.ipmi"
local logs = require "bmc.sol.log"
local payload = require "bmc.sol.payload"
local resume = require "bmc.sol.resume"
local task = require "bmc.task"

local GRACE = 5    -- seconds that closing may take
local NEVER = 3600 -- seconds between two questions to a BMC that is not to be kept awake

---@class bmc.sol.Connection
---@field resuming? table    the task that connects again
---@field ended? bmc.err.Value  why it is over
---@field closed? boolean
local connection = {}
local connection_mt = { __index = connection, __name = "bmc.sol.connection" }

function connection_mt:__tostring()
  return ("console of %s (%s)"):format(self.host, self.closed and "closed"
    or self.resuming and "being connected again" or self.ended and "ended" or "open")
end

-- An error as one of this console's.
local function failed(self, e, effect)
  return nil, err.wrap(e, { host = self.host, way = "ipmi", op = "console", effect = effect })
end

--- An error of this console.
---@return nil
---@return bmc.err.Value
function connection:fail(code, text, extra)
  return failed(self, err.new(code, text, extra), "none")
end

-- A session can have one; the BMC need not say so to who asks in it a second time.
local function claim(self, force)
  local other = self.client.console
  if not other or other.closed or other.ended then
    return true
  elseif not force then
    return self:fail("busy", "this program has the console open already", { reason = "active" })
  end
  other:close()
  return true
end

-- The console is given back with the target. Told to it once: a runbook may open many.
local function keep(self)
  local client = self.client
  if not client.console then
    self.target:on_close(function() client.console:close() end)
  end
  client.console = self
end

-- The engine's part, in a session in which the payload is active.
local function start(self, session, chunk)
  local profile = self.target.profile.ipmi
  local settings = profile.sol
  return session:sol {
    chunk = chunk, retry = settings.retry, zero_is_all = settings.zero_is_all,
    keep_alive = profile.keep_alive > 0 and profile.keep_alive or NEVER,
    nudge = settings.nudge,
    nudge_nul = settings.nudge_nul and not self.target.read_only and not self.target.dry_run,
    no_acks = settings.no_acks, unnumbered = settings.unnumbered,
  }
end

-- Switches the console on. When this is cut off half-way, the console may be ours or somebody
-- else's: the session's end gives up ours and no other.
local function attach(self, force, reset_sol)
  local session, chunk = payload.activate(self.client, self.target.profile.ipmi.sol.payload,
    { force = force, reset_sol = reset_sol })
  if not session then
    if self.client.session and (chunk.code == "cancelled" or chunk.code == "timeout") then
      self.client:renew(self.client.session)
    end
    return nil, chunk
  end
  local core, e = start(self, session, chunk)
  if not core then
    if e.code ~= "busy" then
      payload.deactivate(session)
    end
    return nil, e
  end
  if self.core then
    self.core:close() -- the one before
  end
  self.session, self.core = session, core
  keep(self)
  return true
end

-- The console has ended, though nobody has closed it. Connects again, in a task of its own: a
-- script that looks now and then must not begin anew with each look.
local function lost(self, e)
  if self.closed or self.ended or self.resuming then
    return
  elseif not self.reconnect then
    self.ended = e
    return
  end
  self.resuming = task.spawn(function()
    local ok, why = resume.run(self, e, function(force) return attach(self, force) end)
    self.resuming = nil
    self.ended = not ok and (why or e) or nil
    return true
  end)
end

-- ---- reading ----

local function record(self, chunk)
  if not self.log then
    return
  end
  local ok, why = self.log:add(chunk)
  if not ok then
    self.notice(("the log is not written any more: %s"):format(why or "an error"))
    self.log:close()
    self.log = nil
  end
end

--- What comes next; waits for it.
---@return string? chunk
---@return bmc.err.Value? err
function connection:receive()
  while not self.closed and not self.ended do
    local resuming = self.resuming
    if resuming then
      local _, stopped = resuming:join()
      if stopped then
        return nil, stopped
      end
    else
      local chunk, e = self.core:read()
      if chunk then
        record(self, chunk)
        return chunk
      elseif self.closed or not self.core:state().ended then
        return nil, e
      end
      lost(self, e)
    end
  end
  if self.closed then
    return self:fail("cancelled", "the console is closed")
  end
  return failed(self, err.copy(self.ended), "none")
end

-- ---- typing ----

-- Whether characters may be typed; false in a dry run. All that is typed in a connection is one
-- write to the audit log: it tells nothing of them, passwords are typed too.
local function admitted(self, text)
  if self.pass then
    return true
  end
  local pass, e = gate.enter(self.target, {
    way = "ipmi", method = "type", uri = "console", title = "typing",
    shown = function() return text or "(break)" end,
  })
  self.pass = pass
  return pass ~= nil, e
end

-- What became of characters that the BMC has not acknowledged all.
local function short(self, text, e)
  local sent, taken = e.sent or 0, e.taken or 0
  e.effect = e.sent and sent == 0 and "none" or "unknown"
  if e.sent and text then
    e.text = ("%s (of %d characters typed the BMC has acknowledged %d)")
      :format(e.text, #text, taken)
  end
  return failed(self, e, e.effect)
end

--- Types, or sends a break when there is no text. Waits until the BMC has taken it.
---@param text? string
---@return true|nil
---@return bmc.err.Value? err
function connection:send(text)
  local permit <close>, stopped = self.turn:acquire()
  if not permit then
    return failed(self, stopped, "none")
  elseif self.closed then
    return self:fail("cancelled", "the console is closed")
  elseif self.ended then
    return failed(self, err.copy(self.ended), "none")
  elseif self.resuming then
    return self:fail("unreachable", "the console is being connected again: nothing was typed")
  end
  local may, e = admitted(self, text)
  if e then
    return failed(self, e, "none")
  elseif not may then
    return true
  end
  local core = self.core
  local ok, why = core:write(text)
  if ok then
    return true
  elseif core:state() and core:state().ended then
    lost(self, err.copy(why))
  end
  return short(self, text, why)
end

-- ---- closing and opening ----

local function give_back(self)
  if self.resuming then
    self.resuming:cancel()
    self.resuming:join()
  end
  if self.pass then
    gate.leave(self.pass, not self.ended or nil, self.ended)
  end
  if not self.core:state().ended then
    payload.deactivate(self.session)
  end
  self.core:close()
end

--- Gives the console back. May wait, never fails; twice is once.
function connection:close()
  if self.closed then
    return
  end
  self.closed = true
  task.shield(GRACE, give_back, self)
  if self.log then
    self.log:close()
    self.log = nil
  end
end

--- Whether it stands, and how it goes.
---@return table
function connection:state()
  return self.core:state() or { ended = true, off = false, resent = 0, overruns = 0 }
end

local M = {}

--- Opens the console of a machine.
---@param target bmc.target.Target
---@param opts bmc.sol.Options
---@return bmc.sol.Connection?
---@return bmc.err.Value? err
function M.open(target, opts)
  local log, e
  if opts.log then
    log, e = logs.open(opts.log, opts.timestamps)
    if not log then
      return nil, err.wrap(e, { effect = "none" })
    end
  end
  local self = setmetatable({
    host = target.host, target = target, client = ipmi.of(target), log = log, force = opts.force,
    reconnect = opts.reconnect, patience = opts.patience, notice = opts.notice or function() end,
    turn = task.semaphore(1),
  }, connection_mt)
  local ok
  ok, e = claim(self, opts.force)
  if ok then
    ok, e = attach(self, opts.force, opts.reset_sol)
  end
  if ok then
    return self
  end
  if log then
    log:close()
  end
  return nil, e
end

return M
