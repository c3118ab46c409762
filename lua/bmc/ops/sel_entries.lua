-- SPDX-License-Identifier: GPL-3.0-or-later
-- sel_entries: the newest entries of the event log, or of the logs that are named.

local logs = require "bmc.logs"
local redfish = require "bmc.redfish"

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

--- Log entries, newest first; entries whose time nobody knows come before all others (R13).
---
--- Arguments: limit (100; 0: all), log (nil: the event log, as profile.logs has it; "all"; a name
--- such as "Lclog" or "Managers/1/Log1"), since ("2024-08-15T12:00:00Z", "2h" back from the BMC's
--- own clock, or an epoch second), severity ("warning": that or worse), system. Where the event
--- log is empty and the same place keeps another of its kind, that one is read, and the notes say
--- so. severity is "OK", "Warning" or "Critical"; message_id is a registry's or an IPMI event in
--- hex, as the BMC writes it. log is the name of the log, log_uri tells apart two of one name.
--- Errors: those of the transport, missing (no such log), rejected (arguments).
---@type bmc.plan.Op
return {
  name = "sel_entries",
  list = true,
  seconds = 120,
  params = { "limit" },
  record = {
    "id", "created", "severity", "message", "message_id", "sensor_type", "entry_code", "log",
    "log_uri",
  },
  ways = { redfish = over_redfish },
}
