-- SPDX-License-Identifier: GPL-3.0-or-later
-- An NMI: sent once, or not at all.
local bmc = require "bmc"
local scripted = require "support.scripted"

local POST = "POST " .. scripted.RESET

local function with(types, f, more)
  more = more or {}
  local sent = {}
  local fields = { PowerState = more.state or "On", Actions = { ["#ComputerSystem.Reset"] = {
    target = scripted.RESET, ["ResetType@Redfish.AllowableValues"] = types } } }
  scripted.with({
    [scripted.SYSTEM] = scripted.system(fields),
    [POST] = function(n, body)
      sent[#sent + 1] = body.ResetType
      return (more.answer or function() return 204 end)(n)
    end,
  }, function(m, log)
    local data, e = bmc.try(m.nmi_trigger, m)
    f(data, e, sent, log)
  end, more.open)
end

describe("nmi_trigger", function()
  it("sends the one reset that it is", function()
    with({ "On", "Nmi" }, function(data, _, sent)
      assert.same({ "Nmi" }, sent)
      assert.same({ "Nmi", true, "on" }, { data.requested, data.accepted, data.observed })
      assert.equal("POST " .. scripted.RESET .. ' {"ResetType":"Nmi"}', data.trail[1].step)
    end)
  end)

  it("tries where the BMC does not say what it allows", function()
    with(nil, function(data, _, sent)
      assert.same({ "Nmi" }, sent)
      assert.is_true(data.accepted)
    end)
  end)

  it("is refused where it is not allowed, or nothing runs", function()
    with({ "On", "ForceOff" }, function(_, e, sent)
      assert.same({}, sent)
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
      assert.is_truthy(e.text:find("On, ForceOff", 1, true))
    end)
    with({ "Nmi" }, function(_, e, sent)
      assert.same({}, sent)
      assert.same({ "rejected", "none" }, { e.code, e.effect })
    end, { state = "Off" })
  end)

  it("is never sent twice", function()
    with({ "Nmi" }, function(_, e, sent)
      assert.same({ "Nmi" }, sent)
      assert.equal("unknown", e.effect)
    end, { answer = function() return "drop" end })
    with({ "Nmi" }, function(_, e, sent)
      assert.same({ "Nmi" }, sent)
      assert.same({ "busy", "none" }, { e.code, e.effect })
    end, { answer = function() return 503, {} end })
  end)

  it("names what it would send in a dry run, and sends nothing", function()
    local event
    with({ "Nmi" }, function(data, _, sent)
      assert.same({}, sent)
      assert.is_nil(data.accepted)
      assert.same({ "POST", scripted.RESET, { ResetType = "Nmi" } },
        { event.method, event.uri, event.body })
    end, { open = { dry_run = true, trace = function(e)
      event = e.kind == "dry-run" and e or event
    end } })
  end)

  it("does not guess among several systems", function()
    local other = "/redfish/v1/Systems/2"
    scripted.with({
      ["/redfish/v1/Systems"] = scripted.collection(scripted.SYSTEM, other),
      [other] = scripted.system { ["@odata.id"] = other, Id = "2" },
    }, function(m, log)
      local _, e = bmc.try(m.nmi_trigger, m)
      assert.equal("rejected", e.code)
      assert.equal(0, scripted.count(log, "POST", scripted.RESET))
    end)
  end)
end)
