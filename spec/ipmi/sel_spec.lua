-- SPDX-License-Identifier: GPL-3.0-or-later
local bmc = require "bmc"
local bytes = require("bmc.hex").bytes
local cjson = require "cjson"
local core = require "_bmcsh.sel"
local ipmisim = require "support.ipmisim"
local read = require "bmc.ipmi.sel.read"
local records = require "bmc.ipmi.sel.record"
local spawn = require "_bmcsh.spawn"
local support = require "support"

-- ---- one record ----

-- id, type, time, generator, format; then sensor type, number, direction and type, three of data
local function event(tail, id, time)
  return ("<I2BI4BBB"):pack(id or 1, 2, time or 1700000000, 0x20, 0, 4) .. bytes(tail)
end

describe("a SEL record", function()
  it("of a threshold has reading and threshold as bytes", function()
    local e = core.decode(event "01 07 01 59 5d 5a")
    assert.same({
      id = 1, type = 2, kind = "event", timestamp = 1700000000, owner = 0x20, channel = 0, lun = 0,
      number = 7, sensor_type = "Temperature", sensor_type_code = 1, event_type = "Threshold",
      event_type_code = 1, asserted = true, event = "Upper Critical - going high",
      reading = 0x5D, threshold = 0x5A, severity = "Critical",
    }, e)
    e = core.decode(event "01 07 81 59 5d 5a")
    assert.is_false(e.asserted)
    e = core.decode(event "01 07 01 09 5d 5a") -- the bytes are not given
    assert.same({}, { e.reading, e.threshold, e.extra })
  end)

  it("of other sensors has words, by FreeIPMI's tables", function()
    local e = core.decode(event "08 0a 6f 01 ff ff")
    assert.same({ "Power Supply", "Power Supply Failure detected", "Sensor-specific Discrete",
      "Critical" }, { e.sensor_type, e.event, e.event_type, e.severity })
    e = core.decode(event "08 0a 6f 00 ff ff")
    assert.same({ "Presence detected", "OK" }, { e.event, e.severity })
    e = core.decode(event "0c 55 6f 00 ff ff")
    assert.same({ "Correctable memory error", "Warning" }, { e.event, e.severity })
    e = core.decode(event "23 01 6f c1 11 ff")
    assert.same({ "Watchdog 2", "Hard Reset" }, { e.sensor_type, e.event })
    assert.is_truthy(e.extra)
    e = core.decode(event "04 01 03 01 ff ff")
    assert.same({ "Fan", "State Asserted", "Generic Discrete" },
      { e.sensor_type, e.event, e.event_type })
    assert.equal("OEM", core.decode(event "c0 01 70 01 ff ff").event_type)
    assert.equal("Reserved", core.decode(event "c0 01 00 01 ff ff").event_type)
  end)

  it("is read by the tables of the board's maker", function()
    local tail = "c1 12 6f 01 ff ff" -- a PowerEdge
    local plain = core.decode(event(tail))
    assert.equal("Event Offset = 01h", plain.event)
    assert.equal("Failed to program virtual MAC address",
      core.decode(event(tail), 674, 256).event)
    assert.same(plain, core.decode(event(tail))) -- nothing is left of the other one
  end)

  it("of a maker keeps its bytes", function()
    local timed = bytes "0400 c0 80f15365 a20200 01 02 03 04 05 ff"
    assert.same({ id = 4, type = 0xC0, kind = "oem timed", timestamp = 0x6553F180,
      manufacturer = 674 }, core.decode(timed))
    local record = records.decode(timed)
    assert.same({ "OEM record C0h of manufacturer 674: 01 02 03 04 05 ff", "01 02 03 04 05 ff",
      "OEM", "0400c080f15365a20200010203040" .. "5ff" },
      { record.message, record.description, record.event_type, record.raw })
    assert.is_truthy(record.created)
    record = records.decode(bytes "0500 e0 11 22 33 44 55 66 77 88 99 aa bb cc dd")
    assert.same({ "OEM record E0h: 11 22 33 44 55 66 77 88 99 aa bb cc dd" }, { record.message,
      record.created, record.timestamp, record.severity })
    record = records.decode(bytes "0600 10 112233445566778899aabbccdd")
    assert.matches("^record of unknown type 10h: 11 22 33", record.message)
    record = records.decode(bytes "0700 f0 20 00" .. "Fatal excep")
    assert.matches("Fatal excep", record.message) -- Linux writes what it panics of
  end)

  it("whatever its bytes, is decoded", function()
    math.randomseed(3)
    for _ = 1, 3000 do
      local raw = {}
      for i = 1, 16 do
        raw[i] = string.char(math.random(0, 255))
      end
      raw[3] = math.random(3) > 1 and "\2" or raw[3]
      local maker = ({ 0, 343, 674, 10876, 47488, 7244, 10368 })[math.random(7)]
      local record = records.decode(table.concat(raw),
        { manufacturer_id = maker, product_id = math.random(0, 300) })
      assert.is_truthy(utf8.len(record.message))
      assert.is_truthy(cjson.encode(record))
    end
    assert.error_matches(function() core.decode(("x"):rep(15)) end, "16 bytes")
  end)
end)

