-- SPDX-License-Identifier: GPL-3.0-or-later
-- The ladder of QUIRKS rule 2: what is sent with which tag, what is not sent again, what is
-- remembered and what a listener is told.
local fakebmc = require "support.fakebmc"
local http = require "bmc.http"
local patch = require "bmc.redfish.patch"
local secret = require "bmc.secret"
local vendor = require "bmc.vendor"

local answer, fault = fakebmc.answer, fakebmc.fault
local SYSTEM = "/redfish/v1/Systems/1"

-- A BMC whose system has this tag (header, and the one in the body) and takes a PATCH for which
-- `accepts(if_match, body)` is true; otherwise it answers what accepts says, or 412. The fields
-- `seen` (the tags of all PATCHes, "" for none) and `reads` tell what was asked.
local function guarded(tags, accepts)
  local self = fakebmc.new { seen = {}, reads = 0, changed = 0 }
  self.tree[SYSTEM] = function(_, req)
    if req.method == "GET" then
      self.reads = self.reads + 1
      return answer(200, { Id = "1", AssetTag = "x", ["@odata.etag"] = tags.body },
        { etag = tags.header })
    end
    local tag, body = req.headers["if-match"], http.decode(req.body)
    self.seen[#self.seen + 1] = tag or ""
    local verdict = accepts(tag, body, #self.seen)
    if verdict == true then
      self.changed = self.changed + 1
      return 204
    end
    return fault(verdict or 412, verdict == 428 and "Base.1.8.PreconditionRequired"
      or "Base.1.8.PreconditionFailed", "no")
  end
  return self
end

-- Reads the system and changes it: f(rf, body, error).
local function change(self, opts, f)
  fakebmc.with(self, opts, function(rf)
    local system = assert(rf:get(SYSTEM))
    local body, e = rf:patch(SYSTEM, { AssetTag = "y" }, { held = system })
    f(rf, body, e)
  end)
end

local function only(wanted)
  return function(tag) return tag == wanted end
end

describe("bmc.redfish.patch", function()
  describe("tags", function()
    it("are freed of what servers do to them (E08, T17)", function()
      for tag, wanted in pairs {
        ['"abc"'] = '"abc"', ['W/"abc"'] = 'W/"abc"', ['w/"abc"'] = 'W/"abc"',
        ['""abc""'] = '"abc"', ['W/""abc""'] = 'W/"abc"', ['\\"abc\\"'] = '"abc"',
        ['"abc-gzip"'] = '"abc"', ['W/"abc;gzip"'] = 'W/"abc"', ['"abc--gzip"'] = '"abc"',
        ['"abc"-gzip'] = '"abc"', abc = "abc", [' "abc" '] = '"abc"',
      } do
        assert.equal(wanted, patch.clean(tag))
      end
    end)

    it("that say nothing are none (E09)", function()
      for _, tag in ipairs { "", '""', 'W/""', "  ", false, 7 } do
        assert.is_nil(patch.clean(tag))
      end
    end)
  end)

  describe("ladder", function()
    it("sends the tag that was read, and nothing else when that is taken", function()
      local self = guarded({ body = '"a1"' }, only('"a1"'))
      change(self, {}, function(_, body)
        assert.same({}, body)
        assert.same({ '"a1"' }, self.seen)
        assert.equal(1, self.reads)
      end)
    end)

    it("takes the tag of the header where the body has none, or another one", function()
      local self = guarded({ header = '"h1"' }, only('"h1"'))
      change(self, {}, function(_, body) assert.is_truthy(body) end)
      assert.same({ '"h1"' }, self.seen)
      self = guarded({ header = '"h1"', body = '"b1"' }, only('"h1"'))
      change(self, {}, function(_, body) assert.is_truthy(body) end)
      assert.same({ '"h1"' }, self.seen)
    end)

    it("takes the body's where the header's is weak or quoted twice (E08)", function()
      local self = guarded({ header = 'W/"a1"', body = '"a1"' }, only('"a1"'))
      change(self, {}, function(_, body) assert.is_truthy(body) end)
      assert.same({ '"a1"' }, self.seen)
      self = guarded({ header = '""a1""', body = '"a1"' }, only('"a1"'))
      change(self, {}, function(_, body) assert.is_truthy(body) end)
      assert.same({ '"a1"' }, self.seen)
    end)

    it("says nothing where there is no tag, and an empty one is none (E09)", function()
      local self = guarded({ body = "", header = '""' }, only(nil))
      change(self, {}, function(_, body) assert.is_truthy(body) end)
      assert.same({ "" }, self.seen)
      assert.equal(1, self.reads)
    end)

    it("goes down rung by rung, and reads anew once after the first refusal", function()
      local wanted = { 'W/"a1"', 'W/"a1"', '"a1"', "a1", "*", "" }
      for rung, tag in ipairs { 'W/"a1"', 'W/"a1"', '"a1"', "a1", "*" } do
        local self = guarded({ body = 'W/"a1"' }, function(sent, _, n)
          return n >= rung and sent == tag
        end)
        change(self, {}, function(_, body)
          assert.is_truthy(body)
          assert.same(table.move(wanted, 1, rung, 1, {}), self.seen)
          assert.equal(rung == 1 and 1 or 2, self.reads)
          assert.equal(1, self.changed)
        end)
      end
    end)

    it("ends with the tag in the body (E02), and then with the refusal", function()
      local self = guarded({ body = '"a1"' }, function(tag, body)
        return tag == nil and body["@odata.etag"] == '"a1"'
      end)
      change(self, {}, function(_, body)
        assert.is_truthy(body)
        assert.same({ '"a1"', '"a1"', "a1", "*", "", "" }, self.seen)
      end)
      self = guarded({ body = '"a1"' }, function() return false end)
      change(self, {}, function(_, body, e)
        assert.is_nil(body)
        assert.same({ 412, "none" }, { e.status, e.effect })
        assert.equal(6, #self.seen)
      end)
    end)

    it("reads the resource when a tag is demanded (428) and none is held (E01, E12)", function()
      local self = guarded({ body = '"a1"' }, function(tag) return tag == '"a1"' or 428 end)
      fakebmc.with(self, {}, function(rf)
        assert(rf:patch(SYSTEM, { AssetTag = "y" }))
        assert.same({ "", '"a1"' }, self.seen)
        assert.equal(1, self.reads)
      end)
    end)

    it("understands a demand by its message (E03)", function()
      local self = guarded({ body = '"a1"' }, only('"a1"'))
      local guard = self.tree[SYSTEM]
      self.tree[SYSTEM] = function(_, req)
        if req.method == "PATCH" and not req.headers["if-match"] then
          return fault(400, "Ami.1.0.PreconditionHeaderMissing", "no header")
        end
        return guard(_, req)
      end
      fakebmc.with(self, {}, function(rf)
        assert(rf:patch(SYSTEM, { AssetTag = "y" }))
        assert.same({ '"a1"' }, self.seen)
      end)
    end)

    it("repeats what was refused the first time only (E07)", function()
      local self = guarded({ body = '"a1"' }, function(tag, _, n)
        return n > 1 and tag == '"a1"'
      end)
      change(self, {}, function(_, body)
        assert.is_truthy(body)
        assert.same({ '"a1"', '"a1"' }, self.seen)
      end)
    end)
  end)

  describe("after any other answer", function()
    it("sends nothing again", function()
      for _, status in ipairs { 400, 403, 404, 409, 500, 503 } do
        local self = guarded({ body = '"a1"' }, function() return status end)
        local guard = self.tree[SYSTEM]
        self.tree[SYSTEM] = function(_, req)
          if req.method == "PATCH" then
            self.seen[#self.seen + 1] = req.headers["if-match"]
            return fault(status, "Base.1.8.GeneralError", "no")
          end
          return guard(_, req)
        end
        change(self, {}, function(_, body, e)
          assert.is_nil(body)
          assert.equal(status, e.status)
          assert.same({ '"a1"' }, self.seen)
        end)
      end
    end)

    it("sends nothing again when the answer was lost", function()
      local self = guarded({ body = '"a1"' }, only('"a1"'))
      local guard = self.tree[SYSTEM]
      self.tree[SYSTEM] = function(_, req)
        if req.method == "PATCH" then
          self.seen[#self.seen + 1] = req.headers["if-match"]
          return req:abort()
        end
        return guard(_, req)
      end
      change(self, {}, function(_, body, e)
        assert.is_nil(body)
        assert.equal("unknown", e.effect)
        assert.same({ '"a1"' }, self.seen)
      end)
    end)
  end)

  describe("profile", function()
    it("says where the ladder begins", function()
      for rung, tag in pairs { strong = '"a1"', unquoted = "a1", star = "*", none = "" } do
        local self = guarded({ body = 'W/"a1"' }, function() return true end)
        change(self, { set = "generic.redfish.etag=" .. rung }, function()
          assert.same({ tag }, self.seen)
        end)
      end
    end)

    it("says when the resource is read first (E01, E04)", function()
      local self = guarded({ body = '"a1"' }, only('"a1"'))
      fakebmc.with(self, { set = "generic.redfish.etag_fresh=missing" }, function(rf)
        assert(rf:patch(SYSTEM, { AssetTag = "y" }))
        assert.same({ '"a1"' }, self.seen)
      end)
      self = guarded({ body = '"a1"' }, only('"a1"'))
      change(self, { set = "generic.redfish.etag_fresh=always" }, function()
        assert.equal(2, self.reads)
      end)
      self = guarded({ body = '"a1"' }, only('"a1"'))
      change(self, { set = "generic.redfish.etag_fresh=missing" }, function()
        assert.equal(1, self.reads)
      end)
    end)
  end)

  describe("memory", function()
    it("begins with what worked at this target", function()
      local self = guarded({ body = 'W/"a1"' }, only("a1"))
      change(self, {}, function(rf, body)
        assert.is_truthy(body)
        self.seen = {}
        assert(rf:patch(SYSTEM, { AssetTag = "z" }, { held = rf:get(SYSTEM) }))
        assert.same({ "a1" }, self.seen)
        assert(rf:patch(SYSTEM, { AssetTag = "z" })) -- reads, since a tag is what it wants
        assert.same({ "a1", "a1" }, self.seen)
      end)
    end)

    it("begins with a tag in the body only where that worked (E02)", function()
      local self = guarded({ body = '"a1"' }, function(_, body)
        return body["@odata.etag"] ~= nil
      end)
      self.tree["/redfish/v1/Chassis/1"] = function(_, req)
        if req.method == "GET" then
          return answer(200, { Id = "1", ["@odata.etag"] = '"c"' })
        end
        return req.headers["if-match"] == '"c"' and 204 or 412
      end
      change(self, {}, function(rf, body)
        assert.is_truthy(body)
        self.seen = {}
        assert(rf:patch(SYSTEM, { AssetTag = "z" }, { held = rf:get(SYSTEM) }))
        assert.same({ "" }, self.seen)
        assert(rf:patch("/redfish/v1/Chassis/1", {}, { held = rf:get "/redfish/v1/Chassis/1" }))
      end)
    end)

    it("is not made of what went well at once", function()
      local self = guarded({}, function() return true end)
      change(self, {}, function(rf)
        assert.is_nil(rf.etag_rungs)
      end)
    end)
  end)

  it("tells a listener which tag was refused and which was taken", function()
    local notes = {}
    local self = guarded({ body = 'W/"a1"' }, only('"a1"'))
    change(self, { trace = function(e) notes[#notes + 1] = e.kind == "note" and e.text or nil end },
      function()
        assert.same({
          "PATCH " .. SYSTEM .. ': 412 with If-Match W/"a1"',
          "PATCH " .. SYSTEM .. ': 412 with If-Match W/"a1"',
          "PATCH " .. SYSTEM .. ': taken with If-Match "a1"; begun with from now on',
        }, notes)
      end)
  end)

  describe("action", function()
    local ACTION = SYSTEM .. "/Actions/ComputerSystem.Reset"

    -- The If-Match of a POST, with this setting.
    local function tag_of_action(set)
      local sent = {}
      local self = guarded({ body = '"a1"' }, function() return true end)
      self.tree[ACTION] = function(_, req)
        sent[#sent + 1] = req.headers["if-match"] or "none"
        return 204
      end
      fakebmc.with(self, { set = set }, function(rf)
        assert(rf:get(SYSTEM))
        assert(rf:post(ACTION, { ResetType = "On" }, { effect = true }))
      end)
      return sent[1], #sent
    end

    it("goes without If-Match (E06), unless the profile says otherwise (E04, E11)", function()
      assert.equal("none", (tag_of_action(nil)))
      assert.equal("*", (tag_of_action "generic.redfish.action_etag=star"))
      assert.equal('"a1"', (tag_of_action "generic.redfish.action_etag=fresh"))
    end)

    it("goes with it only for the actions that the profile names (E11)", function()
      local registry = assert(vendor.load { dirs = {}, set = {
        "generic.redfish.action_etag=star", "generic.redfish.action_etag_for=^Manager%.Reset$",
      } })
      local sent = {}
      local self = guarded({}, function() return true end)
      for _, path in ipairs { ACTION, "/redfish/v1/Managers/1/Actions/Manager.Reset" } do
        self.tree[path] = function(_, req)
          sent[#sent + 1] = req.headers["if-match"] or "none"
          return 204
        end
      end
      fakebmc.with(self, { registry = registry }, function(rf)
        assert(rf:post(ACTION))
        assert(rf:post "/redfish/v1/Managers/1/Actions/Manager.Reset")
      end)
      assert.same({ "none", "*" }, sent)
    end)

    it("is not sent again after a refusal of its tag", function()
      local tries = 0
      local self = guarded({ body = '"a1"' }, function() return true end)
      self.tree[ACTION] = function()
        tries = tries + 1
        return fault(412, "Base.1.8.PreconditionFailed", "no")
      end
      fakebmc.with(self, {}, function(rf)
        local _, e = rf:post(ACTION, { ResetType = "On" }, { effect = true })
        assert.same({ 412, "none" }, { e.status, e.effect })
        assert.equal(1, tries)
      end)
    end)
  end)

  it("asks without Accept-Encoding once a BMC has refused identity (T09)", function()
    local encodings = {}
    local self = guarded({ body = '"a1"' }, only('"a1"'))
    local guard = self.tree[SYSTEM]
    self.tree[SYSTEM] = function(_, req)
      encodings[#encodings + 1] = req.headers["accept-encoding"] or "none"
      if req.headers["accept-encoding"] then
        return fault(406, "Base.1.8.HeaderInvalid", "not acceptable")
      end
      return guard(_, req)
    end
    change(self, {}, function(rf, body)
      assert.is_truthy(body)
      assert(rf:get(SYSTEM))
      assert.same({ "identity", "none", "none", "none" }, encodings)
    end)
  end)

  it("puts a secret into the body without showing it", function()
    local events, got = {}, nil
    local password <close> = secret.from_string 'p"ss'
    local body = { Image = "nfs://h/x.iso", Share = { UserName = "u", Password = password } }
    local self = guarded({}, function(_, sent) got = sent return true end)
    fakebmc.with(self, {}, function(rf) assert(rf:patch(SYSTEM, body)) end)
    assert.equal('p"ss', got.Share.Password)
    assert.equal("nfs://h/x.iso", got.Image)
    fakebmc.with(self, { dry_run = true, trace = function(e) events[#events + 1] = e end },
      function(rf) assert(rf:patch(SYSTEM, body)) end)
    local held = events[#events]
    assert.same({ "dry-run", "PATCH", SYSTEM }, { held.kind, held.method, held.uri })
    assert.equal("<secret>", held.body.Share.Password)
    assert.equal("u", held.body.Share.UserName)
  end)
end)
