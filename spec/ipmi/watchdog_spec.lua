-- SPDX-License-Identifier: GPL-3.0-or-later
local fake = require "support.ipmifake"
local watchdog = require "bmc.ipmi.watchdog"

-- Use 4 (SMS/OS), running; power cycle, NMI 10 s before; expired once as FRB2; 300 s, 299.5 left.
local RUNNING = "\x44\x23\x0A\x02\xB8\x0B\xB3\x0B"
local STOPPED = "\x04\x23\x0A\x02\xB8\x0B\xB3\x0B"

describe("Get Watchdog Timer", function()
  it("is read field by field", function()
    assert.same({
      running = true, use = "sms_os", action = "power_cycle", pretimeout_interrupt = "nmi",
      pretimeout_s = 10, countdown_s = 300.0, remaining_s = 299.5, expired = { "bios_frb2" },
      logged = true,
    }, watchdog.decode(RUNNING .. "\xDE\xAD"))
  end)

  it("knows every use, action and interrupt", function()
    local function of(first, second)
      return watchdog.decode(string.char(first, second, 0, 0x3E, 0, 0, 0, 0))
    end
    for i, use in ipairs { "bios_frb2", "bios_post", "os_load", "sms_os", "oem", "reserved" } do
      assert.equal(use, of(i, 0).use)
    end
    for i, action in ipairs { "none", "reset", "power_off", "power_cycle", "reserved" } do
      assert.equal(action, of(1, i - 1).action)
    end
    for i, interrupt in ipairs { "none", "smi", "nmi", "messaging", "reserved" } do
      assert.equal(interrupt, of(1, (i - 1) << 4).pretimeout_interrupt)
    end
    assert.same({ "bios_frb2", "bios_post", "os_load", "sms_os", "oem" }, of(1, 0).expired)
    assert.is_false(of(0x81, 0).logged)
  end)

  it("counts nothing down while it is stopped, nor where the BMC does not say", function()
    assert.is_nil(watchdog.decode(STOPPED).remaining_s)
    assert.is_nil(watchdog.decode(RUNNING:sub(1, 6)).remaining_s)
    assert.equal("protocol", select(2, watchdog.decode(RUNNING:sub(1, 5))).code)
  end)
end)

describe("watchdog_off", function()
  -- A BMC whose watchdog can be stopped, unless something starts it again.
  local function bmc(fed)
    local now = RUNNING
    return {
      ["Get Watchdog Timer"] = function() return now end,
      ["Set Watchdog Timer"] = function(data)
        now = fed and RUNNING or data .. "\0\0"
        return ""
      end,
    }
  end

  it("stops it, and leaves the rest as it is", function()
    local result, _, c = fake.run("watchdog_off", bmc())
    assert.same({ true, "off" }, { result.accepted, result.observed })
    assert.same({ "\x04\0\0\0\xB8\x0B" }, c:data_of "Set Watchdog Timer")
  end)

  it("sends nothing when it is stopped", function()
    local result, _, c = fake.run("watchdog_off", { ["Get Watchdog Timer"] = STOPPED })
    assert.is_nil(result.accepted)
    assert.equal("off", result.observed)
    assert.same({}, c:data_of "Set Watchdog Timer")
  end)

  it("says so when it runs on", function()
    local _, e = fake.run("watchdog_off", bmc(true))
    assert.equal("rejected", e.code)
    assert.equal("unknown", e.effect)
    assert.matches("feeds it", e.text)
  end)

  it("only says what it would send", function()
    local result = fake.run("watchdog_off", bmc(), nil, { dry_run = true })
    assert.is_nil(result.accepted)
    assert.is_nil(result.observed)
  end)
end)
