-- SPDX-License-Identifier: GPL-3.0-or-later
-- The face that runbooks see.
local bmc = require "bmc"
local err = require "bmc.err"
local scripted = require "support.scripted"

describe("bmc.open", function()
  it("sends nothing, and closes twice without complaint", function()
    scripted.with({}, function(m, log)
      m:close()
      m:close()
      assert.equal(0, #log)
    end)
  end)

  it("does not take a password that is not there for a machine that has no sensors", function()
    local farm <close> = require("bmc.sim").start { fleet = 1, ipmi = true, tls = false }
    for way, host in pairs { redfish = farm.url(1), ipmi = farm.ipmi_url(1) } do
      local m <close> = bmc.open {
        host = host, user = "admin", password = { env = "BMCSH_SPEC_NOT_SET" },
      }
      local list, e = bmc.try(m.temperatures, m)
      assert.is_nil(list, way)
      assert.same({ "auth", "none", way }, { e.code, e.effect, e.way })
      assert.matches("BMCSH_SPEC_NOT_SET is not set", e.text)
    end
    local m <close> = bmc.open { host = farm.url(1) }
    local _, e = bmc.try(m.temperatures, m)
    assert.matches("no user was given", e.text)
  end)

  it("takes a bare name for https", function()
    local m <close> = bmc.open { host = "bmc1.example" }
    assert.equal("bmc1.example", m.host)
    assert.equal("https", m.target.url.scheme)
    assert.is_truthy(tostring(m):find("bmc1.example", 1, true))
  end)

  it("says of a machine without Redfish nothing of Redfish", function()
    local m <close> = bmc.open { host = "ipmi://bmc1.example" }
    assert.equal("machine bmc1.example (IPMI, vendor not known)", tostring(m))
    m.target:adopt { ipmi_manufacturer = 10876 }
    assert.equal("machine bmc1.example (supermicro)", tostring(m))
  end)

  it("takes a table that names a source for a password, one source for all machines", function()
    local password, key = { value = "x" }, { value = "0x6b31", hex = true }
    local m <close> = bmc.open { host = "ipmi://h1", user = "u", password = password, kg = key }
    local other <close> = bmc.open { host = "https://h2", user = "u", password = password,
      ipmi = { address = "ipmi://h3", password = { value = "y" } } }
    assert.equal(m.target.ipmi.password, other.target.password)
    for text, source in pairs { x = other.target.password, y = other.target.ipmi.password,
      k1 = m.target.ipmi.kg } do
      local got <close> = assert(source:get())
      assert.is_true(got:equals(text))
      source:close()
    end
    for text, wrong in pairs {
      ["password: a number is no secret"] = { password = 12 }, ["kg: a boolean"] = { kg = true },
      ["password: secret.source: one of env"] = { password = { enw = "X" } },
      ["password: a function"] = { ipmi = { address = "ipmi://g", password = print } },
    } do
      wrong.host = "ipmi://h"
      wrong.host = wrong.ipmi and "h" or wrong.host
      local _, why = pcall(bmc.open, wrong)
      assert.truthy(tostring(why):find("bmc.open: " .. text, 1, true), tostring(why))
    end
  end)

  it("raises an error value for a host that is none, and a Lua error for misuse", function()
    for _, wrong in ipairs { "ftp://h", "https://u:p@h", "http://h/redfish" } do
      local m, e = bmc.try(bmc.open, { host = wrong })
      assert.is_nil(m)
      assert.equal("rejected", e.code, wrong)
    end
    assert.has_error(function() bmc.open {} end, "bmc.open: a table with host expected")
    assert.has_error(function() bmc.open { host = "h", colour = "red" } end)
  end)

  it("raises for a setting that does not exist, and reads the files once for all", function()
    local _, e = bmc.try(bmc.open, { host = "h", set = { "generic.power.sttle=1" } })
    assert.equal("rejected", e.code)
    local set = { "generic.power.settle=7" }
    local a <close> = bmc.open { host = "a", set = set }
    local b <close> = bmc.open { host = "b", set = set }
    assert.equal(7, a.target.profile.power.settle)
    assert.equal(a.target.registry, b.target.registry)
  end)
end)

describe("a machine", function()
  it("has a method for each operation", function()
    local m <close> = bmc.open { host = "h" }
    local names = bmc.ops()
    assert.is_true(#names >= 10)
    for _, name in ipairs(names) do
      assert.equal("function", type(m[name]), name)
      local op = bmc.op(name)
      assert.equal(name, op.name)
      assert.equal("function", type(op.ways.redfish or op.ways.ipmi))
      assert.equal("table", type(op.record))
    end
  end)

  it("knows what was meant by a name it has not", function()
    local m <close> = bmc.open { host = "h" }
    local ok, message = pcall(function() return m:heartbet() end)
    assert.is_false(ok)
    assert.is_truthy(message:find('no operation "heartbet" (did you mean "heartbeat"?)', 1, true))
    for _, wrong in ipairs { "zzz", "../err", "", 7, "err" } do
      assert.is_false((pcall(function() return m[wrong] end)), tostring(wrong))
    end
  end)

  it("raises the error value, and tells how it went", function()
    scripted.with({}, function(m)
      assert.is_nil(m.way)
      m:power_state()
      assert.equal("redfish", m.way)
      local ok, e = pcall(m.power_state, m, { system = "7" })
      assert.is_false(ok)
      assert.is_true(err.is(e))
      assert.same({ "missing", m.host, "power_state" }, { e.code, e.host, e.op })
      assert.equal(e.trail, m.trail)
    end)
  end)

  it("takes positional arguments and options", function()
    scripted.with({}, function(m)
      assert.equal("on", m:power_action("on").observed)
      assert.equal("on", m:power_action("on", { timeout = 30 }).observed)
      assert.equal("on", m:power_action({ verb = "on" }).observed)
      assert.has_error(function() m:power_action("on", "off") end)
      assert.has_error(function() m:power_state("on") end)
    end)
  end)

  it("keeps to the deadline of the call", function()
    local function hang()
      require("bmc.task").sleep(30)
      return 200, {}
    end
    scripted.with({ [scripted.SYSTEM] = hang }, function(m)
      local _, e = bmc.try(m.power_state, m, { timeout = 0.3 })
      assert.equal("timeout", e.code)
    end)
  end)
end)

describe("bmc.try", function()
  it("gives results, or nil and the error value", function()
    assert.same({ 1, 2 }, { bmc.try(function(a, b) return a, b end, 1, 2) })
    local e = err.new("busy")
    assert.same({ nil, e }, { bmc.try(error, e) })
  end)

  it("does not hide mistakes", function()
    assert.has_error(function() bmc.try(error, "a mistake", 0) end, "a mistake")
  end)
end)

describe("bmc", function()
  it("offers the library by name, and nothing else", function()
    assert.equal(err, bmc.err)
    assert.equal(require "bmc.task", bmc.task)
    assert.equal(require "bmc.hosts", bmc.hosts)
    assert.is_nil(bmc.nothing)
    assert.is_nil(bmc.op("nothing"))
    assert.is_nil(bmc.op("../err"))
  end)
end)
