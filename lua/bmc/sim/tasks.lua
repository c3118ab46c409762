-- SPDX-License-Identifier: GPL-3.0-or-later
-- Answers of 202 and what comes after them: tasks, their monitors, jobs in the vendor's own queue
-- (QUIRKS rule 5, F03, F05, F07, F08). A task has no timer; where it stands is worked out when
-- somebody looks.

local json = require "bmc.json"
local message = require "bmc.sim.message"

local M = {}

local HEADERS = { ["content-type"] = "application/json; charset=utf-8", ["odata-version"] = "4.0" }
local NEW = 0.1 -- of its time a task is New

-- State, percent, and the messages of a task or a job now.
local function stand(bmc, task, since, last)
  local traits = bmc.traits.tasks
  local share = traits.seconds > 0 and (bmc.clock() - since) / traits.seconds or 1
  if share < NEW then return "New", 0 end
  if share < 1 then return "Running", share * 100 // 1 end
  if traits.to_job and not last then
    return "Completed", 100, message.entry("OperationTransitionedToJob", task.job)
  elseif traits.fails then
    return "Exception", 100, message.entry("GeneralError")
  end
  return "Completed", 100, message.entry("Success")
end

local function has_ended(bmc, task)
  return bmc.clock() - task.at >= bmc.traits.tasks.seconds
end

local function task_body(bmc, task)
  local state, percent, note = stand(bmc, task, task.at)
  return {
    ["@odata.type"] = "#Task.v1_4_3.Task", ["@odata.id"] = task.uri, Id = task.id,
    Name = task.name, TaskState = state, TaskMonitor = task.monitor, PercentComplete = percent,
    TaskStatus = state == "Exception" and "Critical" or "OK", Messages = note and { note } or {},
  }
end

-- A job that a task has become starts when the task ends.
local function job_body(bmc, task)
  local traits = bmc.traits.tasks
  local since = task.at + (traits.to_job and traits.seconds or 0)
  local state, percent, note = stand(bmc, task, since, true)
  local ends = { New = "New", Running = "Running", Exception = "Failed", Completed = "Completed" }
  return {
    ["@odata.type"] = "#Job.v1_0_0.Job", ["@odata.id"] = task.job, Id = task.id, Name = task.name,
    JobState = ends[state], PercentComplete = percent, Messages = note and { note } or {},
  }
end

local function answer(status, body)
  return status, HEADERS, json.encode(body)
end

local function gone(uri)
  return message.fail(404, "ResourceMissingAtURI", uri)
end

local function hidden(bmc, task)
  return bmc.traits.tasks.vanish and has_ended(bmc, task)
end

-- What stands below a path: kind of URI -> function(bmc, task).
local VIEWS = {
  uri = function(bmc, task)
    if hidden(bmc, task) then return gone(task.uri) end
    return answer(200, task_body(bmc, task))
  end,
  monitor = function(bmc, task)
    if hidden(bmc, task) or task.fetched then return gone(task.monitor) end
    task.fetched = has_ended(bmc, task)
    if task.fetched and bmc.traits.tasks.fails then return message.fail(500, "GeneralError") end
    return answer(task.fetched and 200 or 202, task_body(bmc, task))
  end,
  job = function(bmc, task)
    if bmc.traits.tasks.to_job and not has_ended(bmc, task) then return gone(task.job) end
    return answer(200, job_body(bmc, task))
  end,
}

--- Answers a GET of a task, a monitor or a job.
---@param bmc table
---@param key string
---@return integer|nil status nil: it is none
---@return table|nil headers
---@return string|nil body
function M.get(bmc, key)
  local found = bmc.tasks_at[key]
  if not found then return nil end
  return VIEWS[found.view](bmc, found.task)
end

--- The ids of the tasks that can be seen.
---@param bmc table
---@return string[]
function M.list(bmc)
  local ids = {}
  for _, task in ipairs(bmc.tasks) do
    if not hidden(bmc, task) then ids[#ids + 1] = task.id end
  end
  return ids
end

local BODIES = {
  task = task_body,
  message = function() return { ["@Message.ExtendedInfo"] = { message.entry("Success") } } end,
}

--- Makes a task of an action that was executed, and answers 202.
---@param bmc table
---@param name string of the action
---@param call table
---@return integer status
---@return table headers
---@return string body
function M.start(bmc, name, call)
  local traits, n = bmc.traits.tasks, #bmc.tasks + 1
  local id = ("JID_%012d"):format(460000000000 + n)
  local task = { id = id, name = name, at = bmc.clock(), uri = bmc:tasks_path() .. "/" .. id }
  task.monitor = task.uri .. "/Monitor"
  task.job = bmc:jobs_path() .. "/" .. id
  bmc.tasks[n] = task
  for _, view in ipairs { "uri", "monitor", "job" } do
    bmc.tasks_at[task[view]] = { view = view, task = task }
  end
  bmc:add_to "tasks"
  local location = task[traits.at == "task" and "uri" or traits.at]
  local host = traits.absolute and call.headers.host
  if host then location = ("%s://%s%s"):format(call.scheme or "http", host, location) end
  local body = BODIES[traits.body]
  local headers = { location = location, ["odata-version"] = "4.0" }
  if not body then return 202, headers, "" end
  headers["content-type"] = HEADERS["content-type"]
  return 202, headers, json.encode(body(bmc, task))
end

return M
