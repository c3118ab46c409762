-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sensors of BMCs that others wrote, compared with what ipmitool and ipmi-sensors print of them.
local bmc = require "bmc"
local ipmi = require "bmc.ipmi"
local ipmisim = require "support.ipmisim"
local sdr = require "bmc.ipmi.sdr"
local sdrs = require "support.sdrs"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local LIMITS = { "lower_non_recoverable", "lower_critical", "lower_non_critical",
  "upper_non_critical", "upper_critical", "upper_non_recoverable" }
local STATUS = { ok = "ok", nc = "warning", cr = "critical", nr = "critical" } -- ipmitool's
local JUDGED = { Nominal = "ok", Warning = "warning", Critical = "critical" }  -- FreeIPMI's
local UNITS = { ["degrees C"] = "°C", RPM = "RPM", Volts = "V", percent = "%", CFM = "CFM" }

-- A session that is lost is given up after one second: there may be many.
local QUICK = { "generic.ipmi.silence=1" }

local function open(address, port, o)
  o = o or {}
  o.host = ("ipmi://%s:%d"):format(address, port)
  o.user, o.password = ipmisim.USER, ipmisim.PASSWORD
  return bmc.open(o)
end

-- They end with 1 when one sensor cannot be read.
local function run(argv)
  argv.timeout = 60
  local done = assert(spawn.run(argv))
  assert(done.stdout ~= "", done.stderr)
  return done.stdout
end

