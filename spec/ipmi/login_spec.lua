-- SPDX-License-Identifier: GPL-3.0-or-later
-- Logins as an operator gives them: what a refusal says to do, K_g, and IPMI 1.5. Levels and what
-- is remembered of a login stand in client_spec.
local bmc = require "bmc"
local ipmi = require "bmc.ipmi"
local ipmisim = require "support.ipmisim"
local remember = require "bmc.ipmi.remember"
local support = require "support"
local targets = require "bmc.target"
local vendor = require "bmc.vendor"

-- What power status says of a BMC, with options and environment.
local function status(address, port, options)
  local argv = { "power", "status", "--json", "-H", ("ipmi://%s:%d"):format(address, port),
    env = { BMC_PASSWORD = ipmisim.PASSWORD, KG = options.kg }, timeout = 60 }
  table.move(options, 1, #options, #argv + 1, argv)
  local result = support.bmcsh(argv)
  return result.status, result.stdout .. result.stderr
end

local function has(text, words)
  assert.truthy(text:find(words, 1, true), text)
end

describe("a login over IPMI that lacks something", function()
  before_each(remember.reload)

  it("says that no user was given", function()
    ipmisim.farm({}, function(address, port)
      local code, said = status(address, port, {})
      assert.equal(1, code)
      has(said, "no user was given: -u NAME, in a runbook user")
      code, said = status(address, port, { "-u", "nobody" })
      assert.equal(1, code)
      has(said, "knows no user nobody")
      assert.is_nil(said:find("-u NAME", 1, true))
    end)
  end)

  it("says that the BMC has a key of its own, once however often it is asked", function()
    ipmisim.farm({ kg = "key-of-the-bmc" }, function(address, port)
      local t <close> = assert(targets.new { url = ("ipmi://%s:%d"):format(address, port),
        user = ipmisim.USER, password = ipmisim.PASSWORD })
      for _ = 1, 2 do
        local _, e = ipmi.of(t):ask "Get Chassis Status"
        assert.same({ "auth", "kg" }, { e.code, e.reason })
        assert.matches("K_g of its own; give it: %-%-kg%-env VAR, in a runbook kg$", e.text)
      end
      local _, said = status(address, port, { "-u", ipmisim.USER, "--kg-env", "KG", kg = "wrong" })
      has(said, "K_g is not the BMC's")
      assert.is_nil(said:find("give it", 1, true))
    end)
  end)

  it("takes a remembered level that there is not for none", function()
    ipmisim.farm({}, function(address, port)
      remember.note({ host = address, port = port, user = ipmisim.USER }, { privilege = "boss" })
      local t <close> = assert(targets.new { url = ("ipmi://%s:%d"):format(address, port),
        user = ipmisim.USER, password = ipmisim.PASSWORD })
      assert(ipmi.of(t):ask "Get Chassis Status")
    end)
  end)

  it("says how IPMI 1.5 is allowed", function()
    local registry = assert(vendor.load { set = { "generic.ipmi.login_timeout=4" } })
    ipmisim.old(function(relay)
      local t <close> = assert(targets.new { url = "ipmi://127.0.0.1:" .. relay,
        user = ipmisim.USER, password = ipmisim.PASSWORD, registry = registry })
      local _, e = ipmi.of(t):ask "Get Device ID"
      assert.equal("unsupported", e.code)
      assert.matches("; allow it: %-%-allow%-ipmi%-1%-5, in a runbook allow_ipmi_1_5$", e.text)
    end, function(way, data)
      return way == "up" and data:byte(5) == 6 and {} -- no RMCP+
    end)
  end)
end)

describe("K_g", function()
  it("is taken from the environment as it is, or in hexadecimal", function()
    ipmisim.farm({ kg = "plain-key" }, function(address, port)
      for _, kg in ipairs { "plain-key", "0x706c61696e2d6b6579", "0X706C61696E2D6B6579" } do
        assert.equal(0, (status(address, port, { "-u", ipmisim.USER, "--kg-env", "KG", kg = kg })))
      end
      local code, said = status(address, port, { "-u", ipmisim.USER, "--kg-env", "KG", kg = "0x7" })
      assert.equal(2, code)
      has(said, "--kg-env: 0x is to be followed by pairs of hexadecimal digits")
    end)
  end)
end)

describe("IPMI 1.5", function()
  before_each(remember.reload)

  it("is spoken where it is allowed, and is a finding", function()
    ipmisim.old(function(relay)
      local m <close> = bmc.open { host = "ipmi://127.0.0.1:" .. relay, user = ipmisim.USER,
        password = ipmisim.PASSWORD, allow_ipmi_1_5 = true }
      local seen = {}
      m.target.trace = function(event)
        seen[#seen + 1] = event.method == "login" and event.status or nil
      end
      assert.equal("off", m:power_state().power_state)
      assert.same({ "IPMI 1.5" }, seen)
      local session = ipmi.of(m.target).session:state()
      assert.same({ "1.5", nil }, { session.version, session.cipher })
      assert.equal("BMC_IPMI_1_5_ENABLED", m.target.findings[1].code)
      assert.matches("session, which nothing encrypts", m.target.findings[1].detail)
    end)
  end)

  it("is no finding of a session of IPMI 2.0", function()
    ipmisim.sim(function(address, port)
      local m <close> = bmc.open { host = ("ipmi://%s:%d"):format(address, port),
        user = ipmisim.USER, password = ipmisim.PASSWORD, allow_ipmi_1_5 = true }
      assert(m:power_state())
      assert.same({}, m.target.findings)
    end)
  end)
end)
