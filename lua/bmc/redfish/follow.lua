-- SPDX-License-Identifier: GPL-3.0-or-later
--- What became of a request that was answered "202, accepted": its task, monitor or job, to its
--- end.
--
-- Owns where to ask (QUIRKS rule 5: Location absolute or relative, the body a task, a message or
-- nothing, F07, F08), how long to believe in a task that is not there (F03, F05), and what its
-- states mean. A task that was seen and is gone is judged by its effect, never by the 404. A BMC
-- that goes away meanwhile may be the point of it (F18). Cancelling the wait cancels nothing at
-- the BMC, and the error says so.

local err = require "bmc.err"
local reading = require "bmc.reading"
local request = require "bmc.redfish.request"
local states = require "bmc.redfish.states"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

local ACCEPTED = 202
local GONE = { [404] = true, [410] = true }
-- The next wait is so much longer.
local GROWTH = 1.5

-- These end the wait; any other error may be a BMC that is busy with the task.
local FATAL = { auth = true, cancelled = true, locked = true, pin = true, tls = true }

local M = {}

---@class bmc.redfish.Outcome
---@field state "done"|"scheduled"|"accepted"|"vanished"  scheduled: staged, and waits for a reset
---  or a person; accepted: the BMC named nothing to follow; vanished: seen, or named, and gone
---@field uri? string      of the task, monitor or job; nil when there was none to follow
---@field text? string     its last message
---@field body? table      of its last answer

local follower = {}
local follower_mt = { __index = follower, __name = "bmc.redfish.follow" }

-- ---- where to ask ----

local function id_of(uri)
  return reading.tail((uri:gsub("/[Mm]onitor/?$", ""))) or uri
end

