-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc.task: tasks, scopes, deadlines and the things tasks wait for.
--
-- Owns structured concurrency: who waits for whom, and what an error or a cancel does to the
-- others. The coroutines themselves, their queue and their timers are C (src/task.c); what a
-- task talks to is the business of the modules above.
--
-- Rules: a scope ends when all its tasks have ended; the first error cancels the others and is
-- raised where the scope was opened; a cancelled task gets nil, err from each wait, so that it
-- can clean up, and clean-up that has to wait does so under task.shield.

local core = require "_bmcsh.task"
local handle = require "bmc.handle"
local sync = require "bmc.sync"

local M = { semaphore = sync.semaphore, channel = sync.channel }

local unpack, pack = table.unpack, table.pack

--- Waits.
---@param seconds number
---@return true|nil
---@return table? err cancelled, timeout (effect none)
M.sleep = core.sleep

--- Seconds on the monotonic clock.
---@return number
M.now = core.now

--- Seconds until the deadline of the running task, math.huge without one.
---@return number
M.left = core.left

--- Whether the running task has been cancelled.
---@return boolean
M.cancelled = core.cancelled

-- ---- scopes ----

local scope = {}
local scope_mt = { __index = scope, __name = "bmc.task.scope" }

-- Scopes whose tasks may be running.
local open = setmetatable({}, { __mode = "k" })

-- The owner is woken only when it waits for the children: it may be parked for something else.
-- What cannot fail comes last: until then the child is there to be concluded again.
function scope:forget(child)
  if self.live == 1 and self.waiting then
    core.unpark(self.owner)
  end
  self.live = self.live - 1
  self.children[child] = nil
end

local function child_ended(self, child)
  if not child.results[1] and not self.failure then
    self:cancel()
    self.failure = child.results[2]
  end
  self:forget(child)
end

-- A task that died outside of its function, for lack of memory, and could not tell anybody.
core.on_death(function(thread, why)
  for self in pairs(open) do
    for child in pairs(self.children) do
      if child.thread == thread then
        child.results = child.results or { false, why, n = 2 }
        handle.conclude(child, self.on_end)
        return true
      end
    end
  end
  return false
end)

--- Starts a task that the scope waits for.
---@param f function
---@return table handle
function scope:spawn(f, ...)
  local child = handle.new()
  self.children[child] = true -- first: what has started is never unknown to its scope
  handle.start(child, self.on_end, f, ...)
  self.live = self.live + 1
  if self.ending then
    core.cancel(child.thread, self.ending == "expired")
  end
  return child
end

--- Asks all tasks of the scope to end, those too that are started later.
---@param expired boolean? their waits fail with "timeout" instead of "cancelled"
function scope:cancel(expired)
  self.ending = self.ending or (expired and "expired" or "cancelled")
  for child in pairs(self.children) do
    if child.thread then
      core.cancel(child.thread, expired)
    end
  end
end

-- The owner's own cancel or deadline becomes the children's, and the wait goes on: a scope
-- never ends before its tasks, not even when the wait itself fails.
local function wait_for_children(self)
  self.waiting = true
  while self.live > 0 do
    local ok, why, stopped = pcall(core.park)
    if stopped or not ok then
      self:cancel(stopped and stopped.code == "timeout")
      local _ <close> = core.shield(math.huge)
      while self.live > 0 do
        core.park()
      end
    end
    if not ok then
      error(why, 0)
    end
  end
end

local function finish(self)
  wait_for_children(self)
  if self.failure then
    error(self.failure, 0)
  end
end

local function new_scope()
  local self = setmetatable({ children = {}, live = 0, owner = core.self() }, scope_mt)
  self.on_end = function(child)
    child_ended(self, child)
  end
  open[self] = true
  return self
end

--- Runs f(scope) and waits until every task spawned in the scope has ended. The first error,
--- of f or of a task, cancels the others and is raised here.
---@param f fun(scope: table): ...
---@return any ... what f returned
function M.scope(f, ...)
  local self = new_scope()
  -- A task like the others, so that the failure of one ends a wait of this one too.
  local first = self:spawn(f, self, ...)
  finish(self)
  return unpack(first.results, 2, first.results.n)
end

-- ---- tasks of the program ----

local root

-- A task of the program that dies is reported at once: nobody may ever join it.
local function report(child)
  if child.results[1] or child.seen or (child.waiters and next(child.waiters)) then
    return
  end
  local e = child.results[2]
  io.stderr:write("bmcsh: a task failed: ", tostring(e), "\n", e.traceback or "", "\n")
  root.failed = true
end

--- Starts a task that the program waits for at its end.
---@param f function
---@return table handle join, cancel
function M.spawn(f, ...)
  if not root then
    error("task.spawn: the program has not started", 2)
  end
  return root:spawn(f, ...)
end

--- Runs f(...) as the program: cancelled by a signal, ended when all its tasks have ended.
--- Called once, by bmc.boot.
---@return any ... what f returned; an error of f is raised
---@return boolean? failed as last result: whether a task died that nobody joined
function M.program(f, ...)
  root = new_scope()
  root.on_end = function(child)
    report(child)
    root:forget(child)
  end
  local results = pack(xpcall(f, handle.capture, ...))
  if not results[1] then
    root:cancel()
  end
  wait_for_children(root)
  if not results[1] then
    error(results[2], 0)
  end
  results[results.n + 1] = root.failed or false
  return unpack(results, 2, results.n + 1)
end

-- ---- deadlines ----

--- Runs f(...) with at most this many seconds for all its waits together; each later one
--- fails with "timeout". A deadline around this one holds as well.
---@param seconds number
---@return any ... what f returned
function M.deadline(seconds, f, ...)
  local _ <close> = core.limit(seconds)
  return f(...)
end

--- Runs f(...) as clean-up: its waits work for this many seconds although the task has been
--- cancelled or is past its deadline.
---@param seconds number
---@return any ... what f returned
function M.shield(seconds, f, ...)
  local _ <close> = core.shield(seconds)
  return f(...)
end

--- Runs f(...) to its end although the task is cancelled meanwhile: for what would leave
--- something behind when its answer is not read. A cancel bounds what is left of it.
---@param seconds number for all its waits
---@param grace number seconds after a cancel
---@return any ... what f returned
function M.complete(seconds, grace, f, ...)
  local _ <close> = core.shield(seconds, grace)
  return f(...)
end

--- Calls f(item, index) for every item, at most n at once. The first error cancels the rest
--- and is raised.
---@param list any[]
---@param n integer
---@param f fun(item: any, index: integer): any
---@return any[] results in the order of the list; holes where f returned nil
function M.map(list, n, f)
  local results, next_index = {}, 0
  local function worker()
    while next_index < #list and not core.cancelled() do
      next_index = next_index + 1
      local i = next_index
      results[i] = f(list[i], i)
    end
  end
  local self = new_scope()
  for _ = 1, math.min(n, #list) do
    self:spawn(worker)
  end
  finish(self)
  return results
end

return M
