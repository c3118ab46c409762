-- SPDX-License-Identifier: GPL-3.0-or-later
local timestamp = require "bmc.timestamp"

-- Expected values are those of date(1): date -u -d TEXT +%s.
local TIMES = {
  { "1970-01-01T00:00:00Z", 0 },
  { "1999-12-31T12:00:39+00:00", 946641639 },
  { "2000-02-29T00:00:00Z", 951782400 },
  { "2100-03-01T00:00:00Z", 4107542400 },
  { "2019-09-05T12:37:43+02:00", 1567679863 },
  { "2024-08-15T15:51:30-05:00", 1723755090 },
  { "2017-11-23T17:17:42-0600", 1511479062 }, -- R41
  { "2017-11-23T17:17:42-06:00", 1511479062 },
  { "2019-07-25 11:00:03+08:00", 1564023603 }, -- XCC
  { "2023-08-16T19:42:58.033389+00:00", 1692214978.033389 },
  { "2024-07-19T20:44:26.000+00:00", 1721421866 },
  { "2024-07-19T20:44:26", 1721421866 },
  { "2024-07-19T20:44", 1721421840 },
  { "2024-07-19T20:44Z", 1721421840 },
  { "2024-07-19T20:44+02:00", 1721414640 },
  { "2024-07-19", 1721347200 },
  { " 2024-07-19T20:44:26Z ", 1721421866 },
  { "Tue Nov 29 11:26:12 2022", 1669721172 }, -- CIMC
  { "Thu Sep  5 12:00:00 2019", 1567684800 },
}

local NONE = {
  "", "0000-00-00T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-32T00:00:00Z",
  "2024-01-01T25:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:00 local", "[NOT SET]",
  "yesterday", "2024-01-01X00:00:00Z", "Tue Foo 29 11:26:12 2022", 12, false, {},
}

describe("timestamp", function()
  it("reads the forms that BMCs write", function()
    for _, case in ipairs(TIMES) do
      assert.equal(case[2], timestamp.parse(case[1]), case[1])
    end
  end)

  it("reads nothing into what is no time", function()
    for _, text in ipairs(NONE) do
      assert.is_nil(timestamp.parse(text), tostring(text))
    end
    assert.is_nil(timestamp.parse(nil))
  end)

  it("agrees with C on every day of a century", function()
    for day = 0, 36525 do
      local text = os.date("!%Y-%m-%dT%H:%M:%SZ", day * 86400 + 3723)
      assert.equal(day * 86400 + 3723, timestamp.parse(text), text)
    end
  end)

  it("puts a colon into a zone that has none", function()
    assert.equal("2017-11-23T17:17:42-06:00", timestamp.tidy "2017-11-23T17:17:42-0600")
    for _, text in ipairs { "2017-11-23T17:17:42-06:00", "2017-11-23T17:17:42Z", "1999-1224" } do
      assert.equal(text, timestamp.tidy(text))
    end
  end)

  it("knows spans", function()
    assert.equal(90, timestamp.span "90s")
    assert.equal(1800, timestamp.span "30m")
    assert.equal(9000, timestamp.span "2.5h")
    assert.equal(259200, timestamp.span "3d")
    assert.equal(604800, timestamp.span "1w")
    for _, text in ipairs { "", "2", "h", "2y", "-2h", "2h ago" } do
      assert.is_nil(timestamp.span(text), text)
    end
  end)
end)
