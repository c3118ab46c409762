-- SPDX-License-Identifier: GPL-3.0-or-later
-- The chassis over Redfish: what of it the standard has.
local bmc = require "bmc"
local scripted = require "support.scripted"

local CHASSIS = "/redfish/v1/Chassis/1"

local function read(system, chassis, more)
  local result, e
  local resources = { [scripted.SYSTEM] = scripted.system(system) }
  resources[CHASSIS] = type(chassis) == "function" and chassis or {
    ["@odata.id"] = CHASSIS, Id = "1", PhysicalSecurity = chassis,
  }
  scripted.with(resources, function(m)
    result, e = bmc.try(m.chassis_status, m)
  end, more)
  return result, e
end

describe("chassis_status over Redfish", function()
  it("tells power, policy, intrusion and LED", function()
    for policy, word in pairs {
      AlwaysOn = "always_on", AlwaysOff = "always_off", LastState = "previous",
    } do
      local status = read({ PowerRestorePolicy = policy, IndicatorLED = "Blinking" },
        { IntrusionSensor = "HardwareIntrusion" })
      assert.same({ power_on = true, restore_policy = word, intrusion = true, identify = "on" },
        setmetatable(status, nil))
    end
    local status = read({ PowerState = "Off", IndicatorLED = "Off" },
      { IntrusionSensor = "Normal" })
    assert.same({ power_on = false, intrusion = false, identify = "off" },
      setmetatable(status, nil))
  end)

  it("leaves out what the BMC does not say", function()
    assert.same({ power_on = true }, setmetatable(read({}, nil), nil))
    assert.same({}, setmetatable(read({ PowerState = "Reset" }, {}), nil))
  end)

  it("stands without a chassis that cannot be read", function()
    local status = read({}, function() return 404, {} end)
    assert.is_true(status.power_on)
    assert.is_nil(status.intrusion)
  end)

  it("fails when the BMC goes silent", function()
    local _, e = read({}, function() return "drop" end, { set = { "generic.redfish.retries=0" } })
    assert.is_truthy(e)
  end)
end)

describe("set_restore_policy over Redfish", function()
  -- A system that keeps it, unless it is deaf.
  local function set(policy, options)
    options = options or {}
    local now, sent, result, e = options.now or "AlwaysOff", {}, nil, nil
    scripted.with({
      [scripted.SYSTEM] = function()
        return 200, scripted.system { PowerRestorePolicy = now ~= "none" and now or nil }
      end,
      ["PATCH " .. scripted.SYSTEM] = function(_, body)
        sent[#sent + 1] = body.PowerRestorePolicy
        now = options.deaf and now or body.PowerRestorePolicy
        return 204
      end,
    }, function(m)
      result, e = bmc.try(m.set_restore_policy, m, policy)
    end, options.open)
    return result, e, sent
  end

  it("sends the policy and reads it back", function()
    for policy, word in pairs {
      always_on = "AlwaysOn", always_off = "AlwaysOff", previous = "LastState",
    } do
      local result, _, sent = set(policy)
      assert.same({ true, policy }, { result.accepted, result.restore_policy })
      assert.same({ word }, sent)
    end
  end)

  it("sends nothing where there is no such policy, or none at all", function()
    local _, e, sent = set "sometimes"
    assert.same({ "rejected", "none" }, { e.code, e.effect })
    assert.same({}, sent)
    _, e, sent = set("previous", { now = "none" })
    assert.same({ "unsupported", "none" }, { e.code, e.effect })
    assert.same({}, sent)
  end)

  it("says so when it reads otherwise", function()
    local _, e = set("previous", { deaf = true, open = { timeout = 2 } })
    assert.equal("unknown", e.effect)
    assert.matches("shows AlwaysOff", e.text)
  end)

  it("only says what it would send", function()
    local result, _, sent = set("previous", { open = { dry_run = true } })
    assert.is_nil(result.accepted)
    assert.same({}, sent)
    assert.matches("^would PATCH", result.trail[1].step)
  end)
end)

describe("power_limit over Redfish", function()
  local POWER = CHASSIS .. "/Power"

  local function limit(value)
    local result
    scripted.with({
      [CHASSIS] = { ["@odata.id"] = CHASSIS, Id = "1", Power = { ["@odata.id"] = POWER } },
      [POWER] = { ["@odata.id"] = POWER, PowerControl = { {
        PowerConsumedWatts = 200, PowerLimit = { LimitInWatts = value },
      } } },
    }, function(m)
      result = m:power_limit()
    end)
    return setmetatable(result, nil)
  end

  it("is what holds, if anything does", function()
    assert.same({ limit_w = 500, active = true }, limit(500))
    assert.same({ active = false }, limit(nil))
    assert.same({ active = false }, limit(0))
  end)
end)
