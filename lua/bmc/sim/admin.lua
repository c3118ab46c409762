-- SPDX-License-Identifier: GPL-3.0-or-later
-- The admin URL of the simulator, /sim: look at a BMC or at the whole farm,
-- and change it, over HTTP, from any client and without logging in. Requests
-- to it are not counted and no fault touches them.

local json = require "bmc.json"
local decode = require "bmc.sim.decode"
local events = require "bmc.sim.events"
local fault = require "bmc.sim.fault"
local faults = require "bmc.sim.faults"

local M = {}

local HEADERS = { ["content-type"] = "application/json; charset=utf-8" }

local function answer(value)
  return 200, HEADERS, json.encode(value) .. "\n"
end

local function refuse(status, text)
  return status, HEADERS, json.encode { error = text } .. "\n"
end

-- One BMC gives an object, the farm a list.
local function each(place, f)
  if place.bmc then return answer(f(place.bmc)) end
  local out = {}
  for i = 1, place.farm.count do out[i] = f(place.farm.bmc(i)) end
  return answer(out)
end

local POWER = { On = true, Off = true }

-- Why a state cannot be, or nil.
local function bad_state(change)
  if not change then return "a JSON object expected" end
  if change.power_state ~= nil and not POWER[change.power_state] then
    return "power_state: On or Off expected"
  elseif change.health ~= nil and type(change.health) ~= "string" then
    return "health: a word expected"
  end
end

local function set_state(bmc, change)
  if change.power_state then bmc:force_power(change.power_state) end
  if change.health then bmc:set_health(change.health) end
end

local function list_faults(place)
  local out = {}
  for _, rule in ipairs(place.farm:faults(place.bmc and place.bmc.index)) do
    out[#out + 1] = tostring(rule)
  end
  return answer(out)
end

local function help(place)
  local base = place.bmc and "/sim" or "/sim/farm"
  local known = {}
  for name, entry in pairs(faults.TABLE) do known[name] = entry.doc end
  return answer {
    ["GET " .. base .. "/state"] = "power, sessions, resets",
    ["PATCH " .. base .. "/state"] = '{"power_state": "On"|"Off", "health": "OK"|"Warning"|…}',
    ["GET " .. base .. "/counters"] = "requests, logins, live_sessions, resets, ipmi_logins, …",
    ["DELETE " .. base .. "/counters"] = "back to zero",
    ["DELETE " .. base .. "/sessions"] = "ends all sessions, IPMI's too, without a word",
    ["POST " .. base .. "/events"] = '{"count": N}, or an event: Severity, Message, MessageId',
    ["GET " .. base .. "/faults"] = "the rules that hold",
    ["POST " .. base .. "/faults"] = '{"fault": "NAME=VALUE@SELECTOR"}: adds a rule',
    ["DELETE " .. base .. "/faults"] = (place.bmc and "removes the rules that were added here"
      or "removes all rules") .. "; /faults/NAME: those of that name",
    faults = known,
  }
end

-- "METHOD what" -> function(place, body, rest), where place.bmc is nil for the farm.
local ROUTES = {
  ["GET "] = help,
  ["GET state"] = function(place)
    return each(place, function(bmc) return bmc:state() end)
  end,
  ["PATCH state"] = function(place, body)
    local problem = bad_state(body)
    if problem then return refuse(400, problem) end
    return each(place, function(bmc)
      set_state(bmc, body)
      return bmc:state()
    end)
  end,
  ["GET counters"] = function(place)
    return answer(place.bmc and place.bmc:count() or place.farm:count_all())
  end,
  ["DELETE counters"] = function(place)
    return each(place, function(bmc) return bmc:zero() end)
  end,
  ["DELETE sessions"] = function(place)
    return each(place, function(bmc)
      bmc.sessions:clear()
      if place.farm.ipmi then place.farm.ipmi:forget(bmc) end
      return bmc:count()
    end)
  end,
  ["POST events"] = function(place, body)
    local count = body and body.count and math.tointeger(body.count)
    if not body or body.count and (not count or count < 0) then
      return refuse(400, '{"count": N} or an event expected')
    end
    return each(place, function(bmc)
      if count then return { last = events.burst(bmc, count) } end
      return { last = events.emit(bmc, body) }
    end)
  end,
  ["GET faults"] = list_faults,
  ["POST faults"] = function(place, body)
    if type(body) ~= "table" or type(body.fault) ~= "string" then
      return refuse(400, '{"fault": "NAME=VALUE@SELECTOR"} expected; ' .. fault.SYNTAX)
    end
    local done, problem = place.farm:add_fault(body.fault, place.bmc and place.bmc.index)
    if not done then return refuse(400, tostring(problem)) end
    return list_faults(place)
  end,
  ["DELETE faults"] = function(place, _, name)
    place.farm:clear_faults(place.bmc and place.bmc.index, name)
    return list_faults(place)
  end,
}

--- Answers a request to /sim.
---@param farm table
---@param bmc table the BMC at whose address it came
---@param call table method, path, body
---@return integer status
---@return table headers
---@return string body
function M.handle(farm, bmc, call)
  local whole, rest = call.path:match("^/sim(/?farm)(.*)$")
  local place = { farm = farm, bmc = not whole and bmc or nil }
  rest = (rest or call.path:sub(5)):gsub("^/", ""):gsub("/$", "")
  local what, name = rest:match("^(%a*)/?([%w_]*)$")
  local route = what and ROUTES[call.method .. " " .. what]
  if not route then return refuse(404, "no such thing here: GET /sim says what there is") end
  return route(place, decode.object(call.body), name ~= "" and name or nil)
end

return M
