-- SPDX-License-Identifier: GPL-3.0-or-later
-- raw: requests as the operator writes them.
local bmc = require "bmc"
local cjson = require "cjson"
local parts = require "support.parts"
local scripted = require "support.scripted"
local support = require "support"

local THING = "/redfish/v1/Things/1"

describe("raw", function()
  it("gets a resource, as the other operations see it and as it came", function()
    scripted.with({ [THING] = { Id = "1", Depth = cjson.null, List = { 1 } } }, function(m)
      local answer = m:raw("get", THING)
      assert.equal(200, answer.status)
      assert.same({ Id = "1", List = { 1 } }, answer.body)
      assert.truthy(answer.text:find('"Depth":null', 1, true))
      assert.equal("redfish", answer.way)
      assert.equal(200, m:raw("GET", THING).status)
    end)
  end)

  it("sends the body of a write as it is: null, [] and {} included", function()
    local seen = {}
    local function take(n, body)
      seen[n] = body
      return 204
    end
    scripted.with({ [THING] = { Id = "1" }, ["PATCH " .. THING] = take }, function(m, log)
      assert.equal(204, m:raw("patch", THING, '{"A":null,"L":[],"O":{},"N":[[],{"X":[]}]}').status)
      assert.equal(204, m:raw("patch", THING, { body = { A = "x" } }).status)
      assert.equal(cjson.null, seen[1].A)
      assert.same({ A = "x" }, seen[2])
      assert.equal(2, scripted.count(log, "PATCH", THING))
    end)
  end)

  it("posts {} where nothing is given, and tells where the new resource is", function()
    scripted.with({ ["POST " .. THING] = function(_, body)
      assert(next(body) == nil)
      return 201, { ["@odata.id"] = THING .. "/New" }
    end, ["DELETE " .. THING] = function() return 204 end }, function(m)
      local answer = m:raw("post", THING)
      assert.same({ 201, THING .. "/New" }, { answer.status, answer.body["@odata.id"] })
      local gone = m:raw("delete", THING)
      assert.equal(204, gone.status)
      assert.is_nil(gone.body)
    end)
  end)

  it("sends a write once, and an error says what may have happened", function()
    scripted.with({
      ["POST " .. THING] = function() return "drop" end,
      ["DELETE " .. THING] = parts.fault(503, "Base.1.8.ServiceTemporarilyUnavailable"),
    }, function(m, log)
      local _, e = bmc.try(m.raw, m, "post", THING)
      assert.equal("unknown", e.effect)
      assert.equal(1, scripted.count(log, "POST", THING))
      _, e = bmc.try(m.raw, m, "delete", THING)
      assert.same({ "busy", "none" }, { e.code, e.effect })
      assert.equal(1, scripted.count(log, "DELETE", THING))
    end)
  end)

  it("follows a task that was begun when it is told to", function()
    local task, states = "/redfish/v1/TaskService/Tasks/7", { "Running", "Running", "Completed" }
    local function begun(state)
      return { ["@odata.id"] = task, ["@odata.type"] = "#Task.v1_4_0.Task", Id = "7",
        TaskState = state, TaskStatus = "OK", Messages = { { Message = "step " .. state } } }
    end
    local places = {
      ["POST " .. THING] = function() return 202, begun "New" end,
      [task] = function(n) return begun(states[math.min(n, #states)]) end,
    }
    scripted.with(places, function(m, log)
      local answer = m:raw("post", THING)
      assert.same({ 202, nil }, { answer.status, answer.state })
      assert.equal(0, scripted.count(log, "GET", task))
      answer = m:raw("post", THING, { wait = true })
      assert.same({ 202, "done", task, "step Completed" },
        { answer.status, answer.state, answer.task, answer.message })
      assert.equal(3, scripted.count(log, "GET", task))
      local argv = { "raw", "post", THING, "-H", m.target.base, "-u", "u",
        env = { BMC_PASSWORD = "p" }, timeout = 60 }
      assert.truthy(support.bmcsh(argv).stderr:find("accepted, and not done yet: ", 1, true))
      argv[#argv + 1] = "--wait"
      local result = support.bmcsh(argv)
      assert.truthy(result.stdout:find('"TaskState": "New"', 1, true), result.stdout)
      assert.truthy(result.stderr:find("done " .. task .. ": step Completed", 1, true))
      states[3] = "Exception"
      local _, e = bmc.try(m.raw, m, "post", THING, { wait = true })
      assert.same({ "unknown", task }, { e.effect, e.task })
    end, { set = { "generic.task.poll=0.01", "generic.task.poll_max=0.02" }, timeout = 60 })
  end)

  it("sends nothing with dry_run, but says what", function()
    local would = {}
    scripted.with({}, function(m, log)
      m:raw("patch", THING, '{"L":[]}')
      m:raw("delete", THING)
      assert.equal(0, scripted.count(log, "PATCH") + scripted.count(log, "DELETE"))
    end, { dry_run = true, trace = function(event)
      would[#would + 1] = event.kind == "dry-run" and event or nil
    end })
    assert.same({ "PATCH", THING, "DELETE" }, { would[1].method, would[1].uri, would[2].method })
    assert.equal('{"L":[]}', require("bmc.json").encode(would[1].body))
  end)

  it("is refused on a read-only target, but for get", function()
    scripted.with({ [THING] = { Id = "1" } }, function(m)
      assert.equal(200, m:raw("get", THING).status)
      local _, e = bmc.try(m.raw, m, "delete", THING)
      assert.equal("rejected", e.code)
    end, { read_only = true })
  end)

  it("refuses what is no request before anything is sent", function()
    scripted.with({}, function(m, log)
      for _, args in ipairs {
        { "put", THING }, { 7, THING }, { "get" }, { "get", THING, "{}" },
        { "delete", THING, { body = {} } }, { "patch", THING }, { "post", THING, "not JSON" },
        { "post", THING, "7" }, { "get", "no path" },
      } do
        local answer, e = bmc.try(m.raw, m, table.unpack(args))
        assert.is_nil(answer)
        assert.same({ "rejected", "none" }, { e.code, e.effect }, args[1])
      end
      assert.equal(0, scripted.count(log, "POST", THING))
    end)
  end)

  it("gets what is no JSON too", function()
    scripted.with({ ["/redfish/v1/$metadata"] = function() return 200 end }, function(m)
      local answer = m:raw("get", "/redfish/v1/$metadata")
      assert.same({ 200 }, { answer.status, answer.body })
    end)
  end)
end)
