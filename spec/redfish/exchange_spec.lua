-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is sent again and what never is, and answers that are none.
local err = require "bmc.err"
local fakebmc = require "support.fakebmc"
local task = require "bmc.task"

local answer, fault = fakebmc.answer, fakebmc.fault

local LATER = "Base.1.8.ServiceTemporarilyUnavailable"

describe("bmc.redfish.exchange", function()
  it("asks again for reads that are told to come later, and only inside the deadline", function()
    local tries = 0
    local self = fakebmc.new()
    self.tree["/redfish/v1/Systems/1"] = function()
      tries = tries + 1
      if tries < 4 then
        return fault(503, LATER, "soon", { ["retry-after"] = "0" })
      end
      return answer(200, { Id = "1" })
    end
    fakebmc.with(self, {}, function(rf)
      assert.equal("1", assert(rf:get("/redfish/v1/Systems/1")).Id)
      assert.equal(4, tries)
      self.tree["/redfish/v1/Systems/1"] = function()
        tries = tries + 1
        return fault(429, "Base.1.8.GeneralError", "slow down", { ["retry-after"] = "4" })
      end
      tries = 0
      local e
      task.deadline(3.5, function() e = select(2, rf:get("/redfish/v1/Systems/1")) end)
      assert.equal("throttled", e.code)
      assert.equal(4, e.retry_after)
      assert.equal(1, tries)
    end)
  end)

  it("replaces a connection that died under a read, once", function()
    local tries = 0
    local self = fakebmc.new()
    self.tree["/redfish/v1/Systems/1"] = function(_, req)
      tries = tries + 1
      if tries == 1 then
        req:start(200, { ["content-length"] = "100" })
        req:write("{")
        req:abort()
        return nil
      end
      return answer(200, { Id = "1" })
    end
    fakebmc.with(self, {}, function(rf)
      assert.equal("1", assert(rf:get("/redfish/v1/Systems/1")).Id)
      assert.equal(2, tries)
    end)
  end)

  it("never sends a write twice", function()
    local tries = 0
    local self = fakebmc.new()
    self.tree["/redfish/v1/Systems/1/Reset"] = function(_, req)
      tries = tries + 1
      req:abort()
    end
    self.tree["/redfish/v1/Systems/1/Refuse"] = function()
      tries = tries + 1
      return fault(503, LATER, "later", { ["retry-after"] = "0" })
    end
    self.tree["/redfish/v1/Systems/1/Fail"] = function()
      return fault(500, "Base.1.8.InternalError")
    end
    fakebmc.with(self, {}, function(rf)
      local _, e = rf:post("/redfish/v1/Systems/1/Reset", { ResetType = "On" }, { effect = true })
      assert.equal("unknown", e.effect)
      assert.equal(1, tries)
      _, e = rf:post("/redfish/v1/Systems/1/Refuse", {}, { effect = true })
      assert.equal("none", e.effect)
      assert.equal("busy", e.code)
      assert.equal(2, tries)
      _, e = rf:post("/redfish/v1/Systems/1/Fail", {}, { effect = true })
      assert.equal("unknown", e.effect)
      _, e = rf:post("/redfish/v1/Systems/1/Nothing", {})
      assert.equal("none", e.effect)
      assert.equal("missing", e.code)
    end)
  end)

  it("sends {} where there is no body, and takes any success for one", function()
    local body
    local self = fakebmc.new()
    self.tree["/redfish/v1/Actions/A"] = function(_, req)
      body = req.body
      return 200, { ["content-type"] = "text/html" }, "<html>done</html>"
    end
    fakebmc.with(self, {}, function(rf)
      local result, response = rf:post("/redfish/v1/Actions/A")
      assert.same({}, result)
      assert.equal(200, response.status)
      assert.equal("{}", body)
    end)
  end)

  it("names URL and content type of an answer that is no JSON", function()
    local pages = {
      { "text/html", "<html>busy</html>" }, { "application/json", '{"a": ' },
      { "application/json", ("["):rep(200) .. ("]"):rep(200) }, { "application/json", "" },
      { "application/json", '"On"' },
    }
    for _, page in ipairs(pages) do
      local self = fakebmc.new()
      self.tree["/redfish/v1/Systems/1"] = function()
        return 200, { ["content-type"] = page[1] }, page[2]
      end
      fakebmc.with(self, {}, function(rf)
        local body, e = rf:get("/redfish/v1/Systems/1")
        assert.is_nil(body)
        assert.equal("protocol", e.code)
        assert.truthy(e.text:find("/redfish/v1/Systems/1", 1, true))
        assert.truthy(e.text:find(page[1], 1, true))
      end)
    end
  end)

  it("asks only its own target, whatever a link says", function()
    local self = fakebmc.new()
    fakebmc.with(self, {}, function(rf)
      assert.equal("1", rf:get("https://bmc.example/redfish/v1/Systems/1#/Boot").Id)
      local _, e = rf:get("not a path")
      assert.is_true(err.is(e))
      assert.same({ "rejected", 404 }, { e.code, e.status })
    end)
  end)
end)
