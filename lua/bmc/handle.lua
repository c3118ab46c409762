-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc.handle: what one task holds of another.
--
-- Owns a task's results, those who wait for them, and how an error crosses from the task that
-- raised it to the one that asks. Who waits for whom, and what a failure does to others, is
-- bmc.task's.

local core = require "_bmcsh.task"
local err = require "bmc.err"
local sync = require "bmc.sync"

local M = {}

local pack, unpack = table.pack, table.unpack

--- Makes what was raised an error value with the place where it was raised: the traceback of a
--- task that dies is gone by the time somebody looks. For xpcall.
---@param e any
---@return bmc.err.Value
function M.capture(e)
  if not err.is(e) then
    e = err.new("internal", tostring(e))
  end
  if rawget(e, "traceback") == nil then
    e.traceback = debug.traceback(nil, 2)
  end
  return e
end

local handle = {}
local handle_mt = { __index = handle, __name = "bmc.task" }

function handle_mt:__tostring()
  if not self.results then
    return "task (running)"
  end
  return self.results[1] and "task (ended)" or "task (failed: " .. tostring(self.results[2]) .. ")"
end

--- Waits for the end of the task.
---@return any ... what its function returned
---@return table? err as nil, err: what it raised, or cancelled/timeout of the one who waits
function handle:join()
  if not self.results then
    local thread = core.self()
    self.waiters = self.waiters or {}
    self.waiters[thread] = true
    local ok, e, raised = sync.wait(self, "results")
    self.waiters[thread] = nil
    if raised then
      error(e, 0)
    elseif not ok then
      return nil, e
    end
  end
  self.seen = true
  if self.results[1] then
    return unpack(self.results, 2, self.results.n)
  end
  return nil, self.results[2]
end

--- Asks the task to end: its waits fail with "cancelled".
function handle:cancel()
  core.cancel(self.thread)
end

--- Tells everybody that the task has ended. Lack of memory may cut this short; then it is done
--- again from the start.
---@param self table handle
---@param on_end fun(self: table)
function M.conclude(self, on_end)
  local results = self.results
  if not results[1] and not err.is(results[2]) then
    results[2] = M.capture(results[2]) -- lack of memory comes without a call of the handler
  end
  for waiter in pairs(self.waiters or {}) do
    core.unpark(waiter)
  end
  on_end(self)
end

local function body(self, on_end, f, ...)
  self.results = pack(xpcall(f, M.capture, ...))
  M.conclude(self, on_end)
end

--- The handle of a task that is yet to start.
---@return table
function M.new()
  return setmetatable({ thread = false, results = false }, handle_mt)
end

--- Starts f(...) as the task of this handle; on_end(handle) runs as its last act.
---@param self table
---@param on_end fun(self: table)
---@param f function
function M.start(self, on_end, f, ...)
  self.thread = core.spawn(body, self, on_end, f, ...)
end

return M