-- Adds a place to ask, each once.
local function add(self, uri)
  local path = request.path(uri)
  if path and not self.known[path] then
    self.known[path] = true
    self.places[#self.places + 1] = path
  end
end

-- The task in the body tells more than the monitor in Location: it stays when it has ended.
local function add_places(self, body, response)
  if states.is_task(body) then
    add(self, body["@odata.id"])
    add(self, body.TaskMonitor)
  end
  add(self, response.headers and response.headers.location)
  add(self, states.job_of(body))
end

-- F03: the job outlives the task and has its id. Its place is the root's, or the profile's.
local function add_jobs(self)
  if self.jobs_added or not self.places[1] then
    return
  end
  self.jobs_added = true
  local rf, id = self.rf, id_of(self.places[1])
  local service = tbl.dig(rf.root_body, "JobService", "@odata.id")
  local jobs = request.path(service and tbl.dig(rf:get(service), "Jobs", "@odata.id"))
  add(self, jobs and reading.path(jobs) .. "/" .. id)
  for _, pattern in ipairs(rf.target.profile.task.jobs) do
    if id:find(pattern.id) then
      add(self, (pattern.uri:gsub("{id}", (id:gsub("%%", "%%%%")))))
    end
  end
end

-- ---- telling ----

local function describe(seen)
  local parts = { seen.word or "running" }
  if seen.percent then
    parts[#parts + 1] = ("%d %%"):format(seen.percent)
  end
  return table.concat(parts, ", ") .. (seen.text and ": " .. seen.text or "")
end

function follower:tell(seen)
  local target, text = self.rf.target, describe(seen)
  if text == self.told then
    return
  end
  self.told = text
  if target.trace then
    target.trace {
      kind = "progress", host = target.host, way = "redfish", uri = self.at, state = seen.state,
      percent = seen.percent, text = ("%s: %s"):format(id_of(self.at), text),
    }
  end
end

-- An error of the wait. What the BMC is doing, it goes on doing.
function follower:stopped(e)
  local seen = self.seen and " (" .. describe(self.seen) .. ")" or ""
  e.text = ("%s; the BMC goes on with %s%s"):format(e.text or e.code, self.at or "it", seen)
  e.effect, e.task = "unknown", self.at
  return nil, err.wrap(e, { host = self.rf.target.host, way = "redfish" })
end

-- ---- ends ----

function follower:outcome(state)
  local seen = self.seen or {}
  return { state = state, uri = self.at, text = seen.text, body = seen.body }
end

function follower:failed(seen)
  local target = self.rf.target
  local code = seen.key and target.profile.redfish.messages[seen.key] or "internal"
  return err.fail(code == "not_ready" and "busy" or code,
    ("%s ended with %s"):format(self.at, describe(seen)), {
      host = target.host, way = "redfish", effect = "unknown", task = self.at,
      message_id = seen.id, messages = seen.messages,
    })
end

-- No place answers any more: what has happened is the proof. Without one the caller is told.
function follower:vanished()
  local proof = self.opts.proof
  local ok, e
  if proof then
    ok, e = proof()
  end
  if e then
    return self:stopped(e)
  end
  return self:outcome(ok and "done" or self.at and "vanished" or "accepted")
end

-- The next place to ask when this one has nothing. A task may appear a moment later (F05).
function follower:elsewhere()
  local patience = self.rf.target.profile.task.missing_retries
  if not self.seen and self.missing < patience and self.index == 1 then
    self.missing = self.missing + 1
    return true
  end
  if self.index == #self.places then
    add_jobs(self)
  end
  self.index = self.index + 1
  self.at = self.places[self.index] or self.at
  return self.index <= #self.places
end

-- ---- the loop ----

local function seconds_between(self, response)
  local profile = self.rf.target.profile.task
  local asked = tonumber((response and response.headers or {})["retry-after"])
  local wait = asked and asked > 0 and math.min(asked, profile.poll_max) or self.wait
  self.wait = math.min(self.wait * GROWTH, profile.poll_max)
  return wait
end

-- Whether a task that waits for something else has done so for long enough, or does not begin.
local function is_staged(self, seen)
  if seen.state ~= "waiting" and seen.state ~= "starting" then
    self.waiting_since = nil
    return false
  end
  self.waiting_since = self.waiting_since or task.now()
  local patience = self.rf.target.profile.task.staged
  if seen.state == "waiting" and self.opts.staged_after then
    patience = self.opts.staged_after
  end
  return task.now() - self.waiting_since >= patience
end

-- A job in place of the task (F07).
local function transfer(self, seen)
  self.places, self.known, self.index = {}, {}, 1
  self.missing, self.jobs_added, self.seen = 0, true, nil
  add(self, seen.job)
  self.at = self.places[1] or self.at
end

-- Looks at the answer of one poll: an outcome or an error when that is the end; false to go on.
local function look(self, body, response)
  local seen = states.read(body, response, self.at, self.is_monitor)
  self.last_good = task.now()
  if seen.job and self.at ~= request.path(seen.job) then
    transfer(self, seen)
    return false
  elseif seen.state == "strange" then
    if self:elsewhere() then
      return false
    end
    return self:vanished()
  end
  self.seen = seen
  self:tell(seen)
  if seen.state == "done" then
    return self:outcome("done")
  elseif seen.state == "failed" then
    return self:failed(seen)
  end
  return is_staged(self, seen) and self:outcome("scheduled")
end

-- A monitor that has done its work answers as the request itself would have.
local function is_verdict(self, e)
  return self.is_monitor and e.status and e.status >= 400 and e.status < 500
    and not (e.later or FATAL[e.code])
end

-- The same for a poll that failed.
local function bear(self, e)
  if GONE[e.status] then
    if self:elsewhere() then
      return false
    end
    return self:vanished()
  elseif is_verdict(self, e) then
    e.effect, e.task = "unknown", self.at
    return nil, e
  elseif FATAL[e.code] or task.left() <= 0 or task.cancelled() then
    return self:stopped(e)
  elseif task.now() - self.last_good > self.rf.target.profile.task.grace then
    return self:stopped(e)
  end
  return false
end

local function poll(self)
  while true do
    local body, response = self.rf:get(self.at, { bodiless = true })
    local result, e
    if body then
      result, e = look(self, body, response)
      self.is_monitor = self.is_monitor or response.status == ACCEPTED
    else
      result, e = bear(self, response)
    end
    if result or e then
      return result, e
    end
    local ok, stopped = task.sleep(seconds_between(self, body and response))
    if not ok then
      return self:stopped(stopped)
    end
  end
end

--- Follows what a write has begun. Answers at once where nothing was begun, and where nothing
--- was sent (dry run).
---@param rf bmc.redfish.Client
---@param body table?       of the answer; nil: the write has failed, and that is the result
---@param response table    or its error
---@param opts? { proof: (fun(): boolean?, bmc.err.Value?)?, staged_after: number? }  whether the
---  effect is there, for a task that vanishes; seconds after which a task that waits for a reset
---  counts as scheduled, default profile.task.staged
---@return bmc.redfish.Outcome?
---@return bmc.err.Value? err  of the task (internal, or by its message) or of the wait; effect
---  unknown
function M.run(rf, body, response, opts)
  if not body then
    return nil, response
  end
  local self = setmetatable({
    rf = rf, opts = opts or {}, places = {}, known = {}, index = 1, missing = 0,
    wait = rf.target.profile.task.poll, last_good = task.now(),
  }, follower_mt)
  local begun = response.status == ACCEPTED or states.is_task(body)
  if response.dry_run or not begun then
    return { state = "done", body = body }
  end
  add_places(self, body, response)
  self.at = self.places[1]
  if not self.at then
    return self:vanished()
  elseif states.is_task(body) then
    local result, e = look(self, body, { status = ACCEPTED })
    if result or e then
      return result, e
    end
  end
  return poll(self)
end

return M
