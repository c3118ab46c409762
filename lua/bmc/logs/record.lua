-- SPDX-License-Identifier: GPL-3.0-or-later
-- logs.record: owns how a log entry becomes a record, and how severities and times are read in
-- whatever form a BMC writes them. Pure: it asks no BMC.

local reading = require "bmc.reading"
local timestamp = require "bmc.timestamp"

local text = reading.text

-- Severities beyond the words of Health, which R47's NORMAL and INFORMATIONAL are among; those of
-- syslog, IPMI and older firmware.
local SEVERITIES = {
  info = "OK", information = "OK", debug = "OK", notice = "OK", cleared = "OK", success = "OK",
  minor = "Warning", caution = "Warning", warn = "Warning",
  major = "Critical", error = "Critical", err = "Critical", severe = "Critical",
  alert = "Critical", emergency = "Critical", nonrecoverable = "Critical",
}
local RANK = { OK = 1, Warning = 2, Critical = 3 }

local M = {}

--- A severity as one of Redfish's three words; one that is none of any known spelling stays as it
--- is.
---@param word any
---@return string? severity "OK", "Warning", "Critical"
function M.severity(word)
  word = text(word)
  return word and (reading.health(word) or SEVERITIES[word:lower():gsub("[%s_-]", "")] or word)
end

--- How bad a severity is: 1, 2 or 3.
---@param severity string?
---@return integer? rank nil when that is not known
function M.rank(severity)
  return RANK[severity]
end

-- "NULL" is an iLO's empty event.
local function message_id(entry)
  local id = text(entry.MessageId) or text(entry.MessageID)
  return id and id:upper() ~= "NULL" and id or nil
end

local function id_of(entry)
  local id = entry.Id
  if math.type(id) == "integer" then
    return tostring(id)
  end
  return text(id) or reading.tail(entry)
end

--- Whether a member of a collection of entries is an entry, and not just a link with a name.
---@param member any
---@return boolean
function M.is_entry(member)
  return type(member) == "table" and (member.Created or member.Message or member.MessageId
    or member.EntryType or member.Severity) ~= nil
end

--- A log entry as a record. A time that a clock shows which was never set is absent.
---@param entry table
---@param log { name: string, uri: string }
---@return table record id, created, severity, message, message_id, sensor_type, entry_code, log,
--- log_uri
function M.entry(entry, log)
  return {
    id = id_of(entry),
    created = reading.time(entry.Created) or reading.time(entry.EventTimestamp),
    severity = M.severity(entry.Severity) or M.severity(entry.MessageSeverity),
    message = text(entry.Message),
    message_id = message_id(entry),
    sensor_type = text(entry.SensorType),
    entry_code = text(entry.EntryCode),
    log = log.name,
    log_uri = log.uri,
  }
end

--- An event as it comes over an event stream or to a subscriber, or a log entry as an event.
--- `raw` is what was received.
---@param event table a member of Events, or an entry
---@return table record message_id, message, severity, event_type, event_timestamp,
--- origin_of_condition, raw
function M.event(event)
  local at = reading.time(event.EventTimestamp) or reading.time(event.Created)
  local origin = event.OriginOfCondition or reading.object(event.Links).OriginOfCondition
  return {
    message_id = message_id(event),
    message = text(event.Message),
    severity = M.severity(event.MessageSeverity) or M.severity(event.Severity),
    event_type = text(event.EventType),
    event_timestamp = at and timestamp.tidy(at),
    origin_of_condition = reading.link(origin),
    raw = event,
  }
end

return M
