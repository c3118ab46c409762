-- SPDX-License-Identifier: GPL-3.0-or-later
-- $expand: asked for where it is offered, believed as long as it deserves that.
local fakebmc = require "support.fakebmc"
local vendor = require "bmc.vendor"

local answer, fault, link = fakebmc.answer, fakebmc.fault, fakebmc.link

local ROOM = "/redfish/v1/Room"
local ALL = "?$expand=.($levels=1)"

local function offering(features)
  local root = {}
  for k, v in pairs(fakebmc.ROOT) do
    root[k] = v
  end
  root.ProtocolFeaturesSupported = { ExpandQuery = features }
  return root
end

local OFFER = { ExpandAll = true, Levels = true, Links = true, NoLinks = true, MaxLevels = 6 }

local function member(i)
  return {
    ["@odata.id"] = ROOM .. "/" .. i, ["@odata.type"] = "#Chair.v1_0_0.Chair", Id = tostring(i),
    Name = "Chair", Legs = 4,
  }
end

-- A BMC with a collection of n members in pages of `size`. `expands(members, from, self)` makes the
-- members of an expanded page, or an answer in place of it.
local function bmc_of(n, size, expands, features)
  local self = fakebmc.new()
  self.tree["/redfish/v1/"] = offering(features or OFFER)
  for i = 1, n do
    self.tree[ROOM .. "/" .. i] = member(i)
  end
  self.tree[ROOM] = function(_, req)
    local query = req.query or ""
    local from = tonumber(query:match("%$skip=(%d+)")) or 0
    local expanded = query:find("$expand", 1, true) ~= nil
    local members, last = {}, math.min(from + size, n)
    for i = from + 1, last do
      members[#members + 1] = expanded and member(i) or link(ROOM .. "/" .. i)
    end
    local body = { Members = members, ["Members@odata.count"] = n }
    if last < n then
      body["Members@odata.nextLink"] = ("%s?$skip=%d%s"):format(ROOM, last,
        expanded and not self.forgets and "&$expand=." or "")
    end
    if expanded and expands then
      local status, headers, text = expands(body, from, self)
      if status then
        return status, headers, text
      end
    end
    return answer(200, body)
  end
  return self
end

local function gets(self, pattern)
  local n = 0
  for _, line in ipairs(self.log) do
    n = n + (line:find(pattern) and 1 or 0)
  end
  return n
end

-- The requests for the collection and its members, without those for root and session.
local function cost(self)
  return gets(self, "GET " .. ROOM)
end

-- Reads the collection `times` over and checks that each time nothing is lost.
local function check(self, n, opts, times)
  local costs, notes = {}, {}
  opts.trace = function(event)
    notes[#notes + 1] = event.kind == "note" and event.text or nil
  end
  fakebmc.with(self, opts, function(rf)
    for i = 1, times or 2 do
      local before = cost(self)
      local list, problems = rf:collection(ROOM)
      assert.equal(n, #list)
      assert.same({}, problems)
      for at, body in ipairs(list) do
        assert.equal(tostring(at), body.Id)
        assert.equal(4, body.Legs)
      end
      costs[i] = cost(self) - before
    end
  end)
  return costs, table.concat(notes, "\n")
end

describe("$expand", function()
  it("reads 1,000 members in one request, once the service has been seen to be honest", function()
    local self = bmc_of(1000, 1000)
    local costs, notes = check(self, 1000, {})
    assert.same({ 3, 1 }, costs) -- plain, expanded, one member; then expanded alone
    assert.equal(2, gets(self, "%$expand=%.%(%$levels=1%)"))
    assert.equal("", notes)
  end)

  it("reads pages as they come, and adds the query to links that have lost it", function()
    assert.same({ 22, 20 }, (check(bmc_of(1000, 50), 1000, {})))
    local self = bmc_of(1000, 50)
    self.forgets = true
    local costs = check(self, 1000, {})
    assert.same({ 23, 21 }, costs) -- one page is asked for both ways
  end)

  it("is asked for in the words of the service's own features", function()
    for _, case in ipairs {
      { { NoLinks = true, Levels = true }, "?$expand=.($levels=1)" },
      { { NoLinks = true }, "?$expand=." },
      { { ExpandAll = true, NoLinks = false }, "?$expand=*" },
    } do
      local self = bmc_of(5, 5, nil, case[1])
      check(self, 5, {}, 1)
      assert.equal("GET " .. ROOM .. case[2], self.log[4])
    end
  end)

  it("is not asked for where it is not offered, or forbidden, or not worth it", function()
    local function without(self, opts, n)
      check(self, n, opts, 2)
      assert.equal(0, gets(self, "expand"))
    end
    without(bmc_of(5, 5, nil, { ExpandAll = false, NoLinks = false, Levels = false }), {}, 5)
    local self = bmc_of(5, 5)
    self.tree["/redfish/v1/"] = fakebmc.ROOT
    without(self, {}, 5)
    local registry = assert(vendor.load { dirs = {}, set = { "generic.redfish.expand=never" } })
    without(bmc_of(5, 5), { registry = registry }, 5)
    without(bmc_of(2, 2), {}, 2)
    self = bmc_of(5, 5)
    fakebmc.with(self, {}, function(rf)
      assert.equal(5, #rf:collection(ROOM, { expand = false }))
    end)
    assert.equal(0, gets(self, "expand"))
  end)

  it("takes the profile's form", function()
    local registry = assert(vendor.load { dirs = {},
      set = { "generic.redfish.expand_query=$expand=Members" } })
    local self = bmc_of(5, 5)
    check(self, 5, { registry = registry }, 1)
    assert.equal(1, gets(self, "%?%$expand=Members$"))
  end)
end)

describe("a service that does not keep its word about $expand", function()
  -- Read in full all the same, found out at the first try, and not asked again.
  local function is_found_out(expands, why, n, size)
    local self = bmc_of(n or 20, size or 20, expands)
    local costs, notes = check(self, n or 20, {}, 2)
    assert.is_truthy(notes:find(why, 1, true), notes)
    assert.equal((n or 20) + math.ceil((n or 20) / (size or 20)), costs[2])
    return self
  end

  for _, status in ipairs { 400, 404, 405, 500, 501 } do
    it("and answers " .. status, function()
      local self = is_found_out(function()
        return fault(status, "Base.1.8.GeneralError", "no")
      end, ("is refused (%d)"):format(status))
      assert.equal(1, gets(self, "expand"))
    end)
  end

  it("and answers what is no JSON", function()
    is_found_out(function()
      return 200, { ["content-type"] = "application/json" }, 'licence missing{"Members":[]}'
    end, "is refused")
  end)

  it("and answers a licence error", function()
    is_found_out(function()
      return fault(403, "IDRAC.2.8.LIC501", "a licence is missing")
    end, "is refused (403)")
  end)

  it("and leaves members out", function()
    local self = is_found_out(function(body)
      table.remove(body.Members, 7)
      body["Members@odata.count"] = #body.Members
    end, "leaves out " .. ROOM .. "/7")
    assert.equal(1, gets(self, "expand"))
  end)

  it("and leaves members out of its pages, and of the count of each page", function()
    local self = bmc_of(40, 10, function(body)
      table.remove(body.Members, 3)
      body["Members@odata.count"] = #body.Members
    end)
    local costs, notes = check(self, 40, {}, 2)
    assert.is_truthy(notes:find("leaves out " .. ROOM .. "/3", 1, true), notes)
    assert.equal(44, costs[2])
  end)

  it("may have shorter pages with it", function()
    local self = bmc_of(40, 10)
    local plain = self.tree[ROOM]
    self.tree[ROOM] = function(me, req)
      if not (req.query or ""):find("expand", 1, true) then
        return plain(me, req)
      end
      local from, members = tonumber(req.query:match("%$skip=(%d+)")) or 0, {}
      for i = from + 1, math.min(from + 4, 40) do
        members[#members + 1] = member(i)
      end
      return answer(200, { Members = members, ["Members@odata.count"] = 40,
        ["Members@odata.nextLink"] = from + 4 < 40
          and ("%s?$skip=%d&$expand=."):format(ROOM, from + 4) or nil })
    end
    assert.same({ 12, 10 }, (check(self, 40, {})))
  end)

  it("and leaves members as links", function()
    is_found_out(function(body)
      for i, m in ipairs(body.Members) do
        body.Members[i] = link(m["@odata.id"])
      end
    end, "is ignored")
    is_found_out(function(body)
      for i = 1, 15 do
        body.Members[i] = link(body.Members[i]["@odata.id"])
      end
    end, "leaves 15 of 20 members as links")
  end)

  it("and leaves fields out", function()
    is_found_out(function(body)
      for _, m in ipairs(body.Members) do
        m.Legs = nil
      end
    end, "leaves out Legs of " .. ROOM .. "/1")
  end)

  it("and answers a member with a list", function()
    local self = bmc_of(20, 50)
    self.tree[ROOM .. "/1"] = { "no", "chair" }
    fakebmc.with(self, {}, function(rf)
      assert.equal(20, #rf:collection(ROOM))
    end)
  end)

  it("and fails on a later page", function()
    is_found_out(function(_, from)
      if from == 30 then
        return fault(500, "Base.1.8.GeneralError", "too much")
      end
    end, "is refused (500)", 40, 10)
  end)

  it("and is honest at first", function()
    -- Page 2 of 4 is short of two members.
    local self = bmc_of(40, 10, function(body, from)
      if from == 10 then
        table.remove(body.Members, 3)
        table.remove(body.Members, 3)
      end
    end)
    local costs, notes = check(self, 40, {}, 2)
    assert.is_truthy(notes:find("leaves out " .. ROOM .. "/13", 1, true), notes)
    assert.equal(44, costs[2])
  end)

  it("and shows another collection as empty", function()
    local self, other = bmc_of(20, 20), bmc_of(5, 5, function(body)
      body.Members, body["Members@odata.count"] = {}, 0
    end)
    self.tree["/redfish/v1/Hall"] = other.tree[ROOM]
    self.tree["/redfish/v1/Void"] = { Members = {} }
    fakebmc.with(self, {}, function(rf)
      assert.equal(20, #rf:collection(ROOM))
      assert.equal(0, #rf:collection "/redfish/v1/Void")
      assert.equal(5, #rf:collection "/redfish/v1/Hall")
      local asked = gets(self, "expand")
      assert.equal(20, #rf:collection(ROOM))
      assert.equal(asked, gets(self, "expand"))
    end)
  end)

  it("in a member here and there loses none of it", function()
    local self = bmc_of(20, 20, function(body)
      body.Members[3] = link(body.Members[3]["@odata.id"])
      body.Members[4].Legs, body.Members[4].Name = nil, nil
    end)
    assert.same({ 5, 3 }, (check(self, 20, {})))
  end)

  it("and leaves out what every resource must have", function()
    is_found_out(function(body)
      for _, m in ipairs(body.Members) do
        m["@odata.type"] = nil
      end
    end, "leaves out what a resource must have in 20 of 20 members")
  end)

  local function not_here()
    return fault(400, "Base.1.8.QueryNotSupportedOnResource", "not here")
  end

  it("for one collection after the other is not asked for a third", function()
    local self = bmc_of(20, 20, not_here)
    local costs = {}
    for _, hall in ipairs { "Hall", "Cave" } do
      self.tree["/redfish/v1/" .. hall] = self.tree[ROOM]
    end
    fakebmc.with(self, {}, function(rf)
      for i, path in ipairs { ROOM, "/redfish/v1/Hall", "/redfish/v1/Cave", ROOM } do
        local before = gets(self, "GET")
        assert.equal(20, #rf:collection(path))
        costs[i] = gets(self, "GET") - before
      end
    end)
    assert.same({ 23, 22, 21, 21 }, costs) -- the first with the root
  end)

  it("for one collection is asked for others", function()
    local self = bmc_of(20, 20, not_here)
    local other = bmc_of(20, 20)
    self.tree["/redfish/v1/Hall"] = other.tree[ROOM]
    local costs, notes = check(self, 20, {}, 2)
    assert.same({ 22, 21 }, costs)
    assert.is_truthy(notes:find("refused here", 1, true), notes)
    fakebmc.with(self, {}, function(rf)
      rf:collection(ROOM)
      local before = #self.log
      assert.equal(20, #rf:collection("/redfish/v1/Hall"))
      assert.equal(before + 3, #self.log)
    end)
  end)

  it("and has a collection that is not there says so as ever", function()
    local self = bmc_of(20, 20)
    fakebmc.with(self, {}, function(rf)
      rf:collection(ROOM)
      local list, e = rf:collection("/redfish/v1/Nowhere")
      assert.is_nil(list)
      assert.equal("missing", e.code)
      assert.equal(20, #rf:collection(ROOM))
    end)
    assert.equal(2, gets(self, "GET " .. ROOM .. "%" .. ALL:sub(1, 8)))
  end)
end)
