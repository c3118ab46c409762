-- SPDX-License-Identifier: GPL-3.0-or-later
-- Exactly once: what is sent, what is believed, and what is said when nothing can be proven.
local bmc = require "bmc"
local fault = require("support.parts").fault
local scripted = require "support.scripted"
local task = require "bmc.task"

local POST = "POST " .. scripted.RESET
local SYSTEM = scripted.SYSTEM

-- The power action on a machine with these states; f(data, error, sent, machine, log).
local function act(states, verb, f, more)
  more = more or {}
  local system, reset, sent = scripted.power(states, more.fields)
  local resources = { [SYSTEM] = system, [POST] = reset }
  if more.reset then
    resources[POST] = function(n, body) return more.reset(n, body, reset) end
  end
  for path, resource in pairs(more.resources or {}) do
    resources[path] = resource
  end
  scripted.with(resources, function(m, log)
    local data, e = bmc.try(m.power_action, m, verb, more.args or {})
    f(data, e, sent, m, log)
  end, more.open)
end

-- The trail in one string: steps and reasons.
local function told(trail)
  local lines = {}
  for i, step in ipairs(trail) do
    lines[i] = (step.step or "") .. ": " .. (step.why or "")
  end
  return table.concat(lines, "\n")
end

local function says(text, words)
  assert.is_truthy(text:find(words, 1, true), text)
end

