-- SPDX-License-Identifier: GPL-3.0-or-later
local bmc = require "bmc"
local core = require "_bmcsh.fru"
local ipmisim = require "support.ipmisim"
local records = require "bmc.ipmi.fru.record"
local spawn = require "_bmcsh.spawn"
local support = require "support"

-- ---- memories made here ----

local TYPES = { binary = 0, bcd = 1, six = 2, text = 3 }

-- A field: "text" as it is, or bytes of another type.
local function field(content, kind)
  return string.char(TYPES[kind or "text"] << 6 | #content) .. content
end

local function summed(bytes)
  local sum = 0
  for i = 1, #bytes do
    sum = sum + bytes:byte(i)
  end
  return bytes .. string.char(-sum & 0xFF)
end

-- An area: what stands before its fields, and its fields.
local function area(head, ...)
  local body = head .. table.concat { ... } .. "\xC1"
  body = body .. ("\0"):rep(-(#body + 3) % 8)
  return summed("\1" .. string.char((#body + 3) // 8) .. body)
end

local function chassis(...) return area("\x17", ...) end
local function board(...) return area("\x19\0\x0f\xc0", ...) end
local function product(...) return area("\x19", ...) end

local function multirecord(kind, data, last)
  local sum = summed(data):byte(-1)
  return summed(string.char(kind, 0x02 | (last and 0x80 or 0), #data, sum)) .. data
end

-- A whole memory: chassis, board and product areas or nil, then multirecords in one string.
local function memory(parts)
  local head, body = "\1\0", ""
  for _, name in ipairs { "chassis", "board", "product", "records" } do
    local part = parts[name]
    head = head .. string.char(part and (8 + #body) // 8 or 0)
    body = body .. (part or "")
    body = body .. ("\0"):rep(-#body % 8)
  end
  return summed(head .. "\0") .. body
end

local WHOLE = memory {
  chassis = chassis(field "PN-C", field "SN-C", field "rack 7"),
  board = board(field "Maker", field "Board", field "SN-B", field "PN-B", field "file"),
  product = product(field "Maker", field "Node", field "PN", field "v1", field "SN", field "TAG",
    field "file", field "one", field "", field "two"),
  records = multirecord(0xC0, "\x02\xA2\x00OEM") .. multirecord(0x01,
    ("<Bi2i2i2I2I2I2"):pack(0x81, 1200, -60, 60, 120, 500, 41000), true),
}

local function decode(bytes)
  return assert(core.decode(bytes))
end

-- A product area with one field for its name.
local function name_of(content, kind, language)
  local bytes = memory { product = area(string.char(language or 25), field "Mk",
    field(content, kind)) }
  return decode(bytes).product.name
end

-- ---- decoding ----

describe("the inventory of a FRU", function()
  it("has chassis, board and product areas with what makers add", function()
    local fru = decode(WHOLE)
    assert.same({ checksum_ok = true, type = "Rack Mount Chassis", part_number = "PN-C",
      serial = "SN-C", custom = { "rack 7" } }, fru.chassis)
    assert.same({ checksum_ok = true, language = "English", made = 1575659520,
      manufacturer = "Maker", product_name = "Board", serial = "SN-B", part_number = "PN-B",
      file_id = "file" }, fru.board)
    assert.same({ checksum_ok = true, language = "English", manufacturer = "Maker", name = "Node",
      part_number = "PN", version = "v1", serial = "SN", asset_tag = "TAG", file_id = "file",
      custom = { "one", "two" } }, fru.product)
    assert.same({}, fru.problems)
    assert.is_true(fru.checksum_ok)
  end)

  it("has fields in four encodings", function()
    assert.equal("00ff10", name_of("\x00\xFF\x10", "binary"))
    assert.equal("1234567890 -.:,_", name_of("\x12\x34\x56\x78\x90\xAB\xCD\xEF", "bcd"))
    assert.equal("IPMI", name_of("\x29\xDC\xA6", "six")) -- the definition's own example
    assert.equal("AB", name_of("\xA1\x08", "six"))
    assert.equal("Größe", name_of("Gr\xF6\xDFe"))
    assert.equal("padded", name_of("padded  \0\0\xFF\xFF"))
    assert.equal("padded", name_of("padded\xFF\xFF"))
    assert.is_nil(name_of("   "))
    assert.is_nil(name_of(""))
  end)

  it("has texts of other languages as UTF-16, and as what boards make of that", function()
    assert.equal("节点", name_of("\x82\x82\xB9\x70", "text", 135))
    assert.equal("Node", name_of("N\0o\0d\0e\0", "text", 135))
    assert.equal("Node", name_of("Node", "text", 135))
    assert.equal("Nod\u{e9}", name_of("Nod\xE9", "text", 25))
    assert.equal("a?", name_of("a\0\x00\xD8", "text", 135))
    assert.equal("Chinese", decode(memory { product = area("\x87") }).product.language)
  end)

  it("ends its fields where the end mark is", function()
    local fru = decode(memory { board = board(field "Maker") })
    assert.same({ checksum_ok = true, language = "English", made = 1575659520,
      manufacturer = "Maker" }, fru.board)
    assert.is_nil(decode(memory { board = area("\x19\0\0\0", field "Mk") }).board.made)
  end)
end)

-- A power supply of 800 W, its output and a load, values as in the storage definition.
local SUPPLY = ("<I2I2BBI2I2I2I2BBBBI2BI2B"):pack(0xF000 | 800, 1000, 30, 5, 9000, 14000, 18000,
  26400, 47, 63, 20, 0x0B, 3 << 12 | 900, 0x12, 800, 10)
local OUTPUT = "\x83" .. ("<i2i2i2I2I2I2"):pack(-1200, -60, 60, 120, 500, 41000)
local LOAD = ("<Bi2i2i2I2I2I2"):pack(1, 330, 313, 347, 50, 0, 10000)

describe("the multirecords of a FRU", function()
  local function one(kind, data)
    local fru = decode(memory { records = multirecord(kind, data, true) })
    assert.same({}, fru.problems)
    assert.equal(1, #fru.records)
    local record = fru.records[1]
    assert.same({ true, kind, data }, { record.checksum_ok, record.type_code, record.data })
    record.checksum_ok, record.type_code, record.data = nil, nil, nil
    return record
  end

  it("tell of a power supply", function()
    assert.same({
      type = "power supply", capacity_w = 800, peak_va = 1000, inrush_current_a = 30,
      inrush_interval_ms = 5, input_voltage_min_v = 90, input_voltage_max_v = 140,
      second_input_voltage_min_v = 180, second_input_voltage_max_v = 264,
      input_frequency_min_hz = 47, input_frequency_max_hz = 63, dropout_tolerance_ms = 20,
      predictive_fail = true, power_factor_correction = true, autoswitch = false,
      hot_swap = true, peak_capacity_w = 900, hold_up_time_s = 3, combined_capacity_w = 800,
      fail_threshold_rps = 10,
    }, one(0x00, SUPPLY))
    local unknown = one(0x00, ("\xFF"):rep(24))
    assert.same({}, { unknown.capacity_w, unknown.peak_va, unknown.peak_capacity_w })
  end)

  it("tell of outputs and loads, with the units of the extended ones", function()
    local values = OUTPUT:sub(2)
    local output = {
      type = "DC output", output = 3, standby = true, nominal_voltage_v = -12,
      negative_deviation_v = -0.6, positive_deviation_v = 0.6, ripple_mv = 120,
      current_min_a = 0.5, current_max_a = 41,
    }
    assert.same(output, one(0x01, OUTPUT))
    output.type, output.current_min_a, output.current_max_a = "extended DC output", 5, 410
    assert.same(output, one(0x09, "\x83" .. values))
    output.current_min_a, output.current_max_a = 50, 4100
    assert.same(output, one(0x09, "\x93" .. values))
    assert.same({
      type = "DC load", output = 1, nominal_voltage_v = 3.3, voltage_min_v = 3.13,
      voltage_max_v = 3.47, ripple_mv = 50, current_min_a = 0, current_max_a = 10,
    }, one(0x02, LOAD))
    assert.equal("extended DC load", one(0x0A, "\1" .. values).type)
  end)

  it("tell of management access, compatibility and makers", function()
    assert.same({ type = "management access", sub_type = 2 }, one(0x03, "\2node7"))
    local record = records.decode(memory { records = multirecord(0x03, "\2node7\0\0", true) })
    assert.same({ "system name", "node7" }, { record.records[1].kind, record.records[1].value })
    record = records.decode(memory { records = multirecord(0x03, "\7" .. ("\xAB"):rep(16), true) })
    assert.equal(("ab"):rep(16), record.records[1].value)
    assert.same({ type = "base compatibility", manufacturer = 674, entity = 10, base = 1,
      first_code = 3 }, one(0x04, "\xA2\x02\0\x0A\1\3\xFF"))
    assert.equal("extended compatibility", one(0x05, "\xA2\x02\0\x0A\1\3\xFF").type)
    assert.same({ type = "OEM", manufacturer = 674 }, one(0xC0, "\xA2\x02\0any"))
    assert.same({ type = "NVM Express" }, one(0x0B, "\1\2\3"))
    assert.same({ type = "unknown" }, one(0x55, "\1"))
    assert.same({ type = "OEM" }, one(0xFF, ""))
  end)
end)

describe("a FRU that is wrong is shown all the same:", function()
  local function with(bytes, at, byte)
    return bytes:sub(1, at - 1) .. string.char(byte) .. bytes:sub(at + 1)
  end

  local function problems_of(bytes)
    return table.concat(decode(bytes).problems, "\n")
  end

  it("checksums", function()
    local fru = decode(with(WHOLE, 13, ("X"):byte())) -- the first letter of PN-C
    assert.same({ false, "the checksum of the chassis area is wrong" },
      { fru.chassis.checksum_ok, table.concat(fru.problems, "\n") })
    assert.equal("SN-C", fru.chassis.serial)
    assert.is_true(fru.board.checksum_ok)
    assert.is_false(decode(with(WHOLE, 7, 1)).checksum_ok)
    assert.matches("checksum of the header", problems_of(with(WHOLE, 8, 0)))
    local odd = with(WHOLE, #WHOLE - 12, 0x80)
    assert.equal("the checksum of multirecord 2 is wrong", problems_of(odd))
    assert.equal(2, #decode(odd).records)
  end)

  it("lengths and places", function()
    local alone = memory { chassis = chassis(field "PN-C", field "SN-C") }
    assert.equal("of the chassis area 16 of 64 bytes are there", problems_of(with(alone, 10, 8)))
    assert.equal("SN-C", decode(with(alone, 10, 8)).chassis.serial)
    assert.matches("the chassis area does not tell its length", problems_of(with(alone, 10, 0)))
    assert.matches("the board area begins at byte 2040 of 24", problems_of(with(alone, 4, 255)))
    assert.matches("the multirecord area begins at byte 800 of 24",
      problems_of(with(alone, 6, 100)))
    assert.matches("is of version 15", problems_of(with(alone, 9, 0xFF)))
    assert.matches("the last field of the chassis area is cut\nthe chassis area has no end mark",
      problems_of(with(alone, 12, 0xFF)))
  end)

  it("multirecords that lead nowhere", function()
    local list = memory { records = multirecord(0xC0, "\1\2\3") .. multirecord(0xC1, "\1\2\3") }
    local fru = decode(list)
    assert.equal(2, #fru.records)
    assert.matches("the last multirecord is missing", table.concat(fru.problems))
    fru = decode(with(list, 11, 200))
    assert.equal(1, #fru.records)
    assert.matches("checksum of the header of multirecord 1", table.concat(fru.problems))
    assert.equal("\1\2\3\xC1\2\3", fru.records[1].data:sub(1, 6))
  end)

  it("nothing at all", function()
    assert.same({ nil, "protocol" }, { core.decode("\1\0\0"), select(2, core.decode("")).code })
    for _, blank in ipairs { "\xFF", "\0" } do
      local record = records.decode(blank:rep(64))
      assert.same({ "the device is blank" }, record.problems)
      assert.is_nil(record.checksums)
    end
    assert.same({}, decode(memory {}).problems)
  end)

  it("any bytes", function()
    math.randomseed(4)
    local shown = 0
    for length = 0, #WHOLE do
      shown = shown + (core.decode(WHOLE:sub(1, length)) and 1 or 0)
    end
    assert.equal(#WHOLE - 7, shown)
    for _ = 1, 4000 do
      local bytes = WHOLE
      for _ = 1, math.random(6) do
        bytes = with(bytes, math.random(#bytes), math.random(0, 255))
      end
      records.decode(bytes:sub(1, math.random(8, #bytes)))
    end
  end)
end)

-- ---- reading ----

-- A BMC with one FRU device, as bmc.ipmi.Client has it. options: words, most (bytes of a part),
-- fails (from this byte on), busy (times), size (that it claims).
local function device_of(bytes, options)
  local self = { parts = {}, busy = options.busy or 0 }
  function self.ask(_, name, data)
    local e = { code = "rejected", text = name, completion = 0xCA }
    if name == "Get FRU Inventory Area Info" then
      return ("<I2B"):pack(options.size or #bytes, options.words and 1 or 0)
    elseif self.busy > 0 then
      self.busy = self.busy - 1
      return "", 0x81
    end
    local unit = options.words and 2 or 1
    local _, offset, count = ("<BI2B"):unpack(data)
    offset, count = offset * unit, count * unit
    if count > (options.most or 255) then
      return nil, e
    elseif offset >= (options.fails or math.huge) then
      e.completion = 0xC9
      return nil, e
    end
    self.parts[#self.parts + 1] = count
    local part = bytes:sub(offset + 1, offset + count)
    return string.char(#part // unit) .. part, 0
  end
  return self
end

describe("reading a FRU device", function()
  local read = require "bmc.ipmi.fru.read"
  local padded = WHOLE .. ("\xFF"):rep(400)

  it("takes what the areas take, by bytes or by words", function()
    for _, options in ipairs { {}, { words = true }, { most = 8 }, { most = 5 },
      { words = true, most = 4 }, { busy = 2 } } do
      local device = device_of(padded, options)
      local bytes = assert(read.read(device, 0))
      assert.is_true(#bytes <= #WHOLE)
      assert.same(decode(WHOLE), decode(bytes))
      for _, count in ipairs(device.parts) do
        assert.is_true(count <= (options.most or 16))
      end
    end
  end)

  it("keeps what came before a failure, and says what it was", function()
    local bytes, e = read.read(device_of(padded, { fails = 40 }), 0)
    assert.equal(WHOLE:sub(1, #bytes), bytes)
    assert.is_true(#bytes >= 40 and #bytes < 56)
    assert.equal(0xC9, e.completion)
  end)

  it("goes no further than the device", function()
    local bytes, e = read.read(device_of(padded, { size = 30 }), 0)
    assert.same({ WHOLE:sub(1, 30) }, { bytes, e })
    assert.same({ nil, "missing" }, { read.read(device_of("", { size = 0 }), 0), "missing" })
    assert.is_nil((read.read(device_of(padded, { fails = 0 }), 0)))
    assert.is_nil((read.read(device_of(padded, { busy = 99 }), 0)))
    assert.is_nil((read.read(device_of("", { size = 64 }), 0)))
  end)
end)

-- ---- next to others ----

-- What ipmitool calls the fields, and what FreeIPMI.
local NAMES = {
  ["Chassis Type"] = "chassis_type", ["Chassis Part Number"] = "chassis_part_number",
  ["Chassis Serial"] = "chassis_serial", ["Board Mfg"] = "board_manufacturer",
  ["Board Product"] = "board_product_name", ["Board Serial"] = "board_serial",
  ["Board Part Number"] = "board_part_number", ["Product Manufacturer"] = "product_manufacturer",
  ["Product Name"] = "product_name", ["Product Part Number"] = "product_part_number",
  ["Product Version"] = "product_version", ["Product Serial"] = "product_serial",
  ["Product Asset Tag"] = "product_asset_tag",
}
local FREEIPMI = {
  ["Chassis Type"] = "chassis_type", ["Chassis Part Number"] = "chassis_part_number",
  ["Chassis Serial Number"] = "chassis_serial", ["Board Manufacturer"] = "board_manufacturer",
  ["Board Product Name"] = "board_product_name", ["Board Serial Number"] = "board_serial",
  ["Board Part Number"] = "board_part_number",
  ["Product Manufacturer Name"] = "product_manufacturer", ["Product Name"] = "product_name",
  ["Product Part/Model Number"] = "product_part_number", ["Product Version"] = "product_version",
  ["Product Serial Number"] = "product_serial", ["Product Asset Tag"] = "product_asset_tag",
}
-- And what FreeIPMI calls the values of multirecords, as patterns.
local MULTIRECORDS = {
  {
    ["Power Supply Overall Capacity"] = "capacity_w", ["Power Supply Peak VA"] = "peak_va",
    ["Power Supply Max Inrush Current"] = "inrush_current_a",
    ["Power Supply Inrush Interval"] = "inrush_interval_ms",
    ["Power Supply Low End Input Voltage 1"] = "input_voltage_min_v",
    ["Power Supply High End Input Voltage 1"] = "input_voltage_max_v",
    ["Power Supply Low End Input Voltage 2"] = "second_input_voltage_min_v",
    ["Power Supply High End Input Voltage 2"] = "second_input_voltage_max_v",
    ["Power Supply Low End Acceptable Frequency"] = "input_frequency_min_hz",
    ["Power Supply High End Acceptable Frequency"] = "input_frequency_max_hz",
    ["Power Supply A/C Dropout Tolerance"] = "dropout_tolerance_ms",
    ["Power Supply Peak Capacity"] = "peak_capacity_w",
    ["Power Supply Hold Up Time"] = "hold_up_time_s",
  },
  {
    ["DC Output Output Number"] = "output", ["DC Output Nominal Voltage"] = "nominal_voltage_v",
    ["DC Output Maximum Negative Voltage Deviation"] = "negative_deviation_v",
    ["DC Output Ripple and Noise pk%-pk"] = "ripple_mv",
    ["DC Output Minimum Current Draw"] = "current_min_a",
    ["DC Output Maximum Current Draw"] = "current_max_a",
  },
  {
    ["DC Load Output Number"] = "output", ["DC Load Nominal Voltage"] = "nominal_voltage_v",
    ["DC Load Spec'd Minimum Voltage"] = "voltage_min_v",
    ["DC Load Spec'd Maximum Voltage"] = "voltage_max_v",
    ["DC Load Minimum Current Load"] = "current_min_a",
    ["DC Load Maximum Current Load"] = "current_max_a",
  },
}

-- By the number of the device: the fields as ipmitool prints them.
local function by_ipmitool(address, port)
  local printed = spawn.run { ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address, "-p",
    tostring(port), "-U", "admin", "-P", ipmisim.PASSWORD, "-C", "3", "fru", "print",
    timeout = 30 }.stdout
  local devices, id = {}, nil
  for line in printed:gmatch("[^\n]+") do
    local name, value = line:match("^ ?(.-) *: (.*)$")
    if name == "FRU Device Description" then
      id = tonumber(value:match("ID (%d+)"))
      devices[id] = {}
    elseif NAMES[name] then
      devices[id][NAMES[name]] = value
    end
  end
  return devices
end

local function by_freeipmi(address, port)
  local dir <close> = support.tmpdir()
  return spawn.run { ipmisim.program("ipmi-fru"), "-D", "LAN_2_0", "-I", "3", "-W",
    "opensesspriv", "-h", ("%s:%d"):format(address, port), "-u", "admin", "-p", ipmisim.PASSWORD,
    "--sdr-cache-directory=" .. dir.path, "--quiet-cache", "-e", "0", timeout = 30 }.stdout
end

local function same_fields(theirs, ours)
  for _, field_name in pairs(NAMES) do
    assert.equal(theirs[field_name], ours[field_name])
  end
  assert.same({}, ours.problems)
end

-- A session that a BMC has forgotten is noticed sooner than usual.
local QUICK = { "generic.ipmi.silence=2" }

local function open(address, port)
  return bmc.open { host = ("ipmi://%s:%d"):format(address, port), user = "admin",
    password = ipmisim.PASSWORD, set = QUICK }
end

describe("fru", function()
  it("says what ipmitool says, of every device", function()
    ipmisim.sim(function(address, port)
      local theirs = by_ipmitool(address, port)
      local m <close> = open(address, port)
      local ours = m:fru { all = true }
      assert.equal("ExampleCorp", ours.product_manufacturer)
      assert.equal("2019-12-06T19:12:00Z", ours.board_made)
      assert.same({ "Mainboard FRU", 1, "PS1 FRU" },
        { ours.name, #ours.others, ours.others[1].name })
      same_fields(theirs[0], ours)
      same_fields(theirs[1], ours.others[1])
      local alone = m:fru { device = 1 }
      same_fields(theirs[1], alone)
      assert.equal("missing", select(2, bmc.try(m.fru, m, { device = 9 })).code)
    end)
  end)

  it("says what FreeIPMI's ipmi-fru says", function()
    ipmisim.sim(function(address, port)
      local theirs = {}
      for name, value in by_freeipmi(address, port):gmatch("  FRU ([^\n:]-): ([^\n]+)") do
        theirs[FREEIPMI[name] or name] = value
      end
      assert.equal("PN-42", theirs.product_part_number)
      local m <close> = open(address, port)
      same_fields(theirs, m:fru())
    end)
  end)

  it("says what both say of a memory that holds more", function()
    local function prepare(dir)
      local file <close> = assert(io.open(dir .. "/fru0.bin", "wb"))
      file:write(memory {
        chassis = chassis(field("\x12\x34\x56\xAB", "bcd"), field("\x29\xDC\xA6", "six"),
          field("\1\2\3\xFF", "binary")),
        records = multirecord(0, SUPPLY) .. multirecord(1, OUTPUT) .. multirecord(2, LOAD)
          .. multirecord(3, "\1http://bmc/") .. multirecord(0xC0, "\xA2\2\0any", true),
      })
    end
    ipmisim.sim(function(address, port)
      local printed = by_freeipmi(address, port)
      local m <close> = open(address, port)
      local ours = m:fru()
      local ipmitools = by_ipmitool(address, port)[0]
      assert.same({ ipmitools.chassis_part_number, ipmitools.chassis_serial, {} },
        { ours.chassis_part_number, ours.chassis_serial, ours.problems })
      local compared = 0
      for i, names in ipairs(MULTIRECORDS) do
        for name, field_name in pairs(names) do
          local value, unit = printed:match("  FRU " .. name .. ": (%-?%d+) ?(%a*)")
          local scale = (unit == "mV" or unit == "mA") and not field_name:find("_mv$") and 1000 or 1
          assert.equal(tonumber(value) / scale, ours.records[i][field_name], name)
          compared = compared + 1
        end
      end
      assert.equal(25, compared)
      assert.matches("System Management URL: " .. ours.records[4].value, printed)
      assert.equal(674, ours.records[5].manufacturer)
    end, nil, prepare)
  end)

  it("is right with BMCs that make trouble", function()
    for _, quirks in ipairs { { "trail", "dup", "busy", "badsum" },
      { "stale", "badmac", "dropsession" } } do
      ipmisim.farm({ quirk = quirks }, function(address, port)
        local m <close> = open(address, port)
        for _ = 1, 3 do
          local ours = m:fru()
          assert.same({ "Farm node", address, "Farm board", address },
            { ours.product_name, ours.product_serial, ours.board_product_name,
              ours.board_serial })
          assert.same({}, ours.problems)
        end
      end)
    end
  end)

  it("is shown by area", function()
    ipmisim.sim(function(address, port)
      local shown = support.bmcsh { "fru", "-H", ("ipmi://%s:%d"):format(address, port), "-u",
        "admin", "--all", env = { BMC_PASSWORD = ipmisim.PASSWORD } }
      assert.equal(0, shown.status, shown.stderr)
      assert.matches("^FRU 0, Mainboard FRU\nchassis\n  type +Rack Mount Chassis\n", shown.stdout)
      assert.matches("\nFRU 1, PS1 FRU\n.*\nproduct\n  manufacturer +PowerCo\n", shown.stdout)
    end)
  end)
end)
