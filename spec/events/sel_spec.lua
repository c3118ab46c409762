-- SPDX-License-Identifier: GPL-3.0-or-later
-- Events of a machine that is reached over IPMI: new entries of its log, each of them once.
local fake = require "support.ipmifake"
local plan = require "bmc.plan"
local stream_events = require "bmc.ops.stream_events"

-- A log that a test writes: list holds records, asked counts those that were read.
local function log_of()
  local self = { list = {}, asked = 0 }

  function self.write(id, number)
    table.insert(self.list, ("<I2BI4I2BBBBBBB"):pack(id, 0x02, 0x66000000 + id, 0x20, 4, 1, number,
      0x01, 0x59, 90, 80))
  end

  self.replies = {
    ["Get SEL Info"] = function()
      return ("<BI2I2I4I4B"):pack(0x51, #self.list, 4000, 1, 1, 0x02)
    end,
    ["Get SEL Entry"] = function(data)
      local id = ("<xxI2"):unpack(data)
      local at = id == 0 and 1 or id == 0xFFFF and #self.list
      for i, record in ipairs(self.list) do
        at = at or ("<I2"):unpack(record) == id and i
      end
      self.asked = self.asked + 1
      local after = self.list[at and at + 1]
      return self.list[at] and ("<I2"):pack(after and ("<I2"):unpack(after) or 0xFFFF)
        .. self.list[at] or 0xCB
    end,
  }
  return self
end

local function listen(log, args)
  local target = fake.target(log.replies)
  return plan.run(target, stream_events, args)
end

describe("events over IPMI", function()
  it("are the entries that were not there before, and no entry twice", function()
    local log = log_of()
    for id = 1, 50 do
      log.write(id, 1)
    end
    local events <close> = assert(listen(log, { poll = 0.01 }))
    assert.equal(1, log.asked)
    log.write(51, 2)
    log.write(52, 3)
    local first, second = events(), events()
    assert.equal(1 + 3, log.asked)
    assert.matches("sensor 02h", first.message)
    assert.matches("sensor 03h", second.message)
    assert.equal("sensor 02h of 20h", first.origin_of_condition)
    assert.matches("^2024%-03", first.event_timestamp)
    log.list = {}
    log.write(1, 4)
    assert.matches("sensor 04h", events().message)
  end)

  it("begin with those since a time, and with the first of a log that was empty", function()
    local log = log_of()
    log.write(1, 1)
    log.write(2, 2)
    local events <close> = assert(listen(log, { poll = 0.01, since = "2024-01-01T00:00:00Z" }))
    assert.matches("sensor 01h", events().message)
    assert.matches("sensor 02h", events().message)
    local empty = log_of()
    local later <close> = assert(listen(empty, { poll = 0.01 }))
    empty.write(7, 9)
    assert.matches("sensor 09h", later().message)
  end)

  it("want to be polled for, and know one log", function()
    for _, wrong in ipairs { { {}, "unsupported" }, { { poll = 0 }, "rejected" },
      { { poll = 1, log = "IML" }, "missing" } } do
      local none, e = listen(log_of(), wrong[1])
      assert.same({ nil, wrong[2] }, { none, e.code })
    end
  end)

  it("end with an error when the BMC is given up, and when they are closed", function()
    local log = log_of()
    local events <close> = assert(listen(log, { poll = 0.01, retry = 0.01, patience = 0.05 }))
    log.replies["Get SEL Info"] = 0xD4
    local ok, e = pcall(events)
    assert.same({ false, "auth", "ipmi" }, { ok, e.code, e.way })
    assert.is_nil(events())
  end)
end)
