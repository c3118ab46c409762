-- SPDX-License-Identifier: GPL-3.0-or-later
-- IPMI on the command line: addresses, further ways, K_g, raw commands.
local bmc = require "bmc"
local http = require "bmc.http"
local ipmisim = require "support.ipmisim"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local ENV = { BMC_PASSWORD = ipmisim.PASSWORD }

local function run(...)
  return support.bmcsh { env = ENV, ... }
end

-- The JSON lines of a run.
local function lines_of(result)
  local out = {}
  for line in result.stdout:gmatch("[^\n]+") do
    out[#out + 1] = assert(http.decode(line))
  end
  return out
end

local function url(address, port)
  return ("ipmi://%s:%d"):format(address, port)
end

describe("bmcsh over IPMI", function()
  it("takes ranges, and says which way it went", function()
    ipmisim.farm({ count = 3 }, function(address, port)
      local range = url(address:gsub("%d+$", "[1-3]"), port)
      local result = run("power", "status", "-H", range, "-u", "admin", "--json")
      assert.equal(0, result.status, result.stderr)
      local lines = lines_of(result)
      assert.equal(3, #lines)
      for _, line in ipairs(lines) do
        assert.same({ true, "ipmi", "off" }, { line.ok, line.way, line.data.power_state })
        assert.matches("^127%.", line.host)
      end
      result = run("power", "on", "-H", range, "-u", "admin", "--yes", "--json")
      assert.equal(0, result.status, result.stderr)
      for _, line in ipairs(lines_of(result)) do
        assert.same({ "on", "power_up" }, { line.data.observed, line.data.reset_type })
      end
    end)
  end)

  it("goes on over IPMI where Redfish does not answer", function()
    ipmisim.farm({ base = "127.0.0.1" }, function(_, port)
      local words = { "power", "status", "-H", "http://127.0.0.1:9", "-u", "admin", "--json" }
      for _, further in ipairs { "ipmi://127.0.0.1:" .. port, "ipmi://{host}:" .. port } do
        local line = lines_of(run("--ipmi", further, table.unpack(words)))[1]
        assert.same({ true, "ipmi" }, { line.ok, line.way }, further)
        line = lines_of(run("--way", "redfish", "--ipmi", further, table.unpack(words)))[1]
        assert.same({ false, "refused" }, { line.ok, line.error.code })
      end
    end)
  end)

  it("takes K_g from the environment", function()
    ipmisim.farm({ kg = "key-of-the-bmc" }, function(address, port)
      local words = { "power", "status", "-H", url(address, port), "-u", "admin", "--json" }
      local line = lines_of(run(table.unpack(words)))[1]
      assert.same({ "auth", true }, { line.error.code, line.error.text:find("K_g") ~= nil })
      words[#words + 1], words[#words + 2] = "--kg-env", "BMC_KG"
      words.env = { BMC_PASSWORD = ipmisim.PASSWORD, BMC_KG = "key-of-the-bmc" }
      assert.equal("off", lines_of(support.bmcsh(words))[1].data.power_state)
    end)
  end)

  it("shows what it does with -v, and sends no write with --dry-run", function()
    ipmisim.farm({}, function(address, port)
      local machine = { "-H", url(address, port), "-u", "admin" }
      local result = run("power", "status", "-v", table.unpack(machine))
      assert.matches("login as operator: cipher suite 17", result.stderr)
      assert.matches("Get Chassis Status netfn 00h command 01h: 00h", result.stderr)
      result = run("power", "on", "--dry-run", table.unpack(machine))
      assert.truthy(result.stdout:find('would send Chassis Control netfn 00h command 02h "01"', 1,
        true), result.stdout)
      result = run("power", "on", "--read-only", table.unpack(machine))
      assert.matches("read%-only", result.stderr)
      assert.matches("off", run("power", "status", table.unpack(machine)).stdout)
    end)
  end)

  it("says in one line that no way does what is asked", function()
    local result = run("firmware", "-H", "ipmi://127.0.0.1:9", "-u", "admin")
    assert.equal(1, result.status)
    assert.matches("no way to this machine can do firmware_inventory; it is reached over ipmi, and "
      .. "that goes over redfish", result.stderr)
  end)
end)

describe("bmcsh raw over IPMI", function()
  it("prints what ipmitool prints", function()
    ipmisim.farm({}, function(address, port)
      local theirs = spawn.run({ ipmisim.program("ipmitool"), "-I", "lanplus", "-H", address, "-p",
        tostring(port), "-U", ipmisim.USER, "-P", ipmisim.PASSWORD, "-C", "17", "raw", "0x06",
        "0x01" }).stdout:match("^%s*(.-)%s*$")
      local machine = { "-H", url(address, port), "-u", "admin" }
      for _, words in ipairs { { "06", "01" }, { "0x06", "0x1" }, { "6", "1" } } do
        words[3], words[4] = table.unpack(machine, 1, 2)
        words[5], words[6] = table.unpack(machine, 3, 4)
        assert.equal("00h done: " .. theirs .. "\n", run("raw", table.unpack(words)).stdout)
      end
      local data = lines_of(run("raw", "06", "01", "--json", table.unpack(machine)))[1].data
      assert.same({ 0, "done", theirs }, { data.completion, data.meaning, data.bytes })
    end)
  end)

  it("names the completion code of what the BMC refuses", function()
    ipmisim.farm({}, function(address, port)
      local result = run("raw", "2e", "77", "01", "-H", url(address, port), "-u", "admin")
      assert.equal(1, result.status)
      assert.matches("completion code C1h, invalid command", result.stderr)
    end)
  end)

  it("takes what it does not know for a write", function()
    ipmisim.farm({}, function(address, port)
      local machine = { "--read-only", "-H", url(address, port), "-u", "admin" }
      assert.equal(0, run("raw", "06", "01", table.unpack(machine)).status)
      for _, words in ipairs { { "2e", "77" }, { "00", "02", "01" }, { "2c", "02", "77" } } do
        table.move(machine, 1, #machine, #words + 1, words)
        assert.matches("read%-only", run("raw", table.unpack(words)).stderr)
      end
    end)
  end)

  it("refuses what is no command before a BMC is asked", function()
    for _, words in ipairs { { "06" }, { "07", "01" }, { "40", "01" }, { "06", "01", "xyz" },
      { "06", "01", "100" }, { "06", "01", "--body", "{}" } } do
      local result = support.bmcsh { "raw", "-H", "ipmi://h", table.unpack(words) }
      assert.equal(2, result.status, table.concat(words, " "))
      assert.matches("bmcsh raw: ", result.stderr)
    end
  end)

  it("is a method of a machine", function()
    ipmisim.farm({}, function(address, port)
      local m <close> = bmc.open { host = url(address, port), user = ipmisim.USER,
        password = ipmisim.PASSWORD }
      local answer = m:raw(0x06, 0x01)
      assert.same({ 0, 0x20, "ipmi" }, { answer.completion, answer.bytes[1], answer.way })
      assert.equal(0, m:raw(0x00, 0x02, "\1").completion)
      assert.equal("on", m:power_state().power_state)
      assert.equal(0, m:raw(0x00, 0x02, { data = { 0 } }).completion)
      assert.equal("off", m:power_state().power_state)
      for _, wrong in ipairs { { 7, 1 }, { 6, 256 }, { 6, 1, { data = { 300 } } } } do
        local _, e = bmc.try(m.raw, m, table.unpack(wrong))
        assert.same({ "rejected", "none" }, { e.code, e.effect })
      end
      assert.equal("unsupported", select(2, bmc.try(m.raw, m, "get", "/redfish/v1")).code)
      assert.equal("supermicro", m:detect_vendor())
      assert.equal("supermicro", m.target.profile.name)
    end)
  end)
end)
