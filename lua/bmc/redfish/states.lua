-- SPDX-License-Identifier: GPL-3.0-or-later
--- What the body of a task or a job says: is it over, how far is it, where does it go on.
--
-- Owns the words that BMCs have for that, TaskState and JobState and Dell's own, and the messages
-- that come with them. Pure; bmc.redfish.follow asks.

local errors = require "bmc.redfish.errors"
local tbl = require "bmc.tbl"

local ACCEPTED, OK = 202, 200

-- Words without case and blanks; what is not listed is under way.
local MEANING = {
  completed = "done", success = "done", rebootcompleted = "done",
  exception = "failed", killed = "failed", cancelled = "failed", failed = "failed",
  completedwitherrors = "failed", rebootfailed = "failed", invalid = "failed", aborted = "failed",
  -- F05: a moment, as a rule
  new = "starting", pending = "starting", starting = "starting",
  -- for a reset, a person, another job
  scheduled = "waiting", suspended = "waiting", interrupted = "waiting", service = "waiting",
  userintervention = "waiting",
  continue = "waiting", waiting = "waiting", readyforexecution = "waiting",
  pendingactivation = "waiting", rebootpending = "waiting", paused = "waiting",
}

-- F07: the rest happens in a job, whose URI is the message's first argument.
local TRANSITION = "OperationTransitionedToJob"

local M = {}

---@class bmc.redfish.TaskSight
---@field state "starting"|"running"|"waiting"|"done"|"failed"|"strange"
---@field word? string     as the BMC says it
---@field percent? integer
---@field text? string     the last message
---@field id? string       its message id
---@field key? string      the last part of that
---@field messages? bmc.redfish.Message[]
---@field job? string      where it goes on
---@field body? table

local function word_of(body)
  local word = body.TaskState or body.JobState
  return type(word) == "string" and word or nil
end

--- Whether a body is that of a task or a job (F09).
---@param body any
---@return boolean
function M.is_task(body)
  if type(body) ~= "table" then
    return false
  end
  local kind = body["@odata.type"]
  return word_of(body) ~= nil
    or type(kind) == "string" and (kind:find("^#Task%.") or kind:find("^#%a*Job%.")) ~= nil
end

local function percent_of(body)
  local percent = body.PercentComplete
  for _, oem in pairs(type(body.Oem) == "table" and body.Oem or {}) do
    percent = percent or tbl.dig(oem, "TaskPercentage")
  end
  percent = tonumber((tostring(percent):gsub("%%$", "")))
  return percent and percent >= 0 and percent <= 100 and math.floor(percent) or nil
end

--- The job that a message names as the place where the operation goes on.
---@param body any
---@return string? uri
function M.job_of(body)
  for _, message in ipairs(errors.messages(body)) do
    if message.key == TRANSITION then
      local uri = message.args and message.args[1]
        or (message.text or ""):match("/redfish/[%w/._-]+")
      return type(uri) == "string" and uri or nil
    end
  end
end

-- "Completed" with a bad status is a failure.
local function meaning_of(body)
  local word = (word_of(body) or ""):lower():gsub("%s", "")
  local meaning = MEANING[word] or "running"
  local status = body.TaskStatus or body.JobStatus
  if meaning == "done" and type(status) == "string" and status:lower() == "critical" then
    return "failed"
  end
  return meaning
end

local function of_task(body)
  local messages = errors.messages(body)
  local last, state = messages[#messages] or {}, meaning_of(body)
  -- iDRAC calls a job that waits for a reset "Starting", and says so in words.
  if state == "starting" and (last.text or ""):lower():find("scheduled", 1, true) then
    state = "waiting"
  end
  return {
    state = state, word = word_of(body), percent = percent_of(body), body = body,
    text = last.text, id = last.id, key = last.key, job = M.job_of(body),
    messages = messages[1] and messages or nil,
  }
end

-- Places that hold a task or a job, and nothing else.
local function is_task_place(uri)
  return uri:find("/[Tt]asks/[^/]+/?$") ~= nil or uri:find("/[Jj]obs/[^/]+/?$") ~= nil
end

--- Reads the answer of a place that was asked.
---@param body table     {} where there was none
---@param response table
---@param uri string     that was asked
---@param monitor? boolean  it has answered 202 before
---@return bmc.redfish.TaskSight
function M.read(body, response, uri, monitor)
  if M.is_task(body) then
    return of_task(body)
  elseif response.status == ACCEPTED then
    return { state = "running", body = body }
  elseif body.error ~= nil then
    local messages = errors.messages(body)
    local first = messages[1] or {}
    return { state = "failed", word = "an error", text = first.text, id = first.id, key = first.key,
      messages = messages[1] and messages or nil, body = body }
  elseif response.status == OK and not monitor and is_task_place(uri) then
    return { state = "strange", body = body }
  end
  return { state = "done", body = body }
end

return M
