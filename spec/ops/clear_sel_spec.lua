-- SPDX-License-Identifier: GPL-3.0-or-later
local bmc = require "bmc"
local cjson = require "cjson"
local host = require "_bmcsh.host"
local logs = require "support.logs"
local scripted = require "support.scripted"
local sim = require "bmc.sim"
local support = require "support"

local SYSTEM, MANAGER = logs.SYSTEM, logs.MANAGER
local SEL = SYSTEM .. "/LogServices/SEL"
local CLEAR = SEL .. "/Actions/LogService.ClearLog"
local QUICK = { set = { "generic.logs.clear_wait=0.3", "generic.redfish.retries=0" } }

-- A SEL with entries 1..count that becomes `after`, the n-th time it is read after the clearing.
local function clearable(count, after, more)
  local resources, cleared = more or {}, nil
  logs.add(resources, SYSTEM, "SEL", { {} }, {
    Actions = { ["#LogService.ClearLog"] = { target = CLEAR } },
  })
  local before = count > 0 and logs.hourly(SEL, 1, count) or {}
  resources[SEL .. "/Entries"] = function()
    local members = before
    if cleared then
      cleared = cleared + 1
      members = after(cleared, before)
    end
    return { Members = #members > 0 and members or cjson.empty_array }
  end
  resources["POST " .. CLEAR] = function(_, body)
    cleared = 0
    return 200, body
  end
  return resources
end

local function empty()
  return {}
end

local function refused(code, resources, args, options)
  local text, effect
  scripted.with(resources, function(m, log)
    local data, e = bmc.try(m.clear_sel, m, args)
    assert.is_nil(data)
    assert.equal(code, e.code, tostring(e))
    text, effect = e.text, e.effect
    assert.equal(effect == "unknown" and 1 or 0, scripted.count(log, "POST", CLEAR))
  end, options or QUICK)
  return text, effect
end

describe("clear_sel", function()
  it("clears the event log: which it was, how many there were and are", function()
    scripted.with(clearable(7, empty), function(m, log)
      local done = m:clear_sel()
      assert.same({ "SEL", SEL, 7, 0, "redfish" },
        { done.log, done.log_uri, done.entries, done.left, done.way })
      assert.is_nil(done.saved)
      local posts = {}
      for _, request in ipairs(log) do
        posts[#posts + 1] = request.path == CLEAR and request or nil
      end
      assert.equal(1, #posts)
      assert.same({}, posts[1].body)
    end, QUICK)
  end)

  it("is content with the entry that tells of the clearing", function()
    local function noted() return { logs.entry(SEL, 1, "2024-06-01T00:00:00Z") } end
    for _, count in ipairs { 0, 1, 9 } do
      scripted.with(clearable(count, noted), function(m)
        local done = m:clear_sel()
        assert.same({ count, 1 }, { done.entries, done.left })
      end, QUICK)
    end
  end)

  it("waits for an erasure that takes its time (I16)", function()
    local function slow(n, before) return n < 2 and before or {} end
    scripted.with(clearable(5, slow), function(m, log)
      assert.equal(0, m:clear_sel().left)
      assert.equal(3, scripted.count(log, "GET", SEL .. "/Entries"))
    end, { set = { "generic.logs.clear_wait=5" } })
  end)

  it("that has no effect is a failure, of unknown effect", function()
    local text, effect = refused("timeout", clearable(5, function(_, before) return before end))
    assert.matches("still holds its 5 entries", text)
    assert.equal("unknown", effect)
  end)

  it("takes a name, and refuses one that several logs have", function()
    local resources = clearable(2, empty)
    logs.add(resources, MANAGER, "Log1", { {} })
    scripted.with(resources, function(m)
      assert.equal("SEL", m:clear_sel("sel").log)
    end, QUICK)
    local first, second = "/redfish/v1/Systems/8", "/redfish/v1/Systems/9"
    for _, system in ipairs { first, second } do
      logs.add(resources, system, "Twin", { {} })
      resources[system] = { ["@odata.id"] = system, Id = system:sub(-1),
        LogServices = { ["@odata.id"] = system .. "/LogServices" } }
    end
    resources["/redfish/v1/Systems"] = scripted.collection(SYSTEM, first, second)
    assert.matches("Systems/8/Twin or Systems/9/Twin",
      refused("rejected", resources, { log = "Twin" }))
    refused("missing", resources, { log = "Lclog" })
    refused("rejected", resources, { log = "all" })
  end)

  it("never takes another log because the event log is empty", function()
    local resources = clearable(0, empty)
    logs.add(resources, SYSTEM, "EventLog", { logs.hourly(SYSTEM, 1, 5) })
    scripted.with(resources, function(m)
      local done = m:clear_sel()
      assert.same({ "SEL", 0 }, { done.log, done.entries })
    end, QUICK)
  end)

  it("is not done to a log that offers no ClearLog, nor where there is no log", function()
    local resources = {}
    logs.add(resources, SYSTEM, "SEL", { logs.hourly(SEL, 1, 2) })
    assert.matches("Systems/1/SEL cannot be cleared", refused("unsupported", resources))
    refused("missing", {})
  end)

  it("is held back in a dry run, and refused to a reader", function()
    local events = {}
    scripted.with(clearable(4, empty), function(m, log)
      local done = m:clear_sel()
      assert.same({ 4 }, { done.entries, done.left })
      assert.equal(0, scripted.count(log, "POST", CLEAR))
    end, { dry_run = true, trace = function(event)
      events[#events + 1] = event.kind == "dry-run" and event or nil
    end })
    assert.same({ "POST", CLEAR, {} }, { events[1].method, events[1].uri, events[1].body })
    refused("rejected", clearable(4, empty), nil, { read_only = true })
  end)
end)

describe("clear_sel with save", function()
  it("writes all entries to a new file for its owner only, and then clears", function()
    local dir <close> = support.tmpdir()
    local path = dir.path .. "/sel.jsonl"
    scripted.with(clearable(150, empty), function(m)
      local done = m:clear_sel { save = path }
      assert.same({ 150, 0, path }, { done.entries, done.left, done.saved })
    end, QUICK)
    assert.equal(384, host.stat(path).mode) -- 0600
    local n = 0
    for line in dir:read("sel.jsonl"):gmatch("[^\n]+") do
      n = n + 1
      local entry = cjson.decode(line)
      assert.equal(tostring(n), entry.Id)
      assert.equal(("%s/Entries/%d"):format(SEL, n), entry["@odata.id"])
    end
    assert.equal(150, n)
  end)

  it("puts the machine into the name of the file", function()
    local dir <close> = support.tmpdir()
    scripted.with(clearable(2, empty), function(m)
      local done = m:clear_sel { save = dir.path .. "/sel-{host}.jsonl" }
      assert.equal(("%s/sel-%s.jsonl"):format(dir.path, m.host), done.saved)
      assert.truthy(host.stat(done.saved))
    end, QUICK)
  end)

  it("clears nothing when the file is there, or cannot be made", function()
    local dir <close> = support.tmpdir()
    local path = dir:write("sel.jsonl", "precious\n")
    assert.matches("nothing was cleared",
      refused("rejected", clearable(2, empty), { save = path }))
    assert.equal("precious\n", dir:read "sel.jsonl")
    refused("rejected", clearable(2, empty), { save = dir.path .. "/no/such/folder/x" })
    assert(require("_bmcsh.spawn").run { "ln", "-s", "nowhere", dir.path .. "/link" })
    refused("rejected", clearable(2, empty), { save = dir.path .. "/link" })
  end)

  it("clears nothing when not all entries can be saved", function()
    local dir <close> = support.tmpdir()
    local resources = clearable(3, empty)
    local members = logs.hourly(SEL, 1, 3)
    members[2] = { ["@odata.id"] = SEL .. "/Entries/2" }
    resources[SEL .. "/Entries"] = { Members = members }
    assert.matches("not all entries",
      refused("protocol", resources, { save = dir.path .. "/sel.jsonl" }))
    assert.is_nil((host.stat(dir.path .. "/sel.jsonl")))
  end)

  it("leaves no file when the BMC refuses to clear, so that the next try can write one", function()
    local dir <close> = support.tmpdir()
    local resources, refusing = clearable(3, empty), true
    local post = resources["POST " .. CLEAR]
    resources["POST " .. CLEAR] = function(...)
      if refusing then
        return 403, {}
      end
      return post(...)
    end
    scripted.with(resources, function(m)
      local path = dir.path .. "/sel.jsonl"
      assert.is_nil((bmc.try(m.clear_sel, m, { save = path })))
      assert.is_nil((host.stat(path)))
      refusing = false
      assert.equal(path, m:clear_sel({ save = path }).saved)
    end, QUICK)
  end)

  it("makes no file in a dry run", function()
    local dir <close> = support.tmpdir()
    scripted.with(clearable(3, empty), function(m)
      assert.is_nil(m:clear_sel({ save = dir.path .. "/sel.jsonl" }).saved)
      assert.is_nil((host.stat(dir.path .. "/sel.jsonl")))
    end, { dry_run = true })
  end)
end)

describe("clear_sel at simulated BMCs", function()
  it("clears what sel_entries shows", function()
    local farm <close> = sim.start { fleet = 10, tls = false }
    for i = 1, farm.count do
      local m <close> = bmc.open { host = farm.url(i), user = "admin", password = "simulated" }
      local before = m:sel_entries { limit = 0 }
      local done = m:clear_sel()
      assert.equal(#before, done.entries)
      assert.equal(before[1].log_uri, done.log_uri)
      assert.is_true(done.left <= 1)
      assert.equal(done.left, #m:sel_entries { log = done.log_uri })
    end
  end)
end)
