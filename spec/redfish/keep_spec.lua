-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sessions beyond their client: the ledger around a login, the token cache, and what is done when
-- a BMC has no free session.
local fakebmc = require "support.fakebmc"
local host = require "_bmcsh.host"
local ledger = require "bmc.ledger"
local reap = require "bmc.redfish.reap"
local state = require "bmc.state"
local support = require "support"
local task = require "bmc.task"
local tokens = require "bmc.tokens"

local answer, fault = fakebmc.answer, fakebmc.fault

local SESSIONS = "/redfish/v1/SessionService/Sessions/"

local function entries()
  return assert(ledger.list())
end

-- What a process that was killed has left at a BMC.
local function leave_behind(base, uris, user)
  local path = assert(state.folder("sessions")) .. "/4194305-1.jsonl"
  local file <close> = assert(state.open(path, "new"))
  for i, uri in ipairs(uris) do
    assert(file:append(('{"id":%d,"url":"%s","uri":"%s","user":"%s","at":1}\n')
      :format(i, base, uri, user or "root")))
  end
  return path
end

describe("bmc.redfish.keep: the ledger", function()
  before_each(support.forget_sessions)

  it("is written before the session is used, and cleared after it was deleted", function()
    local self, during = fakebmc.new(), nil
    self.tree["/redfish/v1/Systems/1"] = function()
      during = entries()
      return answer(200, { Id = "1" })
    end
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
      assert.same({ rf.target.base, SESSIONS .. "1", "root", true },
        { during[1].url, during[1].uri, during[1].user, during[1].alive })
    end)
    assert.same({}, entries())
  end)

  it("keeps a session whose logout had no answer, and none that is refused", function()
    for _, case in ipairs { { 204, 0 }, { 401, 0 }, { 404, 0 }, { 503, 1 }, { "lost", 1 } } do
      local self = fakebmc.new()
      self.route = function(bmc, req)
        if req.method == "DELETE" then
          if case[1] == "lost" then
            task.sleep(5)
            return 204
          end
          return case[1]
        end
        return bmc:pass(req)
      end
      fakebmc.with(self, {}, function(rf)
        assert(rf:get("/redfish/v1/Systems/1"))
      end)
      assert.equal(case[2], #entries(), tostring(case[1]))
      for _, book in ipairs(ledger.dead()) do
        while book.entries[1] do
          book:strike(book.entries[1])
        end
        book:close()
      end
    end
  end)

  it("has nothing of Basic and of anonymous clients", function()
    local self = fakebmc.new { on_login = function() return answer(404) end }
    fakebmc.with(self, {}, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
      assert.same({}, entries())
    end)
  end)

  it("survives a home that cannot be written, and says so", function()
    local self, said = fakebmc.new(), {}
    local folder = assert(state.folder("sessions"))
    local up = folder:gsub("/sessions$", "")
    assert(os.remove(folder))
    assert(io.open(up .. "/sessions", "w")):close()
    local trace = function(event) said[#said + 1] = event.text end
    fakebmc.with(self, { trace = trace }, function(rf)
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
    os.remove(up .. "/sessions")
    assert.truthy(table.concat(said, "\n"):find("the session is not recorded: ", 1, true))
    assert.equal(0, self:live_sessions())
  end)
end)

describe("bmc.redfish.keep: the token cache", function()
  before_each(support.forget_sessions)

  local function read(self, opts)
    local options = { token_cache = true }
    for key, value in pairs(opts or {}) do
      options[key] = value
    end
    fakebmc.with(self, options, function(rf, target)
      self.base = target.base
      assert(rf:get("/redfish/v1/Systems/1"))
    end)
  end

  -- The same server for several clients, as for several processes.
  local function served(self, f)
    support.with_server(function(req) return self:handle(req) end, function(url)
      local targets, vendor = require "bmc.target", require "bmc.vendor"
      local registry = assert(vendor.load { dirs = {} })
      f(function(opts)
        local settings = {
          url = url, user = "root", password = 'se"cret', registry = registry, token_cache = true,
        }
        for key, value in pairs(opts or {}) do
          settings[key] = value or nil
        end
        local target <close> = assert(targets.new(settings))
        return require("bmc.redfish").of(target):get("/redfish/v1/Systems/1")
      end)
    end)
  end

  it("is used where it is asked for only", function()
    local self = fakebmc.new()
    read(self, { token_cache = false })
    assert.same({}, assert(tokens.slots()))
    assert.equal(0, self:live_sessions())
  end)

  it("makes one login for many clients, and leaves its session", function()
    local self = fakebmc.new()
    served(self, function(get)
      for _ = 1, 3 do
        assert(get())
      end
      assert.equal(1, self.logins)
      assert.equal(1, self:live_sessions())
      assert.same({}, entries())
    end)
    local slot = assert(tokens.slots())[1]
    assert.equal(SESSIONS .. "1", slot.about.uri)
    slot:close()
  end)

  it("needs no password where a token is there", function()
    local self = fakebmc.new()
    served(self, function(get)
      assert(get())
      assert(get { password = false })
    end)
  end)

  it("logs in once for clients that come together", function()
    local self = fakebmc.new { on_login = function() task.sleep(0.1) end }
    served(self, function(get)
      task.map({ 1, 2, 3, 4, 5 }, 5, function() assert(get()) end)
    end)
    assert.equal(1, self.logins)
  end)

  it("replaces a token that the BMC does not know any more, by one login", function()
    local self = fakebmc.new()
    served(self, function(get)
      assert(get())
      self.sessions = {}
      assert(get())
      assert.equal(2, self.logins)
      assert(get())
      assert.equal(2, self.logins)
      assert.equal(1, self:live_sessions())
    end)
  end)

  it("takes the token of whoever was first to replace it", function()
    local self = fakebmc.new()
    served(self, function(get)
      assert(get())
      self.sessions = {}
      task.map({ 1, 2, 3, 4 }, 4, function() assert(get()) end)
      assert.equal(2, self.logins)
    end)
  end)

  it("is another for another user and another service", function()
    local self = fakebmc.new()
    served(self, function(get)
      assert(get())
      local root = {}
      for key, value in pairs(fakebmc.ROOT) do root[key] = value end
      root.UUID = "f4e8e18c"
      self.tree["/redfish/v1/"] = root
      assert(get())
      assert.equal(2, self.logins)
      local _, e = get { user = "other" }
      assert.equal("auth", e.code)
    end)
    local slots = assert(tokens.slots())
    assert.equal(2, #slots)
    for _, slot in ipairs(slots) do
      slot:close()
    end
  end)

  it("keeps no token of a login that failed, and no Basic one", function()
    local self = fakebmc.new()
    served(self, function(get)
      local _, e = get { password = "wrong" }
      assert.equal("auth", e.code)
    end)
    local basic = fakebmc.new { on_login = function() return answer(404) end }
    read(basic)
    local slots = assert(tokens.slots())
    assert.same({}, slots)
  end)
end)

describe("bmc.redfish.reap", function()
  before_each(support.forget_sessions)

  local function full(self)
    return function()
      if self:live_sessions() >= 2 then
        return fault(503, "IDRAC.2.8.RAC0218", "no free session")
      end
    end
  end

  local function crowded(changes)
    local self = fakebmc.new(changes)
    self.tree["/redfish/v1/"] = { Vendor = "Dell", Links = fakebmc.ROOT.Links }
    self.sessions = { [SESSIONS .. "old"] = "x", [SESSIONS .. "other"] = "y" }
    self.on_login = full(self)
    return self
  end

  it("makes room with a stale session of ours, once, and logs in", function()
    local self = crowded()
    fakebmc.with(self, {}, function(rf, target)
      leave_behind(target.base, { SESSIONS .. "old" })
      assert(rf:get("/redfish/v1/Systems/1"))
      assert.equal("token", rf.session.mode)
    end)
    assert.equal(2, self.logins)
    assert.truthy(self.sessions[SESSIONS .. "other"], "another's session stays")
    assert.same({}, entries())
  end)

  it("touches neither other BMCs' nor other users' nor live sessions", function()
    for _, case in ipairs { { url = "https://10.0.0.1:443" }, { user = "admin" } } do
      local self = crowded()
      fakebmc.with(self, {}, function(rf, target)
        local path = leave_behind(case.url or target.base, { SESSIONS .. "old" }, case.user)
        local _, e = rf:get("/redfish/v1/Systems/1")
        assert.equal("sessions_full", e.code)
        assert.truthy(e.text:find("no stale one of bmcsh is known", 1, true), e.text)
        os.remove(path)
      end)
      assert.equal(0, self.deleted)
    end
    local self = crowded()
    fakebmc.with(self, {}, function(rf, target)
      local id = ledger.opened(target.base, SESSIONS .. "old", "root")
      local _, e = rf:get("/redfish/v1/Systems/1")
      assert.equal("sessions_full", e.code)
      ledger.closed(id)
    end)
    assert.equal(0, self.deleted)
  end)

  it("stops at the first refusal, and the error says what is left", function()
    local self = crowded()
    self.route = function(bmc, req)
      if req.headers.authorization then
        bmc.basic = bmc.basic + 1
        return fault(401, "Base.1.8.NoValidSession")
      end
      return bmc:pass(req)
    end
    fakebmc.with(self, {}, function(rf, target)
      local path = leave_behind(target.base, { SESSIONS .. "old", SESSIONS .. "other" })
      for _ = 1, 2 do
        local _, e = rf:get("/redfish/v1/Systems/1")
        assert.equal("sessions_full", e.code)
        assert.equal("none", e.effect)
      end
      assert.equal(1, self.basic)
      assert.equal(2, #entries())
      os.remove(path)
    end)
  end)

  it("deletes stale and cached sessions with a login of its own", function()
    local self = fakebmc.new()
    self.sessions = { [SESSIONS .. "a"] = "a", [SESSIONS .. "b"] = "b" }
    fakebmc.with(self, {}, function(rf, target)
      local path = leave_behind(target.base, { SESSIONS .. "a", SESSIONS .. "gone" })
      local slot = assert(tokens.slot(target.base, "root", nil, 1))
      local token <close> = require("bmc.secret").from_string("b")
      assert(slot:put({ url = target.base, uri = SESSIONS .. "b", user = "root" }, token))
      slot:close()
      assert.same({ deleted = 2, gone = 1, left = 0 }, reap.all(rf))
      assert.is_nil((host.stat(path)))
      assert.same({}, assert(tokens.slots()))
      assert.same({ deleted = 0, gone = 0, left = 0 }, reap.all(rf))
    end)
    assert.equal(0, self:live_sessions())
  end)

  it("sends nothing with dry_run, and leaves the books as they are", function()
    local self, would = fakebmc.new(), {}
    local trace = function(event)
      would[#would + 1] = event.kind == "dry-run" and event.method .. " " .. event.uri or nil
    end
    fakebmc.with(self, { dry_run = true, trace = trace }, function(rf, target)
      local path = leave_behind(target.base, { SESSIONS .. "a" })
      assert.same({ deleted = 0, gone = 0, left = 1 }, reap.all(rf))
      assert.same({ "DELETE " .. SESSIONS .. "a" }, would)
      assert.equal(1, #entries())
      os.remove(path)
    end)
  end)

  it("is an error when none of several could be deleted", function()
    local self = fakebmc.new()
    self.route = function(bmc, req)
      if req.method == "DELETE" and not req.path:find("/1$") then
        return fault(403, "Base.1.8.InsufficientPrivilege", "not yours")
      end
      return bmc:pass(req)
    end
    fakebmc.with(self, {}, function(rf, target)
      local path = leave_behind(target.base, { SESSIONS .. "a", SESSIONS .. "b" })
      local count, e = reap.all(rf)
      assert.is_nil(count)
      assert.equal("auth", e.code)
      assert.equal(3, #entries(), "these two and our own")
      os.remove(path)
    end)
  end)

  it("forgets a BMC without asking it", function()
    leave_behind("https://10.0.0.9:443", { SESSIONS .. "a", SESSIONS .. "b" })
    assert.equal(2, reap.forget("https://10.0.0.9:443"))
    assert.same({}, entries())
    assert.equal(0, reap.forget("https://10.0.0.9:443"))
  end)
end)
