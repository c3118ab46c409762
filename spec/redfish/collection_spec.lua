-- SPDX-License-Identifier: GPL-3.0-or-later
-- Pages and members as BMCs send them.
local fakebmc = require "support.fakebmc"
local task = require "bmc.task"

local answer, fault, link = fakebmc.answer, fakebmc.fault, fakebmc.link

describe("bmc.redfish.collection", function()
  it("has no more requests in flight than the profile allows", function()
    local self = fakebmc.new()
    local members = {}
    for i = 1, 20 do
      members[i] = link("/redfish/v1/Chassis/" .. i)
      self.tree["/redfish/v1/Chassis/" .. i] = function()
        task.sleep(0.01)
        return answer(200, { Id = tostring(i) })
      end
    end
    self.tree["/redfish/v1/Chassis"] = { Members = members }
    fakebmc.with(self, {}, function(rf)
      local list, problems = rf:chassis()
      assert.equal(20, #list)
      assert.same({}, problems)
      for i, body in ipairs(list) do
        assert.equal(tostring(i), body.Id)
      end
    end)
    assert.is_true(self.most_at_once > 1 and self.most_at_once <= 4, self.most_at_once)
  end)

  -- A collection of these members, and what comes of reading it.
  local function read(members, pages, opts)
    local self = fakebmc.new()
    self.tree["/redfish/v1/Chassis"] = type(members) == "function" and members
      or { Members = members, ["Members@odata.count"] = 99 }
    for path, page in pairs(pages or {}) do
      self.tree[path] = page
    end
    local list, problems
    fakebmc.with(self, {}, function(rf)
      list, problems = rf:collection("/redfish/v1/Chassis", opts)
    end)
    return list, problems, self
  end

  local function ids(list)
    local out = {}
    for i, body in ipairs(list) do
      out[i] = body.Id
    end
    return table.concat(out, " ")
  end

  local THREE = {
    ["/redfish/v1/Chassis/a"] = { Id = "a" }, ["/redfish/v1/Chassis/b"] = { Id = "b" },
    ["/redfish/v1/Chassis/c"] = { Id = "c" },
  }

  it("follows the pages, by whatever name the link has", function()
    for _, name in ipairs { "Members@odata.nextLink", "@odata.nextLink" } do
      local pages = {
        ["/redfish/v1/Chassis?$skip=2"] = { Members = { link "/redfish/v1/Chassis/c" } },
      }
      for path, body in pairs(THREE) do
        pages[path] = body
      end
      local list, problems = read(function()
        return answer(200, { [name] = "/redfish/v1/Chassis?$skip=2",
          Members = { link "/redfish/v1/Chassis/b", link "/redfish/v1/Chassis/a" } })
      end, pages)
      assert.equal("b a c", ids(list))
      assert.same({}, problems)
    end
  end)

  it("takes members that are strings, or are there as a whole", function()
    local list, _, self = read({ "/redfish/v1/Chassis/a",
      { ["@odata.id"] = "/x", Id = "x", Size = 1 }, { Id = "nameless" } }, THREE)
    assert.equal("a x nameless", ids(list))
    assert.is_nil(table.concat(self.log, " "):find("GET /x", 1, true))
  end)

  it("takes a single object where the array belongs (R23)", function()
    local list = read(function()
      return 200, { ["content-type"] = "application/json" },
        '{"Members":{"@odata.id":"/redfish/v1/Chassis/a"}}'
    end, THREE)
    assert.equal("a", ids(list))
  end)

  it("takes members that are below Links, as before Redfish 1.0", function()
    local list = read(function()
      return answer(200, { Links = { Members = { link "/redfish/v1/Chassis/b",
        link "/redfish/v1/Chassis/a" } } })
    end, THREE)
    assert.equal("b a", ids(list))
  end)

  it("takes a chassis for its only member where it stands in place of the collection", function()
    local body = { ["@odata.id"] = "/redfish/v1/Chassis", Id = "sole" }
    for _, case in ipairs { { "#Chassis.v1_7_0.Chassis", "sole" }, { "#Chassis.1.0.0", "sole" },
      { "#ChassisCollection.ChassisCollection", "" }, { "#LogService.v1_0_0.LogService", "" } } do
      body["@odata.type"] = case[1]
      assert.equal(case[2], ids(read(function() return answer(200, body) end)))
    end
  end)

  it("reads members that have only names besides their link", function()
    local list, problems = read({ { ["@odata.id"] = "/redfish/v1/Chassis/a", Id = "a", Name = "A" },
      { ["@odata.id"] = "/gone", ["@odata.type"] = "#Chassis.v1_0_0.Chassis", Id = "g" } },
      { ["/redfish/v1/Chassis/a"] = { Id = "a", Model = "full" } })
    assert.equal("full", list[1].Model)
    assert.equal(1, #list)
    assert.equal("/gone", problems[1].uri)
  end)

  it("takes null, nothing and junk for no members", function()
    for _, page in ipairs { '{"Members":null}', "{}", '{"Members":{"a":1}}',
      '{"Members":[null,7,{}]}', '{"Members":"none"}' } do
      local list, problems = read(function()
        return 200, { ["content-type"] = "application/json" }, page
      end)
      assert.same({}, list)
      assert.same({}, problems)
    end
  end)

  it("records a member that cannot be read and keeps the others", function()
    local list, problems = read({ link "/redfish/v1/Chassis/a", link "/redfish/v1/Chassis/gone",
      link "/redfish/v1/Chassis/sick", link "/redfish/v1/Chassis/b" }, {
      ["/redfish/v1/Chassis/a"] = { Id = "a" }, ["/redfish/v1/Chassis/b"] = { Id = "b" },
      ["/redfish/v1/Chassis/sick"] = function() return fault(500, "Base.1.8.GeneralError") end,
    })
    assert.equal("a b", ids(list))
    assert.equal("/redfish/v1/Chassis/gone", problems[1].uri)
    assert.equal("missing", problems[1].err.code)
    assert.equal("/redfish/v1/Chassis/sick", problems[2].uri)
    assert.equal("protocol", problems[2].err.code)
  end)

  it("ends where the pages do not", function()
    local pages = 0
    local list, problems = read(function(_, req)
      pages = pages + 1
      local more = req.query and tonumber(req.query:match("%d+")) + 1 or 1
      return answer(200, { Members = { { Id = "same", Size = 1, ["@odata.id"] = "/same" } },
        ["Members@odata.nextLink"] = "/redfish/v1/Chassis?$skip=" .. more })
    end)
    assert.equal("same", ids(list))
    assert.same({}, problems)
    assert.equal(2, pages)
    list = read(function(_, req)
      local at = tonumber((req.query or "0"):match("%d+"))
      return answer(200, { Members = at == 2 and { { Id = "late" } } or at == 0 and
        { { Id = "early" } } or {}, ["Members@odata.nextLink"] = "/redfish/v1/Chassis?$skip="
        .. at + 1 })
    end)
    assert.equal("early late", ids(list))
    list = read(function()
      return answer(200, { Members = { { Id = "one" } },
        ["Members@odata.nextLink"] = "/redfish/v1/Chassis" })
    end)
    assert.equal("one", ids(list))
  end)

  it("keeps what it has when a later page fails", function()
    local list, problems = read({ link "/redfish/v1/Chassis/a" }, {
      ["/redfish/v1/Chassis"] = { Members = { link "/redfish/v1/Chassis/a" },
        ["Members@odata.nextLink"] = "/redfish/v1/Chassis?$skip=1" },
      ["/redfish/v1/Chassis?$skip=1"] = function()
        return fault(404, "Base.1.8.ResourceMissingAtURI")
      end,
      ["/redfish/v1/Chassis/a"] = { Id = "a" },
    })
    assert.equal("a", ids(list))
    assert.equal("/redfish/v1/Chassis?$skip=1", problems[1].uri)
  end)

  it("fails when the first page does, and stops at a limit", function()
    local list, e = read(function() return fault(404, "Base.1.8.ResourceMissingAtURI") end)
    assert.is_nil(list)
    assert.equal("missing", e.code)
    list = read({ "/redfish/v1/Chassis/a", "/redfish/v1/Chassis/b" }, THREE, { limit = 1 })
    assert.equal("a", ids(list))
  end)

  it("lists links without reading the members", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1/Chassis"] = { Members = { "/redfish/v1/Chassis/a", link "/b" } }
    fakebmc.with(self, {}, function(rf)
      assert.same({ "/redfish/v1/Chassis/a", "/b" }, (rf:links("/redfish/v1/Chassis")))
    end)
  end)
end)
