-- SPDX-License-Identifier: GPL-3.0-or-later
-- The watchdog timer (27). When it runs out, its action is done to the machine's power as any
-- other reset, and the event log says so.

local events = require "bmc.sim.events"

local APP = 0x06
local NOT_SET = 0x80
local RUNNING, LOG_OFF, STOP_NOT = 0x40, 0x80, 0x40
local TICK = 0.1 -- seconds of a count
local ACTIONS = { "ForceRestart", "ForceOff", "PowerCycle" } -- 27.6, of byte 2

local function left(bmc, timer)
  if not timer.runs then return timer.count end
  return math.max(0, math.floor((timer.due - bmc.clock()) / TICK))
end

local function expire(bmc, timer)
  timer.runs, timer.count = false, 0
  timer.expired = timer.expired | 1 << (timer.use & 7)
  if timer.use & LOG_OFF == 0 then
    events.emit(bmc, {
      Severity = "Critical", EventType = "Alert", MessageId = "Event.1.0.Watchdog",
      Message = "The watchdog timer has expired.", OriginOfCondition = bmc:system(),
    })
  end
  local action = ACTIONS[timer.actions & 7]
  if action and bmc:system() then bmc:reset(bmc:system(), action) end
end

local function start(bmc, timer)
  timer.runs, timer.round = true, timer.round + 1
  timer.due = bmc.clock() + timer.initial * TICK
  local round = timer.round
  bmc.later:add(timer.initial * TICK, "watchdog", function()
    if timer.runs and timer.round == round then expire(bmc, timer) end
  end)
end

local function timer_of(bmc)
  local timer = bmc.ipmi.watchdog
  if not timer then
    timer = { use = 0x02, actions = 0, early = 0, expired = 0, initial = 0, count = 0, round = 0 }
    bmc.ipmi.watchdog = timer
  end
  return timer
end

-- 27.6; a timer that runs stops, unless the first byte says otherwise.
local function set(bmc, data)
  local timer = timer_of(bmc)
  local use, actions, early, clear, initial = ("<BBBBI2"):unpack(data)
  local was_running = timer.runs
  timer.use, timer.actions, timer.early, timer.initial = use & 0x87, actions, early, initial
  timer.expired = timer.expired & ~clear
  timer.count, timer.is_set, timer.runs = initial, true, false
  if was_running and use & STOP_NOT ~= 0 then start(bmc, timer) end
  return 0
end

local function reset(bmc)
  local timer = timer_of(bmc)
  if not timer.is_set then return NOT_SET end
  start(bmc, timer)
  return 0
end

local function get(bmc)
  local timer = timer_of(bmc)
  return 0, ("<BBBBI2I2"):pack(timer.use | (timer.runs and RUNNING or 0), timer.actions,
    timer.early, timer.expired, timer.initial, left(bmc, timer))
end

return {
  { "Reset Watchdog Timer", APP, 0x22, "operator", 0, reset },
  { "Set Watchdog Timer", APP, 0x24, "operator", 6, set },
  { "Get Watchdog Timer", APP, 0x25, "user", 0, get },
}
