-- SPDX-License-Identifier: GPL-3.0-or-later
-- logs.places: owns which of a BMC's logs is meant: the event log, one by its name, or all. How
-- they are found is logs.owners', what is in them logs.entries'.

local err = require "bmc.err"
local owners = require "bmc.logs.owners"
local reading = require "bmc.reading"
local subject = require "bmc.subject"
local walks = require "bmc.chassis.walk"

local object, same = reading.object, reading.same

---@class bmc.logs.Places
local places = {}
local places_mt = { __index = places, __name = "bmc.logs.places" }

function places_mt:__tostring()
  return ("logs of %s (%d known)"):format(tostring(self.rf), #self.logs)
end

local function squash(name)
  return (name:lower():gsub("[^%w]", ""))
end

local function contains(name, words)
  for _, word in ipairs(words) do
    if name:find(squash(word), 1, true) then
      return true
    end
  end
  return false
end

-- ---- opening ----

local function fill(pattern, log)
  local owner = log.uri:match("^(.*)/LogServices/")
  return owner and pattern:gsub("{(%l+)}", { owner = owner, log = log.name })
end

--- Reads what the BMC says about a log and where its entries are.
---@param log bmc.logs.Log  is filled in
---@return boolean? there  false when it is not there, or has no entries
---@return bmc.err.Value? err  the BMC does not answer
function places:open(log)
  if log.service then
    return log.entries ~= nil
  end
  local service, e = self.rf:get(log.uri)
  if not service then
    if owners.go_on(self, log.uri, e) then
      return false
    end
    return nil, e
  end
  log.service, log.entries = service, reading.link(service.Entries)
  log.alt = self.profile.alt and fill(self.profile.alt, log)
  log.entries = log.entries or log.alt
  if not log.entries then
    self.call.note(("log %s offers no entries"):format(log.place))
  end
  return log.entries ~= nil
end

-- Those of the logs that can be opened.
local function opened(self, logs)
  local out, e = self.walk:each(logs, function(log)
    local there, failed = self:open(log)
    return there and log or nil, failed
  end)
  return not e and out or nil, e
end

-- The first one that can be.
local function first_opened(self, logs)
  for _, log in ipairs(logs) do
    local there, e = self:open(log)
    if there or e then
      return there and { log } or nil, e
    end
  end
  return {}
end

-- What was found, or why nothing was.
local function outcome(self, found, e)
  e = e or self.unanswered
  if not e and found and not found[1] then
    e = self.failure
  end
  return not e and found or nil, e
end

-- ---- choosing ----

-- How likely a log is the event log: 1 and up for the names of the profile, then the logs of
-- which nothing is known, then those of other things. nil: it never is.
local function rank(self, log)
  local name, names = squash(log.name), self.profile.event
  for i, wanted in ipairs(names) do
    if name == squash(wanted) then
      return i
    end
  end
  if contains(name, self.profile.exclude) then
    return nil
  end
  return #names + (contains(name, self.profile.other) and 2 or 1)
end

-- The logs with such a rank, the likeliest first.
local function ranked(self, logs, least, most)
  local out, ranks = {}, {}
  for i, log in ipairs(logs) do
    local r = rank(self, log)
    if r and r >= least and r <= most then
      out[#out + 1], ranks[log] = log, r * 10000 + i
    end
  end
  table.sort(out, function(a, b) return ranks[a] < ranks[b] end)
  return out
end

--- The event log: what is meant when nobody names a log. Where a system or a manager keeps several
--- logs of that kind (MegaRAC's SEL and EventLog), all of them, the one that counts first.
---@return bmc.logs.Log[]? logs opened; {} when the BMC keeps none
---@return bmc.err.Value? err
function places:event_logs()
  local names = #self.profile.event
  for logs in owners.next, self do
    local found, e = opened(self, ranked(self, logs, 1, names))
    if not found or found[1] then
      return found, e
    end
  end
  local found, e = {}, nil
  if not self.unanswered then
    found, e = first_opened(self, ranked(self, self.logs, names + 1, names + 2))
  end
  if found and found[1] then
    self.call.note(("no event log: %s stands for it"):format(found[1].place))
  end
  return outcome(self, found, e)
end

-- "Log1", "Systems/1/Log1", or the URI.
local function is_called(log, wanted)
  local short = same(log.uri):gsub("^/redfish/v1/", "")
  wanted = same(wanted):gsub("^/redfish/v1/", "")
  return squash(log.name) == squash(wanted) or log.place:lower() == wanted or short == wanted
end

local function matching(logs, f, wanted)
  local out = {}
  for _, log in ipairs(logs) do
    out[#out + 1] = f(log, wanted) and log or nil
  end
  return out
end

-- By what the log says of itself: m640's Lclog is "LC".
local function says_so(log, wanted)
  local service = object(log.service)
  for _, v in ipairs { service.Id or false, service.Name or false } do
    if type(v) == "string" and squash(v) == squash(wanted) then
      return true
    end
  end
  return false
end

local function unknown(self, wanted)
  local known = {}
  for i, log in ipairs(self.logs) do
    known[i] = log.place
  end
  return err.refuse("missing", "no log %q; there are: %s", wanted,
    known[1] and table.concat(known, ", ") or "none")
end

--- The logs of a name: those of the system before those of its manager before all others.
---@param wanted string  "SEL", "Managers/1/Log1", a URI, or what the log says of itself
---@return bmc.logs.Log[]? logs opened, at least one
---@return bmc.err.Value? err  missing, with the names there are
function places:named(wanted)
  local found, e = {}, nil
  for logs in owners.next, self do
    found = matching(logs, is_called, wanted)
    if found[1] then
      break
    end
  end
  if not found[1] and not self.unanswered then
    found, e = opened(self, self.logs)
    found = found and matching(found, says_so, wanted)
  end
  if found and not found[1] and not self.unanswered then
    return unknown(self, wanted)
  elseif found then
    found, e = opened(self, found)
  end
  found, e = outcome(self, found, e)
  if found and not found[1] then
    return err.refuse("missing", "log %s has no entries that can be read", wanted)
  end
  return found, e
end

--- Every log there is, POST codes and all.
---@return bmc.logs.Log[]? logs opened
---@return bmc.err.Value? err
function places:all()
  local stage
  repeat
    stage = owners.next(self)
  until not stage
  if self.unanswered then
    return nil, self.unanswered
  end
  return outcome(self, opened(self, self.logs))
end

local M = {}

--- The logs of a target; nothing but the system and its manager is read yet.
---@param rf bmc.redfish.Client
---@param args table  `system`
---@param call bmc.plan.Call
---@return bmc.logs.Places?
---@return bmc.err.Value? err
function M.new(rf, args, call)
  local known, e = subject.known(rf, args, call, subject.system_if_any)
  if not known then
    return nil, e
  end
  return setmetatable({
    rf = rf, call = call, walk = walks.new(rf, call.note), profile = rf.target.profile.logs,
    system = known.system, manager = known.manager, stage = 0, logs = {}, seen = {},
  }, places_mt)
end

return M
