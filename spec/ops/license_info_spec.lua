-- SPDX-License-Identifier: GPL-3.0-or-later
-- license_info: every place and form in which licences were seen, and never the key.
local bmc = require "bmc"
local hash = require "bmc.hash"
local json = require "bmc.json"
local parts = require "support.parts"
local scripted = require "support.scripted"

local MANAGER = "/redfish/v1/Managers/1"
local KEY = "35DPH-SVSXJ-HGBJN-C7N5R-2SS4W"

-- A manager with this Oem, which may put resources of its own.
local function with(oem, f, root)
  local resources = {}
  resources[MANAGER] = {
    ["@odata.id"] = MANAGER, Id = "1", ManagerType = "BMC", Oem = oem and oem(resources),
  }
  if root then
    resources["/redfish/v1"] = {
      ["@odata.id"] = "/redfish/v1", Systems = parts.link "/redfish/v1/Systems",
      Managers = parts.link "/redfish/v1/Managers",
      LicenseService = parts.put(resources, "/redfish/v1/LicenseService", {
        Licenses = parts.collect(resources, "/redfish/v1/LicenseService/Licenses", root),
      }),
      Links = { Sessions = parts.link "/redfish/v1/SessionService/Sessions" },
    }
  end
  scripted.with(resources, f)
end

local function ilo(resources)
  local service = parts.collect(resources, MANAGER .. "/LicenseService", { { "1", {
    ["@odata.type"] = "#HpeiLOLicense.v2_3_0.HpeiLOLicense", Name = "iLO License",
    Description = "iLO License View", License = "iLO Advanced", LicenseKey = KEY,
    LicenseType = "Perpetual", LicenseExpire = "", LicenseFeatures = { VM = true, KD = true,
      ODIM = false },
  } } })
  return { Hpe = {
    License = { LicenseString = "iLO Advanced", LicenseKey = "", LicenseType = "Perpetual" },
    Links = { LicenseService = service },
  } }
end

local function standard(id, fields)
  local body = { ["@odata.type"] = "#License.v1_1_1.License", Name = id, Id = id }
  for key, value in pairs(fields) do
    body[key] = value
  end
  return { id, body }
end

