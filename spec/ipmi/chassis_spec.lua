-- SPDX-License-Identifier: GPL-3.0-or-later
local chassis = require "bmc.ipmi.chassis"
local fake = require "support.ipmifake"

-- Table 28-3, a bit at a time.
local BITS = {
  { "\x01\0\0", "power_on", true },
  { "\x00\0\0", "power_on", false },
  { "\x00\0\0", "restore_policy", "always_off" },
  { "\x20\0\0", "restore_policy", "previous" },
  { "\x40\0\0", "restore_policy", "always_on" },
  { "\x60\0\0", "restore_policy", "unknown" },
  { "\x02\0\0", "faults", { "overload" } },
  { "\x04\0\0", "faults", { "interlock" } },
  { "\x08\0\0", "faults", { "power_fault" } },
  { "\x10\0\0", "faults", { "power_control_fault" } },
  { "\0\0\x02", "faults", { "front_panel_lockout" } },
  { "\0\0\x04", "faults", { "drive_fault" } },
  { "\0\0\x08", "faults", { "cooling_fault" } },
  { "\x0A\0\x0C", "faults", { "overload", "power_fault", "drive_fault", "cooling_fault" } },
  { "\0\x01\0", "last_power_event", { "ac_failed" } },
  { "\0\x02\0", "last_power_event", { "overload" } },
  { "\0\x04\0", "last_power_event", { "interlock" } },
  { "\0\x08\0", "last_power_event", { "power_fault" } },
  { "\0\x10\0", "last_power_event", { "command" } },
  { "\0\xE0\0", "last_power_event", {} },
  { "\0\0\x01", "intrusion", true },
  { "\0\0\x00", "intrusion", false },
  { "\0\0\x30", "identify", nil },
  { "\0\0\x40", "identify", "off" },
  { "\0\0\x50", "identify", "temporary" },
  { "\0\0\x60", "identify", "on" },
  { "\0\0\x70", "identify", nil },
}

describe("Get Chassis Status", function()
  it("is read bit by bit, whatever follows it", function()
    for _, row in ipairs(BITS) do
      local data, field, value = table.unpack(row, 1, 3)
      for _, more in ipairs { "", "\0", "\xDE\xAD\xBE\xEF" } do
        assert.same(value, assert(chassis.decode(data .. more))[field], field)
      end
    end
  end)

  it("is an error when it is cut", function()
    for n = 0, 2 do
      local status, e = chassis.decode(("\0"):rep(n))
      assert.is_nil(status)
      assert.equal("protocol", e.code)
      assert.matches("^Get Chassis Status: %d bytes", e.text)
    end
  end)
end)

describe("chassis_status over IPMI", function()
  it("has the restart cause and the hours where the BMC tells them", function()
    local status = assert(fake.run("chassis_status", {
      ["Get Chassis Status"] = "\x21\x10\x40\x70",
      ["Get System Restart Cause"] = "\x06\x01",
      ["Get POH Counter"] = "\x3C\x10\x27\0\0",
    }))
    assert.same({
      power_on = true, restore_policy = "previous", last_power_event = { "command" }, faults = {},
      intrusion = false, identify = "off", restart_cause = "restore_always_on",
      power_on_hours = 10000,
    }, setmetatable(status, nil))
  end)

  it("counts in the BMC's own units", function()
    assert.equal(2, chassis.hours("\x05\x19\0\0\0")) -- 25 times five minutes
    assert.equal("unknown", chassis.cause("\xFF"))
  end)

  it("stands without them, and says so", function()
    local status, trail = fake.run("chassis_status", { ["Get Chassis Status"] = "\0\0\0" })
    assert.is_nil(status.restart_cause)
    assert.is_nil(status.power_on_hours)
    assert.equal(2, #trail[#trail].notes)
  end)
end)

describe("set_restore_policy over IPMI", function()
  local BYTES = { always_off = "\0", previous = "\1", always_on = "\2" }

  -- A BMC that keeps it.
  local function keeping()
    local policy = 0
    return {
      ["Set Power Restore Policy"] = function(data)
        policy = data:byte()
        return "\7"
      end,
      ["Get Chassis Status"] = function() return string.char(policy << 5, 0, 0) end,
    }
  end

  it("sends the policy and reads it back", function()
    for policy, byte in pairs(BYTES) do
      local result, _, c = fake.run("set_restore_policy", keeping(), { policy = policy })
      assert.equal(policy, result.restore_policy)
      assert.is_true(result.accepted)
      assert.same({ byte }, c:data_of "Set Power Restore Policy")
    end
  end)

  it("knows no others", function()
    local _, e, c = fake.run("set_restore_policy", keeping(), { policy = "sometimes" })
    assert.equal("rejected", e.code)
    assert.equal("none", e.effect)
    assert.same({}, c.sent)
  end)

  it("may read late", function()
    local looks = 0
    local result = fake.run("set_restore_policy", {
      ["Set Power Restore Policy"] = "\7",
      ["Get Chassis Status"] = function()
        looks = looks + 1
        return looks > 2 and "\x40\0\0" or "\0\0\0"
      end,
    }, { policy = "always_on" })
    assert.same({ "always_on", 3 }, { result and result.restore_policy, looks })
  end)

  it("is an error when it reads otherwise", function()
    local _, e = fake.run("set_restore_policy", {
      ["Set Power Restore Policy"] = "\7", ["Get Chassis Status"] = "\0\0\0",
    }, { policy = "always_on" })
    assert.equal("rejected", e.code)
    assert.equal("unknown", e.effect)
    assert.equal("always_off", e.observed)
  end)

  it("is an error of the BMC that has no such command", function()
    local _, e = fake.run("set_restore_policy", {}, { policy = "always_on" })
    assert.equal("unsupported", e.code)
    assert.equal("none", e.effect)
  end)

  it("only says what it would send", function()
    local result, trail = fake.run("set_restore_policy", {}, { policy = "always_on" },
      { dry_run = true })
    assert.is_nil(result.accepted)
    assert.equal("would send Set Power Restore Policy, always_on", trail[1].step)
  end)
end)