describe("power_action", function()
  it("sends one request and watches until the state is there", function()
    act({ "On", "On", "PoweringOff", "Off" }, "off_hard", function(data, _, sent, _, log)
      assert.same({ "ForceOff" }, sent)
      assert.same({ "redfish", "off_hard", "ForceOff", true, "off" },
        { data.way, data.requested, data.reset_type, data.accepted, data.observed })
      assert.is_true(data.seconds > 0)
      assert.equal(1, scripted.count(log, "POST", scripted.RESET))
      says(told(data.trail), "the machine is off")
    end)
  end)

  it("sends it on a connection of its own: a reused one may die with the answer", function()
    act({ "On", "Off" }, "off_hard", function(_, _, _, _, log)
      local peers, post = {}, nil
      for _, request in ipairs(log) do
        if request.path == scripted.RESET then
          post = request.peer
        else
          peers[request.peer] = true
        end
      end
      assert.is_nil(peers[post])
    end)
  end)

  it("sends nothing when there is nothing to do", function()
    for verb, state in pairs { on = "On", off = "Off", off_hard = "Off" } do
      act({ state }, verb, function(data, _, sent)
        assert.same({}, sent)
        assert.same({ verb, state:lower() }, { data.requested, data.observed })
        assert.is_nil(data.reset_type)
        says(told(data.trail), "nothing to do")
      end)
    end
  end)

  it("waits for a machine that is on its way", function()
    local looks = 0
    act({ "On" }, "on", function(data, _, sent)
      assert.same({}, sent)
      assert.equal("on", data.observed)
      says(told(data.trail), "the machine is powering_on")
    end, { resources = { [SYSTEM] = function()
      looks = looks + 1
      return scripted.system { PowerState = looks < 3 and "PoweringOn" or "On" }
    end } })
  end)

  it("cycles what is off by turning it on, and refuses to reboot it", function()
    act({ "Off", "On" }, "cycle", function(data, _, sent)
      assert.same({ "On" }, sent)
      assert.equal("on", data.observed)
    end)
    act({ "Off" }, "reboot", function(_, e, sent)
      assert.same({}, sent)
      assert.same({ "rejected", "none" }, { e.code, e.effect })
    end)
  end)

  it("refuses a verb that the BMC has no type for, and names what it allows", function()
    act({ "On" }, "off", function(_, e, sent)
      assert.same({}, sent)
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
      says(e.text, "On, ForceOff")
    end, { fields = { Actions = { ["#ComputerSystem.Reset"] = { target = scripted.RESET,
      ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff" } } } } })
  end)

  it("restarts in two steps where there is no restart", function()
    act({ "On", "Off", "Off", "On" }, "reboot", function(data, _, sent)
      assert.same({ "GracefulShutdown", "On" }, sent)
      assert.equal("GracefulShutdown, On", data.reset_type)
      assert.equal("on", data.observed)
    end, { fields = { Actions = { ["#ComputerSystem.Reset"] = { target = scripted.RESET,
      ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff", "GracefulShutdown" } } } } })
  end)

  it("refuses misuse before anything is sent", function()
    act({ "On" }, "explode", function(_, e, _, _, log)
      assert.same({ "rejected", "none" }, { e.code, e.effect })
      assert.equal(0, #log)
    end)
    act({ "On" }, "on", function(_, e, _, _, log)
      assert.equal("rejected", e.code)
      assert.equal(0, #log)
    end, { args = { then_ = "cycle" } })
  end)
end)

describe("power_action after a refusal", function()
  -- Refuses the first n requests with this status.
  local function refusing(n, status, message)
    return function(i, body, reset)
      if i <= n then
        return status, { error = { message = message, ["@Message.ExtendedInfo"] = {
          { MessageId = "Base.1.8." .. (message or "GeneralError") } } } }
      end
      return reset(i, body)
    end
  end

  it("sends it again when the BMC was busy: nothing had happened (P04)", function()
    act({ "Off", "On" }, "on", function(data, _, sent, _, log)
      assert.same({ "On" }, sent)
      assert.equal("on", data.observed)
      assert.equal(3, scripted.count(log, "POST", scripted.RESET))
      says(told(data.trail), "409")
    end, { reset = refusing(2, 409, "ActionParameterValueConflict") })
  end)

  it("does so for a BMC that is not ready (P22)", function()
    act({ "Off", "On" }, "on", function(data, _, sent)
      assert.same({ "On" }, sent)
      assert.equal("on", data.observed)
    end, { reset = refusing(1, 503, "ServiceTemporarilyUnavailable") })
  end)

  it("gives up after a while, and says that nothing happened", function()
    act({ "Off" }, "on", function(_, e, sent)
      assert.same({}, sent)
      assert.same({ "busy", "none", 409 }, { e.code, e.effect, e.status })
    end, { reset = refusing(1000, 409) })
  end)

  it("takes 'already so' for success (P03)", function()
    local state = "On"
    act({ "On" }, "off_hard", function(data, _, sent)
      assert.same({}, sent)
      assert.equal("off", data.observed)
      says(told(data.trail), "already off")
    end, {
      reset = function()
        state = "Off"
        return 409, { error = { message = "already" } }
      end,
      resources = { [SYSTEM] = function() return scripted.system { PowerState = state } end },
    })
  end)

  it("does not argue with a plain no", function()
    act({ "On" }, "off_hard", function(_, e, _, _, log)
      assert.same({ "rejected", "none" }, { e.code, e.effect })
      assert.equal(1, scripted.count(log, "POST", scripted.RESET))
    end, { reset = refusing(1000, 400, "ActionParameterValueFormatError") })
  end)

  it("does not call it harmless when an earlier step went out", function()
    act({ "On", "Off" }, "cycle", function(_, e, sent)
      assert.same({ "ForceOff" }, sent)
      assert.same({ "rejected", "unknown" }, { e.code, e.effect })
    end, {
      reset = function(i, body, reset)
        return body.ResetType == "On" and 400 or reset(i, body)
      end,
      fields = { Actions = { ["#ComputerSystem.Reset"] = { target = scripted.RESET,
        ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff" } } } },
    })
  end)
end)

describe("power_action without an answer", function()
  -- The request is executed and the answer lost.
  local function executed(i, body, reset)
    reset(i, body)
    return "drop"
  end

  it("is a success when the state proves it, and sent once", function()
    act({ "On", "Off" }, "off_hard", function(data, _, sent, _, log)
      assert.same({ "ForceOff" }, sent)
      assert.equal("off", data.observed)
      assert.is_nil(data.accepted)
      assert.equal(1, scripted.count(log, "POST", scripted.RESET))
      says(told(data.trail), "the answer was lost")
    end, { reset = executed })
  end)

  it("is a success when a restart is seen", function()
    act({ "On", "Off", "On" }, "cycle", function(data, _, sent)
      assert.same({ "ForceRestart" }, sent)
      assert.equal("on", data.observed)
    end, { reset = executed })
  end)

  it("is an error when nothing is proven, and never sent again", function()
    for _, verb in ipairs { "off_hard", "cycle" } do
      act({ "On" }, verb, function(data, e, _, _, log)
        assert.is_nil(data)
        assert.equal("unknown", e.effect)
        assert.equal("on", e.observed)
        assert.equal(1, scripted.count(log, "POST", scripted.RESET))
        says(e.text, "the answer was lost")
        says(tostring(e), "read the power state before trying again")
        assert.is_truthy(#e.trail > 1)
      end, { reset = function() return "drop" end })
    end
  end)

  it("does not go on to the second step of an unproven first", function()
    act({ "On" }, "cycle", function(_, e, _, _, log)
      assert.equal("unknown", e.effect)
      assert.equal(1, scripted.count(log, "POST", scripted.RESET))
    end, {
      reset = function() return "drop" end,
      fields = { Actions = { ["#ComputerSystem.Reset"] = { target = scripted.RESET,
        ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff" } } } },
    })
  end)

  it("tells a 500 from a refusal: it may have happened", function()
    act({ "On", "Off" }, "off_hard", function(data)
      assert.equal("off", data.observed)
    end, { reset = function(i, body, reset) reset(i, body) return 500, {} end })
    act({ "On" }, "off_hard", function(_, e)
      assert.same({ "protocol", "unknown" }, { e.code, e.effect })
    end, { reset = function() return 500, {} end })
  end)

  it("keeps time for reading the state when the BMC does not answer at all", function()
    act({ "On", "Off" }, "off_hard", function(data)
      assert.equal("off", data.observed)
    end, { args = { timeout = 6 }, reset = function(i, body, reset)
      reset(i, body)
      task.sleep(30)
      return "drop"
    end })
  end)
end)

describe("power_action that leads to nothing", function()
  it("is a timeout that may still happen, for a state", function()
    act({ "On" }, "off", function(_, e, sent)
      assert.same({ "GracefulShutdown" }, sent)
      assert.same({ "timeout", "unknown", "on" }, { e.code, e.effect, e.observed })
      says(e.text, "GracefulShutdown was accepted, but the machine is still on")
    end)
  end)

  it("tells a machine that fell back (P15)", function()
    act({ "Off", "PoweringOn", "Off" }, "on", function(_, e)
      assert.same({ "rejected", "off" }, { e.code, e.observed })
      says(e.text, "went back to off")
    end)
  end)

  it("is a success that says so, for a restart nobody can see (P06)", function()
    act({ "On" }, "cycle", function(data)
      assert.same({ true, "on" }, { data.accepted, data.observed })
      says(told(data.trail), "accepted, no change seen")
    end)
  end)

  it("sees a restart by LastResetTime", function()
    local reset_at = "2024-01-01T00:00:00Z"
    act({ "On" }, "cycle", function(data)
      says(told(data.trail), "LastResetTime is now 2024-01-01T00:05:00Z")
    end, {
      reset = function() reset_at = "2024-01-01T00:05:00Z" return 204 end,
      resources = { [SYSTEM] = function()
        return scripted.system { LastResetTime = reset_at }
      end },
    })
  end)

  it("stays graceful without an escalation", function()
    act({ "On" }, "off", function(_, _, sent) assert.same({ "GracefulShutdown" }, sent) end)
  end)

  it("gets harder when told to, and only then", function()
    act({ "On", "On", "On", "On", "On", "Off" }, "off", function(data, _, sent)
      assert.same({ "GracefulShutdown", "ForceOff" }, sent)
      assert.equal("off", data.observed)
      says(told(data.trail), "escalate to off_hard")
    end, { args = { then_ = "off_hard", after = 0.05 } })
  end)

  it("gets harder at once where nothing graceful is allowed", function()
    act({ "On", "Off" }, "off", function(data, _, sent)
      assert.same({ "ForceOff" }, sent)
      assert.equal("off", data.observed)
    end, { args = { ["then"] = "off_hard" }, fields = { Actions = { ["#ComputerSystem.Reset"] = {
      target = scripted.RESET, ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff" } } } } })
  end)

  it("does not get harder because of a wrong password", function()
    act({ "On" }, "off", function(_, e, sent)
      assert.same({}, sent)
      assert.equal("auth", e.code)
    end, { args = { then_ = "off_hard" }, reset = function(i, body, reset)
      return body.ResetType == "GracefulShutdown" and 403 or reset(i, body)
    end })
  end)
end)

describe("power_action and its target", function()
  it("sends nothing when it is a dry run, and names what it would send", function()
    local events = {}
    act({ "On" }, "cycle", function(data, _, sent, _, log)
      assert.same({}, sent)
      assert.equal(0, scripted.count(log, "POST", scripted.RESET))
      assert.is_nil(data.accepted)
      says(told(data.trail), "would POST " .. scripted.RESET .. ' {"ResetType":"ForceRestart"}')
      local held = {}
      for _, event in ipairs(events) do
        held[#held + 1] = event.kind == "dry-run" and event or nil
      end
      assert.same({ "POST", scripted.RESET, "ForceRestart" },
        { held[1].method, held[1].uri, held[1].body.ResetType })
    end, { open = { dry_run = true, trace = function(event) events[#events + 1] = event end } })
  end)

  it("is refused when the target is read-only", function()
    act({ "On" }, "off_hard", function(_, e, sent)
      assert.same({}, sent)
      assert.same({ "rejected", "none" }, { e.code, e.effect })
    end, { open = { read_only = true } })
  end)

  it("does not guess among several systems", function()
    local other = scripted.system { ["@odata.id"] = "/redfish/v1/Systems/2", Id = "2" }
    local both = {
      ["/redfish/v1/Systems"] = scripted.collection(SYSTEM, "/redfish/v1/Systems/2"),
      ["/redfish/v1/Systems/2"] = other,
    }
    act({ "On", "Off" }, "off_hard", function(_, e, sent)
      assert.same({}, sent)
      assert.same({ "rejected", "none" }, { e.code, e.effect })
      says(e.text, "(1, 2)")
    end, { resources = both })
    act({ "On", "Off" }, "off_hard", function(data, _, sent)
      assert.same({ "ForceOff" }, sent)
      assert.equal("off", data.observed)
    end, { resources = both, args = { system = "1" } })
    other.Id = nil -- one without a name is one more all the same
    act({ "On", "Off" }, "off_hard", function(_, e, sent)
      assert.same({}, sent)
      says(e.text, "(1, /redfish/v1/Systems/2)")
    end, { resources = both })
  end)

  it("takes a system that cannot be read, or says not where it is, for one that may be meant",
    function()
      local SECOND = "/redfish/v1/Systems/2"
      local placeless = scripted.system { Id = "2" }
      placeless["@odata.id"] = nil
      local list = scripted.collection(SYSTEM, SECOND)
      local inline = scripted.collection(SYSTEM)
      inline.Members[2] = placeless
      for _, case in ipairs { { list, "(1, /redfish/v1/Systems/2)" }, { inline, "(1, 2)" } } do
        act({ "On", "Off" }, "off_hard", function(_, e, sent)
          assert.same({}, sent)
          assert.same({ "rejected", "none" }, { e.code, e.effect })
          says(e.text, case[2])
        end, { resources = {
          ["/redfish/v1/Systems"] = case[1], [SECOND] = fault(500, "Base.1.0.InternalError"),
        } })
      end
    end)

  it("passes over a system that is listed and not there", function()
    act({ "On", "Off" }, "off_hard", function(data, _, sent)
      assert.same({ "ForceOff" }, sent)
      assert.equal("off", data.observed)
    end, { resources = {
      ["/redfish/v1/Systems"] = scripted.collection(SYSTEM, "/redfish/v1/Systems/2"),
      ["/redfish/v1/Systems/2"] = fault(404, "Base.1.0.ResourceMissingAtURI"),
    } })
  end)

  it("ends at once when it is cancelled, and does not hide what was sent", function()
    local system, reset = scripted.power { "On" }
    scripted.with({ [SYSTEM] = system, [POST] = reset }, function(m, log)
      local data, e
      task.scope(function(scope)
        local child = scope:spawn(function() data, e = bmc.try(m.power_action, m, "off") end)
        while scripted.count(log, "POST", scripted.RESET) == 0 do
          task.sleep(0.005)
        end
        child:cancel()
      end)
      assert.is_nil(data)
      assert.same({ "cancelled", "unknown" }, { e.code, e.effect })
      assert.equal(1, scripted.count(log, "POST", scripted.RESET))
    end)
  end)
end)
