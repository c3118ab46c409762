-- SPDX-License-Identifier: GPL-3.0-or-later
-- Trust on first use: the key is learnt before credentials are sent, and they are sent to no other.
local fakebmc = require "support.fakebmc"
local hash = require "bmc.hash"
local host = require "_bmcsh.host"
local known = require "bmc.known"
local log = require "bmc.log"
local redfish = require "bmc.redfish"
local state = require "bmc.state"
local support = require "support"
local target = require "bmc.target"
local task = require "bmc.task"

local PAGE = "/redfish/v1/Systems/1"
local OTHER = "sha256//" .. ("A"):rep(43) .. "="
local FIRST_USE = { trust = "first-use" }

-- What was said on standard error: put back with <close>.
local said
local function listening()
  local warning = log.warning
  said = {}
  log.warning = function(format, ...)
    said[#said + 1] = format:format(...)
  end
  return support.defer(function() log.warning = warning end)
end

-- Runs f(url) with the BMC behind TLS.
local function with_key(self, f)
  return support.with_server({ tls = true, handler = function(req) return self:handle(req) end }, f)
end

local function open(url, opts)
  local settings = { url = url, user = "root", password = 'se"cret', tls = FIRST_USE }
  for name, value in pairs(opts or {}) do
    settings[name] = value
  end
  local t = assert(target.new(settings))
  return t, redfish.of(t)
end

describe("trust on first use", function()
  before_each(function()
    local folder = assert(state.folder "known")
    for _, name in ipairs(host.listdir(folder)) do
      os.remove(folder .. "/" .. name)
    end
  end)

  it("asks for the key before it logs in, says so once, and is held to it", function()
    local _ <close> = listening()
    local self, seen = fakebmc.new(), {}
    self.route = function(_, req)
      seen[#seen + 1] = req.headers["x-auth-token"] or req.headers.authorization or "nothing"
      return self:pass(req)
    end
    with_key(self, function(url)
      do
        local t <close>, rf = open(url)
        assert(rf:get(PAGE))
        local keys = known.list()
        assert.same({ url, t.certificate.spki }, { keys[1].url, keys[1].pin })
        assert.equal(t.certificate.spki, t.tls.pin)
        assert.same({ t.host .. ": remembered its key " .. t.tls.pin }, said)
        assert.same({ "BMC_TLS_TRUSTED_ON_FIRST_USE", "info" },
          { t.findings[1].code, t.findings[1].severity })
        assert.is_nil(t.findings[2])
      end
      assert.same({ "GET /redfish/v1/", "GET /redfish/v1/",
        "POST /redfish/v1/SessionService/Sessions", "GET " .. PAGE,
        "DELETE /redfish/v1/SessionService/Sessions/1" }, self.log)
      assert.same({ "nothing", "nothing", "nothing", "token-1", "token-1" }, seen)
      local t <close>, rf = open(url)
      assert(rf:get(PAGE))
      assert.same({ 1, 8 }, { #said, #self.log })
      assert.equal("BMC_TLS_TRUSTED_ON_FIRST_USE", t.findings[1].code)
    end)
  end)

  it("sends nothing to another key, and says how to take it", function()
    local _ <close> = listening()
    local impostor = fakebmc.new()
    with_key(impostor, function(url)
      do
        local slot <close> = assert(known.open(url, 1))
        assert(slot:remember(url, { spki = OTHER, subject = "CN=bmc" }))
      end
      local _ <close>, rf = open(url)
      for _, e in ipairs { select(2, rf:get(PAGE)), select(2, rf:root()),
        select(2, rf:post(PAGE, {})) } do
        assert.same({ "pin", "none" }, { e.code, e.effect })
        assert.truthy(e.text:find("bmcsh trust forget " .. url, 1, true), e.text)
        assert.truthy(e.text:find(OTHER, 1, true), e.text)
      end
      assert.same({ {}, {}, OTHER }, { impostor.log, said, known.list()[1].pin })
      assert(known.forget(url))
      local t <close>, again = open(url)
      assert(again:get(PAGE))
      assert.same({ t.certificate.spki, 1 }, { known.list()[1].pin, #said })
    end)
  end)

  it("learns a key once, however many meet it at the same time", function()
    local _ <close> = listening()
    local self = fakebmc.new()
    with_key(self, function(url)
      local t <close>, rf = open(url)
      local other <close>, rf_too = open(url)
      task.map({ rf, rf, rf_too, rf_too, rf }, 5, function(one)
        assert(one:get(PAGE))
      end)
      assert.equal(t.tls.pin, other.tls.pin)
      assert.equal(1, #said)
    end)
  end)

  it("learns nothing where nobody answers", function()
    local _ <close> = listening()
    local _ <close>, rf = open("https://127.0.0.1:" .. support.free_port())
    local _, e = rf:get(PAGE)
    assert.same({ "refused", "none" }, { e.code, e.effect })
    assert.same({ {}, {} }, { known.list(), said })
  end)

  it("takes the key of who redirects", function()
    local _ <close> = listening()
    local self = fakebmc.new { open = true }
    self.route = function(_, req)
      if req.target == "/redfish/v1/" then
        return 308, { location = "/redfish/v1" }
      end
      return self:pass(req)
    end
    self.tree["/redfish/v1"] = self.tree["/redfish/v1/"]
    with_key(self, function(url)
      local _ <close>, rf = open(url)
      assert(rf:root())
      assert.equal(1, #known.list())
    end)
  end)

  it("is not asked for without TLS, nor where a pin is given or certificates verified", function()
    local self = fakebmc.new { open = true }
    fakebmc.with(self, { tls = FIRST_USE }, function(rf)
      assert(rf:get(PAGE))
    end)
    with_key(self, function(url)
      local first <close>, rf = open(url, { tls = {} })
      assert(rf:root())
      local pinned <close>, by_pin = open(url, { tls = { trust = "first-use",
        pin = first.certificate.spki } })
      assert(by_pin:root())
      assert.same({}, pinned.findings)
      for _, tls in ipairs { { trust = "first-use", verify = true }, { trust = "verify" } } do
        local _ <close>, verified = open(url, { tls = tls })
        assert.equal("tls", select(2, verified:root()).code)
      end
    end)
    assert.same({}, known.list())
    assert.has_error(function() target.new { url = "https://x", tls = { trust = "maybe" } } end)
  end)

  it("sends nothing where keys cannot be kept, or what was kept is damaged", function()
    local self = fakebmc.new { open = true }
    with_key(self, function(url)
      do
        local path = assert(state.folder "known") .. "/" .. hash.sha256(url)
        local file <close> = assert(state.open(path, "new"))
        assert(file:append("junk\n"))
      end
      local _ <close>, rf = open(url)
      local _, e = rf:get(PAGE)
      assert.same({ "rejected", "none" }, { e.code, e.effect })
      local result = support.bmcsh { "power", "status", "-H", url, "--trust", "first-use",
        env = { HOME = "", XDG_STATE_HOME = "" } }
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("no home folder", 1, true), result.stderr)
    end)
    assert.same({}, self.log)
  end)

  it("is an option, and contradicts others", function()
    local self = fakebmc.new { open = true }
    with_key(self, function(url)
      for turn = 1, 2 do
        local result = support.bmcsh { "power", "status", "-H", url, "--trust", "first-use" }
        assert.equal(0, result.status, result.stderr)
        assert.equal(turn == 1, result.stderr:find("remembered its key", 1, true) ~= nil)
      end
    end)
    with_key(self, function(url)
      local dir <close> = support.tmpdir()
      local site = dir:write("site.yaml", ("hosts: { m1: { redfish: '%s', tls: "
        .. "{ trust: first-use } } }\n"):format(url), "600")
      for _, more in ipairs { {}, { "--trust", "none" } } do
        local result = support.bmcsh { "findings", "-i", site, "-H", "m1", "--json",
          table.unpack(more) }
        assert.equal(0, result.status, result.stderr)
        assert.equal(#more == 0, result.stdout:find("TRUSTED_ON_FIRST_USE", 1, true) ~= nil)
      end
    end)
    local pin = "sha256//" .. ("x"):rep(43) .. "="
    for _, more in ipairs { { "--pin", pin }, { "--verify-tls" }, { "--ca", "/dev/null" } } do
      local result = support.bmcsh { "power", "status", "-H", "https://127.0.0.1:9", "--trust",
        "first-use", table.unpack(more) }
      assert.equal(2, result.status)
      assert.truthy(result.stderr:find("contradicts " .. more[1], 1, true), result.stderr)
    end
  end)
end)
