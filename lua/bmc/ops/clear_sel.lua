-- SPDX-License-Identifier: GPL-3.0-or-later
-- clear_sel: empties a log, after its entries have been saved where that is wanted.

local emptying = require "bmc.ipmi.sel.clear"
local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local logs = require "bmc.logs"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local saving = require "bmc.logs.save"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

local POLL = 0.5 -- seconds between two looks at a log that is being erased

-- ---- saving ----

-- Saves all entries of a log: how many there were.
local function save(self, log, file)
  local entries, whole = logs.all(self.rf, log, self.call.note)
  if not entries then
    return nil, whole
  elseif not whole then
    return err.refuse("protocol", "not all entries of log %s can be read: nothing was cleared",
      log.place)
  end
  local ok, e = file:write(entries)
  return ok and entries, e
end

-- ---- clearing ----

-- What tells an entry from a later one with the same number.
local function key(member)
  local entry = reading.object(member)
  return ("%s %s %s"):format(reading.link(member) or entry.Id, entry.Created, entry.Message)
end

-- Whether a log is another one than before. Most BMCs log the clearing itself, so that it is
-- never seen empty.
local function is_cleared(before, after)
  if #after < #before then
    return true
  end
  local old = {}
  for _, member in ipairs(before) do
    old[key(member)] = true
  end
  for _, member in ipairs(after) do
    if old[key(member)] then
      return false
    end
  end
  return true
end

-- I16: erasing takes its time. How many entries are there afterwards.
local function settle(self, log, before)
  local wait = self.rf.target.profile.logs.clear_wait
  local give_up = task.now() + wait
  while true do
    local after, e = logs.members(self.rf, log, self.call.note)
    if after and is_cleared(before, after) then
      return #after
    elseif task.now() >= give_up then
      return err.fail("timeout", after and ("accepted, but after %g s log %s still holds its %d "
        .. "entries"):format(wait, log.place, #after) or e.text, { effect = "unknown" })
    end
    local ok, stopped = task.sleep(POLL)
    if not ok then
      return nil, err.wrap(stopped, { effect = "unknown" })
    end
  end
end

local function clear(self, log, args)
  local target = tbl.dig(log.service, "Actions", "#LogService.ClearLog", "target")
  if type(target) ~= "string" then
    return err.refuse("unsupported", "log %s cannot be cleared: the BMC offers no ClearLog for it",
      log.place)
  end
  local file <close> = args.save and saving.new(args.save, self.rf.target) or nil
  local before, e
  if file then
    before, e = save(self, log, file)
  else
    before, e = logs.members(self.rf, log, self.call.note)
  end
  if not before then
    return nil, err.wrap(e, { effect = "none" })
  end
  local result = { log = log.name, log_uri = log.uri, entries = #before }
  local body, response = self.rf:post(target, {})
  if not body then
    if file then
      file:drop(response)
    end
    return nil, response
  elseif not response.dry_run then
    result.saved = file and file.path
    result.left, e = settle(self, log, before)
  end
  return not e and result or nil, e
end

local function over_redfish(target, args, call)
  if args.log == "all" then
    return err.refuse("rejected", "one log at a time is cleared: name it")
  end
  local places, e = logs.places(redfish.of(target), args, call)
  if not places then
    return nil, err.wrap(e, { effect = "none" })
  end
  local log
  log, e = logs.one(places, args.log)
  if not log then
    return nil, err.wrap(e, { effect = "none" })
  end
  return clear(places, log, args)
end

-- A BMC has one log over IPMI.
local function over_ipmi(target, args, call)
  if args.log and args.log:upper() ~= "SEL" then
    return err.refuse("missing", "over IPMI there is one log, SEL, and no %s", args.log)
  end
  local file <close> = args.save and saving.new(args.save, target) or nil
  local write = file and function(entries) return file:write(entries) end
  local done, e = emptying.clear(ipmi.of(target), write, target.profile.logs.clear_wait, call.note)
  if not done then
    if file then
      file:drop(e)
    end
    return nil, e
  end
  return {
    log = "SEL", entries = done.entries, left = done.left,
    saved = done.left and file and file.path or nil,
  }
end

--- Empties the event log, or the log that is named.
---
--- Arguments: log (as in sel_entries, but one), save (a file that must not be there yet; it gets
--- mode 0600 and the entries as the BMC gives them, one JSON object a line; "{host}" in its name
--- is the machine; unless all of them are in it, nothing is cleared), system. Answers which log it
--- was, how many entries were in it, and how many are left: BMCs log the clearing. Over IPMI the
--- file gets the records of sel_entries, and an entry that comes in after it was written is in it
--- too, or the log is not cleared.
---
--- Errors: unsupported (no ClearLog; over IPMI: no log), missing (no such log), rejected (several
--- logs of that name, the file is there), protocol (not all entries could be saved), timeout
--- (accepted, but the entries stay for profile.logs.clear_wait; effect unknown), and those of the
--- transport.
---@type bmc.plan.Op
return {
  name = "clear_sel",
  write = true,
  seconds = 120,
  params = { "log" },
  record = { "log", "log_uri", "entries", "left", "saved", "way", "seconds", "trail" },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
