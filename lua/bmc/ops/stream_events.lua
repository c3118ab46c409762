-- SPDX-License-Identifier: GPL-3.0-or-later
-- stream_events: what happens at a machine, as it happens.

local err = require "bmc.err"
local events = require "bmc.events"
local redfish = require "bmc.redfish"

local function check(args)
  if args.poll and (type(args.poll) ~= "number" or args.poll <= 0) then
    return err.new("rejected", "poll: seconds above zero expected", { effect = "none" })
  end
end

local function over_redfish(target, args, call)
  local wrong = check(args)
  if wrong then
    return nil, wrong
  end
  local rf = redfish.of(target)
  local uri, e = events.uri(rf, call)
  if uri then
    return events.listen(rf, uri, args, call)
  elseif e or not args.poll then
    return nil, e or err.new("unsupported", "the BMC offers no event stream; its log can be "
      .. "watched instead: --poll SECONDS, in a runbook poll", { effect = "none" })
  end
  call.note(("the BMC offers no event stream: its log is read every %g s"):format(args.poll))
  return events.watch(rf, args, call)
end

-- A BMC would send events to an address that it was told, and to nobody who asks.
local function over_ipmi(target, args, call)
  local wrong = check(args)
  if wrong then
    return nil, wrong
  elseif not args.poll then
    return err.refuse("unsupported", "there is no event stream over IPMI; the log can be watched "
      .. "instead: --poll SECONDS, in a runbook poll")
  elseif args.log and args.log:upper() ~= "SEL" and args.log ~= "all" then
    return err.fail("missing", ("over IPMI there is one log, SEL, and no %s"):format(args.log))
  end
  return events.watch_sel(target, args, call)
end

--- Events as they happen: an iterator that waits, `for event in m:stream_events() do`. It ends
--- only when it is closed, or the machine is, or the BMC says that there are no more; a connection
--- that breaks is made again, from the last event on (Last-Event-ID). event_timestamp has a colon
--- in its zone whatever the BMC writes (R41); event_type is absent where the BMC leaves it out
--- (R42); raw is the event as received.
---
--- Arguments: poll (seconds: where the BMC offers no stream, its log is read so often, and entries
--- that are new are events; without it that is an error), log, since and system (see sel_entries),
--- retry (seconds before the first try to connect again), patience (600: seconds of silence after
--- which the BMC is given up; then the iterator raises). Over IPMI there is the log only, raw is
--- a record of it in hexadecimal, and origin_of_condition the name of the sensor.
--- Errors: those of the transport, unsupported (no stream, no poll), protocol (no stream there).
---@type bmc.plan.Op
return {
  name = "stream_events",
  stream = true,
  record = {
    "message_id", "message", "severity", "event_type", "event_timestamp", "origin_of_condition",
    "raw",
  },
  ways = { redfish = over_redfish, ipmi = over_ipmi },
}
