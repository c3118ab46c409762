-- SPDX-License-Identifier: GPL-3.0-or-later
-- The log of writes: each way to spoil one is found, no write goes out without its line, and
-- nothing secret is in it.
local audit = require "bmc.audit"
local bmc = require "bmc"
local cjson = require "cjson"
local commands = require "support.commands"
local fakebmc = require "support.fakebmc"
local hash = require "bmc.hash"
local host = require "_bmcsh.host"
local secret = require "bmc.secret"
local serialhost = require "support.serialhost"
local sim = require "bmc.sim"
local support = require "support"
local task = require "bmc.task"
local verify = require "bmc.audit.verify"

local RESET = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"
local WRITE = { host = "m1", address = "https://10.0.5.17:443", way = "redfish", user = "root",
  method = "POST", uri = RESET }

local function lines_of(path)
  local out = {}
  for line in io.lines(path) do
    out[#out + 1] = line
  end
  return out
end

local function entries_of(path)
  local out = {}
  for i, line in ipairs(lines_of(path)) do
    out[i] = cjson.decode(line)
  end
  return out
end

-- A log of three writes, the second of which failed: six lines.
local function make(path)
  local log = audit.of(path)
  for i = 1, 3 do
    local n = assert(log:intent(WRITE))
    log:outcome(n, i == 2 and bmc.err.new("timeout", "no answer", { effect = "unknown" }) or nil,
      i ~= 2 and 204 or nil)
  end
  return lines_of(path)
end

local function with_lines(lines)
  local copy = table.move(lines, 1, #lines, 1, {})
  return copy
end

describe("bmc.audit.verify", function()
  local function broken_at(dir, lines, tail)
    local path = dir:write("spoilt", table.concat(lines, "\n") .. (tail or "\n"))
    local report = assert(verify.file(path))
    return report.broken and report.broken.line, report
  end

  it("finds a whole log whole, and says what is in it", function()
    local dir <close> = support.tmpdir()
    local lines = make(dir:file("log"))
    local report = assert(verify.file(dir:file("log")))
    assert.is_nil(report.broken)
    assert.same({ 6, 3, 1, {} }, { report.lines, report.writes, report.failed, report.unknown })
    assert.equal(hash.sha256(lines[6]), report.head)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", report.first_at)
    assert.equal(cjson.decode(lines[6]).at, report.last_at)
    local empty = assert(verify.file(dir:write("empty", "")))
    assert.same({ 0 }, { empty.lines, empty.broken })
  end)

  it("finds each byte that was changed, where it is", function()
    local dir <close> = support.tmpdir()
    local lines = make(dir:file("log"))
    for i, line in ipairs(lines) do
      for at = 1, #line, 7 do
        local copy = with_lines(lines)
        local other = line:sub(at, at) == "x" and "y" or "x"
        copy[i] = line:sub(1, at - 1) .. other .. line:sub(at + 1)
        assert.equal(i, (broken_at(dir, copy)), copy[i])
      end
    end
  end)

  it("finds lines that were removed, doubled, swapped, added, cut", function()
    local dir <close> = support.tmpdir()
    local lines = make(dir:file("log"))
    local foreign = make(dir:file("other"))
    for i = 1, #lines do
      local removed, doubled = with_lines(lines), with_lines(lines)
      table.remove(removed, i)
      table.insert(doubled, i, lines[i])
      local line, report = broken_at(dir, removed)
      assert.equal(i < #lines and i or nil, line)
      assert.truthy(not line or report.broken.why:find("were removed", 1, true))
      assert.equal(i + 1, (broken_at(dir, doubled)))
      for k = i + 1, #lines do
        local swapped = with_lines(lines)
        swapped[i], swapped[k] = swapped[k], swapped[i]
        assert.equal(i, (broken_at(dir, swapped)))
      end
      local replaced = with_lines(lines)
      replaced[i] = foreign[i]
      assert.equal(i == 1 and 2 or i, (broken_at(dir, replaced)))
      local cut = with_lines(lines)
      cut[i] = lines[i]:sub(1, #lines[i] // 2)
      assert.equal(i, (broken_at(dir, cut)))
    end
    for _, junk in ipairs { foreign[1], foreign[6], "", "{}", "[1]", "junk", '{"n":7}' } do
      local added = with_lines(lines)
      added[7] = junk
      assert.equal(7, (broken_at(dir, added)), junk)
    end
  end)

  it("finds a line without its end, wherever that was cut off", function()
    local dir <close> = support.tmpdir()
    local text = table.concat(make(dir:file("log")), "\n") .. "\n"
    local last = text:match("()[^\n]*\n$")
    for at = last, #text - 1, 13 do
      local report = assert(verify.file(dir:write("spoilt", text:sub(1, at))))
      assert.equal(6, report.broken.line)
      assert.equal(1, #report.unknown)
    end
    local report = assert(verify.file(dir:write("spoilt", text:sub(1, -2))))
    assert.equal(6, report.broken.line)
    assert.matches("half", report.broken.why)
  end)

  it("finds an end that was cut off by the head that somebody has noted", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("log")
    local lines = make(path)
    local heads = {}
    for i, line in ipairs(lines) do
      heads[i] = hash.sha256(line)
      assert.is_nil(verify.file(path, heads[i]).broken)
    end
    dir:write("log", table.concat(lines, "\n", 1, 4) .. "\n")
    assert.is_nil(verify.file(path).broken)
    assert.is_nil(verify.file(path, heads[4]).broken)
    assert.equal(5, verify.file(path, heads[6]).broken.line)
  end)

  it("calls a write without an outcome unknown, and not broken", function()
    local dir <close> = support.tmpdir()
    local log = audit.of(dir:file("log"))
    local first = assert(log:intent(WRITE))
    assert(log:intent(WRITE))
    log:outcome(first, nil, 204)
    local report = assert(verify.file(dir:file("log")))
    assert.is_nil(report.broken)
    assert.same({ 1, 2 }, { #report.unknown, report.unknown[1].n })
    assert.equal(RESET, report.unknown[1].uri)
  end)

  it("finds an outcome of no write", function()
    local dir <close> = support.tmpdir()
    local log = audit.of(dir:file("log"))
    log:outcome(7)
    assert.equal(1, verify.file(dir:file("log")).broken.line)
  end)

  it("says what it cannot read", function()
    local dir <close> = support.tmpdir()
    for _, path in ipairs { dir.path, dir:file("none") } do
      local report, e = verify.file(path)
      assert.same({ nil, "rejected" }, { report, e.code })
    end
  end)
end)

describe("bmc.audit", function()
  it("says who wants what from whom", function()
    local dir <close> = support.tmpdir()
    make(dir:file("log"))
    local entries = entries_of(dir:file("log"))
    local intent, outcome = entries[3], entries[4]
    assert.same({ 3, "intent", host.uid(), host.pid(), "m1", "redfish", "root", "POST", RESET },
      { intent.n, intent.event, intent.uid, intent.pid, intent.host, intent.way, intent.user,
        intent.method, intent.uri })
    assert.same({ 4, "outcome", 3, false, "timeout", "unknown" },
      { outcome.n, outcome.event, outcome.of, outcome.ok, outcome.code, outcome.effect })
    assert.same({ true, 204 }, { entries[2].ok, entries[2].status })
    assert.equal(tonumber("600", 8), host.stat(dir:file("log")).mode)
  end)

  it("goes on in a file that another process has left, however long its lines are", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("log")
    local long = { host = ("h"):rep(3000), address = "a", way = "w", method = "m",
      uri = "/" .. ("u"):rep(100000) }
    for _ = 1, 50 do
      assert(audit.of(path):intent(long))
    end
    local child = support.bmcsh { "-e", ([[
      local log = require("bmc.audit").of("%s")
      print(log:intent { host = "x", address = "x", way = "w", method = "m", uri = "u" })]])
      :format(path) }
    assert.equal("51\n", child.stdout)
    assert.equal(52, audit.of(path):intent(long))
    assert.is_nil(verify.file(path).broken)
  end)

  it("refuses a file that is no whole log, and leaves it as it is", function()
    local dir <close> = support.tmpdir()
    local whole = table.concat(make(dir:file("log")), "\n") .. "\n"
    local spoilt = {
      whole:sub(1, -2), whole:sub(1, -9), whole .. '{"n":7', "notes\n", "\n", whole .. "\n",
      whole .. whole:match("^[^\n]*\n"), (whole:gsub('"of":5', '"of":3')),
      (whole:gsub('"n":5', '"n":6')), whole:match("\n(.*)$"):match("^[^\n]*\n"),
    }
    for i, text in ipairs(spoilt) do
      local path = dir:write("spoilt" .. i, text, "600")
      local n, e = audit.of(path):intent(WRITE)
      assert.same({ nil, "rejected", "none" }, { n, e and e.code, e and e.effect }, text)
      assert.truthy(e.text:find("bmcsh audit verify", 1, true), e.text)
      assert.equal(text, dir:read("spoilt" .. i))
    end
  end)

  it("refuses a file that cannot be written, or that others can read", function()
    local dir <close> = support.tmpdir()
    local readable = dir:write("readable", "", "644")
    for _, path in ipairs { readable, dir.path, dir.path .. "/no/such", "/dev/null" } do
      local n, e = audit.of(path):intent(WRITE)
      assert.same({ nil, "rejected", "none" }, { n, e.code, e.effect }, path)
      assert.truthy(e.text:find("audit log", 1, true))
    end
  end)

  it("is one chain, whoever writes at the same time", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("log")
    local program = ([[
      local log, task = require("bmc.audit").of("%s"), require "bmc.task"
      local write = { host = "x", address = "x", way = "w", method = "m", uri = "u" }
      task.map({ 1, 2, 3 }, 3, function()
        for _ = 1, 2 do
          log:outcome(assert(log:intent(write)))
          task.sleep(0.001)
        end
      end)]]):format(path)
    local children = task.map({ 1, 2, 3 }, 3, function()
      return support.bmcsh { "-e", program }
    end)
    for _, child in ipairs(children) do
      assert.same({ 0, "" }, { child.status, child.stderr })
    end
    local report = assert(verify.file(path))
    assert.same({ 36, 18, 0, {} }, { report.lines, report.writes, report.failed, report.unknown })
    assert.is_nil(report.broken)
  end)

  it("takes a file that was moved away for a new one", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("log")
    make(path)
    assert(os.rename(path, dir:file("old")))
    assert.equal(1, audit.of(path):intent(WRITE))
    assert.is_nil(verify.file(path).broken)
  end)

  it("sends nothing for a task that is stopped while it waits, and leaves no line", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("log")
    local log = audit.of(path)
    do
      local _ <close> = assert(require("bmc.state").open(path, "new"))
      local n, e = task.deadline(0.05, log.intent, log, WRITE)
      assert.same({ nil, "timeout", "none" }, { n, e.code, e.effect })
    end
    assert.equal(1, log:intent(WRITE))
    task.deadline(0, log.outcome, log, 1, nil, 204)
    assert.same({ 2, {} }, { verify.file(path).lines, verify.file(path).unknown })
  end)
end)

-- ---- what goes through it ----

describe("writes over Redfish", function()
  it("are in the log before they leave, and reads, login and logout are not", function()
    local dir <close> = support.tmpdir()
    local path, at_post = dir:file("log"), nil
    local self = fakebmc.new()
    self.tree[RESET] = function()
      at_post = entries_of(path)
      return 204
    end
    fakebmc.with(self, { audit = path }, function(rf, t)
      assert(rf:get("/redfish/v1/Systems/1"))
      assert.is_nil(host.stat(path))
      assert(rf:post(RESET, { ResetType = "On" }))
      assert.same({ 1, "intent" }, { #at_post, at_post[1].event })
      assert.equal(hash.sha256('{"ResetType":"On"}'), at_post[1].sha256)
      assert.same({ t.host, t.base, "root" },
        { at_post[1].host, at_post[1].address, at_post[1].user })
      assert.is_nil((rf:delete("/redfish/v1/Nothing")))
    end)
    local entries = entries_of(path)
    assert.equal(4, #entries)
    assert.same({ 204, "DELETE", "missing", "none", 404 }, { entries[2].status,
      entries[3].method, entries[4].code, entries[4].effect, entries[4].status })
    assert.is_nil(entries[3].sha256)
    assert.is_nil(verify.file(path).broken)
  end)

  it("are not sent when the log cannot be written, nor logged when they are held back", function()
    local dir <close> = support.tmpdir()
    local path, notes = dir:file("log"), dir:write("notes", "my notes\n", "600")
    local self = fakebmc.new()
    fakebmc.with(self, { audit = notes }, function(rf, t)
      for _, answer in ipairs { table.pack(rf:post(RESET, {})), table.pack(rf:delete(RESET)),
        table.pack(rf:patch(RESET, {})) } do
        local e = answer[2]
        assert.same({ nil, "rejected", "none", t.host },
          { answer[1], e.code, e.effect, e.host })
      end
    end)
    assert.same({}, self.log)
    fakebmc.with(self, { audit = path, dry_run = true }, function(rf)
      assert(rf:post(RESET, {}))
    end)
    fakebmc.with(self, { audit = path, read_only = true }, function(rf)
      assert.is_nil((rf:post(RESET, {})))
    end)
    assert.is_nil(host.stat(path))
  end)

  it("tell of no password, and of none by a digest that could be guessed at", function()
    local dir <close> = support.tmpdir()
    local path, sent = dir:file("log"), nil
    local self = fakebmc.new()
    self.tree[RESET] = function(_, req)
      sent = req.body
      return 204
    end
    fakebmc.with(self, { audit = path }, function(rf)
      local password <close> = secret.from_string("hunter2")
      assert(rf:post(RESET, { Password = password, UserName = "ops" }))
      assert(rf:post(RESET, { Password = "hunter2", UserName = "ops" }))
    end)
    assert.equal('{"Password":"hunter2","UserName":"ops"}', sent)
    local entries = entries_of(path)
    local digest = hash.sha256('{"Password":"<secret>","UserName":"ops"}')
    assert.same({ digest, digest }, { entries[1].sha256, entries[3].sha256 })
    assert.is_nil(dir:read("log"):find("hunter2", 1, true))
  end)
end)

describe("writes over IPMI", function()
  it("are logged with the digest of their data, without that of a password", function()
    local dir <close> = support.tmpdir()
    local path = dir:file("log")
    local farm <close> = sim.start { fleet = 1, ipmi = true }
    local one = farm.bmc(1)
    do
      local m <close> = bmc.open { host = farm:ipmi_range(), user = "admin",
        password = one.password, audit = path }
      m:heartbeat()
      assert.is_nil(host.stat(path))
      m:indicator_led "on"
      local c = require("bmc.ipmi").of(m.target)
      c:request({ name = "raw", netfn = 0x06, cmd = 0x47, write = true }, "\2\2hunter2")
    end
    local entries = entries_of(path)
    local last = entries[#entries - 1]
    assert.same({ "intent", "ipmi", "admin", "Chassis Identify", true }, { entries[1].event,
      entries[1].way, entries[1].user, entries[1].method, entries[2].ok })
    assert.same({ "raw", "netfn 06h command 47h", hash.sha256("\2\2") },
      { last.method, last.uri, last.sha256 })
    assert.is_nil(verify.file(path).broken)
  end)

  it("count what is typed at a console as one, and tell nothing of it", function()
    serialhost.sim(function(address, port, typed)
      local dir <close> = support.tmpdir()
      local path = dir:file("log")
      do
        local m <close> = bmc.open { host = ("ipmi://%s:%d"):format(address, port),
          user = "admin", password = require("support.ipmisim").PASSWORD, audit = path }
        local con <close> = m:console()
        assert.is_nil(host.stat(path))
        assert(con:write("hunter2\r"))
        assert(con:write("x\r"))
        support.eventually(function() return typed() == "hunter2\rx\r" end)
        assert.equal(1, #entries_of(path))
      end
      local entries = entries_of(path)
      assert.same({ 2, "type", "console", true },
        { #entries, entries[1].method, entries[1].uri, entries[2].ok })
      assert.is_nil(entries[1].sha256)
    end)
  end)
end)

describe("bmcsh --audit and bmcsh audit", function()
  it("keep a log and verify it", function()
    commands.with_farm({ fleet = 3, tls = false }, function(run, _, dir)
      local path = dir:file("log")
      assert.equal(0, run("power", "status", "--audit", path).status)
      assert.is_nil(host.stat(path))
      assert.equal(0, run("led", "on", "--audit", path).status)
      local result = support.bmcsh { "audit", "verify", path }
      assert.same({ 0, "" }, { result.status, result.stderr })
      assert.matches("writes +3\n", result.stdout)
      assert.matches("whole\n$", result.stdout)
      local text = dir:read("log")
      dir:write("log", (text:gsub('"of":1', '"of":2', 1)))
      result = support.bmcsh { "audit", "verify", path }
      assert.equal(1, result.status)
      assert.matches("broken at line %d+: it is not as it was written", result.stdout)
      local report = cjson.decode(support.bmcsh({ "audit", "verify", path, "--json" }).stdout)
      assert.same({ false, path }, { report.whole, report.file })
      assert.equal("number", type(report.broken.line))
    end)
  end)

  it("keep the log that an inventory names, beside it, unless an option names another", function()
    commands.with_farm({ fleet = 2, tls = false }, function(run, farm, dir)
      local site = dir:write("site.yaml", ("defaults: { audit: log }\nhosts:\n"
        .. "  m1: { redfish: '%s' }\n  m2: { redfish: '%s' }\n"):format(farm.url(1), farm.url(2)),
        "600")
      local result = run("led", "on", "-i", site, "-H", "m1,m2")
      assert.equal(0, result.status, result.stderr)
      local entries = entries_of(dir:file("log"))
      assert.equal(4, #entries)
      assert.truthy(entries[1].host:find("^m[12]$"))
      assert.truthy(entries[1].address:find("^http://127%."))
      assert.equal(0, run("led", "off", "-i", site, "-H", "m1", "--audit",
        dir:file("own")).status)
      assert.same({ 4, 2 }, { #lines_of(dir:file("log")), #lines_of(dir:file("own")) })
    end)
  end)

  it("do nothing to a machine where the log is no log", function()
    commands.with_farm({ fleet = 1, tls = false }, function(run, _, dir)
      local path = dir:write("log", "half a li", "600")
      local result = run("led", "on", "--audit", path)
      assert.equal(1, result.status)
      assert.truthy(result.stderr:find("half there", 1, true), result.stderr)
      assert.matches("LED +%w+", run("led").stdout:upper())
    end)
  end)

  it("know misuse from a broken log", function()
    local dir <close> = support.tmpdir()
    for _, words in ipairs { { "verify" }, { "look", "x" }, { "verify", dir:file("none") },
      { "verify", dir:write("log", ""), "--head", "12" } } do
      assert.equal(2, support.bmcsh({ "audit", table.unpack(words) }).status)
    end
    assert.equal(0, support.bmcsh({ "audit", "verify", dir:write("log", "") }).status)
    assert.matches("Examples:", support.bmcsh({ "audit", "--help" }).stdout)
  end)
end)
