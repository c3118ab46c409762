-- SPDX-License-Identifier: GPL-3.0-or-later
-- findings: what the connection, the login and the firmware tell.
local bmc = require "bmc"
local ipmisim = require "support.ipmisim"
local parts = require "support.parts"
local scripted = require "support.scripted"
local sim = require "bmc.sim"
local support = require "support"

local MANAGER = "/redfish/v1/Managers/1"

local function codes(findings)
  local out = {}
  for i, finding in ipairs(findings) do
    out[i] = finding.code
  end
  return table.concat(out, " ")
end

-- Findings of a service whose manager has this firmware and whose system this model.
local function of_firmware(vendor, firmware, model)
  local found
  scripted.with({
    ["/redfish/v1"] = {
      ["@odata.id"] = "/redfish/v1", Vendor = vendor, Systems = parts.link "/redfish/v1/Systems",
      Managers = parts.link "/redfish/v1/Managers",
      Links = { Sessions = parts.link "/redfish/v1/SessionService/Sessions" },
    },
    [MANAGER] = { ["@odata.id"] = MANAGER, Id = "1", ManagerType = "BMC",
      FirmwareVersion = firmware },
    [scripted.SYSTEM] = scripted.system { Model = model, Manufacturer = vendor },
  }, function(m)
    found = m:findings()
  end)
  return found
end

describe("findings", function()
  it("are codes with a severity, words, CVEs and the vendor, the gravest first", function()
    local found = of_firmware("Supermicro", "3.77")
    assert.equal("BMC_FIRMWARE_PANTSDOWN_WINDOW BMC_HTTP_NO_TLS", codes(found))
    assert.same({ "high", { "CVE-2019-6260" }, "supermicro" },
      { found[1].severity, found[1].cve, found[1].vendor })
    assert.truthy(found[1].detail:find("firmware 3.77: ", 1, true))
    assert.same({ {}, "supermicro" }, { found[2].cve, found[2].vendor })
  end)

  it("go by the firmware's version, not by the vendor alone", function()
    local function has(...)
      return codes(of_firmware(...)):find("PANTSDOWN", 1, true) ~= nil
    end
    assert.is_false(has("Supermicro", "3.80"))
    assert.is_false(has("Supermicro", "4.0"))
    assert.is_false(has("Supermicro", "01.13.04", "SYS-510T-MR")) -- X12 counts from 1 too
    assert.is_true(has("Supermicro", "01.71.11", "X11DPH-T"))
    assert.is_false(has("Supermicro", "01.74.09", "X11DPH-T"))
    assert.is_false(has("Supermicro", nil))
    assert.is_false(has("GIGABYTE", "12.84.13"))
    assert.is_true(has("GIGABYTE", "1.80"))
    assert.is_true(has("GIGABYTE", "8.44"))
    assert.is_false(has("GIGABYTE", "1.84"))
    assert.is_false(has("Dell", "3.34.34.34"))
  end)

  local function of_farm(options, open)
    local farm <close> = sim.start(options)
    local settings = { host = farm.url(1), user = farm.bmc(1).user,
      password = farm.bmc(1).password }
    for key, value in pairs(open or {}) do
      settings[key] = value
    end
    local m <close> = bmc.open(settings)
    return m:findings()
  end

  it("tell of TLS that nobody verified, and of none", function()
    assert.equal("BMC_TLS_UNVERIFIED", codes(of_farm { vendors = { "ilo" } }))
    assert.equal("BMC_HTTP_NO_TLS", codes(of_farm { vendors = { "ilo" }, tls = false }))
  end)

  it("tell of an expired certificate and of factory credentials", function()
    local found = of_farm { vendors = { "idrac" }, user = "root", password = "calvin",
      faults = { "expired_cert" } }
    assert.equal("BMC_DEFAULT_CREDENTIALS_LIKELY BMC_TLS_CERT_EXPIRED BMC_TLS_UNVERIFIED",
      codes(found))
    for _, finding in ipairs(found) do
      assert.is_nil(finding.detail:find("calvin", 1, true))
    end
  end)

  it("tell of a BMC that makes no sessions", function()
    local found
    scripted.with({ ["POST /redfish/v1/SessionService/Sessions"] = function() return 404 end,
      ["POST /redfish/v1/Sessions"] = function() return 404 end }, function(m)
      found = m:findings()
    end)
    assert.equal("BMC_HTTP_NO_TLS BMC_BASIC_AUTH_ONLY", codes(found))
  end)

  it("are those of every way to the machine", function()
    ipmisim.farm({ suites = "0,17,3" }, function(address, port)
      local over_ipmi = { address = ("ipmi://%s:%d"):format(address, port), user = ipmisim.USER,
        password = ipmisim.PASSWORD }
      local options = { vendors = { "ilo" }, tls = false }
      assert.equal("BMC_CIPHER_ZERO_ACCEPTED BMC_HTTP_NO_TLS",
        codes(of_farm(options, { ipmi = over_ipmi })))
      assert.equal("BMC_HTTP_NO_TLS", codes(of_farm(options, { ipmi = over_ipmi,
        way = "redfish" })))
    end)
  end)

  it("of one way do not suffer from the other's silence", function()
    assert.equal("BMC_HTTP_NO_TLS", codes(of_farm({ vendors = { "ilo" }, tls = false },
      { ipmi = "ipmi://127.0.0.1:" .. support.free_port() })))
  end)

  it("are the same the second time", function()
    scripted.with({}, function(m)
      assert.same(m:findings(), m:findings())
    end)
  end)

  it("need a BMC that answers", function()
    local m <close> = bmc.open { host = "http://127.0.0.1:9", user = "u", password = "p" }
    local found, e = bmc.try(m.findings, m)
    assert.is_nil(found)
    assert.equal("refused", e.code)
  end)
end)
