-- SPDX-License-Identifier: GPL-3.0-or-later
-- 202 and what comes after it: tasks, monitors and jobs as BMCs have them.
local fakebmc = require "support.fakebmc"
local support = require "support"
local task = require "bmc.task"
local vendor = require "bmc.vendor"

local answer = fakebmc.answer
local ACTION = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"
local TASK = "/redfish/v1/TaskService/Tasks/7"
local JOB = "/redfish/v1/JobService/Jobs/7"

local function registry(...)
  return assert(vendor.load { dirs = {}, set = {
    "generic.task.poll=0.01", "generic.task.poll_max=0.02", "generic.task.staged=0.05",
    "generic.task.grace=0.3", "generic.redfish.retries=0", "generic.redfish.connect_timeout=1", ...,
  } })
end
local QUICK = registry()

local function a_task(state, more)
  local body = { ["@odata.type"] = "#Task.v1_4_0.Task", ["@odata.id"] = TASK, Id = "7",
    Name = "Task 7", TaskState = state, TaskStatus = "OK" }
  for name, value in pairs(more or {}) do
    body[name] = value
  end
  return body
end

-- Answers one after the other, the last one for ever; each a body, or { status, body, headers }.
local function script(answers)
  local n = 0
  return function(_, req)
    n = n + 1
    local step = answers[math.min(n, #answers)]
    if step == "drop" then
      return req:abort()
    elseif math.type(step[1]) == "integer" then
      return answer(step[1], step[2], step[3])
    end
    return answer(200, step)
  end
end

-- Posts, and follows what is answered: f(outcome, error, events, fake BMC).
local function follow(first, places, f, more)
  local self, events = fakebmc.new(), {}
  self.tree[ACTION] = script { first }
  for path, answers in pairs(places) do
    self.tree[path] = script(answers)
  end
  more = more or {}
  fakebmc.with(self, {
    registry = more.registry or QUICK, trace = function(e) events[#events + 1] = e end,
  }, function(rf)
    assert(rf:root())
    local body, response = assert(rf:post(ACTION, { ImageURI = "x" }))
    local outcome, e = rf:follow(body, response, more.opts)
    f(outcome, e, events, self)
  end)
end

local function progress(events)
  local out = {}
  for _, event in ipairs(events) do
    out[#out + 1] = event.kind == "progress" and event.text or nil
  end
  return out
end

local function count(self, line)
  local n = 0
  for _, l in ipairs(self.log) do
    n = n + (l == line and 1 or 0)
  end
  return n
end

describe("bmc.redfish.follow", function()
  it("has nothing to do where nothing was begun", function()
    for _, status in ipairs { 200, 201, 204 } do
      follow({ status }, {}, function(outcome, _, events)
        assert.equal("done", outcome.state)
        assert.same({}, progress(events))
      end)
    end
  end)

  it("follows a task in Location to its end, and tells how far it is", function()
    for _, location in ipairs { TASK, "https://bmc.example" .. TASK } do
      follow({ 202, nil, { location = location } }, {
        [TASK] = {
          a_task("New"), a_task("Running", { PercentComplete = 10 }),
          a_task("Running", { PercentComplete = 10 }), a_task("Running", { PercentComplete = 60 }),
          a_task("Completed", { PercentComplete = 100,
            Messages = { { MessageId = "Base.1.8.Success", Message = "Done." } } }),
        },
      }, function(outcome, e, events)
        assert.is_nil(e)
        assert.same({ "done", TASK, "Done." }, { outcome.state, outcome.uri, outcome.text })
        assert.same({ "7: New", "7: Running, 10 %", "7: Running, 60 %",
          "7: Completed, 100 %: Done." }, progress(events))
      end)
    end
  end)

  it("follows the task in the body, also where there is no Location", function()
    follow({ 202, a_task("Running") }, { [TASK] = { a_task("Completed") } }, function(outcome)
      assert.equal("done", outcome.state)
    end)
    follow({ 200, a_task("Running") }, { [TASK] = { a_task("Completed") } }, function(outcome)
      assert.equal("done", outcome.state)
    end)
    follow({ 202, a_task("Completed") }, {}, function(outcome, _, _, self)
      assert.equal("done", outcome.state)
      assert.equal(0, count(self, "GET " .. TASK))
    end)
  end)

  it("follows a monitor: empty answers, then that of the request (F08)", function()
    local monitor = TASK .. "/Monitor"
    follow({ 202, nil, { location = monitor } },
      { [monitor] = { { 202 }, { 202, a_task("Running", { PercentComplete = 5 }) }, { 204 } } },
      function(outcome, _, events)
        assert.same({ "done", monitor }, { outcome.state, outcome.uri })
        assert.same({ "7: running", "7: Running, 5 %", "7: running" }, progress(events))
      end)
    follow({ 202, nil, { location = monitor } },
      { [monitor] = { { 202 }, { 200, { Id = "new", Name = "made" } } } },
      function(outcome)
        assert.equal("done", outcome.state)
        assert.equal("new", outcome.body.Id)
      end)
  end)

  it("takes the refusal of a monitor for that of the request", function()
    local monitor = "/redfish/v1/TaskMonitors/7"
    local self_error = { error = { code = "x", message = "bad image", ["@Message.ExtendedInfo"] = {
      { MessageId = "Update.1.0.TransferFailed", Message = "No such image." } } } }
    for _, status in ipairs { 400, 200 } do
      follow({ 202, nil, { location = monitor } },
        { [monitor] = { { 202 }, { status, self_error } } },
        function(outcome, e)
          assert.is_nil(outcome)
          assert.equal("unknown", e.effect)
          assert.is_truthy(e.text:find("No such image", 1, true), e.text)
          assert.equal("Update.1.0.TransferFailed", e.message_id)
        end)
    end
  end)

  it("makes an error of a task that failed, with its words", function()
    local failures = {
      a_task("Exception", { Messages = { { MessageId = "IDRAC.2.9.PR31",
        Message = "Job completed with errors." } } }),
      a_task("Killed"), a_task("Cancelled"), a_task("Completed", { TaskStatus = "Critical" }),
    }
    for _, body in ipairs(failures) do
      follow({ 202, nil, { location = TASK } }, { [TASK] = { a_task("Running"), body } },
        function(outcome, e)
          assert.is_nil(outcome)
          assert.same({ "internal", "unknown", TASK }, { e.code, e.effect, e.task })
          assert.is_truthy(e.text:find(body.TaskState, 1, true))
        end)
    end
  end)

  it("continues with the job that a task names (F07)", function()
    follow({ 202, nil, { location = TASK } }, {
      [TASK] = { a_task("Running"), a_task("Completed", { Messages = { {
        MessageId = "Update.1.0.OperationTransitionedToJob", MessageArgs = { JOB } } } }) },
      [JOB] = { { ["@odata.type"] = "#Job.v1_2_1.Job", JobState = "Running", PercentComplete = 3 },
        { ["@odata.type"] = "#Job.v1_2_1.Job", JobState = "Completed", JobStatus = "OK" } },
    }, function(outcome)
      assert.same({ "done", JOB }, { outcome.state, outcome.uri })
    end)
  end)

  it("is patient with a task that is not there yet (F05)", function()
    follow({ 202, nil, { location = TASK } },
      { [TASK] = { { 404, {} }, { 404, {} }, a_task("Running"), a_task("Completed") } },
      function(outcome) assert.equal("done", outcome.state) end)
  end)

  describe("of a task that vanishes after it was seen", function()
    local gone = { a_task("Running"), { 404, {} } }

    it("finds the job with its id: at the root's place", function()
      local self = fakebmc.new()
      local root = {}
      for name, value in pairs(fakebmc.ROOT) do
        root[name] = value
      end
      root.JobService = fakebmc.link "/redfish/v1/JobService"
      self.tree["/redfish/v1/"] = root
      self.tree["/redfish/v1/JobService"] = { Jobs = fakebmc.link "/redfish/v1/JobService/Jobs" }
      self.tree[JOB] = script { { JobState = "Running" }, { JobState = "Completed" } }
      self.tree[ACTION] = script { { 202, nil, { location = TASK } } }
      self.tree[TASK] = script(gone)
      fakebmc.with(self, { registry = QUICK }, function(rf)
        local outcome = assert(rf:follow(rf:post(ACTION, {})))
        assert.same({ "done", JOB }, { outcome.state, outcome.uri })
      end)
    end)

    it("finds it at the profile's (F03)", function()
      local oem = "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/JID_1"
      local self = fakebmc.new()
      self.tree["/redfish/v1/TaskService/Tasks/JID_1"] = script(gone)
      self.tree[oem] = script { { JobState = "Completed", Message = "ok" } }
      self.tree[ACTION] = script { { 202, nil,
        { location = "/redfish/v1/TaskService/Tasks/JID_1" } } }
      fakebmc.with(self, { registry = registry("idrac.task.poll=0.01"), vendor = "idrac" },
        function(rf)
          local outcome = assert(rf:follow(rf:post(ACTION, {})))
          assert.same({ "done", oem }, { outcome.state, outcome.uri })
        end)
    end)

    it("judges by the effect, never by the 404", function()
      for proof, state in pairs { [true] = "done", [false] = "vanished" } do
        follow({ 202, nil, { location = TASK } }, { [TASK] = gone }, function(outcome, e)
          assert.is_nil(e)
          assert.equal(state, outcome.state)
        end, { opts = { proof = function() return proof end } })
      end
      follow({ 202, nil, { location = TASK } }, { [TASK] = gone }, function(outcome)
        assert.equal("vanished", outcome.state)
      end)
    end)
  end)

  it("says so when there is nothing to follow", function()
    follow({ 202 }, {}, function(outcome)
      assert.equal("accepted", outcome.state)
    end)
    follow({ 202 }, {}, function(outcome)
      assert.equal("done", outcome.state)
    end, { opts = { proof = function() return true end } })
  end)

  it("does not take just any JSON for a task (F09)", function()
    follow({ 202, nil, { location = TASK } },
      { [TASK] = { { Id = "7", Name = "something else" } } }, function(outcome)
        assert.equal("vanished", outcome.state)
      end)
  end)

  it("does not wait for a reset that somebody else has to ask for", function()
    follow({ 202, nil, { location = JOB } },
      { [JOB] = { { JobState = "Scheduled", Id = "7" } } }, function(outcome)
        assert.same({ "scheduled", JOB }, { outcome.state, outcome.uri })
      end)
    follow({ 202, nil, { location = JOB } },
      { [JOB] = { { JobState = "Scheduled", Id = "7" } } }, function(outcome, _, _, self)
        assert.equal("scheduled", outcome.state)
        assert.equal(1, count(self, "GET " .. JOB))
      end, { opts = { staged_after = 0 } })
  end)

  it("tells a job that is about to begin from one that waits, also by its words (F05)", function()
    local started = { ["@odata.type"] = "#Task.v1_4_0.Task", TaskState = "Starting" }
    follow({ 202, nil, { location = TASK } }, { [TASK] = { started, a_task("New"),
      a_task("Running"),
      a_task("Completed") } }, function(outcome)
        assert.equal("done", outcome.state)
      end, { opts = { staged_after = 0 }, registry = registry "generic.task.staged=10" })
    started.Messages = { { MessageId = "IDRAC.2.8.JCP001",
      Message = "Task successfully scheduled." } }
    follow({ 202, nil, { location = TASK } }, { [TASK] = { started } }, function(outcome)
      assert.equal("scheduled", outcome.state)
    end, { opts = { staged_after = 0 } })
  end)

  it("bears a BMC that goes away for a while, and not for ever (F18)", function()
    follow({ 202, nil, { location = TASK } },
      { [TASK] = { a_task("Running"), "drop", "drop", { 503, {} }, a_task("Completed") } },
      function(outcome) assert.equal("done", outcome.state) end,
      { registry = registry "generic.task.grace=10" })
    follow({ 202, nil, { location = TASK } }, { [TASK] = { a_task("Running"), { 503, {} } } },
      function(outcome, e)
        assert.is_nil(outcome)
        assert.same({ "busy", "unknown" }, { e.code, e.effect })
        assert.is_truthy(e.text:find("the BMC goes on with " .. TASK, 1, true))
      end)
  end)

  it("leaves the task alone when it is stopped, and says so", function()
    local self = fakebmc.new()
    self.tree[ACTION] = script { { 202, nil, { location = TASK } } }
    self.tree[TASK] = script { a_task("Running", { PercentComplete = 40 }) }
    fakebmc.with(self, { registry = QUICK }, function(rf)
      local outcome, e
      task.deadline(1, function() outcome, e = rf:follow(rf:post(ACTION, {})) end)
      assert.is_nil(outcome)
      assert.same({ "timeout", "unknown", TASK }, { e.code, e.effect, e.task })
      assert.is_truthy(e.text:find("goes on with " .. TASK .. " (Running, 40 %)", 1, true), e.text)
      task.scope(function(scope)
        local child = scope:spawn(function() e = select(2, rf:follow(rf:post(ACTION, {}))) end)
        support.eventually(function() return count(self, "POST " .. ACTION) == 2 end)
        child:cancel()
      end)
      assert.same({ "cancelled", "unknown" }, { e.code, e.effect })
    end)
    for _, line in ipairs(self.log) do
      assert.is_nil(line:find("DELETE " .. TASK, 1, true))
    end
  end)

  it("sends nothing and waits for nothing in a dry run", function()
    local self = fakebmc.new()
    fakebmc.with(self, { dry_run = true }, function(rf)
      assert.equal("done", assert(rf:follow(rf:post(ACTION, {}))).state)
    end)
    assert.equal(0, #self.log)
  end)

  it("looks less and less often, and as often as the BMC asks", function()
    local self = fakebmc.new()
    self.tree[ACTION] = script { { 202, nil, { location = TASK } } }
    self.tree[TASK] = function()
      return answer(202, a_task("Running"), { ["retry-after"] = "600" })
    end
    fakebmc.with(self, { registry = QUICK }, function(rf)
      task.deadline(1, function() rf:follow(rf:post(ACTION, {})) end)
    end)
    assert.is_true(count(self, "GET " .. TASK) > 3) -- never longer than poll_max
  end)

  it("does not ask without a pause, whatever the BMC asks for", function()
    for _, value in ipairs { "0", "-1", "soon" } do
      local self = fakebmc.new()
      self.tree[ACTION] = script { { 202, nil, { location = TASK } } }
      self.tree[TASK] = function()
        return answer(202, a_task("Running"), { ["retry-after"] = value })
      end
      local slow = registry("generic.task.poll=0.1", "generic.task.poll_max=0.1")
      fakebmc.with(self, { registry = slow }, function(rf)
        task.deadline(0.4, function() rf:follow(rf:post(ACTION, {})) end)
      end)
      assert.is_true(count(self, "GET " .. TASK) <= 5, value)
    end
  end)

  it("is not thrown by places that are none", function()
    local service = "/redfish/v1/JobService"
    local root = { JobService = fakebmc.link(service) }
    for name, value in pairs(fakebmc.ROOT) do
      root[name] = value
    end
    for _, place in ipairs { false, 5, {}, "jobs" } do
      local jobs = { Jobs = { ["@odata.id"] = place } }
      follow({ 202, nil, { location = "/" } }, {
        ["/redfish/v1/"] = { root }, [service] = { jobs },
      }, function(outcome)
        assert.equal("vanished", outcome.state)
      end)
    end
  end)
end)
