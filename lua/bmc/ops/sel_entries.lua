-- SPDX-License-Identifier: GPL-3.0-or-later
-- sel_entries: the newest entries of the event log, or of the logs that are named.

local err = require "bmc.err"
local ipmi = require "bmc.ipmi"
local logs = require "bmc.logs"
local records = require "bmc.logs.record"
local redfish = require "bmc.redfish"
local sel = require "bmc.ipmi.sel"

local function over_redfish(target, args, call)
  local wish, e = logs.wish(args)
  if not wish then
    return nil, e
  end
  local places
  places, e = logs.places(redfish.of(target), args, call)
  if not places then
    return nil, e
  end
  return logs.read(places, args.log, wish)
end

-- Whether an entry is bad enough; those that nobody can judge are counted.
local function judge(rank)
  local unranked, seen = 0, {}
  return function(entry)
    local own = records.rank(entry.severity)
    if not own and not seen[entry.raw] then
      unranked, seen[entry.raw] = unranked + 1, true
    end
    return own ~= nil and own >= rank
  end, function()
    return unranked
  end
end

-- A BMC has one log over IPMI, which is all of them and the event log at once.
local function over_ipmi(target, args, call)
  local wish, e = logs.wish(args)
  if not wish then
    return nil, e
  elseif args.log and args.log:upper() ~= "SEL" and args.log ~= "all" then
    return err.fail("missing", ("over IPMI there is one log, SEL, and no %s"):format(args.log))
  end
  local keep, count
  if wish.rank then
    keep, count = judge(wish.rank)
  end
  local entries
  entries, e = sel.entries(ipmi.of(target), {
    limit = wish.limit, since = wish.since, keep = keep,
  }, call.note)
  if count and count() > 0 then
    call.note(("%d entries of log SEL tell no severity and are left out"):format(count()))
  end
  return entries, e
end

--- Log entries, newest first; entries whose time nobody knows come before all others (R13).
---
--- Arguments: limit (100; 0: all), log (nil: the event log, as profile.logs has it; "all"; a name
--- such as "Lclog" or "Managers/1/Log1"), since ("2024-08-15T12:00:00Z", "2h" back from the BMC's
--- own clock, or an epoch second), severity ("warning": that or worse), system. Where the event
--- log is empty and the same place keeps another of its kind, that one is read, and the notes say
--- so. severity is "OK", "Warning" or "Critical"; message_id is a registry's or an IPMI event in
--- hex, as the BMC writes it. log is the name of the log, log_uri tells apart two of one name.
---
--- Over IPMI there is one log, SEL, in the order in which the BMC wrote it; created has a zone
--- where the BMC tells one, and is absent of an entry that was made before the BMC knew the time,
--- which has uptime_s (seconds since the BMC came up) instead. timestamp is the bare number,
--- sensor the name of the sensor, event_type its class, direction "asserted" or "deasserted",
--- description what happened without the sensor's name, raw the record in hexadecimal.
---
--- Errors: those of the transport, missing (no such log), rejected (arguments), unsupported (over
--- IPMI: the BMC keeps no log).
---@type bmc.plan.Op
return {
  name = "sel_entries",
  list = true,
  seconds = 120,
  params = { "limit" },
  record = {
    "id", "created", "severity", "message", "message_id", "sensor_type", "entry_code", "log",
    "log_uri", "timestamp", "uptime_s", "sensor", "event_type", "direction", "description", "raw",
  },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
