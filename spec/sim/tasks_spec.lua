-- SPDX-License-Identifier: GPL-3.0-or-later
-- Answers of 202, and following them.
local ask = require "support.farm"
local sim = require "bmc.sim"
local support = require "support"

local UPDATE = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"

local function start(tasks, vendor)
  tasks.seconds = tasks.seconds or 0.2
  return sim.start { vendors = { vendor or "x12" }, tls = false, traits = { tasks = tasks } }
end

local function update(farm)
  local response = assert(ask.basic(farm, 1, {
    path = UPDATE, method = "POST", json = { ImageURI = "http://10.0.0.1/bmc.bin" },
  }))
  assert.equal(202, response.status)
  return response.headers.location, response
end

local function get(farm, uri)
  return assert(ask.basic(farm, 1, uri))
end

local function ends(farm, uri)
  return support.eventually(function()
    local body = get(farm, uri).json
    return body.PercentComplete == 100 and body
  end)
end

describe("sim.tasks", function()
  it("go from New to Completed, in their list too", function()
    local farm <close> = start {}
    local uri = update(farm)
    assert.equal("New", get(farm, uri).json.TaskState)
    local list = get(farm, "/redfish/v1/TaskService/Tasks").json
    assert.equal(uri, list.Members[1]["@odata.id"])
    assert.equal("Completed", ends(farm, uri).TaskState)
    assert.equal(1, farm.bmc(1).counters.tasks)
    assert.equal(1, farm.bmc(1).counters.updates)
  end)

  it("fail on request", function()
    local farm <close> = start { fails = true }
    assert.equal("Exception", ends(farm, (update(farm))).TaskState)
  end)

  it("are named by a monitor, which is 202 until the end (F08)", function()
    local farm <close> = start { at = "monitor" }
    local uri = update(farm)
    assert.is_truthy(uri:find("/Monitor$"))
    assert.equal(202, get(farm, uri).status)
    support.eventually(function() return get(farm, uri).status == 200 end)
    assert.equal(404, get(farm, uri).status)
  end)

  it("are named in full, with a message or with nothing in the body", function()
    local absolute <close> = start { absolute = true, body = "empty" }
    local uri, response = update(absolute)
    assert.equal(absolute.url(1), uri:match("^http://[^/]+"))
    assert.equal("", response.body)
    local note <close> = start { body = "message" }
    local _, answer = update(note)
    assert.is_truthy(answer.json["@Message.ExtendedInfo"][1].MessageId)
    assert.is_nil(answer.json.TaskState)
  end)

  it("vanish at their end, and the job stays (F03)", function()
    local farm <close> = start({ seconds = 0.2 }, "idrac9-7")
    local uri = update(farm)
    assert.equal(200, get(farm, uri).status)
    support.eventually(function() return get(farm, uri).status == 404 end)
    local job = "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/" .. uri:match("[^/]+$")
    assert.equal("Completed", get(farm, job).json.JobState)
  end)

  it("become jobs (F07)", function()
    local farm <close> = start { to_job = true }
    local note = ends(farm, (update(farm))).Messages[1]
    assert.is_truthy(note.MessageId:find("OperationTransitionedToJob", 1, true))
    local job = note.MessageArgs[1]
    assert.not_equal("Completed", get(farm, job).json.JobState)
    assert.equal("Completed", ends(farm, job).JobState)
  end)

  it("are jobs from the start, and answer any action that is to", function()
    local farm <close> = start { at = "job", actions = { "ComputerSystem.Reset" } }
    local response = assert(ask.reset(farm, 1, "ForceRestart"))
    assert.equal(202, response.status)
    assert.equal("New", get(farm, response.headers.location).json.JobState)
    assert.equal(1, farm.bmc(1).counters.resets)
  end)
end)
