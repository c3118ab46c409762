-- SPDX-License-Identifier: GPL-3.0-or-later
-- The power limit over Redfish: where it is kept, what sets it, what reads back. DCMI's is in
-- spec/ipmi/dcmi_spec.lua.
local bmc = require "bmc"
local scripted = require "support.scripted"
local cjson = require "cjson"

local CHASSIS = "/redfish/v1/Chassis/1"
local POWER, METRICS = CHASSIS .. "/Power", CHASSIS .. "/EnvironmentMetrics"
local CONTROL = CHASSIS .. "/Controls/PowerLimit"

local function link(uri)
  return { ["@odata.id"] = uri }
end

local function merge(into, body)
  for name, value in pairs(body) do
    if type(value) == "table" and type(into[name]) == "table" then
      merge(into[name], value)
    else
      into[name] = value
    end
  end
end

-- A machine with these resources below its chassis, which take a PATCH unless refuses(uri);
-- f(m, sent) with sent = { { uri, body }, … }.
local function with(resources, f, more)
  more = more or {}
  local sent, tree = {}, { [CHASSIS] = { ["@odata.id"] = CHASSIS, Id = "1",
    Power = resources[POWER] and link(POWER) or nil,
    EnvironmentMetrics = resources[METRICS] and link(METRICS) or nil } }
  for uri, body in pairs(resources) do
    tree[uri] = function() return body end
    tree["PATCH " .. uri] = function(_, change)
      if more.refuses == uri then
        return 405, { error = { message = "read only" } }
      end
      sent[#sent + 1] = { uri, change }
      merge(body, more.deaf and {} or change)
      return 204
    end
  end
  scripted.with(tree, function(m) f(m, sent) end, more.open)
end

local function old(limit, more)
  return { ["@odata.id"] = POWER, PowerControl = { { PowerConsumedWatts = 120, PowerLimit = limit },
    more } }
end

local function new(watts)
  return { ["@odata.id"] = METRICS, PowerWatts = { Reading = 120 },
    PowerLimitWatts = { SetPoint = watts, ControlMode = "Automatic", DataSourceUri = CONTROL } }
end

describe("set_power_limit over Redfish", function()
  it("sets that of PowerControl, leaves its other members, and takes it away", function()
    with({ [POWER] = old({ LimitInWatts = cjson.null }, { Name = "GPU" }) }, function(m, sent)
      local data = m:set_power_limit(400, { exception_action = "power_off",
        correction_time_ms = 3000 })
      assert.same({ "400", true, 400, true, "power_off", 3000 }, { data.requested, data.accepted,
        data.limit_w, data.active, data.exception_action, data.correction_time_ms })
      assert.same({ POWER, { PowerControl = { { PowerLimit = { LimitInWatts = 400,
        LimitException = "HardPowerOff", CorrectionInMs = 3000 } }, {} } } }, sent[1])
      assert.equal(400, m:power_limit().limit_w)
      assert.is_false(m:set_power_limit("off").active)
      assert.same({ PowerControl = { { PowerLimit = { LimitInWatts = cjson.null } }, {} } },
        sent[2][2])
    end)
  end)

  it("sets that of EnvironmentMetrics, where there is no other", function()
    with({ [POWER] = old(nil), [METRICS] = new(500) }, function(m, sent)
      assert.same({ 450, true }, { m:set_power_limit(450).limit_w, m:power_limit().active })
      assert.is_false(m:set_power_limit("off").active)
      assert.same({ SetPoint = 450, ControlMode = "Automatic" }, sent[1][2].PowerLimitWatts)
      assert.same({ METRICS, { PowerLimitWatts = { ControlMode = "Disabled" } } }, sent[2])
      local _, e = bmc.try(m.set_power_limit, m, 450, { correction_time_ms = 100 })
      assert.same({ "unsupported", "none", 2 }, { e.code, e.effect, #sent })
    end)
  end)

  it("sets the Control behind it, where the excerpt cannot be written", function()
    with({ [METRICS] = new(500), [CONTROL] = { ["@odata.id"] = CONTROL, SetPoint = 500 } },
      function(m, sent)
        assert.equal(300, m:set_power_limit(300).limit_w)
        assert.same({ { CONTROL, { SetPoint = 300, ControlMode = "Automatic" } } }, sent)
      end, { refuses = METRICS })
  end)

  it("says what does not go, and what was not done", function()
    with({}, function(m)
      local _, e = bmc.try(m.set_power_limit, m, 400)
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
    end)
    with({ [POWER] = old { LimitInWatts = 100 } }, function(m, sent)
      for _, case in ipairs { { 0, {}, "rejected" }, { 1.5, {}, "rejected" },
        { 400, { exception_action = "explode" }, "rejected" },
        { 400, { sampling_period_s = 5 }, "unsupported" } } do
        local _, e = bmc.try(m.set_power_limit, m, case[1], case[2])
        assert.same({ case[3], "none" }, { e.code, e.effect })
      end
      local _, e = bmc.try(m.set_power_limit, m, 400)
      assert.same({ "rejected", "unknown", 1 }, { e.code, e.effect, #sent })
      assert.matches("shows 100 W", e.text)
    end, { deaf = true })
    with({ [POWER] = old { LimitInWatts = 100 } }, function(m, sent)
      assert.same({ "400", 0 }, { m:set_power_limit(400).requested, #sent })
    end, { open = { dry_run = true } })
  end)
end)