describe("the words of a SEL record", function()
  local function words(tail, sensor)
    return records.decode(event(tail), nil, function() return sensor end).message
  end

  it("have the values in the units of the sensor, or bare", function()
    local sensor = { name = "Inlet", units = "°C", numeric = true, sensor = {
      value = function(_, raw) return raw / 2 end,
    } }
    assert.equal("Inlet: Upper Critical - going high, 46.5 °C (threshold 45 °C)",
      words("01 07 01 59 5d 5a", sensor))
    assert.equal("Inlet: Upper Critical - going high deasserted, 46.5 °C (threshold 45 °C)",
      words("01 07 81 59 5d 5a", sensor))
    assert.equal("Inlet: Upper Critical - going high, 46.5 °C",
      words("01 07 01 49 5d 5a", sensor))
    sensor.nonlinear = true
    assert.equal("Inlet: Upper Critical - going high, 5Dh (threshold 5Ah)",
      words("01 07 01 59 5d 5a", sensor))
    assert.equal("sensor 07h of 20h: Upper Critical - going high, 5Dh (threshold 5Ah)",
      words("01 07 01 59 5d 5a"))
    assert.matches("^Log: All Event Logging Disabled, ", words("10 07 6f c3 01 02",
      { name = "Log" }))
  end)
end)

describe("the time of a SEL record", function()
  local function time(stamp, zone)
    local record = records.decode(event("01 07 01 59 5d 5a", 1, stamp), nil, nil, zone)
    return { record.created, record.uptime_s }
  end

  it("has a zone where the BMC tells one", function()
    assert.same({ "2023-11-14T22:13:20" }, time(1700000000))
    assert.same({ "2023-11-14T22:13:20Z" }, time(1700000000, 0))
    assert.same({ "2023-11-14T22:13:20+05:30" }, time(1700000000, 330))
    assert.same({ "2023-11-14T22:13:20-08:00" }, time(1700000000, -480))
    assert.equal(1700000000 - 330 * 60, records.at(1700000000, 330))
  end)

  it("is an uptime when the BMC did not know better", function()
    assert.same({ nil, 77 }, time(77))
    assert.same({ nil, 0x1FFFFFFF }, time(0x1FFFFFFF, 60))
    assert.same({ "1987-01-05T18:48:32" }, time(0x20000000))
    assert.same({}, time(0xFFFFFFFF))
  end)
end)

-- ---- a log ----

