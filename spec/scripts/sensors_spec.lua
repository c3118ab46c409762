-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh sensors, as a child, at BMCs that speak IPMI.
local commands = require "support.commands"
local ipmisim = require "support.ipmisim"
local support = require "support"

local json_of, lines_of = commands.json_of, commands.lines_of

-- Runs f(run, address, port); run(words…) is bmcsh sensors at all of the BMCs.
local function with_bmcs(count, f)
  ipmisim.farm({ count = count }, function(address, port)
    local range = ("ipmi://%s[1-%d]:%d"):format(address:match("^(.*%.)%d+$"), count, port)
    f(function(...)
      return support.bmcsh { env = { BMC_PASSWORD = ipmisim.PASSWORD }, "sensors", "-H", range,
        "-u", ipmisim.USER, ... }
    end, address, port)
  end)
end

describe("bmcsh sensors", function()
  it("shows readings, states and limits of one machine", function()
    with_bmcs(1, function(run)
      local result = run()
      assert.equal("", result.stderr)
      assert.equal(0, result.status)
      local lines = lines_of(result.stdout)
      assert.matches("^SENSOR +READING +STATE +CRIT < +WARN < +WARN > +CRIT > +TYPE$",
        lines[1])
      assert.matches("^CPU1 Temp +42 °C +ok +2 +5 +80 +90 +Temperature$", lines[2])
      assert.matches("^Fan 1 +6000 RPM +ok +600 +1200 +%- +%- +Fan$", lines[3])
      assert.matches("^P12V +12 V +ok +10.8 +%- +%- +13.2 +Voltage$", lines[4])
      assert.matches("^PS1 Status +Presence detected +ok", lines[5])
    end)
  end)

  it("gives JSON", function()
    with_bmcs(1, function(run, address, port)
      local outcome = json_of(run "--json")[1]
      assert.same({ true, "ipmi", ("%s:%d"):format(address, port) },
        { outcome.ok, outcome.way, outcome.host })
      local sensor = outcome.data[3]
      assert.same({ "P12V", "Voltage", 12, "V", "ok", "OK" }, { sensor.name, sensor.type,
        sensor.value, sensor.units, sensor.state, sensor.health })
      assert.same({ lower_critical = 10.8, upper_critical = 13.2 }, sensor.thresholds)
    end)
  end)

  it("shows those of a type or a name", function()
    with_bmcs(1, function(run)
      for words, expected in pairs {
        ["--type TEMP"] = "CPU1 Temp", ["--type fan"] = "Fan 1", ["--name ps1"] = "PS1 Status",
        ["--name p*v"] = "P12V", ["--name P?2V"] = "P12V", ["--name n.1"] = "",
        ["--name *p"] = "CPU1 Temp", ["--type power*"] = "PS1 Status",
        ["--name cpu --type fan"] = "",
      } do
        local list = {}
        for word in words:gmatch("%S+") do
          list[#list + 1] = word
        end
        local names = {}
        for i, sensor in ipairs(json_of(run("--json", table.unpack(list)))[1].data) do
          names[i] = sensor.name
        end
        assert.equal(expected, table.concat(names, ","), words)
      end
    end)
  end)

  it("shows of each machine the worst", function()
    with_bmcs(3, function(run)
      local lines = lines_of(run().stdout)
      assert.equal(4, #lines)
      assert.matches("^HOST +SENSORS +UNWELL +WORST +READING +STATE", lines[1])
      assert.matches("4 +0 +%- +%- +ok$", lines[4])
    end)
  end)
end)
