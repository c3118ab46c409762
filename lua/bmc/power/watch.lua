-- SPDX-License-Identifier: GPL-3.0-or-later
-- power.watch: owns looking at a machine's power until it is clear what came of a request: the
-- signs of a restart, states that pass by, states that fall back. It changes nothing.

local reading = require "bmc.reading"
local task = require "bmc.task"

-- Looks in a row that must agree before a state is believed: some machines show On for a
-- moment and fall back (P15).
local AGREE = 2

-- Seconds of the deadline that are kept for saying what was seen.
local RESERVE = 1

-- Seconds in which a restart that has shown no sign is looked for more often.
local BRISK_FOR = 5

-- BootProgress in its order; a step back is a restart.
local BOOT = {}
for rank, state in ipairs {
  "None", "PrimaryProcessorInitializationStarted", "BusInitializationStarted",
  "MemoryInitializationStarted", "SecondaryProcessorInitializationStarted",
  "PCIResourceConfigStarted", "SystemHardwareInitializationComplete", "SetupEntered",
  "OSBootStarted", "OSRunning",
} do
  BOOT[state] = rank
end

local M = {}

---@class bmc.power.Sight
---@field power string       as reading.power_state
---@field reset_at? string   LastResetTime
---@field boot? integer      place of BootProgress.LastState in its order
---@field by_command? boolean  over IPMI: a command has turned the machine on last
---@field fault? string      why the power may be off, in words

--- What the body of a system shows.
---@param system table
---@return bmc.power.Sight
function M.sight(system)
  return {
    power = reading.power_state(system),
    reset_at = reading.time(system.LastResetTime),
    boot = BOOT[reading.text(reading.object(system.BootProgress).LastState)],
  }
end

-- ---- judges: called with each sight, they answer when they know ----

--- Judges whether a state is reached: "reached", or "fell back" for a machine that came on and
--- went off again.
---@param wanted "on"|"off"
---@return fun(seen: bmc.power.Sight): string?
function M.reaches(wanted)
  local hits, moved = 0, false
  return function(seen)
    if seen.power == wanted then
      hits = hits + 1
      moved = true
      return hits >= AGREE and "reached" or nil
    end
    hits = 0
    if wanted == "on" and moved and seen.power == "off" then
      return "fell back"
    end
    moved = moved or seen.power == "powering_on"
    return nil
  end
end

local function sign_of_restart(before, seen)
  if seen.reset_at and seen.reset_at ~= before.reset_at then
    return "LastResetTime is now " .. seen.reset_at
  elseif seen.boot and before.boot and seen.boot < before.boot then
    return "BootProgress went back"
  elseif seen.by_command and before.by_command == false then
    return "the BMC says that a command turned it on"
  elseif seen.power ~= "on" and seen.power ~= "unknown" then
    return "it was seen " .. seen.power
  end
end

--- Judges whether a machine that was on has restarted: "restarted" once there was a sign and
--- it is on again.
---@param before bmc.power.Sight
---@return fun(seen: bmc.power.Sight): string?, string?  verdict and the sign
function M.restarts(before)
  local sign
  return function(seen)
    sign = sign or sign_of_restart(before, seen)
    return sign and seen.power == "on" and "restarted" or nil, sign
  end
end

--- Whether the BMC has a way to show a restart other than passing through Off.
---@param before bmc.power.Sight
---@return boolean
function M.can_tell(before)
  return before.reset_at ~= nil or before.boot ~= nil
end

-- ---- the loop ----

---@class bmc.power.Watch
---@field look fun(): bmc.power.Sight?, bmc.err.Value?  one look at the machine
---@field settle number  seconds in which a look is not believed
---@field poll number    seconds between looks
---@field brisk? number  seconds between looks at first, as long as the judge has no sign
---@field budget number  seconds
---@field away? number   seconds of it in which looks may fail are not counted

--- Looks until the judge knows, the budget is spent, or the deadline near. A look that fails is
--- one that showed nothing: BMCs are busy while a machine starts, and some leave the network for
--- a time.
---@param watch bmc.power.Watch
---@param judge fun(seen: bmc.power.Sight): string?, string?
---@return string? verdict nil when it never became clear
---@return bmc.power.Sight? seen the last sight, nil when every look failed
---@return string|bmc.err.Value|nil why what the judge says with its verdict, or `cancelled`
function M.follow(watch, judge)
  local give_up, away = task.now() + watch.budget, watch.away or 0
  local eager, last, sign = task.now() + BRISK_FOR, nil, nil
  local wait = watch.settle > 0 and watch.settle or math.min(watch.poll, 1)
  while task.now() + wait <= give_up and wait + RESERVE <= task.left() do
    local began = task.now()
    local ok, stopped = task.sleep(wait)
    if not ok then
      return nil, last, stopped
    end
    local seen, e = watch.look()
    if seen then
      local verdict, why = judge(seen)
      if verdict then
        return verdict, seen, why
      end
      last, sign = seen, why
    elseif e.code == "cancelled" then
      return nil, last, e
    else
      local blind = math.min(task.now() - began, away)
      give_up, away = give_up + blind, away - blind
    end
    wait = watch.brisk and not sign and task.now() < eager and math.min(watch.brisk, watch.poll)
      or watch.poll
  end
  return nil, last, sign
end

return M