-- A BMC with a log, as bmc.ipmi.Client has it. Fields: list of records, asked (names of commands),
-- and of what it is capable: most (bytes of a part), lose (reservations that it loses), loop (id
-- of the record that is said to come after the last).
local function new_bmc(list, options)
  local self = { list = list, asked = {}, target = {}, lose = 0, reservation = 0 }
  for name, value in pairs(options or {}) do
    self[name] = value
  end
  local function fail(completion, code)
    return nil, { code = code or "rejected", completion = completion, text = "no", effect = "none" }
  end
  local function id_of(i)
    return (("<I2"):unpack(self.list[i]))
  end
  local commands = {}
  commands["Get SEL Info"] = function()
    return ("<BI2I2I4I4B"):pack(0x51, #self.list, 4000, 1, 1, self.support or 0x02)
  end
  commands["Reserve SEL"] = function()
    self.reservation = self.reservation + 1
    return ("<I2"):pack(self.reservation)
  end
  commands["Get SEL Entry"] = function(data)
    local reservation, id, offset, size = ("<I2I2BB"):unpack(data)
    local at = id == 0 and 1 or id == 0xFFFF and #self.list or nil
    for i = 1, #self.list do
      at = at or id == id_of(i) and i or nil
    end
    if not self.list[at] then
      return fail(0xCB, "missing")
    elseif self.most and size > self.most then
      return fail(0xCA)
    elseif offset > 0 and reservation ~= self.reservation then
      return fail(0xC5, "busy")
    elseif offset > 0 and self.lose > 0 then
      self.lose, self.reservation = self.lose - 1, self.reservation + 1
      return fail(0xC5, "busy")
    end
    local following = at < #self.list and id_of(at + 1) or self.loop or 0xFFFF
    if id == self.broken then
      return fail(0xC3, "busy")
    end
    local part = self.list[at]:sub(offset + 1, size == 0xFF and -1 or offset + size)
    return ("<I2"):pack(following) .. part .. (self.trail or "")
  end
  commands["Clear SEL"] = function(data)
    local reservation, what = ("<I2xxxB"):unpack(data)
    if reservation ~= self.reservation then
      return fail(0xC5, "busy")
    elseif what == 0xAA then
      if self.meanwhile then
        self:meanwhile()
        return fail(0xC5, "busy")
      end
      self.erasing = self.slow or 0
    else
      self.erasing = math.max(self.erasing - 1, 0)
    end
    self.list = self.erasing == 0 and not self.stuck and {} or self.list
    return string.char(self.erasing == 0 and 1 or 0)
  end
  commands["Get SEL Time"] = function()
    return ("<I4"):pack(self.now or 1700000000)
  end
  commands["Get SEL Time UTC Offset"] = function()
    return ("<i2"):pack(self.zone or 0x7FF)
  end
  function self.ask(_, name, data)
    self.asked[#self.asked + 1] = name
    if not commands[name] then
      return fail(0xC1, "unsupported")
    end
    local reply, e = commands[name](data)
    return reply, e or 0
  end
  function self.device()
    return { manufacturer_id = 10876, product_id = 1, firmware = "1", sdr_repository = true }
  end
  return self
end

local function count(list, name)
  local n = 0
  for _, one in ipairs(list) do
    n = n + (one == name and 1 or 0)
  end
  return n
end

-- n records, an hour apart, with ids from first on.
local function hourly(n, first)
  local list = {}
  for i = 1, n do
    list[i] = event("08 0a 6f 01 ff ff", (first or 1) + i - 1, 1700000000 + i * 3600)
  end
  return list
end

describe("reading a SEL", function()
  local function all(client)
    return read.all(read.new(client))
  end

  it("takes whole records, and what comes behind them does not matter", function()
    for _, options in ipairs { {}, { trail = "\1\2\3\4" } } do
      local client = new_bmc(hourly(20), options)
      assert.same(hourly(20), all(client))
      assert.equal(20, #client.asked)
    end
    assert.same({}, (all(new_bmc {})))
  end)

  it("takes parts where the BMC wants it so, and remembers their size", function()
    for _, most in ipairs { 16, 8, 6, 3, 2 } do
      local client = new_bmc(hourly(5), { most = most })
      assert.same(hourly(5), all(client))
      assert.is_true(count(client.asked, "Get SEL Entry") <= 5 * 8 + 5, most)
    end
    assert.equal(0xCA, select(2, all(new_bmc(hourly(1), { most = 1 }))).completion)
  end)

  it("reserves again when the reservation is lost, and gives up in the end", function()
    local client = new_bmc(hourly(3), { most = 8, lose = 4 })
    assert.same(hourly(3), all(client))
    client = new_bmc(hourly(3), { most = 8, lose = 99 })
    assert.equal(0xC5, select(2, all(client)).completion)
  end)

  it("ends where ids go in a circle", function()
    for _, loop in ipairs { 2, 5, 0 } do
      local list, e, why = all(new_bmc(hourly(5), { loop = loop }))
      assert.same({ hourly(5) }, { list, e })
      assert.matches("followed by " .. loop, why)
    end
  end)
end)

describe("a SEL with a record that nobody can read", function()
  it("is read up to there", function()
    local list, e, why = read.all(read.new(new_bmc(hourly(5), { broken = 4 })))
    assert.same({ 3, nil }, { #list, e })
    assert.matches("^record 4: ", why)
    list, e = read.all(read.new(new_bmc(hourly(5), { broken = 0 })))
    assert.same({ nil, 0xC3 }, { list, e.completion })
  end)
end)

describe("the newest entries of a SEL", function()
  local sel = require "bmc.ipmi.sel"

  local function newest(client, want)
    local notes = {}
    want.limit = want.limit or math.huge
    local entries = assert(sel.entries(client, want, function(text) notes[#notes + 1] = text end))
    local ids = {}
    for i, entry in ipairs(entries) do
      ids[i] = tonumber(entry.id)
    end
    return ids, table.concat(notes, "\n"), entries
  end

  it("are read from the end", function()
    local client = new_bmc(hourly(1000))
    assert.same({ 1000, 999, 998 }, (newest(client, { limit = 3 })))
    assert.equal(3, count(client.asked, "Get SEL Entry"))
  end)

  it("are found in a log whose ids have gaps, or that is cleared meanwhile", function()
    local list = hourly(10)
    table.remove(list, 9)
    assert.same({ 10, 8, 7 }, (newest(new_bmc(list), { limit = 3 })))
    assert.same({ 3, 2 }, (newest(new_bmc(hourly(3, 1)), { limit = 2 })))
    local wrapped = hourly(2, 0xFFFD)
    wrapped[3], wrapped[4] = hourly(1, 1)[1], hourly(1, 2)[1]
    assert.same({ 2, 1, 0xFFFE }, (newest(new_bmc(wrapped), { limit = 3 })))
  end)

  it("are all there are, when that is wanted", function()
    assert.same({ 4, 3, 2, 1 }, (newest(new_bmc(hourly(4)), {})))
    assert.same({}, (newest(new_bmc {}, {})))
  end)

  it("can be those since a time, by the BMC's clock", function()
    local client = new_bmc(hourly(100), { now = 1700000000 + 100 * 3600 + 60 })
    assert.same({ 100, 99, 98 }, (newest(client, { since = { span = 2.5 * 3600 } })))
    assert.is_true(count(client.asked, "Get SEL Entry") < 20)
    client.zone = 60
    assert.same({ 100, 99, 98 }, (newest(client, { since = { span = 2.5 * 3600 } })))
    assert.same({ 100 }, (newest(client, { since = { at = 1700000000 + 99 * 3600 } })))
  end)

  it("without a time are as old as those around them", function()
    local list = hourly(30)
    list[29] = event("08 0a 6f 01 ff ff", 29, 5) -- up 5 s
    list[10] = event("08 0a 6f 01 ff ff", 10, 5)
    list[25] = event("08 0a 6f 01 ff ff", 25, 1000000000) -- a clock that was wrong
    local ids = newest(new_bmc(list), { since = { at = 1700000000 + 24 * 3600 } })
    assert.same({ 30, 29, 28, 27, 26, 24 }, ids)
  end)

  it("can be the bad ones", function()
    local list = hourly(9)
    list[9] = event("08 0a 6f 00 ff ff", 9)
    local function keep(entry) return entry.severity == "Critical" end
    assert.same({ 8, 7 }, (newest(new_bmc(list), { limit = 2, keep = keep })))
  end)

  it("come with a word when events were lost, or sensors have no names", function()
    local _, notes, entries = newest(new_bmc(hourly(2), { support = 0x82 }), {})
    assert.matches("later events were lost", notes)
    assert.matches("sensors have no names", notes)
    assert.equal("sensor 0Ah of 20h: Power Supply Failure detected", entries[1].message)
  end)
end)

describe("clearing a SEL", function()
  local clear = require("bmc.ipmi.sel.clear").clear

  local function quiet() end

  it("waits for the end, and counts", function()
    assert.same({ entries = 7, left = 0 }, clear(new_bmc(hourly(7)), nil, 5, quiet))
    assert.same({ entries = 7, left = 0 }, clear(new_bmc(hourly(7), { slow = 2 }), nil, 5, quiet))
    assert.same({ entries = 0, left = 0 }, clear(new_bmc {}, nil, 5, quiet))
  end)

  it("loses no entry that comes in after the others were saved", function()
    local client, saved = new_bmc(hourly(3)), {}
    function client.meanwhile(self)
      self.meanwhile, self.reservation = nil, self.reservation + 1
      self.list = hourly(4)
    end
    local done = clear(client, function(entries)
      saved[#saved + 1] = #entries
      return true
    end, 5, quiet)
    assert.same({ { entries = 4, left = 0 }, { 3, 4 } }, { done, saved })
  end)

  it("does nothing when they cannot be saved", function()
    local client = new_bmc(hourly(3))
    local done, e = clear(client, function() return nil, { code = "rejected", text = "disk" } end,
      5, quiet)
    assert.same({ nil, "disk" }, { done, e.text })
    assert.equal(0, count(client.asked, "Clear SEL"))
    client.loop = 1
    done, e = clear(client, function() return true end, 5, quiet)
    assert.same({ nil, "protocol", "none" }, { done, e.code, e.effect })
    assert.equal(0, count(client.asked, "Clear SEL"))
  end)

  it("gives up on a log that is always written, or stays as it is", function()
    local client = new_bmc(hourly(3))
    function client.meanwhile() client.reservation = client.reservation + 1 end
    assert.equal(0xC5, select(2, clear(client, nil, 5, quiet)).completion)
    local done, e = clear(new_bmc(hourly(3), { stuck = true }), nil, 0.1, quiet)
    assert.same({ nil, "timeout", "unknown" }, { done, e.code, e.effect })
    assert.matches("still holds its 3 entries", e.text)
  end)
end)

-- ---- BMCs that others wrote ----

-- A session that a BMC has forgotten is noticed sooner than usual.
local QUICK = { "generic.ipmi.silence=2" }

local function open(address, port, options)
  local o = { host = ("ipmi://%s:%d"):format(address, port), user = "admin",
    password = ipmisim.PASSWORD }
  for name, value in pairs(options or {}) do
    o[name] = value
  end
  return bmc.open(o)
end

-- In UTC wherever the specs run: these tools tell the time of the place.
local function ipmitool(address, port, ...)
  return spawn.run { "env", "TZ=UTC", ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address,
    "-p", tostring(port), "-U", "admin", "-P", ipmisim.PASSWORD, "-C", "3", timeout = 30, ...
  }.stdout
end

-- Events of thresholds, a discrete sensor, one that has no SDR, two of a maker.
local EVENTS = {
  "sensor_set_value 0x20 0 1 93 1", "sensor_set_value 0x20 0 1 40 1",
  "sensor_set_bit 0x20 0 4 1 1 1",
  "sel_add 0x20 2 0 0 0 0 0x20 0 4 8 0x33 0x6f 0 255 255",
  "sel_add 0x20 0xc0 0 0 0 0 1 2 3 4 5 6 7 8 9", "sel_add 0x20 0xe0 0 1 2 3 4 5 6 7 8 9 10 11 12",
}

local function with_events(f)
  ipmisim.sim(function(address, port, tell)
    ipmitool(address, port, "sel", "time", "set", "now")
    tell(table.unpack(EVENTS))
    f(address, port, tell)
  end)
end

-- "Upper Critical - going high" and "Upper Critical going high" are one.
local function plain(words)
  return (words:lower():gsub("[^%w]+", " "))
end

describe("sel_entries", function()
  it("says what ipmitool says", function()
    with_events(function(address, port)
      local theirs = {}
      local columns = "^ *(%x+) | (%S+) +| (%S+) UTC | (.-) | (.-) | (%S+)"
      for line in (ipmitool(address, port, "sel", "elist") .. "\n"):gmatch("(.-)\n") do
        local id, day, time, sensor, what, direction = line:match(columns)
        if id then
          theirs[tonumber(id, 16)] = { day = day, time = time, sensor = sensor, what = what,
            direction = direction, value = line:match("Reading (%S+)"),
            limit = line:match("Threshold (%S+)") }
        end
      end
      local m <close> = open(address, port)
      local ours, compared = m:sel_entries(), 0
      assert.equal(8, #ours)
      for i, entry in ipairs(ours) do
        assert.equal(#ours - i + 1, tonumber(entry.id))
        local their = theirs[tonumber(entry.id)]
        if entry.sensor then
          compared = compared + 1
          local month, day, year = their.day:match("(%d+)/(%d+)/(%d+)")
          assert.equal(("20%s-%s-%sT%s"):format(year, month, day, their.time), entry.created)
          assert.equal(their.direction:lower(), entry.direction)
          assert.is_truthy(their.sensor:find(entry.sensor_type, 1, true))
          if entry.event_type == "Threshold" then
            assert.equal(plain(their.what), plain(entry.entry_code))
            assert.equal(entry.sensor_type .. " " .. entry.sensor, their.sensor)
            assert.matches((", %s °C %%(threshold %s °C%%)$"):format(their.value, their.limit),
              entry.description)
          end
        end
      end
      assert.equal(6, compared)
      assert.same({ "OEM", "OEM" }, { ours[1].event_type, ours[2].event_type })
    end)
  end)

  it("says what FreeIPMI's ipmi-sel says", function()
    with_events(function(address, port)
      local dir <close> = support.tmpdir()
      local printed = spawn.run { "env", "TZ=UTC", ipmisim.program("ipmi-sel"), "-D", "LAN_2_0",
        "-I", "3", "-W", "opensesspriv", "-h", ("%s:%d"):format(address, port), "-u", "admin", "-p",
        ipmisim.PASSWORD, "--sdr-cache-directory=" .. dir.path, "--quiet-cache",
        "--no-header-output", "--comma-separated-output", "--output-event-state",
        "--system-event-only", timeout = 30 }.stdout
      local m <close> = open(address, port)
      local ours, compared = {}, 0
      for _, entry in ipairs(m:sel_entries()) do
        ours[entry.id] = entry
      end
      local states = { Nominal = "OK", Warning = "Warning", Critical = "Critical" }
      for line in printed:gmatch("[^\n]+") do
        local id, _, time, name, kind, state, what =
          line:match("^(%d+),(.-),(.-),(.-),(.-),(.-),(.*)$")
        local entry = ours[id]
        compared = compared + 1
        assert.equal(time, entry.created:sub(12))
        assert.equal(states[state], entry.severity)
        assert.equal(kind, entry.sensor_type)
        assert.equal(what:match("^[^;]-%f[ ;\0] ?;") and what:match("^(.-) ;") or what,
          entry.entry_code)
        assert.is_true(name == entry.sensor or name:find("Sensor #", 1, true) == 1)
      end
      assert.equal(6, compared, printed)
    end)
  end)

  it("takes the newest, the worst, those since", function()
    with_events(function(address, port)
      local m <close> = open(address, port)
      local two = m:sel_entries { limit = 2 }
      assert.same({ "8", "7" }, { two[1].id, two[2].id })
      for _, entry in ipairs(m:sel_entries { severity = "critical" }) do
        assert.equal("Critical", entry.severity)
      end
      assert.equal(8, #m:sel_entries { since = "1h", log = "SEL" })
      local late = m:sel_entries { since = "2100-01-01" }
      assert.same({ "8" }, { late[1].id, late[2] and late[2].id }) -- its time nobody knows
      assert.equal("missing", select(2, bmc.try(m.sel_entries, m, { log = "IML" })).code)
      assert.equal("rejected", select(2, bmc.try(m.sel_entries, m, { since = "soon" })).code)
    end)
  end)

  it("is right with BMCs that make trouble", function()
    for _, quirks in ipairs { { "trail", "dup", "busy", "badsum", "sdrres" },
      { "stale", "badmac", "dropsession", "sdrchunk" } } do
      ipmisim.farm({ quirk = quirks }, function(address, port)
        local m <close> = open(address, port, { set = QUICK })
        for _ = 1, 3 do
          local entries = m:sel_entries()
          assert.same({ 3, "3", "2", "1" },
            { #entries, entries[1].id, entries[2].id, entries[3].id })
          for _, entry in ipairs(entries) do
            assert.is_nil(entry.sensor:find("^sensor %x%xh"), entry.sensor)
          end
        end
      end)
    end
  end)
end)

describe("clear_sel over IPMI", function()
  it("saves the entries and clears the log", function()
    with_events(function(address, port)
      local dir <close> = support.tmpdir()
      local m <close> = open(address, port)
      local before = m:sel_entries()
      local done = m:clear_sel { save = dir.path .. "/sel.jsonl" }
      assert.same({ "SEL", 8, 0, dir.path .. "/sel.jsonl", "ipmi" },
        { done.log, done.entries, done.left, done.saved, done.way })
      assert.matches("SEL has no entries", ipmitool(address, port, "sel", "list")
        .. "SEL has no entries")
      assert.matches("Entries +: 0\n", ipmitool(address, port, "sel", "info"))
      local n = 0
      for line in dir:read("sel.jsonl"):gmatch("[^\n]+") do
        n = n + 1
        assert.same(before[#before - n + 1], cjson.decode(line))
      end
      assert.equal(8, n)
      assert.same({}, m:sel_entries())
    end)
  end)

  it("is held back in a dry run, refused to a reader, and clears nothing unsaved", function()
    with_events(function(address, port)
      local dir <close> = support.tmpdir()
      local events = {}
      local dry <close> = open(address, port, { dry_run = true, trace = function(event_of)
        events[#events + 1] = event_of.kind == "dry-run" and event_of or nil
      end })
      local done = dry:clear_sel { save = dir.path .. "/sel.jsonl" }
      assert.same({ 8 }, { done.entries, done.left, done.saved })
      assert.matches("^Clear SEL", events[1].method)
      assert.equal(1, #events)
      local reader <close> = open(address, port, { read_only = true })
      assert.equal("rejected", select(2, bmc.try(reader.clear_sel, reader)).code)
      local path = dir:write("taken.jsonl", "precious\n")
      local m <close> = open(address, port)
      local e = select(2, bmc.try(m.clear_sel, m, { save = path }))
      assert.same({ "rejected", "none" }, { e.code, e.effect })
      assert.matches("nothing was cleared", e.text)
      assert.equal("precious\n", dir:read("taken.jsonl"))
      assert.equal("missing", select(2, bmc.try(m.clear_sel, m, { log = "IML" })).code)
      assert.equal(8, #m:sel_entries())
    end)
  end)

  it("is a command", function()
    with_events(function(address, port)
      local function run(...)
        return support.bmcsh { "sel", "-H", ("ipmi://%s:%d"):format(address, port), "-u", "admin",
          env = { BMC_PASSWORD = ipmisim.PASSWORD }, ... }
      end
      local shown = run()
      assert.equal(0, shown.status, shown.stderr)
      assert.matches("^TIME +SEVERITY +LOG +ID +MESSAGE\n", shown.stdout)
      assert.matches("CPU1 Temp: Upper Critical %- going high, 93 °C", shown.stdout)
      shown = run("--clear", "--yes")
      assert.matches("^log +SEL\nentries cleared +8\nentries now +0\n", shown.stdout)
    end)
  end)
end)
