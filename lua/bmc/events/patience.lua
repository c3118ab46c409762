-- SPDX-License-Identifier: GPL-3.0-or-later
-- events.patience: owns the waiting of those who listen: how long a BMC that does not answer is
-- waited for and how often it is asked, ever less often until it has been silent for too long. A
-- wait ends at once when the listening is closed.

local err = require "bmc.err"
local task = require "bmc.task"

local FIRST, LONGEST = 1, 30 -- seconds between two tries
local LEAST = 0.1            -- although the BMC may ask for none
local SILENCE = 600          -- seconds after which a BMC is given up

-- These will be no better next time. Everything else may be a BMC that restarts: then it refuses
-- connections, knows no session, has no event service yet.
local FINAL = {
  auth = true, cancelled = true, licence = true, locked = true, pin = true, rejected = true,
  too_large = true,
}

---@class bmc.events.Patience
---@field closed boolean
local patience = {}
local patience_mt = { __index = patience, __name = "bmc.events.patience" }

function patience_mt:__tostring()
  return ("patience (%d tries%s)"):format(self.tries, self.closed and ", closed" or "")
end

local M = {}

--- Sleeps.
---@param seconds number
---@return true? ok nil when the listening was closed, or with the error of the task
---@return bmc.err.Value? err
function patience:sleep(seconds)
  local left = task.left()
  local _, e = task.deadline(seconds, self.bell.get, self.bell)
  if self.closed then
    return nil
  elseif task.cancelled() or left <= seconds then
    return nil, e
  end
  return true
end

--- Waits before the next try.
---@param e bmc.err.Value  why the last one failed
---@param hint? number  seconds that the BMC asks for
---@return true? ok nil when there shall be none
---@return bmc.err.Value? err  why not; none when the listening was closed
function patience:wait(e, hint)
  if self.closed then
    return nil
  end
  local silent = task.now() - self.heard
  if FINAL[e.code] or task.cancelled() or task.left() <= 0 then
    return nil, e
  elseif silent > self.silence then
    e.text = ("not a word for %.0f s: %s"):format(silent, e.text)
    return nil, e
  end
  local seconds = math.min((self.first or math.max(hint or FIRST, LEAST)) * 2 ^ self.tries, LONGEST)
  self.note(("%s; again in %g s"):format(e.text, seconds))
  self.tries = self.tries + 1
  local ok, stopped = self:sleep(seconds)
  return ok, stopped and err.wrap(stopped, { host = e.host, way = e.way, effect = "none" })
end

--- Looks again after a while, and goes on until that succeeds.
---@param seconds number  until the first look
---@param look fun(): any?, bmc.err.Value?
---@param about table  what an error is to say: host, way, effect
---@return any? seen nil when the listening was closed, or with the error
---@return bmc.err.Value? err
function patience:look_again(seconds, look, about)
  local ok, e = self:sleep(seconds)
  while ok do
    local seen
    seen, e = look()
    if seen then
      self:hear()
      return seen
    end
    ok, e = self:wait(e)
  end
  return nil, e and err.wrap(e, about)
end

--- The BMC has said something.
function patience:hear()
  self.heard, self.tries = task.now(), 0
end

--- Ends all waiting, now and later.
function patience:close()
  if not self.closed then
    self.closed = true
    self.bell:close()
  end
end

--- Patience with one BMC.
---@param opts { retry: number?, patience: number? }
---@param note fun(text: string)
---@return bmc.events.Patience
function M.new(opts, note)
  return setmetatable({
    first = opts.retry, silence = opts.patience or SILENCE, note = note, tries = 0,
    heard = task.now(), closed = false, bell = task.channel(1),
  }, patience_mt)
end

return M
