-- SPDX-License-Identifier: GPL-3.0-or-later
-- Inventories as values: what is in a file, and what is wrong with it. No BMC is asked.
local roster = require "bmc.roster"
local spawn = require "_bmcsh.spawn"
local support = require "support"

-- Loads a text: the roster, or nil and its problems as "line: text".
local function load(text, name)
  local dir <close> = support.tmpdir()
  local path = dir:write(name or "site.yaml", text)
  assert(spawn.run({ "chmod", "600", path }).status == 0)
  local site, e = roster.load(path)
  local problems = {}
  for i, problem in ipairs(e and e.problems or {}) do
    problems[i] = (problem.line and problem.line .. ": " or "") .. problem.text
  end
  return site, problems, e
end

local function names(list)
  local out = {}
  for i, machine in ipairs(list) do
    out[i] = machine.name
  end
  return table.concat(out, " ")
end

describe("bmc.roster", function()
  it("makes a machine of the defaults, its range and its own entry", function()
    local site <close> = load [[
defaults: { user: root, password: { env: ROSTER_NOBODY }, timeout: 30, ipmi: { user: ADMIN } }
hosts:
  node[01-03]: { redfish: "https://{name}.mgmt:444", vendor: dell, tls: { pin: a, verify: true } }
  node02: { vendor: hpe, timeout: ~, ipmi: "10.0.0.2", tls: { pin: b } }
  old: { ipmi: { address: "ipmi://{name}", kg: { env: ROSTER_KG } } }
  bare:
]]
    assert.same({ "bare", "node01", "node02", "node03", "old" }, site.names)
    local one, two = site:machine "node01", site:machine "node02"
    assert.same({ "https://node01.mgmt:444", "dell", 30, "root" },
      { one.host, one.vendor, one.timeout, one.user })
    assert.is_nil(one.ipmi)
    assert.same({ "https://node02.mgmt:444", "hpe", "10.0.0.2", "ADMIN" },
      { two.host, two.vendor, two.ipmi.address, two.ipmi.user })
    assert.is_nil(two.timeout)
    assert.same({ pin = "b", verify = true }, two.tls)
    local old = site:machine "old"
    assert.same({ "ipmi://old", "ADMIN" }, { old.host, old.user })
    assert.is_nil(old.ipmi)
    assert.equal("secret source (env ROSTER_KG)", tostring(old.kg))
    assert.equal("bare", site:machine("bare").host)
    assert.equal(one.password, old.password) -- asked once
  end)

  it("reads a source that names the machine, and a file beside the inventory", function()
    local dir <close> = support.tmpdir()
    dir:write("m2.pw", "second\n")
    local path = dir:write("site.yaml", [[
defaults: { user: root, password: { command: "echo first-{name}" } }
hosts: { m1: , m2: { password: { file: "{name}.pw" } } }
]])
    assert(spawn.run({ "chmod", "600", path, dir:file "m2.pw" }).status == 0)
    local site <close> = assert(roster.load(path))
    for name, expected in pairs { m1 = "first-m1", m2 = "second" } do
      local password <close> = assert(site:machine(name).password:get())
      assert.is_true(password:equals(expected))
    end
  end)

  it("selects names, ranges and groups within groups, each machine once", function()
    local site <close> = load [[
hosts: { "n[1-4]": , x: }
groups: { low: ["n[1-2]"], more: [low, x, n2], all-of-it: [more, "n[3-4]"] }
]]
    assert.equal("n2 x n1 n3", names(site:select { hosts = { "n2,x" }, groups = { "low" } })
      .. " " .. names(site:select { hosts = { "n3" } }))
    assert.equal("n1 n2 x", names(site:select { groups = { "more" } }))
    assert.equal("n1 n2 n3 n4 x", names(site:select { groups = { "all" } }))
    assert.same({ "all-of-it", "low", "more" }, site:groups_of "n1")
    local _, e = site:select { hosts = { "m2" } }
    assert.equal("missing", e.code)
    assert.truthy(e.text:find('has no machine "m2"', 1, true))
    _, e = site:select { groups = { "lov" } }
    assert.truthy(e.text:find('no group "lov" (did you mean "low"?)', 1, true))
    _, e = site:select { hosts = { "https://n1" } }
    assert.truthy(e.text:find("is no name", 1, true))
  end)

  it("knows anchors, aliases and merged maps, and keeps digits and colons as they are", function()
    local site <close> = load [[
defaults: &base { user: 0123, vendor: dell }
hosts:
  a: { <<: *base, vendor: hpe, mac: 00:11:22:33:44:55 }
  b: { <<: [{ system: "1" }, *base] }
]]
    assert.same({ "0123", "hpe" }, { site:machine("a").user, site:machine("a").vendor })
    assert.equal("00:11:22:33:44:55", site:mac "a")
    assert.same({ "1", "dell" }, { site:machine("b").system, site:machine("b").vendor })
  end)

  it("takes a spreadsheet for the same", function()
    local site <close> = load('\xef\xbb\xbfname,redfish,ipmi,user,password_env,groups,timeout\r\n'
      .. 'm1,https://a,10.0.0.1,root,ROSTER_NOBODY,"r1, r2",20\r\n'
      .. '"n[1-2]",,ipmi://{name},"the ""admin""",,r1\n\n', "site.CSV")
    local m1 = site:machine "m1"
    assert.same({ "https://a", "10.0.0.1", "root", 20 },
      { m1.host, m1.ipmi.address, m1.user, m1.timeout })
    local n2 = site:machine "n2"
    assert.same({ 'the "admin"', "ipmi://n2" }, { n2.user, n2.host })
    assert.same({ "m1", "n1", "n2" }, site.groups.r1)
    assert.same({ "m1" }, site.groups.r2)
  end)

  it("tells what is wrong, each with its line, and repeats no password", function()
    local wrong = {
      { "hosts:\n  m1: { redfish: x }\n  m1: {}\n",
        '3: "m1" stands here a second time, after line 2' },
      { "hosts:\n  m1: { usr: x }\n", '2: hosts.m1.usr: unknown field (did you mean "user"?)' },
      { "hosts:\n  m1:\n    ipmi: { adress: x }\n",
        '3: hosts.m1.ipmi.adress: unknown field (did you mean "address"?)' },
      { "hosts: { m1: x }", "1: hosts.m1: a map is expected, such as { redfish: https://NAME }" },
      { "hosts: { m1: { timeout: -1 } }", '"-1" is no number of seconds above zero' },
      { "hosts: { m1: { mac: 12 } }", "is not a MAC address such as" },
      { "hosts: { m1: { way: snmp } }", "is none of redfish, ipmi" },
      { "hosts: { m1: { tls: { verify: yes } } }", 'a boolean expected, not "yes"' },
      { "hosts: { 'a b': {} }", "a name has no blanks" },
      { "hosts: { https://x: {} }", "is no name" },
      { "hosts: { 'a[1-2': {} }", "unbalanced brackets" },
      { "hosts: { 'a[1-3]': , 'a[3-4]': }", "a3 is in two ranges, a[1-3] and a[3-4]" },
      { "hosts: { a: }\ngroups: { g: [b] }", '2: groups.g: no machine and no group is named "b"' },
      { "hosts: { a: }\ngroups: { g: [h], h: [g] }", "is in itself" },
      { "hosts: { a: }\ngroups: { a: [a] }", "a machine is named so too" },
      { "hosts: { a: }\ngroups: { all: [a] }", "every inventory has a group all" },
      { "hosts: { a: }\ngroups: { g: a }", "a list of names is expected" },
      { "hosts: { a: }\ngroups: { g: [{}] }", "names are expected, nothing else" },
      { "host: { a: }", "no machines: a map hosts is expected" },
      { "", "no machines" },
      { "[]", "no machines" },
      { "hosts: { a: }\nhots: 1", '2: unknown field "hots" (did you mean "hosts"?)' },
      { "a: b: c", "1: mapping values are not allowed in this context" },
      { "hosts: { a: *x }", "1: *x stands before its &x, or without one" },
      { "hosts: { a: }\n--- {}", "2: a second document" },
      { "hosts: " .. ("["):rep(10000), "1: nested more than 32 deep" },
      { "hosts: { a: { password: { env: A, file: b } } }", "one of env, file and command, not" },
      { "hosts: { a: { password: {} } }", "one of env, file and command expected" },
      { "hosts: { a: { password: { env } } }", "one of env, file and command expected" },
      { "? [a]\n: b", "a name is expected before the colon" },
    }
    for _, case in ipairs(wrong) do
      local site, problems = load(case[1])
      assert.is_nil(site, case[1])
      assert.truthy(table.concat(problems, "\n"):find(case[2], 1, true),
        case[1]:sub(1, 60) .. " -> " .. table.concat(problems, "\n"))
    end
    local _, problems, e = load "defaults:\n  usr: x\n  password: hunter2\nhosts: { a: { way: 1 } }"
    assert.equal(3, #problems)
    assert.truthy(e.text:find("site.yaml:2: defaults.usr", 1, true))
    assert.truthy(e.text:find("lists all 3 problems", 1, true))
    assert.is_nil(table.concat(problems):find("hunter2", 1, true))
  end)

  it("tells what is wrong with a spreadsheet", function()
    local wrong = {
      { "", "the first line names the columns" },
      { "redfish\nx", "one of them is name" },
      { "name,redfis\n", '1: unknown column "redfis" (did you mean "redfish"?)' },
      { "name,user,user\n", "the column user stands there twice" },
      { "name\na,b\n", "2: 2 fields, and the header names 1" },
      { "name,user\na,x\na,y\n", '3: "a" stands here a second time, after line 2' },
      { "name,user\n,x\n", "2: a row without a name" },
      { 'name,user\na,"x\n', "2: a quotation mark is not closed" },
      { 'name,user\na,x"y\n', '2: "\\"" does not belong' },
    }
    for _, case in ipairs(wrong) do
      local site, problems = load(case[1], "s.csv")
      assert.is_nil(site)
      assert.truthy(table.concat(problems, "\n"):find(case[2], 1, true),
        case[1] .. " -> " .. table.concat(problems, "\n"))
    end
  end)

  it("refuses a file that others can write: it says which commands are run", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("site.yaml", "hosts: { a: }")
    assert(spawn.run({ "chmod", "666", path }).status == 0)
    local _, e = roster.load(path)
    assert.equal("rejected", e.code)
    assert.truthy(e.text:find("others can write it", 1, true))
    _, e = roster.load(dir:file "nosuch")
    assert.truthy(e.text:find("nosuch: No such file", 1, true))
  end)

  it("reads five thousand machines at once", function()
    local lines = { "hosts:" }
    for i = 1, 5000 do
      lines[#lines + 1] = ("  n%d: { redfish: 'https://10.0.%d.%d', vendor: dell }")
        :format(i, i // 250, i % 250)
    end
    lines[#lines + 1] = "groups: { half: ['n[1-2500]'] }"
    local site <close> = load(table.concat(lines, "\n"))
    assert.equal(5000, #site.names)
    assert.equal(2500, #site:select { groups = { "half" } })
  end)
end)
