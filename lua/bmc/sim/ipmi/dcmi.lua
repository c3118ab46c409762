-- SPDX-License-Identifier: GPL-3.0-or-later
-- DCMI (1.5, chapter 6): capabilities, power reading and power limit. The watts are those that
-- Redfish shows.

local host = require "_bmcsh.host"
local measures = require("bmc.sim.sensors").measures

local GROUP, DCMI = 0x2C, 0xDC
local INVALID, NO_LIMIT, RANGE = 0xC1, 0x80, 0xC9
local MINUTE = 60000 -- milliseconds

-- Every request and every answer begins with the group.
local function of_group(f)
  return function(bmc, data)
    if data:byte() ~= DCMI or not bmc.source.traits then return INVALID end
    local code, answer = f(bmc, data:sub(2))
    return code, string.char(DCMI) .. (answer or "")
  end
end

local CAPABILITIES = {
  "\x00\x01\x07",             -- identification, SEL, chassis power; power management; access
  "\x00\x02\x00\x00\x00",     -- log of 512 entries
  "\x20\x00",                 -- power is managed by the BMC at 20h
  "\x01\xFF\xFF",             -- LAN channel 1, no serial ones
  "\x01\x01",                 -- one rolling period: a minute
}

local capabilities = of_group(function(_, data)
  local value = CAPABILITIES[data:byte() or 0]
  if not value then return RANGE end
  return 0, "\x01\x05\x02" .. value
end)

local reading = of_group(function(bmc)
  local watts = measures.watts(bmc.store.machine, bmc.traits)
  return 0, ("<I2I2I2I2I4I4B"):pack(watts, watts - watts // 10, watts + watts // 5, watts - 2,
    math.floor(host.wall()), MINUTE, 0x40)
end)

local function limit_of(bmc)
  local state = bmc.ipmi
  if not state.limit then
    local watts = bmc.traits.watts_limit
    state.limit = {
      action = 0, watts = watts or 0, correction = 1000, period = 1, active = watts ~= false,
    }
  end
  return state.limit
end

local get_limit = of_group(function(bmc)
  local limit = limit_of(bmc)
  return limit.active and 0 or NO_LIMIT, ("<I2BI2I4I2I2"):pack(0, limit.action, limit.watts,
    limit.correction, 0, limit.period)
end)

local set_limit = of_group(function(bmc, data)
  local limit = limit_of(bmc)
  limit.action, limit.watts, limit.correction, limit.period = ("<xxxBI2I4xxI2"):unpack(data)
  return 0
end)

local activate = of_group(function(bmc, data)
  limit_of(bmc).active = data:byte() == 1
  return 0
end)

return {
  { "Get DCMI Capabilities Info", GROUP, 0x01, "user", 2, capabilities },
  { "DCMI Get Power Reading", GROUP, 0x02, "user", 4, reading },
  { "DCMI Get Power Limit", GROUP, 0x03, "user", 3, get_limit },
  { "DCMI Set Power Limit", GROUP, 0x04, "operator", 15, set_limit },
  { "DCMI Activate Power Limit", GROUP, 0x05, "operator", 4, activate },
}
