-- SPDX-License-Identifier: GPL-3.0-or-later
local dcmi = require "bmc.ipmi.dcmi"
local err = require "bmc.err"
local fake = require "support.ipmifake"

-- DCMI 1.5, table 6-16: now 210 W, least 150, most 480, average 231; a time, a period, active.
local READING = "\xDC\xD2\0\x96\0\xE0\x01\xE7\0\x80\x5B\x3C\x61\xE8\x03\0\0\x40"
-- Table 6-17: two reserved bytes, log, 400 W, 5000 ms, two more, 3 s.
local LIMIT = "\xDC\0\0\x11\x90\x01\x88\x13\0\0\0\0\x03\0"
-- What a BMC says to whom the byte that stands for DCMI is a stranger.
local OTHER = "\x00" .. LIMIT:sub(2)

describe("power_metrics over IPMI", function()
  it("has the figures of DCMI, and the limit that holds", function()
    local record = fake.run("power_metrics", {
      ["DCMI Get Power Reading"] = READING, ["DCMI Get Power Limit"] = LIMIT,
    })
    assert.same({ consumed_w = 210, average_w = 231, min_w = 150, max_w = 480, limit_w = 400 },
      setmetatable(record, nil))
  end)

  it("has no limit that is not active, or not there", function()
    for _, reply in ipairs { { code = 0x80, data = LIMIT }, 0x80, 0xC1 } do
      local record = fake.run("power_metrics", {
        ["DCMI Get Power Reading"] = READING, ["DCMI Get Power Limit"] = reply,
      })
      assert.is_nil(record.limit_w)
      assert.equal(210, record.consumed_w)
    end
  end)

  it("has nothing of a BMC that does not measure", function()
    local record, trail = fake.run("power_metrics", {
      ["DCMI Get Power Reading"] = READING:sub(1, -2) .. "\0",
    })
    assert.is_nil(next(record))
    assert.matches("does not measure", trail[#trail].notes[1])
  end)

  it("is an error of one without DCMI, and of an answer that is cut", function()
    assert.equal("unsupported", select(2, fake.run("power_metrics", {})).code)
    assert.equal("protocol", select(2, dcmi.reading(READING:sub(1, -2))).code)
    assert.equal("protocol", select(2, dcmi.limit(OTHER, 0)).code)
  end)

  it("is an error of a BMC that goes away before it has told the limit", function()
    local record, e = fake.run("power_metrics", {
      ["DCMI Get Power Reading"] = READING, ["DCMI Get Power Limit"] = err.new("timeout"),
    })
    assert.same({ nil, "timeout" }, { record, e.code })
  end)
end)

describe("power_limit over IPMI", function()
  it("is read, whether it holds or not", function()
    local limit = fake.run("power_limit", { ["DCMI Get Power Limit"] = LIMIT .. "\xDE\xAD" })
    assert.same({
      limit_w = 400, active = true, exception_action = "log", correction_time_ms = 5000,
      sampling_period_s = 3,
    }, setmetatable(limit, nil))
    limit = fake.run("power_limit", { ["DCMI Get Power Limit"] = { code = 0x80, data = LIMIT } })
    assert.is_false(limit.active)
    assert.equal(400, limit.limit_w)
    limit = fake.run("power_limit", { ["DCMI Get Power Limit"] = 0x80 })
    assert.same({ active = false }, setmetatable(limit, nil))
  end)

  it("names the maker's own exception actions by number", function()
    assert.equal("OEM 02h", dcmi.limit("\xDC\0\0\x02" .. LIMIT:sub(5), 0).exception_action)
    assert.equal("power_off", dcmi.limit("\xDC\0\0\x01" .. LIMIT:sub(5), 0).exception_action)
  end)
end)

describe("set_power_limit over IPMI", function()
  -- A BMC that keeps it. `deaf`: it takes everything and does nothing.
  local function bmc(deaf)
    local limit, active = "\xDC" .. ("\0"):rep(13), false
    return {
      ["DCMI Get Power Limit"] = function()
        return { code = active and 0 or 0x80, data = limit }
      end,
      ["DCMI Set Power Limit"] = function(data)
        if data:byte(7) > 4 then -- above 1279 W
          return 0x84
        elseif not deaf then
          limit = "\xDC\0\0" .. data:sub(5)
        end
        return "\xDC"
      end,
      ["DCMI Activate Power Limit"] = function(data)
        active = not deaf and data:byte(2) == 1
        return "\xDC"
      end,
    }
  end

  it("sets the watts, keeps the rest, and reads it back", function()
    local replies = bmc()
    local result, why, c = fake.run("set_power_limit", replies, { watts = 400 })
    assert(result, tostring(why))
    assert.is_true(result.accepted)
    assert.same({ 400, true, "log" }, { result.limit_w, result.active, result.exception_action })
    assert.same({ "\xDC\0\0\0\x11\x90\x01\xE8\x03\0\0\0\0\x01\0" },
      c:data_of "DCMI Set Power Limit")
    assert.same({ "\xDC\1\0\0" }, c:data_of "DCMI Activate Power Limit")
    result = fake.run("set_power_limit", replies, {
      watts = 300, exception_action = "power_off", correction_time_ms = 6000,
      sampling_period_s = 5,
    })
    assert.same({ 300, "power_off", 6000, 5 }, { result.limit_w, result.exception_action,
      result.correction_time_ms, result.sampling_period_s })
    result = fake.run("set_power_limit", replies, { watts = 350 })
    assert.same({ 350, "power_off", 6000, 5 }, { result.limit_w, result.exception_action,
      result.correction_time_ms, result.sampling_period_s })
    result, why, c = fake.run("set_power_limit", replies, { watts = "off" })
    assert(result, tostring(why))
    assert.is_false(result.active)
    assert.same({ "\xDC\0\0\0" }, c:data_of "DCMI Activate Power Limit")
  end)

  it("refuses what is no limit, before anything is sent", function()
    for _, args in ipairs {
      { watts = 0 }, { watts = 70000 }, { watts = 1.5 }, { watts = "lots" }, {},
      { watts = 400, exception_action = "explode" }, { watts = 400, correction_time_ms = 0 },
      { watts = 400, sampling_period_s = 70000 },
    } do
      local _, e, c = fake.run("set_power_limit", bmc(), args)
      assert.equal("rejected", e.code)
      assert.equal("none", e.effect)
      assert.same({}, c:data_of "DCMI Set Power Limit")
    end
  end)

  it("says what the BMC's own refusal means", function()
    local _, e, c = fake.run("set_power_limit", bmc(), { watts = 2000 })
    assert.matches("out of the range of this machine", e.text)
    assert.equal("rejected", e.code)
    assert.equal("none", e.effect)
    assert.same({}, c:data_of "DCMI Activate Power Limit")
  end)

  it("says so when it reads otherwise", function()
    local _, e = fake.run("set_power_limit", bmc(true), { watts = 400 })
    assert.equal("rejected", e.code)
    assert.equal("unknown", e.effect)
  end)

  it("only says what it would send", function()
    local result, trail = fake.run("set_power_limit", bmc(), { watts = 400 },
      { dry_run = true })
    assert.is_nil(result.accepted)
    assert.equal("would send DCMI Set Power Limit, 400 W", trail[1].step)
    assert.equal("would send DCMI Activate Power Limit, on", trail[2].step)
  end)
end)