describe("license_info", function()
  it("reads the standard's LicenseService", function()
    with(ilo, function(m)
      assert.same({
        vendor = "ilo", license_type = "iDRAC9 Enterprise License",
        license_key_fingerprint = hash.sha256(KEY), expires_at = "2027-01-31T00:00:00Z",
        features = { "iDRAC9 Enterprise License" },
      }, m:license_info())
    end, { standard("FD1", { Description = "iDRAC9 Enterprise License", LicenseString = KEY,
      ExpirationDate = "2027-01-31T00:00:00Z", LicenseType = "Production" }) })
  end)

  it("reads a licence of which the list has only the names", function()
    with(nil, function(m)
      assert.equal("Enterprise", m:license_info().license_type)
    end, { { "1", { Name = "FD0001", License = "Enterprise" } } })
    local resources = { [MANAGER] = { ["@odata.id"] = MANAGER, Id = "1", ManagerType = "BMC",
      Oem = { Hpe = { Links = { LicenseService = parts.link(MANAGER .. "/LicenseService") } } } } }
    parts.collect(resources, MANAGER .. "/LicenseService", { { "1", { License = "Advanced" } } })
    local member = resources[MANAGER .. "/LicenseService"].Members[1]
    member.Id, member.Name = "1", "iLO License"
    scripted.with(resources, function(m)
      assert.equal("Advanced", m:license_info().license_type)
    end)
  end)

  it("tells of the one that says most, and names them all", function()
    with(nil, function(m)
      local record = m:license_info()
      assert.equal("XCC Enterprise Upgrade", record.license_type)
      assert.same({ "Something else", "XCC Advanced Upgrade", "XCC Enterprise Upgrade" },
        record.features)
      assert.truthy(table.concat(m.trail[1].notes, "\n")
        :find("licence c: XCC Enterprise Upgrade (Trial)", 1, true))
    end, { standard("a", { Name = "Something else" }), standard("b", { Name =
      "XCC Advanced Upgrade" }), standard("c", { Name = "XCC Enterprise Upgrade",
      LicenseType = "Trial" }) })
  end)

  it("follows the vendor's link from the manager, and does not count its copy", function()
    with(ilo, function(m)
      local record = m:license_info()
      assert.same({
        vendor = "ilo", license_type = "iLO Advanced",
        license_key_fingerprint = hash.sha256(KEY), features = { "KD", "VM" },
      }, record)
      assert.is_nil(json.encode(record):find(KEY, 1, true))
      assert.is_nil(json.encode(m.trail):find(KEY, 1, true))
    end)
  end)

  it("reads the copy where the link leads nowhere", function()
    with(function()
      return { Hp = { License = { LicenseString = "iLO Advanced", LicenseKey = KEY },
        links = { LicenseService = { href = MANAGER .. "/LicenseService" } } } }
    end, function(m)
      local record = m:license_info()
      assert.equal("iLO Advanced", record.license_type)
      assert.equal(hash.sha256(KEY), record.license_key_fingerprint)
    end)
  end)

  it("reads licences that are listed whole, and skips what only sounds like one", function()
    with(function(resources)
      local at = MANAGER .. "/Oem/Dell/"
      resources[at .. "DellLicenses"] = { Members = { {
        ["@odata.id"] = at .. "DellLicenses/1", Id = "1", EntitlementID = "FD1",
        LicenseDescription = { "iDRAC9 Datacenter License" }, LicenseType = "Evaluation",
        LicenseEndDate = "2025-05-01T00:00:00-05:00",
      } } }
      return { Dell = {
        DellLicenseCollection = parts.link(at .. "DellLicenses"),
        DellLicenseManagementService = parts.put(resources, at .. "Service", { Name = "wrong" }),
        DellLicensableDeviceCollection = parts.put(resources, at .. "Devices", { Name = "wrong" }),
      } }
    end, function(m)
      assert.same({
        vendor = "idrac", license_type = "iDRAC9 Datacenter License",
        expires_at = "2025-05-01T00:00:00-05:00", features = { "iDRAC9 Datacenter License" },
      }, m:license_info())
    end)
  end)

  it("reads JSON in strings, with the signature as what is secret", function()
    with(function(resources)
      local query = parts.put(resources, MANAGER .. "/LicenseManager/QueryLicense", { Licenses = {
        '{"ProductKey":{"Node":{"LicenseID":"1","LicenseName":"SFT-OOB-LIC"},"Signature":""}}',
        '{"ProductKey":{"Node":{"LicenseID":"2","LicenseName":"SFT-DCMS-SINGLE"},'
          .. '"Signature":"c2lnbmF0dXJl"}}',
        "not JSON", "7",
      } })
      return { Supermicro = { LicenseManager = parts.put(resources, MANAGER .. "/LicenseManager",
        { QueryLicense = query }) } }
    end, function(m)
      assert.same({
        vendor = "supermicro", license_type = "SFT-DCMS-SINGLE",
        license_key_fingerprint = hash.sha256 "c2lnbmF0dXJl",
        features = { "SFT-OOB-LIC", "SFT-DCMS-SINGLE" },
      }, m:license_info())
    end)
  end)

  it("reads keys that are lists of bytes", function()
    with(function(resources)
      local keys = parts.collect(resources, MANAGER .. "/Oem/Lenovo/FoD/Keys", { { "52", {
        Description = "Lenovo XClarity Controller Advanced Upgrade", Name = "Activation Key",
        Bytes = { 75, 69, 89, 0 }, Expires = "NO CONSTRAINTS",
      } } })
      return { Lenovo = { FoD = parts.put(resources, MANAGER .. "/Oem/Lenovo/FoD",
        { Keys = keys }) } }
    end, function(m)
      local name = "Lenovo XClarity Controller Advanced Upgrade"
      assert.same({ vendor = "lenovo-xcc", license_type = name, features = { name },
        license_key_fingerprint = hash.sha256 "KEY\0" }, m:license_info())
    end)
  end)

  it("is the vendor alone where there is none", function()
    with(nil, function(m)
      assert.same({ vendor = "redfish-generic" }, m:license_info())
    end)
  end)

  it("is an error where the only place cannot be read", function()
    with(function(resources)
      resources[MANAGER .. "/L"] = parts.fault(403, "Base.1.8.InsufficientPrivilege")
      return { Acme = { LicenseService = parts.link(MANAGER .. "/L") } }
    end, function(m)
      local record, e = bmc.try(m.license_info, m)
      assert.is_nil(record)
      assert.equal("auth", e.code)
    end)
  end)

  it("comes to an end where licences link each other in a circle", function()
    with(function(resources)
      resources[MANAGER .. "/L"] = { Licenses = parts.link(MANAGER .. "/L") }
      return { Acme = { LicenseService = parts.link(MANAGER .. "/L") } }
    end, function(m, log)
      assert.same({ vendor = "redfish-generic" }, m:license_info())
      assert.truthy(scripted.count(log, "GET", MANAGER .. "/L") < 6)
    end)
  end)
end)
