-- SPDX-License-Identifier: GPL-3.0-or-later
-- scripts/vendor.lua, run as a child with a home of its own.
local cjson = require "cjson"
local pty = require "support.pty"
local spawn = require "_bmcsh.spawn"
local support = require "support"

local FOLDER = ".config/bmcsh/vendors"

-- bmcsh vendor WORDS, by a user whose home this is.
local function vendor(home, ...)
  local argv = { "env", "HOME=" .. home.path, pty.program(), "vendor", ... }
  argv.timeout = 60
  return assert(spawn.run(argv))
end

-- An override file that only its owner can write, whatever the umask of this run is.
local function override(home, name, text)
  local path = home:write(FOLDER .. "/" .. name, text)
  assert(spawn.run { "chmod", "-R", "go-w", home.path .. "/.config" })
  return path
end

local function lines_of(text)
  local out = {}
  for line in text:gmatch("[^\n]+") do
    out[#out + 1] = line
  end
  return out
end

local function assert_has(text, part)
  assert.is_truthy(text:find(part, 1, true), ("%q lacks %q"):format(text, part))
end

describe("bmcsh vendor", function()
  it("lists every vendor with its status and the models seen", function()
    local home <close> = support.tmpdir()
    local result = vendor(home, "list")
    assert.equal(0, result.status, result.stderr)
    assert.is_truthy(result.stdout:find("\nidrac +recorded +Dell iDRAC +PowerEdge R750"))
    assert.is_truthy(result.stdout:find("\nasrockrack +documented +ASRock Rack BMC +%-"))
    local rows = {}
    for _, line in ipairs(lines_of(vendor(home, "list", "--json").stdout)) do
      local row = cjson.decode(line)
      rows[row.name] = row
    end
    assert.equal("documented", rows.tyan.status)
    assert.equal("ami-megarac", rows.gigabyte.extends)
    assert.is_truthy(rows.ilo.seen[1]:find("iLO"))
    assert.is_truthy(rows.generic)
  end)

  it("shows a profile as it holds, as Lua that can be loaded", function()
    local home <close> = support.tmpdir()
    override(home, "dell.lua", "return { power = { settle = 41 } }")
    local result = vendor(home, "show", "dell")
    assert.equal(0, result.status, result.stderr)
    local profile = assert(load(result.stdout, "=show", "t", {}))()
    assert.equal(41, profile.power.settle)
    assert.equal("sessions_full", profile.redfish.messages.RAC0218)
    assert.equal(120, profile.power.budget)
    local data = cjson.decode(vendor(home, "show", "idrac", "--json").stdout)
    assert.equal("idrac", data.name)
    assert.equal(41, data.profile.power.settle)
  end)

  it("shows what holds for one model and firmware only", function()
    local home <close> = support.tmpdir()
    local old = vendor(home, "show", "dell", "--firmware", "2.60", "--manager-model",
      "13G Monolithic")
    assert_has(old.stdout, 'reboot = { "off_on" }')
    assert_has(vendor(home, "show", "dell").stdout, 'reboot = { "GracefulRestart", "off_on" }')
    assert_has(vendor(home, "show", "dell", "--set", "dell.power.settle=9").stdout, "settle = 9")
  end)

  it("explains a field: value, file and line, what it means, the quirks behind it", function()
    local home <close> = support.tmpdir()
    override(home, "idrac.lua", "return {\n  redfish = { session_limit = 4 },\n}")
    local result = vendor(home, "explain", "dell", "redfish")
    assert.equal(0, result.status, result.stderr)
    assert.is_truthy(result.stdout:find(
      "redfish%.session_limit +4 +~/%.config/bmcsh/vendors/idrac%.lua:2"))
    assert.is_truthy(result.stdout:find("redfish%.retries +3 +generic%.lua:%d+"))
    result = vendor(home, "explain", "idrac", "redfish.messages.RAC0218")
    assert_has(result.stdout, "T01  redfish.messages.RAC0218")
    assert_has(result.stdout, "seen     iDRAC 7, 8, 9")
    assert_has(result.stdout, "source   bb-Ricardo/check_redfish#198")
    assert.is_nil(result.stdout:find("RAC0219", 1, true))
    assert_has(vendor(home, "explain", "idrac", "power.settle").stdout, "after a reset before")
  end)

  it("explains all of a vendor, in JSON too", function()
    local home <close> = support.tmpdir()
    local data = cjson.decode(vendor(home, "explain", "supermicro", "--json").stdout)
    local fields, ids = {}, {}
    for _, row in ipairs(data.fields) do
      fields[row.field] = row
    end
    for _, quirk in ipairs(data.quirks) do
      ids[quirk.id] = quirk
    end
    assert.equal("licence", fields["redfish.messages.OemLicenseNotPassed"].value)
    assert.is_truthy(fields["power.settle"].from:find("generic.lua:%d+$"))
    assert.is_string(ids.T12.source)
  end)

  it("says what was meant, and exits with 2", function()
    local home <close> = support.tmpdir()
    for _, case in ipairs {
      { 'did you mean "idrac"?', "show", "idarc" },
      { 'did you mean "messages"?', "explain", "dell", "redfish.mesages" },
      { "add --manufacturer", "new", "acme" },
      { "of which vendor?", "explain" },
      { 'takes no "dell"', "list", "dell" },
      { 'takes no "power"', "show", "dell", "power" },
      { "belongs to new", "list", "--manufacturer", "x" },
      { "no name for a vendor", "new", "../dell", "--manufacturer", "x" },
    } do
      local result = vendor(home, table.unpack(case, 2))
      assert.equal(2, result.status, case[1])
      assert.equal("", result.stdout)
      assert_has(result.stderr, case[1])
    end
  end)
end)

describe("bmcsh vendor lint", function()
  it("has nothing against the shipped files", function()
    local home <close> = support.tmpdir()
    local result = vendor(home, "lint")
    assert.equal(0, result.status, result.stdout)
    assert.equal("nothing wrong in any vendor file\n", result.stdout)
  end)

  it("takes a vendor's name for the file that is one's own", function()
    local home <close> = support.tmpdir()
    local result = vendor(home, "lint", "acme")
    assert.equal(2, result.status)
    assert_has(result.stderr, "there is no file ~/.config/bmcsh/vendors/acme.lua")
    override(home, "acme.lua", 'return { match = { manufacturr = "^A" } }')
    result = vendor(home, "lint", "acme")
    assert.equal(1, result.status)
    assert_has(result.stdout,
      'acme.lua:1: match.manufacturr: unknown field (did you mean "ipmi_manufacturer" or '
        .. '"system_manufacturer"?)')
  end)

  it("says file, line, field and suggestion, of every problem", function()
    local home <close> = support.tmpdir()
    local path = override(home, "dell.lua",
      "return {\n  power = {\n    setle = 40,\n    poll = \"x\",\n  },\n}")
    for _, result in ipairs { vendor(home, "lint"), vendor(home, "lint", path) } do
      assert.equal(1, result.status)
      local lines = lines_of(result.stdout)
      assert.equal(2, #lines)
      assert.equal(path .. ":4: power.poll: a number expected, not \"x\"", lines[1])
      assert.equal(path .. ':3: power.setle: unknown field (did you mean "settle"?)', lines[2])
    end
    local first = cjson.decode(lines_of(vendor(home, "lint", path, "--json").stdout)[2])
    assert.same({ file = path, line = 3, field = "power.setle",
      text = 'unknown field (did you mean "settle"?)' }, first)
    local result = vendor(home, "show", "dell")
    assert.equal(1, result.status)
    assert_has(result.stderr, ":3: power.setle")
  end)

  it("checks a file that lies elsewhere as if it were in use", function()
    local home <close> = support.tmpdir()
    local function draft(name, text)
      local path = home:write("drafts/" .. name, text)
      assert(spawn.run { "chmod", "go-w", path })
      return path
    end
    local acme = draft("acme.lua",
      "return { extends = \"openbmcc\", match = { root_oem = { \"A\" } } }")
    assert_has(vendor(home, "lint", acme).stdout,
      'acme.lua:1: extends: there is no vendor "openbmcc" (did you mean "openbmc"?)')
    assert_has(vendor(home, "lint", draft("notes.txt", "x")).stdout, "NAME.lua expected")
    assert_has(vendor(home, "lint", home.path .. "/nothing.lua").stdout, "nothing.lua")
    assert.equal(0, vendor(home, "lint", draft("hpe.lua", "return { power = { settle = 7 } }"))
      .status)
    assert(spawn.run { "chmod", "o+w", acme })
    assert_has(vendor(home, "lint", acme).stdout, "others can write it")
  end)

  it("mentions a field that changes nothing, also in a file that is in use", function()
    local home <close> = support.tmpdir()
    local path = override(home, "dell.lua", "return { power = { settle = 2, poll = 5 } }")
    local result = vendor(home, "lint", path)
    assert.equal(0, result.status)
    assert.equal(("note: %s:1: power.settle: holds without this file too\n"):format(path),
      result.stdout)
  end)

  it("does not blame a file for another one", function()
    local home <close> = support.tmpdir()
    override(home, "dell.lua", "return { powr = 1 }")
    local path = override(home, "hpe.lua", "return { power = { settle = 7 } }")
    local result = vendor(home, "lint", path)
    assert.equal(0, result.status)
    assert_has(result.stdout, "not checked against the other files")
  end)
end)

describe("bmcsh vendor new", function()
  it("writes a short file that is right, and never over one that is there", function()
    local home <close> = support.tmpdir()
    local result = vendor(home, "new", "dell")
    assert.equal(0, result.status, result.stderr)
    assert.equal("~/" .. FOLDER .. "/idrac.lua\n", result.stdout)
    local text = home:read(FOLDER .. "/idrac.lua")
    local chunk = assert(load(text, "=new", "t", {}))
    assert.same({ power = { settle = 2 } }, chunk())
    local code = 0
    for _, line in ipairs(lines_of(text)) do
      code = code + (line:find("^%-%-") and 0 or 1)
    end
    assert.equal(3, code)
    assert.equal(0, vendor(home, "lint").status)
    assert.is_truthy(vendor(home, "explain", "dell", "power.settle").stdout:find(
      "power%.settle +2 +~/%.config/bmcsh/vendors/idrac%.lua:4"))

    override(home, "idrac.lua", "return { power = { settle = 77 } }")
    for _, name in ipairs { "dell", "idrac" } do
      local again = vendor(home, "new", name)
      assert.equal(1, again.status)
      assert_has(again.stderr, "idrac.lua: File exists")
    end
    assert.equal("return { power = { settle = 77 } }", home:read(FOLDER .. "/idrac.lua"))
  end)

  it("starts a vendor of one's own, known by its maker's name", function()
    local home <close> = support.tmpdir()
    local result = vendor(home, "new", "acme", "--manufacturer", "Acme (TM)")
    assert.equal(0, result.status, result.stderr)
    assert.same({ system_manufacturer = { "^Acme %(TM%)" } },
      cjson.decode(vendor(home, "list", "--json").stdout:match("[^\n]+")) and
      load(home:read(FOLDER .. "/acme.lua"), "=new", "t", {})().match)
    assert_has(vendor(home, "show", "acme").stdout, "settle = 2")
  end)
end)
