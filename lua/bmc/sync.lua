-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc.sync: semaphore and channel, what tasks of one program wait for from each other.
--
-- Owns their queues. Scripts reach them as task.semaphore and task.channel. A waiter is a small
-- table in a first-come queue; whoever serves it marks it, so that a wake-up that was meant for
-- something else only sends it back to wait, and one that is cancelled leaves no trace.

local core = require "_bmcsh.task"

local M = {}

--- Waits until t[field] is set by somebody who then unparks this task.
---@param t table
---@param field string
---@return true|nil
---@return any err cancelled, timeout; or what the wait raised: memory is short, or the task has
---  gone on waiting too often after it was stopped
---@return boolean? raised to be raised on, once nobody counts on this task any more
function M.wait(t, field)
  while not t[field] do
    local ok, why, stopped = pcall(core.park)
    if not t[field] and (stopped or not ok) then
      return nil, stopped or why, not ok
    end
  end
  return true
end

-- ---- waiting in line ----

local line = {}
local line_mt = { __index = line }

local function new_line()
  return setmetatable({ first = 1, last = 0 }, line_mt)
end

-- Waits to be served. Who gives up stays in line, marked, and is passed over.
function line:wait()
  local waiter = { thread = core.self() }
  self.last = self.last + 1
  self[self.last] = waiter
  local ok, e, raised = M.wait(waiter, "served")
  waiter.gone = not ok
  if raised then
    error(e, 0)
  end
  return ok, e
end

-- Serves the first one who still waits; false when there is none.
function line:serve()
  while self.first <= self.last do
    local waiter = self[self.first]
    self[self.first] = nil
    self.first = self.first + 1
    if not waiter.gone then
      waiter.served = true
      core.unpark(waiter.thread)
      return true
    end
  end
  return false
end

function line:serve_all()
  while self:serve() do end
end

-- ---- semaphore ----

local semaphore = {}
local semaphore_mt = { __index = semaphore, __name = "bmc.task.semaphore" }

function semaphore_mt:__tostring()
  return ("semaphore (%d free)"):format(self.free)
end

--- Waits for a place. Pair with leave(); where an error may come between, use acquire().
---@return true|nil
---@return table? err cancelled, timeout (effect none)
function semaphore:enter()
  if self.free > 0 then
    self.free = self.free - 1
    return true
  end
  self.line = self.line or new_line()
  return self.line:wait()
end

--- Gives the place to the next in line.
function semaphore:leave()
  if not (self.line and self.line:serve()) then
    self.free = self.free + 1
  end
end

-- The semaphore is the permit too: each target has some, and thousands of targets are open.
function semaphore_mt:__close()
  self:leave()
end

--- Waits for a place: `local permit <close> = semaphore:acquire()`.
---@return table|nil permit to-be-closed, once
---@return table? err cancelled, timeout (effect none)
function semaphore:acquire()
  local ok, e = self:enter()
  return ok and self, e
end

--- At most n tasks at a time between enter and leave.
---@param n integer
---@return table
function M.semaphore(n)
  assert(math.type(n) == "integer" and n > 0, "semaphore: a count above zero expected")
  return setmetatable({ free = n }, semaphore_mt)
end

-- ---- channel ----

local channel = {}
local channel_mt = { __index = channel, __name = "bmc.task.channel" }

function channel_mt:__tostring()
  local closed = self.closed and ", closed" or ""
  return ("channel (%d waiting%s)"):format(self.last - self.first + 1, closed)
end

--- Adds a value; waits while the channel is full.
---@param value any not nil
---@return true|nil
---@return table? err cancelled, timeout (effect none)
function channel:put(value)
  assert(value ~= nil, "channel:put: a value expected")
  while not self.closed and self.last - self.first + 1 >= self.size do
    local ok, e = self.putters:wait()
    if not ok then
      return nil, e
    end
  end
  if self.closed then
    error("channel:put: the channel is closed", 2)
  end
  self.last = self.last + 1
  self[self.last] = value
  self.getters:serve()
  return true
end

--- Takes the oldest value; waits while there is none.
---@return any value nil without an error when the channel is closed and empty
---@return table? err cancelled, timeout (effect none)
function channel:get()
  while self.first > self.last do
    if self.closed then
      return nil
    end
    local ok, e = self.getters:wait()
    if not ok then
      return nil, e
    end
  end
  local value = self[self.first]
  self[self.first] = nil
  self.first = self.first + 1
  self.putters:serve()
  return value
end

--- Ends the channel: values in it can still be taken, then get returns nil.
function channel:close()
  self.closed = true
  self.getters:serve_all()
  self.putters:serve_all()
end

--- For `for value in channel:iter() do`; ends when the channel is closed, or the task stopped.
function channel:iter()
  return channel.get, self
end

--- A queue between tasks that holds at most size values.
---@param size integer? 1
---@return table
function M.channel(size)
  size = size or 1
  assert(math.type(size) == "integer" and size > 0, "channel: a size above zero expected")
  return setmetatable({
    first = 1, last = 0, size = size, putters = new_line(), getters = new_line(),
  }, channel_mt)
end

return M
