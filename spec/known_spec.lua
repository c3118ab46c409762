-- SPDX-License-Identifier: GPL-3.0-or-later
-- Keys that are remembered: where they lie, what is refused, and the command that shows them.
local cjson = require "cjson"
local hash = require "bmc.hash"
local host = require "_bmcsh.host"
local known = require "bmc.known"
local state = require "bmc.state"
local support = require "support"
local task = require "bmc.task"

local URL = "https://10.0.5.17:443"
local CERT = { spki = "sha256//AAAA", subject = "CN=bmc1" }

local function forget_all()
  local folder = assert(state.folder "known")
  for _, name in ipairs(host.listdir(folder)) do
    os.remove(folder .. "/" .. name)
  end
end

local function remember(url, cert)
  local slot <close> = assert(known.open(url, 1))
  assert(slot:remember(url, cert or CERT))
end

describe("bmc.known", function()
  before_each(forget_all)

  it("remembers the key of a place, and no other's", function()
    remember(URL)
    local slot <close> = assert(known.open(URL:upper():gsub("HTTPS", "https"), 1))
    assert.same({ URL, CERT.spki, CERT.subject },
      { slot.key.url, slot.key.pin, slot.key.subject })
    assert.truthy(math.abs(slot.key.at - host.wall()) < 60)
    assert.equal("key of " .. URL, tostring(slot))
    local other <close> = assert(known.open("https://10.0.5.17:8443", 1))
    assert.is_nil(other.key)
    local folder = assert(state.folder "known")
    for _, name in ipairs(host.listdir(folder)) do
      assert.equal(tonumber("600", 8), host.stat(folder .. "/" .. name).mode)
    end
  end)

  it("lists what it knows, and forgets it", function()
    remember("https://b:443")
    remember("https://a:443")
    local urls = {}
    for i, key in ipairs(assert(known.list())) do
      urls[i] = key.url
    end
    assert.same({ "https://a:443", "https://b:443" }, urls)
    assert(known.forget "https://a:443")
    local ok, e = known.forget "https://a:443"
    assert.same({ nil, "missing" }, { ok, e.code })
    assert.equal(1, #known.list())
  end)

  it("leaves nothing behind where nothing was learnt", function()
    do
      local _ <close> = assert(known.open(URL, 1))
    end
    assert.same({}, host.listdir((assert(state.folder "known"))))
  end)

  it("does not take a damaged record for none", function()
    local path = assert(state.folder "known") .. "/" .. hash.sha256(URL)
    for _, text in ipairs { '{"url":"https://10.0', "junk\n", "{}\n", "\n", '{"pin":"x"}\n' } do
      do
        local file <close> = assert(state.open(path, "any"))
        assert(file:replace(text))
      end
      local slot, e = known.open(URL, 1)
      assert.same({ nil, "rejected" }, { slot, e and e.code }, text)
      assert.truthy(e.text:find("bmcsh trust forget " .. URL, 1, true))
      assert.same({}, known.list())
    end
    assert(known.forget(URL))
    local slot <close> = assert(known.open(URL, 1))
    assert.is_nil(slot.key)
  end)

  it("lets one learn at a time; the others wait, no longer than they want to", function()
    local slot = assert(known.open(URL, 1))
    local none, e = known.open(URL, 0.05)
    assert.same({ nil, "busy" }, { none, e.code })
    task.scope(function(scope)
      local waiting = scope:spawn(function()
        local later <close> = assert(known.open(URL, 10))
        return later.key and later.key.pin
      end)
      task.sleep(0.05)
      assert(slot:remember(URL, CERT))
      slot:close()
      assert.equal(CERT.spki, (waiting:join()))
    end)
  end)
end)

describe("bmcsh trust", function()
  before_each(forget_all)

  it("lists the keys, as a table and as JSON", function()
    assert.equal("no key is remembered\n", support.bmcsh({ "trust", "list" }).stdout)
    remember(URL)
    remember("https://bmc2:8443")
    local result = support.bmcsh { "trust", "list" }
    assert.same({ 0, "" }, { result.status, result.stderr })
    assert.matches("\n10%.0%.5%.17 +%d%d%d%d%-.* sha256//AAAA +CN=bmc1\n", result.stdout)
    assert.matches("\nbmc2:8443 ", result.stdout)
    local first = cjson.decode(support.bmcsh({ "trust", "list", "--json" }).stdout:match "[^\n]+")
    assert.same({ "10.0.5.17", CERT.spki }, { first.host, first.pin })
  end)

  it("forgets by whatever -H takes, and says what it did not know", function()
    for i = 1, 3 do
      remember(("https://10.0.5.%d:443"):format(i))
    end
    assert.equal(0, support.bmcsh({ "trust", "forget", "10.0.5.[1-2]" }).status)
    assert.equal(1, #known.list())
    local result = support.bmcsh { "trust", "forget", "https://10.0.5.2", "https://10.0.5.3" }
    assert.equal(1, result.status)
    assert.equal("bmcsh trust: https://10.0.5.2: no key of it is remembered\n", result.stderr)
    assert.same({}, known.list())
  end)

  it("knows misuse", function()
    for _, words in ipairs { {}, { "forget" }, { "list", "bmc1" }, { "learn" },
      { "forget", "[" } } do
      assert.equal(2, support.bmcsh({ "trust", table.unpack(words) }).status, words[1])
    end
    assert.matches("Examples:", support.bmcsh({ "trust", "--help" }).stdout)
  end)
end)
