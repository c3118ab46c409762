-- SPDX-License-Identifier: GPL-3.0-or-later
local record = require "bmc.logs.record"

local LOG = { name = "SEL", uri = "/redfish/v1/Systems/1/LogServices/SEL" }

local function entry(fields)
  local out = record.entry(fields, LOG)
  out.log, out.log_uri = nil, nil
  return out
end

describe("logs.record", function()
  it("has the fields of an entry under its names", function()
    assert.same({
      id = "45", created = "2024-08-14T22:36:00-05:00", severity = "Critical",
      message = "System BIOS has halted.", message_id = "6f0fd0ff",
      sensor_type = "System Firmware Progress", entry_code = "Assert", log = "SEL",
      log_uri = LOG.uri,
    }, record.entry({
      Id = "45", Created = "2024-08-14T22:36:00-05:00", Severity = "Critical",
      Message = " System BIOS has halted. ", MessageId = "6f0fd0ff",
      SensorType = "System Firmware Progress", EntryCode = "Assert", Name = "Log Entry 45",
    }, LOG))
  end)

  it("leaves out what says nothing", function()
    assert.same({ id = "1" }, entry {
      Id = "1", Created = "0000-00-00T00:00:00Z", EventTimestamp = "1970-01-01T00:01:38Z",
      Severity = "", Message = "  ", MessageId = "NULL", SensorType = false, EntryCode = 7,
    })
    assert.same({ id = "9" }, entry { ["@odata.id"] = "/redfish/v1/x/Entries/9/" })
    assert.same({ id = "12" }, entry { Id = 12 })
  end)

  it("takes the event's time where there is no other, and the newer name of severity", function()
    assert.same({ id = "1", created = "2024-07-03T14:35:46Z", severity = "Warning" }, entry {
      Id = "1", EventTimestamp = "2024-07-03T14:35:46Z", MessageSeverity = "Warning",
    })
  end)

  it("knows severities in any spelling", function()
    local words = {
      OK = { "OK", "ok", "NORMAL", "INFORMATIONAL", "Informational", "Info", "Cleared", "notice" },
      Warning = { "Warning", "WARNING", "Minor", "Non-Critical", "non_critical", "Degraded" },
      Critical = { "Critical", "CRITICAL", "Major", "Fatal", "Error", "emergency",
        "Non-Recoverable" },
    }
    for expected, list in pairs(words) do
      for _, word in ipairs(list) do
        assert.equal(expected, record.severity(word), word)
      end
    end
    assert.equal("Purple", record.severity "Purple")
    assert.is_nil(record.severity "")
    assert.is_nil(record.severity(nil))
    assert.is_nil(record.severity { "OK" })
  end)

  it("ranks them", function()
    assert.same({ 1, 2, 3 }, { record.rank "OK", record.rank "Warning", record.rank "Critical" })
    assert.is_nil(record.rank "Purple")
    assert.is_nil(record.rank(nil))
  end)

  it("tells an entry from a link with a name", function()
    assert.is_true(record.is_entry { ["@odata.id"] = "/x/1", Created = "2024-07-03T14:35:46Z" })
    assert.is_true(record.is_entry { EntryType = "Event", Id = "1" })
    assert.is_false(record.is_entry { ["@odata.id"] = "/x/1", Id = "1", Name = "Log Entry 1" })
    assert.is_false(record.is_entry "/x/1")
  end)

  it("has the fields of an event under its names", function()
    local event = {
      MessageId = "IDRAC.2.8.SYS1003", Message = "System CPU is reset. ", Severity = "OK",
      MessageSeverity = "INFORMATIONAL", EventType = "Alert", MemberId = "0",
      EventTimestamp = "2017-11-23T17:17:42-0600",
      OriginOfCondition = { ["@odata.id"] = "/redfish/v1/Systems/System.Embedded.1" },
    }
    assert.same({
      message_id = "IDRAC.2.8.SYS1003", message = "System CPU is reset.", severity = "OK",
      event_type = "Alert", event_timestamp = "2017-11-23T17:17:42-06:00",
      origin_of_condition = "/redfish/v1/Systems/System.Embedded.1", raw = event,
    }, record.event(event))
  end)

  it("needs none of them, and takes an origin that is text", function()
    assert.same({ raw = {} }, record.event {})
    assert.equal("/redfish/v1/Chassis/1",
      record.event({ OriginOfCondition = "/redfish/v1/Chassis/1" }).origin_of_condition)
  end)

  it("makes an event of a log entry", function()
    local event = record.event {
      Created = "2024-07-03T14:35:46Z", Message = "m", Severity = "Critical",
      Links = { OriginOfCondition = { ["@odata.id"] = "/redfish/v1/Chassis/1U/Thermal" } },
    }
    event.raw = nil
    assert.same({
      event_timestamp = "2024-07-03T14:35:46Z", message = "m", severity = "Critical",
      origin_of_condition = "/redfish/v1/Chassis/1U/Thermal",
    }, event)
  end)
end)
