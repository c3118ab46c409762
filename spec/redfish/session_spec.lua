-- SPDX-License-Identifier: GPL-3.0-or-later
-- Login, its fallbacks, the one re-login, and the logout on every way out.
local fakebmc = require "support.fakebmc"
local support = require "support"
local task = require "bmc.task"

local answer, fault, link = fakebmc.answer, fakebmc.fault, fakebmc.link

describe("bmc.redfish.session", function()
  it("logs in through the root's link, reads, and logs out", function()
    local self = fakebmc.new()
    fakebmc.with(self, {}, function(rf)
      assert.equal("On", assert(rf:get("/redfish/v1/Systems/1")).PowerState)
      assert.equal(1, self:live_sessions())
      assert.equal("redfish " .. rf.target.host .. " (token)", tostring(rf))
    end)
    assert.same({ "GET /redfish/v1/", "POST /redfish/v1/SessionService/Sessions",
      "GET /redfish/v1/Systems/1", "DELETE /redfish/v1/SessionService/Sessions/1" }, self.log)
    assert.equal(0, self:live_sessions())
  end)

  it("sends nothing for a target that is only made and closed", function()
    local self = fakebmc.new()
    fakebmc.with(self, {}, function() end)
    assert.same({}, self.log)
  end)

  it("sends nothing beyond the three headers with a login", function()
    local seen
    local self = fakebmc.new { on_login = function(_, req) seen = req.headers end }
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    assert.is_nil(seen.authorization)
    assert.is_nil(seen["x-auth-token"])
    assert.equal("application/json", seen["content-type"])
    assert.equal("application/json", seen.accept)
    assert.equal("4.0", seen["odata-version"])
    assert.is_nil(seen.expect)
    assert.truthy(tonumber(seen["content-length"]))
  end)

  it("falls back to Basic for each answer that means there are no sessions", function()
    for _, status in ipairs { 204, 404, 405, 501, 401, 403, 200, 201 } do
      local self = fakebmc.new { on_login = function()
        return answer(status, status < 300 and {} or nil)
      end }
      fakebmc.with(self, {}, function(rf, t)
        assert(rf:get("/redfish/v1/Systems/1"))
        assert(rf:get("/redfish/v1/Systems/1"))
        assert.equal("BMC_BASIC_AUTH_ONLY", t.findings[#t.findings].code, status)
        assert.equal("basic", rf.session.mode)
      end)
      assert.equal(3, self.basic, "one read to prove it, two to use it: " .. status)
    end
  end)

  it("tries a refused password twice in all, whoever asks and how often", function()
    local self = fakebmc.new()
    fakebmc.with(self, { password = "wrong" }, function(rf)
      for _ = 1, 3 do
        local body, e = rf:get("/redfish/v1/Systems/1")
        assert.is_nil(body)
        assert.equal("auth", e.code)
        assert.equal("none", e.effect)
        assert.equal(401, e.status)
        assert.truthy(e.text:find("user root is refused", 1, true))
        assert.is_nil(tostring(e):find("wrong\"", 1, true))
      end
    end)
    assert.equal(1, self.logins)
    assert.equal(1, self.basic)
  end)

  it("uses the old place of the sessions when the new one is refused", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1/"] = { RedfishVersion = "1.0.2" }
    self.on_login = function(_, req)
      if req.path:find("SessionService", 1, true) then
        return fault(405, "Base.1.0.OperationNotAllowed")
      end
    end
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    assert.equal(2, self.logins)
    assert.equal(0, self:live_sessions())
  end)

  it("finds the session to delete in the body when Location is missing", function()
    local self = fakebmc.new { on_login = function(self)
      self.sessions["/redfish/v1/Sessions/9"] = "nine"
      return answer(201, link "/redfish/v1/Sessions/9", { ["x-auth-token"] = "nine" })
    end }
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    assert.equal(0, self:live_sessions())
  end)

  it("leaves no session that came without a token, and goes on with Basic", function()
    local self = fakebmc.new()
    self.on_login = function()
      self.sessions["/redfish/v1/Sessions/9"] = "nine"
      return answer(201, {}, { location = "/redfish/v1/Sessions/9" })
    end
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
      assert.equal("basic", rf.session.mode)
    end)
    assert.same({ 1, 1 }, { self.logins, self.deleted })
    assert.equal(0, self:live_sessions())
  end)

  it("takes the session of an answer that breaks off after its head", function()
    local self = fakebmc.new()
    self.on_login = function()
      self.sessions["/redfish/v1/Sessions/9"] = "nine"
      return answer(201, {}, { ["x-auth-token"] = "nine", location = "/redfish/v1/Sessions/9",
        ["content-length"] = "100", connection = "close" })
    end
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
      assert.equal("token", rf.session.mode)
    end)
    assert.equal(1, self.logins)
    assert.equal(0, self:live_sessions())
  end)

  it("logs in once more when the BMC forgets the session, however many notice", function()
    local self = fakebmc.new()
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
      self.sessions = {}
      local bodies = task.map({ 1, 2, 3, 4, 5, 6 }, 6, function()
        return assert(rf:get("/redfish/v1/Systems/1"))
      end)
      assert.equal(6, #bodies)
    end)
    assert.equal(2, self.logins)
    assert.equal(0, self:live_sessions())
  end)

  it("believes a second 401", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1/Systems/1"] = function() return fault(401, "Base.1.8.NoValidSession") end
    fakebmc.with(self, {}, function(rf)
      local _, e = rf:get("/redfish/v1/Systems/1")
      assert.equal("auth", e.code)
    end)
    assert.equal(2, self.logins)
    assert.equal(0, self:live_sessions())
  end)

  it("says that session slots are full, and does not ask again", function()
    local self = fakebmc.new { on_login = function()
      return fault(503, "IDRAC.2.8.RAC0218", "no free session", { ["retry-after"] = "1" })
    end }
    self.tree["/redfish/v1/"] = { Vendor = "Dell", Links = fakebmc.ROOT.Links }
    fakebmc.with(self, {}, function(rf)
      local _, e = rf:get("/redfish/v1/Systems/1")
      assert.equal("sessions_full", e.code)
      assert.truthy(e.text:find("about 8", 1, true))
      assert.equal("IDRAC.2.8.RAC0218", e.message_id)
    end)
    assert.equal(1, self.logins)
  end)

  it("is patient with a login that is told to come later", function()
    local self = fakebmc.new { on_login = function(self)
      if self.logins < 3 then
        return fault(503, "Base.1.8.ServiceTemporarilyUnavailable", nil, { ["retry-after"] = "0" })
      end
    end }
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    assert.equal(3, self.logins)
  end)

  it("leaves no session after an error, a cancel or a deadline", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1/Systems/1"] = function()
      task.sleep(20)
      return answer(200, {})
    end
    assert.has_error(function()
      fakebmc.with(self, {}, function(rf)
        assert(rf:get("/redfish/v1/Systems"))
        error("a bug in a runbook")
      end)
    end)
    fakebmc.with(self, {}, function(rf)
      task.deadline(1, function()
        local _, e = rf:get("/redfish/v1/Systems/1")
        assert.equal("timeout", e.code)
        assert.equal("none", e.effect)
      end)
    end)
    task.scope(function(scope)
      local running = scope:spawn(function()
        fakebmc.with(self, {}, function(rf)
          local _, e = rf:get("/redfish/v1/Systems/1")
          assert.equal("cancelled", e.code)
        end)
      end)
      support.eventually(function() return self.made == 3 end)
      running:cancel()
    end)
    assert.equal(3, self.made)
    assert.equal(3, self.deleted)
  end)

  it("deletes the session of a login during which it was stopped", function()
    local self = fakebmc.new { on_login = function() task.sleep(1.5) end }
    fakebmc.with(self, {}, function(rf)
      task.deadline(1, function()
        local body, e = rf:get("/redfish/v1/Systems/1")
        assert.is_nil(body)
        assert.equal("timeout", e.code)
      end)
    end)
    assert.equal(1, self.made)
    assert.equal(0, self:live_sessions())
  end)

  it("does not make an error of a logout that hangs or is refused", function()
    local self = fakebmc.new()
    local hang = fakebmc.new()
    self.route = function(me, req)
      if req.method == "DELETE" then
        return 401
      end
      return me:pass(req)
    end
    hang.route = function(me, req)
      if req.method == "DELETE" then
        task.sleep(20)
      end
      return me:pass(req)
    end
    for _, it in ipairs { self, hang } do
      local began = task.now()
      fakebmc.with(it, {}, function(rf)
        assert(rf:get("/redfish/v1/Systems/1"))
      end)
      assert.is_true(task.now() - began < 15)
    end
  end)

  it("asks twice to end a session when the BMC is busy", function()
    local self, tries = fakebmc.new(), 0
    self.route = function(me, req)
      if req.method == "DELETE" then
        tries = tries + 1
        if tries == 1 then
          return fault(503, "Base.1.8.ServiceTemporarilyUnavailable")
        end
      end
      return me:pass(req)
    end
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    assert.equal(2, tries)
    assert.equal(0, self:live_sessions())
  end)

  it("deletes nothing that is no session", function()
    local self = fakebmc.new { on_login = function(self)
      self.sessions["/redfish/v1/Sessions/1"] = "one"
      return answer(201, {}, { ["x-auth-token"] = "one",
        location = "/redfish/v1/AccountService/Accounts/1" })
    end }
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    assert.is_nil(table.concat(self.log, " "):find("DELETE", 1, true))
  end)

  it("waits for a BMC that hangs once, not once for each reader", function()
    local self = fakebmc.new()
    self.tree["/redfish/v1/"] = function()
      task.sleep(20)
      return answer(200, fakebmc.ROOT)
    end
    fakebmc.with(self, { set = "generic.redfish.read_timeout=0.3" }, function(rf)
      local failures = task.map({ 1, 2, 3, 4 }, 4, function()
        return select(2, rf:get("/redfish/v1/Systems/1"))
      end)
      for i = 1, 4 do
        assert.equal("timeout", failures[i].code)
        assert.is_false(failures[i] == failures[i % 4 + 1])
      end
    end)
    assert.equal(1, #self.log)
  end)

  it("does not ask for a password that is missing, and says so", function()
    local self = fakebmc.new()
    fakebmc.with(self, { password = false }, function(rf)
      local _, e = rf:get("/redfish/v1/Systems/1")
      assert.equal("auth", e.code)
      assert.truthy(e.text:find("no password for user root", 1, true))
    end)
    assert.equal(0, self.logins)
  end)

  it("refuses a client that is closed", function()
    local self = fakebmc.new()
    fakebmc.with(self, {}, function(rf, t)
      assert(rf:get("/redfish/v1/Systems/1"))
      t:close()
      local _, e = rf:get("/redfish/v1/Systems/1")
      assert.equal("cancelled", e.code)
      assert.truthy(tostring(rf):find("closed", 1, true))
    end)
    assert.equal(1, self.logins)
  end)

  it("does not even try to make a session where the profile says so", function()
    local self = fakebmc.new()
    fakebmc.with(self, { set = "generic.redfish.login=basic" }, function(rf, t)
      assert(rf:get("/redfish/v1/Systems/1"))
      assert.equal("BMC_BASIC_AUTH_ONLY", t.findings[#t.findings].code)
    end)
    assert.equal(0, self.logins)
  end)
end)
