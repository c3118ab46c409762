-- SPDX-License-Identifier: GPL-3.0-or-later
-- Restarting a BMC: which reset, what proves it when the answer is lost, and when it is back.
local bmc = require "bmc"
local changes = require "support.changes"
local comeback = require "bmc.comeback"
local scripted = require "support.scripted"
local task = require "bmc.task"

local MANAGER = "/redfish/v1/Managers/1"
local RESET = MANAGER .. "/Actions/Manager.Reset"

local function manager(types, more)
  local body = {
    ["@odata.id"] = MANAGER, Id = "1", ManagerType = "BMC", Status = { Health = "OK" },
    Actions = { ["#Manager.Reset"] = { target = RESET,
      ["ResetType@Redfish.AllowableValues"] = types } },
  }
  for name, value in pairs(more or {}) do
    body[name] = value
  end
  return body
end

-- f(data, error, sent, log) of a reset at a manager that allows these types.
local function reset(types, f, more)
  more = more or {}
  local sent = {}
  local resources = {
    [MANAGER] = more.manager or manager(types),
    ["POST " .. RESET] = function(n, body)
      sent[#sent + 1] = body.ResetType or "{}"
      return (more.answer or function() return 204 end)(n, body)
    end,
  }
  for path, resource in pairs(more.resources or {}) do
    resources[path] = resource
  end
  scripted.with(resources, function(m, log)
    local data, e = bmc.try(m.reset_bmc, m, more.args or {})
    f(data, e, sent, log)
  end, more.open or { set = { "generic.bmc_reset.pause=0.2", "generic.bmc_reset.poll=0.05" } })
end

local function says(text, words)
  assert.is_truthy(text:find(words, 1, true), text)
end

describe("reset_bmc", function()
  it("takes the gentlest reset that the BMC allows (P19)", function()
    for types, wanted in pairs {
      [{ "ForceRestart", "GracefulRestart" }] = "GracefulRestart",
      [{ "ForceRestart" }] = "ForceRestart",
      [{ "ForceRestart", "StatefulReset" }] = "ForceRestart",
      [{ "IPMIColdReset" }] = "IPMIColdReset",
      [{ "GracefulShutdown", "ColdReset" }] = "ColdReset",
    } do
      reset(types, function(data, _, sent)
        assert.same({ wanted }, sent)
        assert.same({ wanted, true }, { data.requested, data.accepted })
        assert.is_nil(data.observed)
      end)
    end
  end)

  it("begins at the other end when told to be hard", function()
    reset({ "GracefulRestart", "ForceRestart" }, function(_, _, sent)
      assert.same({ "ForceRestart" }, sent)
    end, { args = { hard = true } })
  end)

  it("refuses what is no restart", function()
    for _, types in ipairs { { "GracefulShutdown" }, { "ResetToDefaults" } } do
      reset(types, function(_, e, sent)
        assert.same({}, sent)
        assert.same({ "unsupported", "none" }, { e.code, e.effect })
      end)
    end
    reset(nil, function(_, e)
      assert.equal("missing", e.code)
    end, { manager = manager(nil, { Actions = {} }) })
  end)

  it("says nothing where nothing is said, and then what is usual (P20)", function()
    reset(nil, function(data, _, sent)
      assert.same({ "{}" }, sent)
      assert.equal("reset", data.requested)
    end)
    reset(nil, function(data, _, sent)
      assert.same({ "{}", "GracefulRestart", "ForceRestart" }, sent)
      assert.equal("ForceRestart", data.requested)
    end, { answer = function(n) return n < 3 and 400 or 204, {} end })
  end)

  it("finds the manager that can be reset, or the one that is named", function()
    local other = "/redfish/v1/Managers/2"
    local both = {
      ["/redfish/v1/Managers"] = scripted.collection(other, MANAGER),
      [other] = { ["@odata.id"] = other, Id = "2", ManagerType = "AuxiliaryController" },
      [scripted.SYSTEM] = scripted.system { Links = { ManagedBy = { { ["@odata.id"] = other } } } },
    }
    reset({ "ForceRestart" }, function(_, _, sent) assert.same({ "ForceRestart" }, sent) end,
      { resources = both })
    reset({ "ForceRestart" }, function(_, e, sent)
      assert.same({}, sent)
      assert.equal("unsupported", e.code)
    end, { resources = both, args = { manager = "2" } })
    reset({ "ForceRestart" }, function(_, e)
      assert.equal("missing", e.code)
      says(e.text, "2, 1")
    end, { resources = both, args = { manager = "7" } })
  end)

  it("works for a service without systems", function()
    reset({ "ForceRestart" }, function(_, _, sent) assert.same({ "ForceRestart" }, sent) end,
      { resources = { ["/redfish/v1/Systems"] = false } })
  end)

  it("goes with If-Match: * where the profile wants that (E11)", function()
    reset({ "ForceRestart" }, function(data) assert.is_true(data.accepted) end, { open = { set = {
      "generic.redfish.action_etag=star", "generic.redfish.action_etag_for=^Manager%.Reset$",
    } } })
  end)

  describe("without an answer", function()
    it("is proven by a BMC that goes away", function()
      changes.with({ restart = { away = "refuse", linger = 0.1 } }, function(m, sim, farm)
        farm:fault(1, "drop@POST,*/Manager.Reset,times=1")
        local data = m:reset_bmc()
        assert.is_nil(data.accepted)
        says(changes.told(data.trail), "the BMC went away")
        assert.equal(1, sim.counters.bmc_resets)
      end, { reset_delay = 1 })
    end)

    it("is not proven by whoever stops the looking, a cancel or the end of the time", function()
      local looks = {
        target = { profile = { bmc_reset = { pause = 1, poll = 0.1 } } },
        answers = function() return task.sleep(30) end,
      }
      local gone, e = "nothing", nil
      task.scope(function(scope)
        scope:spawn(function() gone, e = comeback.goes_away(looks) end):cancel()
      end)
      assert.same({ nil, "cancelled" }, { gone, e.code })
      gone, e = task.deadline(0.05, comeback.goes_away, looks)
      assert.same({ nil, "timeout" }, { gone, e.code })
    end)

    it("is an error when it stays, and is not sent again", function()
      reset({ "ForceRestart" }, function(_, e, sent)
        assert.same({ "ForceRestart" }, sent)
        assert.equal("unknown", e.effect)
      end, { answer = function() return "drop" end })
    end)
  end)

  describe("with wait", function()
    it("waits until it is really back (P21)", function()
      for _, away in ipairs { "503", "refuse" } do
        changes.with({ restart = { away = away, linger = 0.2 } }, function(m, sim)
          local data = m:reset_bmc { wait = true }
          assert.same({ true, "back" }, { data.accepted, data.observed })
          assert.equal(1, sim.counters.bmc_resets)
          says(changes.told(data.trail), "it was away for")
          m:heartbeat()
        end, { reset_delay = 1 })
      end
    end)

    it("does not take a BMC for back that lists no system yet (P22)", function()
      local looks = 0
      reset({ "ForceRestart" }, function(data)
        assert.equal("back", data.observed)
        says(changes.told(data.trail), "it was never seen away")
        assert.is_true(looks > 3)
      end, { args = { wait = true }, resources = { ["/redfish/v1/Systems"] = function()
        looks = looks + 1
        return looks > 1 and looks < 4 and scripted.collection() or
          scripted.collection(scripted.SYSTEM)
      end } })
    end)

    it("gives up when it does not come back", function()
      changes.with({ restart = { away = "refuse", linger = 0 } }, function(m)
        local _, e = bmc.try(m.reset_bmc, m, { wait = true })
        assert.same({ "timeout", "unknown" }, { e.code, e.effect })
        says(e.text, "not back after")
      end, { reset_delay = 60, set = { "generic.bmc_reset.budget=1" } })
    end)

    it("tells a listener what it sees", function()
      local seen = {}
      changes.with({ restart = { away = "refuse", linger = 0 } }, function(m)
        m:reset_bmc { wait = true }
      end, { reset_delay = 1, trace = function(e)
        seen[#seen + 1] = e.kind == "progress" and e.text or nil
      end })
      says(table.concat(seen, "\n"), "the BMC is away")
      says(table.concat(seen, "\n"), "the BMC answers, 2 of 3 times")
    end)
  end)

  it("names what it would send in a dry run, and sends nothing", function()
    local event
    reset({ "ForceRestart" }, function(data, _, sent)
      assert.same({}, sent)
      assert.is_nil(data.accepted)
      assert.same({ "POST", RESET, { ResetType = "ForceRestart" } },
        { event.method, event.uri, event.body })
    end, { args = { wait = true }, open = { dry_run = true, trace = function(e)
      event = e.kind == "dry-run" and e or event
    end } })
  end)
end)
