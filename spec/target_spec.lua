-- SPDX-License-Identifier: GPL-3.0-or-later
-- A machine: address, credentials, findings, vendor, closing.
local host = require "_bmcsh.host"
local redfish = require "bmc.redfish"
local secret = require "bmc.secret"
local support = require "support"
local target = require "bmc.target"
local task = require "bmc.task"
local vendor = require "bmc.vendor"

describe("bmc.target", function()
  local registry

  setup(function()
    registry = assert(vendor.load { dirs = {} })
  end)

  local function new(opts)
    opts.registry = opts.registry or registry
    opts.url = opts.url or "https://bmc1"
    return target.new(opts)
  end

  local function codes(t)
    local out = {}
    for i, f in ipairs(t.findings) do
      out[i] = f.code
    end
    table.sort(out)
    return out
  end

  it("shows the address as people write it", function()
    for url, shown in pairs {
      ["https://10.0.5.17"] = "10.0.5.17", ["https://bmc1:443/"] = "bmc1",
      ["http://bmc1:80"] = "bmc1", ["https://bmc1:8443"] = "bmc1:8443",
      ["http://bmc1:443"] = "bmc1:443", ["https://[fe80::1]:8443"] = "[fe80::1]:8443",
      ["bmc1"] = "bmc1",
    } do
      local t <close> = assert(new { url = url })
      assert.equal(shown, t.host)
    end
    local t <close> = assert(new { url = "bmc1" })
    assert.equal("https://bmc1:443", t.base)
    assert.equal("target bmc1 (redfish-generic)", tostring(t))
  end)

  it("refuses what is no target", function()
    for _, url in ipairs { "ftp://h", "https://", "https://h/redfish/v1", "https://h?x", "",
      "https://a b", "https://h\r\nX: y", "https://root:calvin@h" } do
      local t, e = new { url = url }
      assert.is_nil(t, url)
      assert.equal("rejected", e.code)
      assert.is_nil(e.text:find("calvin", 1, true))
      assert.is_nil(tostring(e):find("%c"))
    end
    assert.equal("rejected", target.objection { url = "ftp://h" }.code)
    assert.equal("rejected", target.objection { url = "ipmi://h", ipmi = "ipmi://h2" }.code)
    assert.equal("rejected", target.objection { url = "https://h", way = "ipmi" }.code)
    assert.is_nil(target.objection { url = "h", ipmi = "ipmi://h2" })
    local _, e = new { vendor = "del" }
    assert.truthy(e.text:find('did you mean "dell"', 1, true))
    assert.has_error(function() new { usr = "root" } end,
      'target.new: unknown option "usr" (did you mean "user"?)')
  end)

  it("knows the ways to a machine, and goes only the one that is asked for", function()
    local t <close> = assert(new {})
    assert.same({ redfish = true }, t.ways)
    for url, shown in pairs {
      ["ipmi://10.0.5.17"] = "10.0.5.17", ["ipmi://bmc1:623/"] = "bmc1",
      ["IPMI://bmc1:9623"] = "bmc1:9623", ["ipmi://[fe80::1]:9623"] = "[fe80::1]:9623",
      ["ipmi://[::1]"] = "[::1]", ["ipmi://[fe80::1%eth0]"] = "[fe80::1%eth0]",
    } do
      local over <close> = assert(new { url = url, user = "u" })
      assert.same({ ipmi = true }, over.ways)
      assert.equal(shown, over.host)
      assert.is_nil(over.url)
      assert.equal("u", over.ipmi.user)
      assert.equal(shown:match("^%[(.-)%]") or shown:match("^[^:]+"), over.ipmi.host)
    end
    local both <close> = assert(new { user = "u", ipmi = { address = "bmc1-ipmi", user = "v" } })
    assert.same({ redfish = true, ipmi = true }, both.ways)
    assert.same({ "bmc1", "bmc1-ipmi", 623, "v" },
      { both.host, both.ipmi.host, both.ipmi.port, both.ipmi.user })
    local only <close> = assert(new { ipmi = "ipmi://h2", way = "ipmi" })
    assert.same({ ipmi = true }, only.ways)
    local _, e = new { way = "ipmi" }
    assert.same({ "rejected", "bmc1" }, { e.code, e.host })
  end)

  it("refuses what is no IPMI address", function()
    for _, url in ipairs { "ipmi://", "ipmi://h:0", "ipmi://h:70000", "ipmi://h:x", "ipmi://h/1",
      "ipmi://fe80::1", "ipmi://[fe80::1", "ipmi://a b", "ipmi://root:calvin@h" } do
      local t, e = new { url = url }
      assert.is_nil(t, url)
      assert.equal("rejected", e.code)
      assert.is_nil(e.text:find("calvin", 1, true))
      assert.is_nil((new { ipmi = url }))
    end
    assert.is_nil((new { url = "ipmi://h", ipmi = "ipmi://h2" }))
    assert.has_error(function() new { ipmi = { address = "h", usr = "x" } } end,
      "target.new: unknown option ipmi.usr")
  end)

  it("chooses the profile by what becomes known", function()
    local t <close> = assert(new {})
    assert.equal("redfish-generic", t.vendor)
    local before = t.inflight
    assert.equal("idrac", t:adopt { root_vendor = "Dell" })
    assert.equal("sessions_full", t.profile.redfish.messages.RAC0218)
    assert.equal(before, t.inflight)
    t:adopt { manager_model = "13G Monolithic", manager_firmware = "2.60" }
    assert.same({ "off_on" }, t.profile.power.reboot)
  end)

  it("keeps the vendor it was told, and applies its conditions", function()
    local t <close> = assert(new { vendor = "dell" })
    assert.equal("idrac", t.vendor)
    t:adopt { root_vendor = "HPE", manager_model = "13G Monolithic", manager_firmware = "2.60" }
    assert.equal("idrac", t.vendor)
    assert.same({ "off_on" }, t.profile.power.reboot)
  end)

  it("bounds requests as the profile says", function()
    local r = assert(vendor.load { dirs = {}, set = { "dell.redfish.max_inflight=1" } })
    local t <close> = assert(new { registry = r })
    assert.equal(4, t.inflight.free)
    t:adopt { root_vendor = "Dell" }
    assert.equal(1, t.inflight.free)
  end)

  it("reports a finding once", function()
    local t <close> = assert(new { url = "http://bmc1" })
    t:finding("BMC_HTTP_NO_TLS", "high", "again")
    assert.equal(1, #t.findings)
    local f = t.findings[1]
    assert.equal("BMC_HTTP_NO_TLS", f.code)
    assert.equal("high", f.severity)
    assert.same({}, f.cve)
    assert.equal("redfish-generic", f.vendor)
  end)

  it("looks at the TLS it gets", function()
    local old = { not_after = host.wall() - 86400, spki = "sha256//x", issuer = "CN=x" }
    local good = { not_after = host.wall() + 86400, spki = "sha256//x", issuer = "CN=x" }
    local function seen(tls, cert)
      local t <close> = assert(new { tls = tls })
      t:observe { cert = cert }
      assert.equal(cert, t.certificate)
      return codes(t)
    end
    assert.same({ "BMC_TLS_UNVERIFIED" }, seen({}, good))
    assert.same({}, seen({ verify = true }, good))
    assert.same({}, seen({ pin = "sha256//x" }, good))
    assert.same({ "BMC_TLS_CERT_EXPIRED" }, seen({ pin = "sha256//x" }, old))
    assert.same({ "BMC_TLS_LEGACY_PROFILE" }, seen({ verify = true, profile = "rsa-kex" }, good))
    local t <close> = assert(new {})
    t:observe {}
    assert.same({}, codes(t))
  end)

  it("knows the documented factory logins", function()
    for _, case in ipairs { { "root", "calvin", 1 }, { "ADMIN", "ADMIN", 1 },
      { "root", "Calvin", 0 }, { "USERID", "PASSW0RD", 1 }, { "operator", "calvin", 0 },
      { "root", "", 0 } } do
      local t <close> = assert(new { user = case[1] })
      local given <close> = secret.from_string(case[2])
      t:used(given)
      assert.equal(case[3], #t.findings, case[2])
      if t.findings[1] then
        assert.equal("BMC_DEFAULT_CREDENTIALS_LIKELY", t.findings[1].code)
        assert.is_nil(t.findings[1].detail:lower():find(case[2]:lower(), 1, true))
      end
    end
  end)

  it("takes a password as a string, a secret or a source", function()
    local given <close> = secret.from_string("calvin")
    for _, password in ipairs { "calvin", given, secret.source { value = "calvin" } } do
      local t <close> = assert(new { user = "root", password = password })
      local got <close> = assert(t.password:get())
      assert.is_true(got:equals("calvin"))
      assert.is_nil(tostring(t.password):find("calvin", 1, true))
    end
  end)

  it("closes what was opened for it, the last first, once", function()
    local t = assert(new {})
    local order = {}
    for i = 1, 3 do
      t:on_close(function()
        task.sleep(0.001)
        order[#order + 1] = i
      end)
    end
    t:close()
    t:close()
    assert.same({ 3, 2, 1 }, order)
    assert.equal("target bmc1 (redfish-generic, closed)", tostring(t))
  end)

  it("closes with time to wait although the task has none", function()
    local t, waited = assert(new {}), nil
    t:on_close(function() waited = task.sleep(0.05) end)
    task.deadline(0, function() t:close() end)
    assert.is_true(waited)
  end)

  it("has one client for each way", function()
    local t <close> = assert(new {})
    assert.equal(redfish.of(t), redfish.of(t))
  end)

  it("finds an unverified, expired, self-signed certificate over the wire", function()
    local function handler()
      return 200, { ["content-type"] = "application/json" }, "{}"
    end
    support.with_server({ tls = { cn = "old", days = -1 }, handler = handler }, function(url)
      local t <close> = assert(new { url = url })
      assert(redfish.of(t):root())
      assert.same({ "BMC_TLS_CERT_EXPIRED", "BMC_TLS_UNVERIFIED" }, codes(t))
      assert.truthy(t.facts.tls_issuer)
      local pinned <close> = assert(new { url = url, tls = { pin = t.certificate.spki } })
      assert(redfish.of(pinned):root())
      assert.same({ "BMC_TLS_CERT_EXPIRED" }, codes(pinned))
      local verified <close> = assert(new { url = url, tls = { verify = true } })
      assert.equal("tls", select(2, redfish.of(verified):root()).code)
    end)
  end)

  it("loses no session to a trace that raises, over either way", function()
    local farm <close> = require("bmc.sim").start { fleet = 1, ipmi = true }
    for _, address in ipairs { farm.url(1), farm.ipmi_url(1) } do
      local result = support.bmcsh { "-e", [[
        local heard = 0
        local m = require "bmc".open { host = arg[1], user = "admin", password = "simulated",
          trace = function() heard = heard + 1 error("no " .. heard) end }
        print(m:power_state().power_state)]], address }
      assert.same({ 1, "on\n" }, { result.status, result.stdout })
      assert.matches("a task failed.*no 1", result.stderr)
      assert.is_nil(result.stderr:find("no 2", 1, true))
    end
    local sum = farm:count_all()
    assert.same({ 1, 1 }, { sum.logins, sum.ipmi_logins })
    assert.same({ 0, 0 }, { sum.live_sessions, sum.ipmi_live_sessions })
  end)
end)
