-- SPDX-License-Identifier: GPL-3.0-or-later
local bmc = require "bmc"
local cjson = require "cjson"
local host = require "_bmcsh.host"
local logs = require "support.logs"
local scripted = require "support.scripted"
local sim = require "bmc.sim"

local SYSTEM, MANAGER = logs.SYSTEM, logs.MANAGER
local SEL = SYSTEM .. "/LogServices/SEL"

local function ids(records)
  local out = {}
  for i, record in ipairs(records) do
    out[i] = record.id
  end
  return table.concat(out, " ")
end

local function notes(m)
  return table.concat(m.trail[#m.trail].notes or {}, "\n")
end

-- What sel_entries(args) answers over a system's SEL with these pages.
local function of_pages(pages, args, f, fields)
  local resources = {}
  logs.add(resources, SYSTEM, "SEL", pages, fields)
  scripted.with(resources, function(m, log) f(m:sel_entries(args), m, log) end)
end

local function refused(code, resources, args, options)
  local text
  scripted.with(resources, function(m)
    local data, e = bmc.try(m.sel_entries, m, args)
    assert.is_nil(data)
    assert.equal(code, e.code, tostring(e))
    text = e.text
  end, options)
  return text
end

describe("sel_entries: the order", function()
  it("is newest first, whichever way the log runs", function()
    of_pages({ logs.hourly(SEL, 1, 5) }, nil, function(list)
      assert.equal("5 4 3 2 1", ids(list))
      assert.same({
        id = "5", created = "2024-05-01T05:00:00Z", message = "entry 5", log = "SEL",
        log_uri = SEL,
      }, list[1])
    end)
    of_pages({ logs.hourly(SEL, 5, 1) }, nil, function(list)
      assert.equal("5 4 3 2 1", ids(list))
    end)
  end)

  it("is that of the log where times are the same", function()
    local same = {}
    for i, id in ipairs { 1, 2, 3, 4 } do
      same[i] = logs.entry(SEL, id, id == 1 and "2024-05-01T00:00:00Z" or "2024-05-02T00:00:00Z")
    end
    of_pages({ same }, nil, function(list) assert.equal("4 3 2 1", ids(list)) end)
    same[1].Created = "2024-05-03T00:00:00Z"
    of_pages({ same }, nil, function(list) assert.equal("1 2 3 4", ids(list)) end)
    same[1].Created = "2024-05-02T00:00:00Z"
    of_pages({ same }, nil, function(list) assert.equal("4 3 2 1", ids(list)) end)
  end)

  it("compares times of different zones", function()
    of_pages({ {
      logs.entry(SEL, 1, "2024-05-01T12:00:00+02:00"), logs.entry(SEL, 2, "2024-05-01T10:30:00Z"),
      logs.entry(SEL, 3, "2024-05-01T05:45:00-0500"),
    } }, nil, function(list) assert.equal("3 2 1", ids(list)) end)
  end)

  it("has entries of unknown time first, and empty slots last (R13)", function()
    of_pages({ {
      logs.entry(SEL, 1, "0000-00-00T00:00:00Z", { MessageId = "NULL", Message = cjson.null }),
      logs.entry(SEL, 2, "2024-05-01T10:00:00Z"), logs.entry(SEL, 3, "1970-01-01T00:01:38Z"),
      logs.entry(SEL, 4, "2024-05-01T11:00:00Z"), logs.entry(SEL, 5, nil),
    } }, nil, function(list)
      assert.equal("5 3 4 2 1", ids(list))
      assert.is_nil(list[1].created)
      assert.is_nil(list[5].message_id)
    end)
  end)
end)

describe("sel_entries: how many", function()
  it("are a hundred, the newest, unless told otherwise", function()
    of_pages({ logs.hourly(SEL, 1, 150) }, nil, function(list)
      assert.equal(100, #list)
      assert.equal("150", list[1].id)
    end)
    of_pages({ logs.hourly(SEL, 1, 150) }, { limit = 2 }, function(list)
      assert.equal("150 149", ids(list))
    end)
    of_pages({ logs.hourly(SEL, 1, 150) }, { limit = 0 }, function(list)
      assert.equal(150, #list)
    end)
  end)

  it("are not more than are asked for of a log that begins with the newest", function()
    local pages = { logs.hourly(SEL, 30, 21), logs.hourly(SEL, 20, 11), logs.hourly(SEL, 10, 1) }
    of_pages(pages, { limit = 15 }, function(list, _, log)
      assert.equal(15, #list)
      assert.equal("16", list[15].id)
      assert.equal(1, scripted.count(log, "GET", SEL .. "/Entries/page/2"))
      assert.equal(0, scripted.count(log, "GET", SEL .. "/Entries/page/3"))
    end)
    of_pages(pages, { limit = 10 }, function(list, _, log)
      assert.equal("30 29 28 27 26 25 24 23 22 21", ids(list))
      assert.equal(0, scripted.count(log, "GET", SEL .. "/Entries/page/2"))
    end)
  end)

  it("need all pages of a log that begins with the oldest, or whose clock was set back", function()
    local pages = { logs.hourly(SEL, 1, 10), logs.hourly(SEL, 11, 20), logs.hourly(SEL, 21, 30) }
    of_pages(pages, { limit = 2 }, function(list) assert.equal("30 29", ids(list)) end)
    pages = { logs.hourly(SEL, 30, 21), logs.hourly(SEL, 20, 11), logs.hourly(SEL, 31, 35) }
    pages[1][5].Created = "2024-05-01T00:00:00Z"
    of_pages(pages, { limit = 2 }, function(list) assert.equal("35 34", ids(list)) end)
  end)

  it("survive a page that cannot be read, and say so", function()
    local resources = {}
    logs.add(resources, SYSTEM, "SEL", { logs.hourly(SEL, 1, 3), logs.hourly(SEL, 4, 6) })
    resources[SEL .. "/Entries/page/2"] = function() return 500, { error = {} } end
    scripted.with(resources, function(m)
      assert.equal("3 2 1", ids(m:sel_entries()))
      assert.matches("incomplete: .*/page/2 %(500%)", notes(m))
    end)
  end)

  it("may be none: no members, members that are null, no log", function()
    of_pages({ {} }, nil, function(list) assert.same({}, list) end)
    local resources = {}
    logs.add(resources, SYSTEM, "SEL", { {} })
    resources[SEL .. "/Entries"].Members = cjson.null
    scripted.with(resources, function(m) assert.same({}, m:sel_entries()) end)
    scripted.with({}, function(m)
      assert.same({}, m:sel_entries())
      assert.matches("keeps no log", notes(m))
    end)
  end)
end)

describe("sel_entries: filters", function()
  it("take a time, a date, an epoch second", function()
    for _, since in ipairs { "2024-05-02T01:00:00Z", "2024-05-02T03:00:00+02:00", 1714611600 } do
      of_pages({ logs.hourly(SEL, 20, 30) }, { since = since }, function(list)
        assert.equal("30 29 28 27 26 25", ids(list), tostring(since))
      end)
    end
    of_pages({ logs.hourly(SEL, 20, 30) }, { since = "2024-05-02" }, function(list)
      assert.equal(7, #list)
    end)
  end)

  it("take a span back from the clock of the BMC, or from ours where it shows none", function()
    of_pages({ logs.hourly(SEL, 1, 5) }, { since = "90m" }, function(list)
      assert.equal("5 4", ids(list))
    end, { DateTime = "2024-05-01T05:10:00Z" })
    local now = math.floor(host.wall())
    local function at(age) return os.date("!%Y-%m-%dT%H:%M:%SZ", now - age) end
    of_pages({ { logs.entry(SEL, 1, at(7300)), logs.entry(SEL, 2, at(7100)) } }, { since = "2h" },
      function(list) assert.equal("2", ids(list)) end)
  end)

  it("keep what has no time", function()
    of_pages({ { logs.entry(SEL, 1, nil), logs.entry(SEL, 2, "2020-01-01T00:00:00Z") } },
      { since = "2024-05-01" }, function(list) assert.equal("1", ids(list)) end)
  end)

  it("stop reading where all that follows is older", function()
    of_pages({ logs.hourly(SEL, 30, 21), logs.hourly(SEL, 20, 11), logs.hourly(SEL, 10, 1) },
      { since = "2024-05-01T22:00:00Z" }, function(list, _, log)
        assert.equal("30 29 28 27 26 25 24 23 22", ids(list))
        assert.equal(0, scripted.count(log, "GET", SEL .. "/Entries/page/2"))
      end)
  end)

  it("take a severity, this or worse, and tell what has none", function()
    local list = logs.hourly(SEL, 1, 5)
    for i, word in ipairs { "OK", "WARNING", "Critical", "INFORMATIONAL" } do
      list[i].Severity = word
    end
    of_pages({ list }, { severity = "warning" }, function(found, m)
      assert.equal("3 2", ids(found))
      assert.matches("1 entries of log Systems/1/SEL tell no severity", notes(m))
    end)
    of_pages({ list }, { severity = "ok" }, function(found) assert.equal("4 3 2 1", ids(found)) end)
  end)

  it("count only what they keep", function()
    local list = logs.hourly(SEL, 1, 50)
    for i, entry in ipairs(list) do
      entry.Severity = i % 10 == 0 and "Critical" or "OK"
    end
    of_pages({ list }, { severity = "critical", limit = 3 }, function(found)
      assert.equal("50 40 30", ids(found))
    end)
  end)

  it("are refused when they make no sense", function()
    assert.matches("yesterday", refused("rejected", {}, { since = "yesterday" }))
    assert.matches("purple", refused("rejected", {}, { severity = "purple" }))
    assert.matches("%-1", refused("rejected", {}, { limit = -1 }))
    assert.matches("2.5", refused("rejected", {}, { limit = 2.5 }))
  end)
end)

describe("sel_entries: entries that are links", function()
  -- A SEL whose collection holds links; entry 3 is not there.
  local function with_links(form, from, to, args, f)
    local resources, links = {}, {}
    for i, entry in ipairs(logs.hourly(SEL, from, to)) do
      links[i] = form(entry)
      resources[entry["@odata.id"]] = entry.Id ~= "3" and entry or nil
    end
    logs.add(resources, SYSTEM, "SEL", { links })
    scripted.with(resources, function(m, log) f(m:sel_entries(args), m, log) end)
  end

  local FORMS = {
    ["an object"] = function(entry) return { ["@odata.id"] = entry["@odata.id"] } end,
    ["plain text"] = function(entry) return entry["@odata.id"] end,
    ["with a name"] = function(entry)
      return { ["@odata.id"] = entry["@odata.id"], Id = entry.Id, Name = "Log Entry" }
    end,
  }
  for name, form in pairs(FORMS) do
    it("are followed, " .. name, function()
      with_links(form, 1, 6, nil, function(list, m)
        assert.equal("6 5 4 2 1", ids(list))
        assert.matches("not read: .*/Entries/3 %(404%)", notes(m))
      end)
    end)
  end

  it("are followed only as far as needed, from either end", function()
    for _, ends in ipairs { { 1, 40 }, { 40, 1 } } do
      with_links(FORMS["an object"], ends[1], ends[2], { limit = 4 }, function(list, _, log)
        assert.equal("40 39 38 37", ids(list))
        local read = 0
        for _, request in ipairs(log) do
          read = read + (request.path:find("/Entries/%d+$") and 1 or 0)
        end
        assert.is_true(read <= 6, read .. " entries were read")
      end)
    end
  end)

  it("are all followed when they have to be filtered", function()
    with_links(FORMS["an object"], 1, 40, { limit = 4, since = "2024-05-02T14:00:00Z" },
      function(list) assert.equal("40 39 38", ids(list)) end)
  end)

  it("come with their collection where the service sends them so", function()
    local farm <close> = sim.start { vendors = { "xcc-2" }, tls = false }
    local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
    m:sel_entries()
    local before = farm.bmc(1).counters.requests
    local list = m:sel_entries { log = "AuditLog" }
    assert.equal("15 14 13 12 11 10 9 8 7 6 5 4 3 2 1", ids(list))
    assert.equal("Somebody has logged in.", list[2].message)
    assert.is_true(farm.bmc(1).counters.requests - before < 15)
  end)

  it("that all fail are an error", function()
    local resources = {}
    logs.add(resources, SYSTEM, "SEL", { { { ["@odata.id"] = SEL .. "/Entries/1" } } })
    resources[SEL .. "/Entries/1"] = function() return 500, { error = {} } end
    refused("protocol", resources)
  end)

  it("that are all gone are none", function()
    local one, two = SEL .. "/Entries/1", SEL .. "/Entries/2"
    of_pages({ { { ["@odata.id"] = one }, { ["@odata.id"] = two } } }, nil, function(list, m)
      assert.same({}, list)
      assert.matches("not read: .*/Entries/2 %(404%)", notes(m))
    end)
  end)

  it("that fail lose none of those that are there as a whole", function()
    local mixed = logs.hourly(SEL, 1, 3)
    mixed[4] = { ["@odata.id"] = SEL .. "/Entries/4" }
    local resources = { [SEL .. "/Entries/4"] = function() return 500, { error = {} } end }
    logs.add(resources, SYSTEM, "SEL", { mixed })
    scripted.with(resources, function(m)
      assert.equal("3 2 1", ids(m:sel_entries()))
      assert.matches("not read: .*/Entries/4 %(500%)", notes(m))
    end)
  end)
end)

describe("sel_entries: which log", function()
  local function names(list)
    local out, seen = {}, {}
    for _, record in ipairs(list) do
      local place = record.log_uri:gsub("^/redfish/v1/", ""):gsub("LogServices/", "")
      out[#out + 1] = not seen[place] and place or nil
      seen[place] = true
    end
    table.sort(out)
    return table.concat(out, " ")
  end

  -- owner, name, entries; what is read when no log is named
  local DEFAULTS = {
    { "the SEL before others", "Systems/1/SEL",
      { SYSTEM, "EventLog", 3 }, { SYSTEM, "PostCodes", 3 }, { SYSTEM, "SEL", 3 } },
    { "the manager's, where the system has none of that kind", "Managers/1/SEL",
      { SYSTEM, "BIOS", 3 }, { MANAGER, "AuditLog", 3 }, { MANAGER, "SEL", 3 } },
    { "the system's of two with one name", "Systems/1/Log1",
      { MANAGER, "Log1", 3 }, { SYSTEM, "Log1", 3 } },
    { "the next of its kind when it is empty", "Managers/1/EventLog",
      { MANAGER, "SEL", 0 }, { MANAGER, "EventLog", 3 }, { MANAGER, "AuditLog", 3 } },
    { "no journal in its place, though it is empty", "",
      { SYSTEM, "EventLog", 0 }, { MANAGER, "Journal", 3 } },
    { "one of which nothing is known, if there is no other", "Systems/1/BIOS",
      { SYSTEM, "AuditLog", 3 }, { SYSTEM, "BIOS", 3 } },
    { "an audit log for lack of anything else", "Managers/1/AuditLog", { MANAGER, "AuditLog", 3 } },
    { "never POST codes, however they are spelt (R18)", "", { SYSTEM, "Post_Codes", 3 } },
  }
  for _, case in ipairs(DEFAULTS) do
    it("is by default " .. case[1], function()
      local resources = {}
      for i = 3, #case do
        local owner, name, count = table.unpack(case[i])
        logs.add(resources, owner, name, { count > 0 and logs.hourly(owner, 1, count) or {} })
      end
      scripted.with(resources, function(m) assert.equal(case[2], names(m:sel_entries())) end)
    end)
  end

  -- Three logs, two of one name; the manager links the system's too, as an XCC does.
  local function several()
    local resources = {}
    for _, log in ipairs { { SYSTEM, "SEL" }, { SYSTEM, "Log1" }, { MANAGER, "Log1" },
      { MANAGER, "PostCodes" } } do
      local path = log[1] .. "/LogServices/" .. log[2]
      logs.add(resources, log[1], log[2], { logs.hourly(path, 1, 2) })
    end
    table.insert(resources[MANAGER .. "/LogServices"].Members, { ["@odata.id"] = SEL .. "/" })
    return resources
  end

  it("is the one that is named", function()
    local named = {
      SEL = "Systems/1/SEL", sel = "Systems/1/SEL", Log1 = "Systems/1/Log1",
      ["Managers/1/Log1"] = "Managers/1/Log1", ["managers/1/log1"] = "Managers/1/Log1",
      [SEL .. "/"] = "Systems/1/SEL", ["Managers/1/LogServices/Log1"] = "Managers/1/Log1",
      ["post codes"] = "Managers/1/PostCodes",
    }
    for name, place in pairs(named) do
      scripted.with(several(), function(m)
        local list = m:sel_entries { log = name }
        assert.equal(place, names(list), name)
        assert.equal("2 1", ids(list))
      end)
    end
  end)

  it("is known by what it says of itself, too", function()
    local resources = several()
    resources[SEL].Id, resources[SEL].Name = "LC", "Lifecycle Log"
    for _, name in ipairs { "LC", "lifecycle log" } do
      scripted.with(resources, function(m)
        assert.equal("Systems/1/SEL", names(m:sel_entries { log = name }))
      end)
    end
  end)

  it("may be all of them, each once, merged by time", function()
    scripted.with(several(), function(m, log)
      local list = m:sel_entries { log = "all" }
      assert.equal("Managers/1/Log1 Managers/1/PostCodes Systems/1/Log1 Systems/1/SEL", names(list))
      assert.equal("2 2 2 2 1 1 1 1", ids(list))
      assert.equal(1, scripted.count(log, "GET", SEL .. "/Entries"))
      assert.equal(3, #m:sel_entries { log = "all", limit = 3 })
    end)
  end)

  it("lacks one that cannot be read, and says so", function()
    local resources = several()
    resources[MANAGER .. "/LogServices/Log1/Entries"] = function() return 500, { error = {} } end
    resources[MANAGER .. "/LogServices/PostCodes"] = nil
    scripted.with(resources, function(m)
      assert.equal("Systems/1/Log1 Systems/1/SEL", names(m:sel_entries { log = "all" }))
      assert.matches("not there: .*PostCodes %(404%)", notes(m))
      assert.matches("log Managers/1/Log1 not read", notes(m))
    end)
  end)

  it("has to be there", function()
    local text = refused("missing", several(), { log = "Lclog" })
    assert.matches("Systems/1/SEL, Systems/1/Log1, Managers/1/Log1, Managers/1/PostCodes", text)
  end)

  it("that cannot be read is an error", function()
    local resources = several()
    resources[SEL .. "/Entries"] = function() return 500, { error = {} } end
    refused("protocol", resources)
    refused("protocol", resources, { log = "SEL" })
    resources[SEL] = function() return 403, { error = {} } end
    refused("auth", resources, { log = "SEL" })
  end)

  it("is passed over when it offers no entries", function()
    local resources = several()
    resources[SEL].Entries = nil
    scripted.with(resources, function(m)
      assert.equal("Systems/1/Log1", names(m:sel_entries()))
      assert.matches("Systems/1/SEL offers no entries", notes(m))
    end)
    assert.matches("no entries", refused("missing", resources, { log = "SEL" }))
  end)

  it("follows the link to entries that lie elsewhere", function()
    local resources = several()
    resources["/redfish/v1/Managers/1/Logs/Sel"] = { Members = logs.hourly(SEL, 7, 9) }
    resources[SEL].Entries = { ["@odata.id"] = "/redfish/v1/Managers/1/Logs/Sel" }
    scripted.with(resources, function(m) assert.equal("9 8 7", ids(m:sel_entries())) end)
  end)

  it("finds entries that are not where the log says (R19)", function()
    local resources = {}
    local path = logs.add(resources, MANAGER, "Sel", { {} })
    resources[path .. "/Entries"] = { ["@odata.id"] = path .. "/Entries", Id = "SEL" }
    resources["/redfish/v1/Managers/1/Logs/Sel"] = { Members = logs.hourly(path, 1, 3) }
    scripted.with(resources, function(m) assert.equal("3 2 1", ids(m:sel_entries())) end,
      { vendor = "idrac" })
    scripted.with(resources, function(m) assert.equal("", ids(m:sel_entries())) end)
  end)

  it("is where the standard has it when nothing links a log", function()
    local resources = {}
    logs.add(resources, MANAGER, "SEL", { logs.hourly(MANAGER .. "/LogServices/SEL", 1, 2) })
    resources[MANAGER].LogServices = nil
    scripted.with(resources, function(m) assert.equal("2 1", ids(m:sel_entries())) end)
    resources[MANAGER .. "/LogServices"] = function() return 500, { error = {} } end
    scripted.with(resources, function(m) assert.same({}, m:sel_entries()) end)
  end)

  it("is not looked for elsewhere where one is linked", function()
    local resources = {}
    logs.add(resources, SYSTEM, "SEL", { {} })
    scripted.with(resources, function(m, log)
      m:sel_entries { log = "all" }
      assert.equal(0, scripted.count(log, "GET", MANAGER .. "/LogServices"))
    end)
  end)

  it("hangs on the system that is asked for", function()
    local resources, other = several(), "/redfish/v1/Systems/2"
    local path = logs.add(resources, other, "SEL", { logs.hourly("/x", 5, 6) })
    resources[other] = { ["@odata.id"] = other, Id = "2",
      LogServices = { ["@odata.id"] = other .. "/LogServices" } }
    resources["/redfish/v1/Systems"] = scripted.collection(SYSTEM, other)
    scripted.with(resources, function(m)
      assert.equal("2 1", ids(m:sel_entries()))
      local list = m:sel_entries { system = "2" }
      assert.equal("6 5", ids(list))
      assert.equal(path, list[1].log_uri)
      assert.equal(10, #m:sel_entries { log = "all" })
    end)
  end)

  it("is found where only a chassis links to what keeps it", function()
    local resources, lone = {}, "/redfish/v1/Managers/lone"
    logs.add(resources, lone, "SEL", { logs.hourly("/x", 1, 3) })
    resources[lone] = { ["@odata.id"] = lone,
      LogServices = { ["@odata.id"] = lone .. "/LogServices" } }
    resources["/redfish/v1/Systems"], resources["/redfish/v1/Managers"] = false, false
    resources[SYSTEM] = false
    resources["/redfish/v1/Chassis/1"] = { ["@odata.id"] = "/redfish/v1/Chassis/1", Id = "1",
      Links = { ManagedBy = { { ["@odata.id"] = lone } } } }
    scripted.with(resources, function(m) assert.equal("3 2 1", ids(m:sel_entries())) end)
  end)
end)
