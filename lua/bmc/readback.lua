-- SPDX-License-Identifier: GPL-3.0-or-later
-- readback: owns the two waits around a write: until a BMC that refuses for now takes it, and
-- until what was written can be read. What is written and what is right is the caller's.

local err = require "bmc.err"
local task = require "bmc.task"

-- Refusals that pass: a machine in POST, a BMC that is not ready (B10, P17).
local PASSES = { busy = true, throttled = true }

-- The next wait is so much longer.
local GROWTH = 2

-- Seconds of the deadline that are kept for saying what was seen.
local RESERVE = 0.5

-- Refusals after which the same may be said otherwise: another word, another place.
local OTHERWISE = { missing = true, rejected = true, unsupported = true }
-- What bmc.redfish.patch has tried everything against.
local TAGS = { [412] = true, [428] = true }

local M = {}

--- Whether an error is a plain no of the BMC to what was said, and changed nothing. A write that
--- was not even sent (a read-only target) is none, nor is one whose tag was refused to the end.
---@param e bmc.err.Value
---@return boolean
function M.refused(e)
  return OTHERWISE[e.code] ~= nil and e.effect == "none" and e.status ~= nil
    and not TAGS[e.status]
end

--- Sends until the BMC does not say "not now". Only what was certainly not done is sent again.
---@param send fun(): any?, any  result, or nil and an error with effect
---@param budget number  seconds
---@param wait number    seconds before the second try, doubled for each further one
---@return any ... what send returned last
function M.insist(send, budget, wait)
  local give_up = task.now() + budget
  while true do
    local result, e = send()
    if result or not (PASSES[e.code] and e.effect == "none") then
      return result, e
    end
    local pause = e.retry_after or wait
    if task.now() + pause > give_up or pause >= task.left() then
      return nil, e
    end
    local ok, stopped = task.sleep(pause)
    if not ok then
      return nil, err.wrap(stopped, { effect = "none" })
    end
    wait = wait * GROWTH
  end
end

--- Looks until it is right. A look that fails is one that showed nothing.
---@param look fun(): table?, bmc.err.Value?
---@param is_right fun(seen: table): boolean?
---@param budget number  seconds; one look is always made
---@param poll number    seconds between two
---@return boolean? right nil when the wait was stopped
---@return table|bmc.err.Value|nil seen the last look that showed something; or why it was stopped
function M.wait(look, is_right, budget, poll)
  local give_up = task.now() + math.min(budget, math.max(task.left() - RESERVE, 0))
  local last
  while true do
    local seen, e = look()
    if seen then
      last = seen
      if is_right(seen) then
        return true, seen
      end
    elseif e.code == "cancelled" then
      return nil, e
    end
    if task.now() + poll > give_up then
      return false, last
    end
    local ok, stopped = task.sleep(poll)
    if not ok then
      return nil, stopped
    end
  end
end

return M
