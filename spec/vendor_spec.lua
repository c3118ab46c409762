-- SPDX-License-Identifier: GPL-3.0-or-later
-- The registry: layers, names, detection, explain, reload; and one loop over the shipped files.
local host = require "_bmcsh.host"
local http = require "bmc.http"
local spawn = require "_bmcsh.spawn"
local support = require "support"
local tbl = require "bmc.tbl"
local vendor = require "bmc.vendor"
local vendor_schema = require "bmc.vendor_schema"
local schema = require "bmc.schema"

-- Writes an override file that only its owner can write, whatever the umask of this run is.
local function put(dir, name, text)
  local path = dir:write(name, text)
  assert(spawn.run { "chmod", "644", path })
  return path
end

local function load(opts)
  opts.dirs = opts.dirs or {}
  return vendor.load(opts)
end

-- The text of the first problem, and how many there are.
local function problem_of(opts)
  local registry, e = load(opts)
  assert.is_nil(registry)
  assert.equal("rejected", e.code)
  return e.text, #e.problems
end

describe("bmc.vendor", function()
  describe("shipped files", function()
    local registry = assert(load {})

    for _, name in ipairs(registry:names()) do
      it(name .. " is right", function()
        local about = registry.state.about[name]
        assert.is_string(about.title)
        assert.is_string(about.status)
        local clues = 0
        for _, patterns in pairs(about.match) do
          for _, pattern in ipairs(patterns) do
            assert.is_true(pcall(string.find, "", pattern))
            assert.is_nil((""):find(pattern), "it fits everything: " .. pattern)
            clues = clues + 1
          end
        end
        assert.is_true(clues > 0)
        local profile = registry:profile(name)
        assert.same({}, schema.missing({ type = "map", fields = {
          redfish = vendor_schema.fields.redfish, power = vendor_schema.fields.power,
          tls = vendor_schema.fields.tls,
        } }, profile))
        assert.equal(name, profile.name)
      end)
    end

    -- STYLE V2: what equals the default is no difference.
    it("hold only differences from what they extend", function()
      for _, name in ipairs(registry:names()) do
        local parent = registry:profile(registry.state.parents[name] or "generic")
        for field, value in tbl.leaves(registry.state.layers[1][name].data) do
          local part = field:match("^%a+")
          if part == "redfish" or part == "power" or part == "tls" then
            assert.not_same(tbl.at(parent, field), value, name .. ": " .. field)
          end
        end
      end
    end)
  end)

  -- ---- detection ----

  local registry = assert(load {})

  it("knows recorded BMCs by what they say", function()
    local cases = {
      { "redfish-generic", {} },
      { "redfish-generic", { root_vendor = "Contoso", system_manufacturer = "Contoso" } },
      { "idrac", { root_product = "Integrated Dell Remote Access Controller" } },
      { "idrac", { manager_id = "iDRAC.Embedded.1", system_manufacturer = " " } },
      { "ilo", { manager_oem = { "Hp" } } },
      { "ilo", { manager_model = "iLO 7" } },
      { "supermicro", { root_oem = { "Supermicro" } } },
      { "lenovo-xcc", { manager_model = "Lenovo XClarity Controller" } },
      { "openbmc", { manager_oem = { "@odata.id", "OpenBmc" } } },
      { "cisco", { manager_id = "CIMC", system_manufacturer = "Cisco Systems Inc" } },
      { "ami-megarac", { root_vendor = "AMI", system_manufacturer = "Inventec     " } },
      { "gigabyte", { root_vendor = "AMI", system_manufacturer = "GIGABYTE" } },
      { "quanta", { root_oem = { "Ami", "Intel_RackScale" }, manager_oem = { "Quanta_x" } } },
      { "ibm", { manager_model = "P9DSU 9006-22P", manager_oem = { "Supermicro" } } },
      { "ibm", { manager_oem = { "OpenBmc" }, system_manufacturer = "IBM" } },
      { "nvidia", { manager_oem = { "Nvidia", "OpenBmc" } } },
      { "hpe-cray", { system_manufacturer = "HPE", system_model = "HPE CRAY EX425 (MILAN)" } },
      { "intel", { manager_model = "S2600BPB", system_manufacturer = "Intel Corporation" } },
      { "supermicro", { root_vendor = "SMCI" } },
      { "fujitsu", { manager_oem = { "Fsas" } } },
      { "huawei", { manager_oem = { "Public" }, system_manufacturer = "KunLun" } },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[1], (registry:detect(case[2])))
    end
  end)

  it("believes the BMC before the certificate, and that before the maker", function()
    local name, clue = registry:detect { root_vendor = "HPE", tls_issuer = "CN=iDRAC default" }
    assert.equal("ilo", name)
    assert.equal("root_vendor", clue)
    name, clue = registry:detect { tls_issuer = "CN=iDRAC default", system_manufacturer = "HPE" }
    assert.equal("idrac", name)
    assert.equal("tls_issuer", clue)
  end)

  -- ---- detection over the recorded trees ----

  local EXPECTED = {
    ["^cisco"] = "cisco", ["^cray%-rts"] = "redfish-generic", ["^dell"] = "idrac",
    ["^delta"] = "redfish-generic", ["^dmtf"] = "redfish-generic", ["^fujitsu"] = "redfish-generic",
    ["^gigabyte"] = "gigabyte", ["^hpe%-cray_cmm"] = "redfish-generic",
    ["^hpe%-cray_ex"] = "hpe-cray", ["^hpe%-[bd]l"] = "ilo", ["^huawei"] = "huawei",
    ["^ibm"] = "ibm",
    ["^inspur"] = "redfish-generic", ["^intel"] = "intel", ["^inventec"] = "ami-megarac",
    ["^lenovo"] = "lenovo-xcc", ["^nvidia"] = "nvidia", ["^openbmc"] = "openbmc",
    ["^quanta"] = "quanta", ["^supermicro"] = "supermicro",
  }

  local function read_json(path)
    local file <close> = io.open(path)
    return file and http.decode(file:read("a")) or {}
  end

  local function first_member(tree, collection, wanted)
    local folder = ("%s/redfish/v1/%s"):format(tree, collection)
    for _, name in ipairs(host.listdir(folder) or {}) do
      local body = read_json(("%s/%s/index.json"):format(folder, name))
      if body[wanted] then
        return body
      end
    end
    return {}
  end

  local function facts_of(tree)
    local root = read_json(tree .. "/redfish/v1/index.json")
    local manager = first_member(tree, "Managers", "Id")
    local system = first_member(tree, "Systems", "Manufacturer")
    return {
      root_vendor = root.Vendor, root_product = root.Product,
      root_oem = root.Oem and tbl.sorted_keys(root.Oem), manager_id = manager.Id,
      manager_model = manager.Model, manager_oem = manager.Oem and tbl.sorted_keys(manager.Oem),
      system_manufacturer = system.Manufacturer, system_model = system.Model,
    }
  end

  it("knows the vendor of every recorded tree", function()
    local trees = support.shared "mockups"
    local seen = 0
    for _, name in ipairs(host.listdir(trees)) do
      for pattern, expected in pairs(EXPECTED) do
        if name:find(pattern) then
          assert.equal(expected, (registry:detect(facts_of(trees .. "/" .. name))), name)
          seen = seen + 1
        end
      end
    end
    assert.equal(34, seen)
  end)

  -- ---- profiles ----

  it("has a profile for a name and an alias, and a suggestion for a slip", function()
    assert.equal(registry:profile("idrac"), registry:profile("dell"))
    assert.equal("generic", registry:profile("redfish-generic").name)
    assert.equal("lenovo-xcc", registry:find("lenovo"))
    local _, e = registry:find("idarc")
    assert.equal('no vendor "idarc" (did you mean "idrac"?)', e.text)
    assert.has_error(function() registry:profile("idarc") end)
  end)

  it("applies conditions on firmware and model, for what is known", function()
    local old = { manager_model = "13G Monolithic", manager_firmware = "2.60.60.60" }
    assert.same({ "off_on" }, registry:profile("idrac", old).power.reboot)
    for _, facts in ipairs { {}, { manager_model = "13G Monolithic" },
      { manager_model = "14G Monolithic", manager_firmware = "2.60.60.60" },
      { manager_model = "13G Monolithic", manager_firmware = "3.00.00.00" } } do
      assert.same({ "GracefulRestart", "off_on" }, registry:profile("idrac", facts).power.reboot)
    end
  end)

  it("inherits from the vendor it extends", function()
    assert.equal(registry:profile("openbmc").power.budget, registry:profile("nvidia").power.budget)
    assert.same({}, registry:profile("openbmc").redfish.system_prefer)
  end)

  -- ---- overlays ----

  it("overrides one field, folder by folder, --set last", function()
    local etc <close> = support.tmpdir()
    local own <close> = support.tmpdir()
    put(etc, "dell.lua", "return { power = { settle = 10, poll = 5 }, redfish = { retries = 1 } }")
    put(own, "idrac.lua", "return { power = { settle = 20 } }")
    put(own, "generic.lua", "return { redfish = { read_timeout = 77, retries = unset and 9 } }")
    local r = assert(load { dirs = { etc.path, own.path }, set = { "dell.power.poll=7",
      "dell.redfish.chassis_skip=a,b" } })
    local p = r:profile("idrac")
    assert.equal(20, p.power.settle)
    assert.equal(7, p.power.poll)
    assert.equal(77, p.redfish.read_timeout)
    assert.equal(9, p.redfish.retries)
    assert.same({ "a", "b" }, p.redfish.chassis_skip)
    assert.equal("sessions_full", p.redfish.messages.RAC0218)
    assert.equal(2, r:profile("ilo").power.settle)
    assert.equal(120, registry:profile("idrac").power.budget)
  end)

  it("takes a plain field of an operator before a shipped condition", function()
    local dir <close> = support.tmpdir()
    put(dir, "idrac.lua", 'return { power = { reboot = { "GracefulRestart" } } }')
    local r = assert(load { dirs = { dir.path } })
    assert.same({ "GracefulRestart" }, r:profile("idrac",
      { manager_model = "13G Monolithic", manager_firmware = "2.60.60.60" }).power.reboot)
  end)

  it("removes a field that is unset", function()
    local dir <close> = support.tmpdir()
    put(dir, "idrac.lua",
      "return { redfish = { session_limit = unset, messages = { SYS518 = unset } } }")
    local p = assert(load { dirs = { dir.path } }):profile("idrac")
    assert.is_nil(p.redfish.session_limit)
    assert.is_nil(p.redfish.messages.SYS518)
    assert.equal("not_ready", p.redfish.messages.SWC0700)
  end)

  it("takes a new vendor that says how it is known", function()
    local dir <close> = support.tmpdir()
    put(dir, "acme.lua", [[return {
      match = { system_manufacturer = { "^Acme" } }, alias = { "wile" }, extends = "openbmc",
      power = { settle = 9 },
    }]])
    local r = assert(load { dirs = { dir.path } })
    assert.equal("acme", (r:detect { system_manufacturer = "Acme Corp" }))
    assert.equal("acme", (r:detect { manager_oem = { "OpenBmc" }, system_manufacturer = "Acme" }))
    assert.equal(180, r:profile("wile").power.budget)
  end)

  -- ---- bad files ----

  it("says file, line, field and what was meant", function()
    local dir <close> = support.tmpdir()
    local function complaint(name, text)
      local path = put(dir, name, text)
      local found, count = problem_of { dirs = { dir.path } }
      os.remove(path)
      return found:sub(#dir.path + 2), count
    end
    assert.equal('dell.lua:3: power.setle: unknown field (did you mean "settle"?)',
      complaint("dell.lua", "return {\n  power = {\n    setle = 40,\n  },\n}"))
    assert.equal('dell.lua:2: redfish.login: "sesion" is none of session, basic '
      .. '(did you mean "session"?)', complaint("dell.lua", 'return {\n redfish={login="sesion"}}'))
    assert.equal("dell.lua:2: power.on.2: a string expected, not 7",
      complaint("dell.lua", 'return { power = {\n on = { "On", 7 } } }'))
    assert.equal('dell.lua:1: power.off.1: "ForceOff" is none of GracefulShutdown, PushPowerButton',
      complaint("dell.lua", 'return { power = { off = { "ForceOff" } } }'))
    assert.equal("dell.lua:3: '}' expected (to close '{' at line 1) near 'power'",
      complaint("dell.lua", "return {\n  tls = {}\n  power = {},\n}"))
    assert.equal("dell.lua:2: attempt to index a nil value (global 'os')",
      complaint("dell.lua", "return {\n  title = os.getenv('HOME') }"))
    assert.equal("dell.lua: must end with: return { … }", complaint("dell.lua", "local x = 1"))
    assert.equal("dell.lua: runs too long for a data file",
      complaint("dell.lua", "while true do end"))
    assert.equal("dell.lua: attempt to load a binary chunk (mode is 't')",
      (complaint("dell.lua", string.dump(function() end)):gsub("^.-:%s(attempt)", "dell.lua: %1")))
    assert.equal("dell.lua:1: redfish.max_inflight: cannot be unset: bmcsh needs a value here",
      complaint("dell.lua", "return { redfish = { max_inflight = unset } }"))
    assert.equal('idarc.lua: there is no vendor "idarc" (did you mean "idrac"?); '
      .. "a new one needs `match`", complaint("idarc.lua", "return { power = { settle = 1 } }"))
    assert.equal('acme.lua:1: extends: there is no vendor "openbmcc" (did you mean "openbmc"?)',
      complaint("acme.lua", 'return { extends = "openbmcc", match = { root_vendor = { "x" } } }'))
    assert.equal('acme.lua:1: alias.1: "dell" is already a name of idrac',
      complaint("acme.lua", 'return { alias = { "dell" }, match = { root_vendor = { "x" } } }'))
    assert.equal('acme.lua:2: quirks.1.field: power.sette: there is no field "sette" '
      .. '(did you mean "settle"?)', complaint("acme.lua",
      [[return { match = { root_oem = { "x" } },
      quirks = { { id = "a", field = "power.sette", seen = "b", symptom = "c", source = "d" } },
      }]]))
    local _, count = complaint("dell.lua", "return { a = 1, b = 2, power = { c = 3 } }")
    assert.equal(3, count)
  end)

  it("refuses files and folders that others can write", function()
    local dir <close> = support.tmpdir()
    local path = put(dir, "dell.lua", "return { power = { settle = 1 } }")
    assert(load { dirs = { dir.path } })
    assert(spawn.run { "chmod", "o+w", path })
    local said = problem_of { dirs = { dir.path } }
    assert.truthy(said:find("others can write it (mode 646)", 1, true))
    assert(spawn.run { "chmod", "o-w", path })
    assert(spawn.run { "chmod", "g+w", dir.path })
    assert.truthy(problem_of({ dirs = { dir.path } }):find("others can write it", 1, true))
  end)

  it("passes over what is no vendor file, and says so", function()
    local dir <close> = support.tmpdir()
    put(dir, "notes.txt", "hello")
    put(dir, ".dell.lua.swp", "x")
    local r = assert(load { dirs = { dir.path, dir.path .. "/nothing-here" } })
    assert.equal(1, #r:explain("dell").notes)
    assert.truthy(r:explain("dell").notes[1]:find("notes.txt", 1, true))
  end)

  it("says what is wrong with a setting", function()
    local cases = {
      ["dell.power.settle"] = "VENDOR.FIELD=VALUE expected, as dell.power.settle=40",
      ["del.power.settle=1"] = 'no vendor "del" (did you mean "dell"?)',
      ["dell.power.setle=1"] = 'no field "setle" (did you mean "settle"?)',
      ["dell.power.settle=soon"] = '"soon" is no number',
      ["dell.redfish.max_inflight=1000"] = "1000 is out of range (1 to 64)",
      ["dell.redfish.login=x"] = '"x" is none of session, basic',
      ["dell.match.root_vendor=x"] = 'no field "match"',
    }
    for set, text in pairs(cases) do
      assert.equal("--set " .. set .. ": " .. text, (problem_of { set = { set } }))
    end
  end)

  -- ---- explain, reload ----

  it("explains each field by the file and line that won", function()
    local dir <close> = support.tmpdir()
    local path = put(dir, "dell.lua", "return {\n  power = {\n    settle = 10,\n  },\n}")
    local r = assert(load { dirs = { dir.path }, set = { "dell.power.poll=7" } })
    local e = r:explain("dell", { manager_model = "12G", manager_firmware = "2.1" })
    local fields = {}
    for _, row in ipairs(e.fields) do
      fields[row.field] = row
    end
    assert.equal(path, fields["power.settle"].origin.file)
    assert.equal(3, fields["power.settle"].origin.line)
    assert.truthy(fields["power.settle"].origin.before.file:find("generic.lua", 1, true))
    assert.equal("--set", fields["power.poll"].origin.file)
    assert.truthy(fields["power.reboot"].origin.note:find("firmware <3", 1, true))
    assert.equal(path, e.files[#e.files])
    local active = {}
    for _, quirk in ipairs(e.quirks) do
      active[quirk.id] = quirk.active
    end
    assert.is_true(active.T01)
    assert.is_true(active.P01)
    assert.is_false((r:explain("supermicro").quirks[2].active))
    assert.is_nil((r:explain("nobody")))
  end)

  it("reloads when everything is right, and not a bit when it is not", function()
    local dir <close> = support.tmpdir()
    put(dir, "dell.lua", "return { power = { settle = 10 } }")
    local r = assert(load { dirs = { dir.path } })
    local held = r:profile("dell")
    put(dir, "dell.lua", "return { power = { setle = 11 } }")
    local ok, e = r:reload()
    assert.is_nil(ok)
    assert.equal("rejected", e.code)
    assert.equal(10, r:profile("dell").power.settle)
    put(dir, "dell.lua", "return { power = { settle = 11 } }")
    assert.is_true(r:reload())
    assert.equal(11, r:profile("dell").power.settle)
    assert.equal(10, held.power.settle)
  end)
end)