-- The cells of a line, without blanks around them.
local function cells(line, separator)
  local out = {}
  for cell in (line .. separator):gmatch("(.-)%" .. separator) do
    out[#out + 1] = cell:match("^%s*(.-)%s*$")
  end
  return out
end

local function rows(text, separator)
  local out = {}
  for line in text:gmatch("[^\n]+") do
    local row = cells(line, separator)
    out[#out + 1] = #row > 1 and row or nil
  end
  return out
end

local function ipmitool(address, port, suite)
  return rows(run { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address, "-p",
    tostring(port), "-U", ipmisim.USER, "-P", ipmisim.PASSWORD, "-C", suite, "-L", "USER",
    "sensor" }, "|")
end

-- Its cache goes by address and would outlive the BMC.
local function ipmi_sensors(address, port, suite)
  local dir <close> = support.tmpdir()
  local text = run { ipmisim.program("ipmi-sensors"), "-D", "LAN_2_0", "-I", suite, "-W",
    "opensesspriv", "-h", ("%s:%d"):format(address, port), "-u", ipmisim.USER, "-p",
    ipmisim.PASSWORD, "-l", "USER", "-Q", "--sdr-cache-directory=" .. dir.path,
    "--output-sensor-thresholds", "--output-sensor-state", "--comma-separated-output",
    "--shared-sensors", "--no-header-output" }
  return rows(text, ",")
end

local function same_number(theirs, ours, digits, where)
  if ours == nil then
    return assert.is_nil(tonumber(theirs), where)
  end
  assert.equal(tonumber(theirs), tonumber((("%." .. digits .. "f"):format(ours))), where)
end

local function same_limits(row, at, ours, digits)
  for i, name in ipairs(LIMITS) do
    same_number(row[at + i - 1], (ours.thresholds or {})[name], digits, ours.name .. " " .. name)
  end
end

local function by_name(list)
  local out = {}
  for _, sensor in ipairs(list) do
    out[sensor.name] = sensor
  end
  return out
end

-- Every sensor that ipmitool lists. It knows no shared records, and no letters of six bits.
local function compare_ipmitool(list, address, port, suite)
  local ours, n = by_name(list), 0
  for _, row in ipairs(ipmitool(address, port, suite)) do
    local sensor = ours[row[1]]
    if sensor then
      n = n + 1
      if row[3] == "discrete" then
        assert.is_nil(sensor.value)
        assert.equal(row[4], "0x" .. sensor.raw:sub(5, 8), row[1])
      else
        same_number(row[2], sensor.value, 3, row[1])
        assert.equal(STATUS[row[4]] or "unavailable", sensor.state, row[1])
        if sensor.value then
          assert.equal(UNITS[row[3]], (sensor.units:gsub(" per .*", "")), row[1])
        end
      end
      same_limits(row, 5, sensor, 3)
    end
  end
  return n
end

-- FreeIPMI's words for the states; it finds nothing in a non-critical limit.
local function compare_states(row, sensor)
  if sensor.state == "unavailable" then
    assert.equal("N/A", row[4], row[2])
    return
  end
  local words = {}
  for word in row[13]:gmatch("'(.-)'") do
    words[#words + 1] = word ~= "OK" and word or nil
  end
  if sensor.thresholds == nil or sensor.state == "ok" then
    assert.equal(JUDGED[row[4]], sensor.state, row[2])
    assert.same(words, sensor.states, row[2])
  elseif sensor.state ~= "warning" then
    assert.equal(JUDGED[row[4]], sensor.state, row[2])
  end
end

local function compare_freeipmi(list, address, port, suite)
  local ours, n = by_name(list), 0
  for _, row in ipairs(ipmi_sensors(address, port, suite)) do
    local sensor = ours[row[2]]
    if sensor then
      n = n + 1
      assert.equal(row[3], sensor.type)
      same_number(row[5], sensor.value, 2, row[2])
      if sensor.value then
        assert.equal(row[6], (sensor.units:gsub("°", "")))
      end
      same_limits(row, 7, sensor, 2)
      compare_states(row, sensor)
    end
  end
  return n
end

-- Records that ipmi_sim has not got by itself, and the sensors behind them.
local function more_sensors(tell)
  local function add(record)
    tell("main_sdr_add 0x20 " .. record:gsub(".", function(c)
      return ("0x%02x "):format(c:byte())
    end))
  end
  add(sdrs.full { id = 9, number = 0x10, name = "Neg Temp", format = 2, units = { 0, 1, 0 },
    limits = { 0x3F, 0xF6, 0xEC, 0xE2, 40, 50, 60 } })
  add(sdrs.full { id = 10, number = 0x11, name = "Airflow", type = 0x0B, units = { 0x20, 17, 0 },
    m = 3, b = -7, b_exp = 1, r = -1 })
  add(sdrs.full { id = 11, number = 0x14, name = "Square", type = 2, linear = 8, r = -2,
    units = { 0, 4, 0 } })
  add(sdrs.compact { id = 12, number = 0x20, name = "PS", count = 3, offset = 1, entity = 10 })
  add(sdrs.full { id = 13, number = 0x12, lun = 1, name = "Duty", type = 4, units = { 1, 0, 0 } })
  add(sdrs.full { id = 14, number = 0x13, owner = 0x2C, name = "Far" })
  for _, line in ipairs { "0 0x10 1 1", "0 0x11 0x0b 1", "0 0x14 2 1", "0 0x20 8 0x6f",
    "0 0x21 8 0x6f", "0 0x22 8 0x6f", "1 0x12 4 1" } do
    tell("sensor_add 0x20 " .. line)
  end
  local scanned = " enable scanning per-state" .. (" 000000000000011"):rep(4)
  tell("sensor_set_event_support 0x20 0 0x21" .. scanned, "sensor_set_bit 0x20 0 0x21 1 1 0",
    "sensor_set_value 0x20 0 0x10 0xf5 0",
    "sensor_set_threshold 0x20 0 0x10 settable 111111 60 50 40 0xf6 0xec 0xe2",
    "sensor_set_value 0x20 0 0x11 100 0", "sensor_set_value 0x20 0 0x14 110 0",
    "sensor_set_value 0x20 1 0x12 45 0")
end

describe("sensors of ipmi_sim", function()
  it("are those that ipmitool and ipmi-sensors show, and change with them", function()
    ipmisim.sim(function(address, port, tell)
      local m <close> = open(address, port)
      local list = m:sensors()
      assert.equal("ipmi", m.way)
      assert.equal(4, #list)
      assert.equal(4, compare_ipmitool(list, address, port, "3"))
      assert.equal(4, compare_freeipmi(list, address, port, "3"))
      for _, change in ipairs { { 85, 15, 170, "warning" }, { 93, 5, 230, "critical" },
        { 101, 0, 200, "critical" }, { 1, 100, 200, "critical" } } do
        tell(("sensor_set_value 0x20 0 1 %d 0"):format(change[1]),
          ("sensor_set_value 0x20 0 2 %d 0"):format(change[2]),
          ("sensor_set_value 0x20 0 3 %d 0"):format(change[3]), "sensor_set_bit 0x20 0 4 1 1 0")
        list = m:sensors()
        assert.same({ change[1], change[4] }, { list[1].value, list[1].state })
        assert.equal("critical", list[4].state)
        assert.equal(4, compare_ipmitool(list, address, port, "3"))
        assert.equal(4, compare_freeipmi(list, address, port, "3"))
      end
    end)
  end)

  it("may be of any kind", function()
    ipmisim.sim(function(address, port, tell)
      local m <close> = open(address, port)
      assert.equal(4, #m:sensors())
      more_sensors(tell) -- and the repository that is kept holds no longer
      local list = m:sensors()
      assert.equal(12, #list)
      local ours = by_name(list)
      assert.same({ -11, 23, 1.21, 45 }, { ours["Neg Temp"].value, ours.Airflow.value,
        ours.Square.value, ours.Duty.value })
      assert.same({ 1, "unavailable" }, { ours.Duty.lun, ours.Far.state })
      assert.same({ "Power Supply Failure detected" }, ours["PS 2"].states)
      assert.equal(9, compare_ipmitool(list, address, port, "3"))
      -- It ends at the first sensor of another LUN.
      assert.is_true(compare_freeipmi(list, address, port, "3") >= 10)
    end)
  end)

  it("make temperatures, fans, power supplies and health", function()
    ipmisim.sim(function(address, port, tell)
      local m <close> = open(address, port)
      assert.same({ { name = "CPU1 Temp", reading_c = 40, upper_non_critical_c = 80,
        upper_critical_c = 90, status = "OK", physical_context = "CPU" } }, m:temperatures())
      assert.same({ { name = "Fan 1", reading_rpm = 6000, lower_non_critical_rpm = 1200,
        status = "OK" } }, m:fans())
      assert.same({ { name = "PS1", status = "OK" } }, m:power_supplies())
      local record = m:chassis_health()
      assert.same({ "OK", "OK", "OK" }, { record.overall, record.thermal, record.power })
      tell("sensor_set_value 0x20 0 1 93 0", "sensor_set_bit 0x20 0 4 1 1 0")
      record = m:chassis_health()
      assert.same({ "Critical", "Critical", "Critical" },
        { record.overall, record.thermal, record.power })
      assert.matches("CPU1 Temp is critical", table.concat(m.trail[#m.trail].notes, "\n"))
    end)
  end)
end)

describe("sensors of a BMC with faults", function()
  local function read(options)
    return ipmisim.farm(options, function(address, port)
      local m <close> = open(address, port, { timeout = 60, set = QUICK })
      local list = m:sensors()
      if not options.quirk and not options.loss then
        assert.equal(4, compare_ipmitool(list, address, port, "17"))
        assert.equal(4, compare_freeipmi(list, address, port, "17"))
      end
      return list
    end)
  end

  for _, quirk in ipairs { "sdrres", "sdrchunk", "trail", "dropsession", "busy", "badsum", "dup",
    "stale" } do
    it("are the same with " .. quirk, function()
      local plain = read {}
      assert.equal(4, #plain)
      assert.same(plain, read { quirk = quirk })
    end)
  end

  it("are the same when datagrams are lost", function()
    assert.same(read {}, read { loss = 10 })
  end)
end)

describe("the repository of ipmi_sim", function()
  it("has the records that ipmitool lists", function()
    ipmisim.sim(function(address, port)
      local m <close> = open(address, port)
      local known = {}
      for _, record in ipairs(sdr.of(ipmi.of(m.target)).records) do
        known[record.name] = record
      end
      local n = 0
      for _, row in ipairs(rows(run { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address,
        "-p", tostring(port), "-U", ipmisim.USER, "-P", ipmisim.PASSWORD, "-C", "3", "-L", "USER",
        "sdr", "elist", "all" }, "|")) do
        local record = known[row[1]]
        n = n + 1
        assert.equal(row[4], ("%d.%d"):format(record.entity_id, record.entity_instance), row[1])
        if record.number then
          assert.equal(row[2], ("%02xh"):format(record.number), row[1])
        end
        if record.kind == "fru_locator" then
          assert.matches(("FRU @%02xh$"):format(record.address), row[5])
        elseif record.kind == "mc_locator" then
          assert.matches(("MC @ %02xh$"):format(record.address), row[5])
        end
      end
      assert.equal(8, n)
    end)
  end)
end)
