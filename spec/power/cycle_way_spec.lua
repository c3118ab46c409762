-- SPDX-License-Identifier: GPL-3.0-or-later
-- P11: a model whose cycle over Redfish cuts more than is meant, and what its profile makes of it.
local bmc = require "bmc"
local scripted = require "support.scripted"

local LENOVO = { Manufacturer = "Lenovo", Model = "ThinkSystem SR650 V4" }
local SET = { "generic.ipmi.power.settle=0.01", "generic.ipmi.power.poll=0.01",
  "generic.power.settle=0", "generic.power.poll=0.02", "generic.power.budget=0.5",
  "generic.power.restart_watch=0.1" }

-- A machine that is on, and counts the Chassis Control commands that it gets.
local function ipmi_client(target, sent)
  local c = { target = target }
  function c.ask(_, name, data)
    if name == "Get Chassis Status" then
      return "\1\0\0", 0
    end
    sent[#sent + 1] = ("%s %d"):format(name, data:byte())
    return "", 0
  end
  function c.device()
    return {}
  end
  return c
end

-- The verb on such a machine: its result, and what was sent over which way.
local function act(verb, fields, with_ipmi, args)
  local shown, took = scripted.power({ "On" }, fields)
  local sent, data, e = {}, nil, nil
  scripted.with({ [scripted.SYSTEM] = shown, ["POST " .. scripted.RESET] = function(n, body)
    sent[#sent + 1] = body.ResetType
    return took(n, body)
  end }, function(m)
    if with_ipmi then
      m.target.ways.ipmi, m.target.clients.ipmi = true, ipmi_client(m.target, sent)
    end
    data, e = bmc.try(m.power_action, m, verb, args or {})
  end, { timeout = 10, set = SET })
  return data, sent, e
end

local function notes(data)
  local out = {}
  for _, step in ipairs(data.trail) do
    out[#out + 1] = table.concat(step.notes or {}, " ")
  end
  return table.concat(out, " ")
end

describe("a cycle of a model that loses its DPUs over Redfish", function()
  it("goes over IPMI, and there as the reset that leaves them on", function()
    local data, sent = act("cycle", LENOVO, true)
    assert.same({ "Chassis Control 3" }, sent)
    assert.equal("ipmi", data.way)
    assert.matches("left to ipmi", data.trail[1].why)
  end)

  it("goes over Redfish where that is all there is, or asked for, and says what it does", function()
    local data, sent = act("cycle", LENOVO, false)
    assert.same({ "ForceRestart" }, sent)
    assert.matches("cuts the power of its DPUs", notes(data))
    data, sent = act("cycle", LENOVO, true, { way = "redfish" })
    assert.same({ "ForceRestart" }, sent)
    assert.matches("cuts the power of its DPUs", notes(data))
  end)

  it("concerns no other verb and no other model", function()
    local other = { Manufacturer = "Lenovo", Model = "ThinkSystem SR650 V3" }
    local data, sent = act("cycle", other, true)
    assert.same({ "redfish", { "ForceRestart" } }, { data.way, sent })
    assert.is_nil(notes(data):find("DPU", 1, true))
    assert.same({ "GracefulRestart" }, select(2, act("reboot", LENOVO, true)))
  end)
end)
