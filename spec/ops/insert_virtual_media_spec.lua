-- SPDX-License-Identifier: GPL-3.0-or-later
-- Images into slots: which slot, by what, what is sent after a refusal, and what is in it then.
local bmc = require "bmc"
local changes = require "support.changes"
local parts = require "support.parts"
local scripted = require "support.scripted"
local secret = require "bmc.secret"

local ISO = "https://files/rescue.iso"
local SLOTS = "/redfish/v1/Managers/bmc/VirtualMedia/"

local function says(text, words)
  assert.is_truthy(text:find(words, 1, true), text)
end

-- Traits of media with plain slots, and others where given.
local function media(more)
  local out = { slots = {
    { id = "CD1", types = { "CD", "DVD" } }, { id = "CD2", types = { "DVD" } },
    { id = "USB1", types = { "Floppy", "USBStick" } },
  } }
  for name, value in pairs(more or {}) do
    out[name] = value
  end
  return { media = out }
end

local function image(sim, slot)
  return changes.value(sim, SLOTS .. slot, "Image")
end

describe("insert_virtual_media", function()
  it("takes the first free slot that fits, and looks at it", function()
    changes.with(media(), function(m, sim)
      local data = m:insert_virtual_media(ISO)
      assert.same({ "CD1", SLOTS .. "CD1", "action", true },
        { data.slot, data.uri, data.method, data.confirmed })
      assert.equal(ISO, image(sim, "CD1"))
      assert.equal("CD2", m:insert_virtual_media("https://files/other.iso").slot)
      assert.equal("USB1", m:insert_virtual_media("https://files/tool.img").slot)
      assert.equal("USB1", m:insert_virtual_media(ISO, { media = "USBStick" }).slot)
    end)
  end)

  it("finds the slots of a machine that links none", function()
    local resources = {}
    parts.collect(resources, scripted.SYSTEM .. "/VirtualMedia", { { "CD1", { Name = "CD" } } })
    scripted.with(resources, function(m) assert.equal("CD1", m:virtual_media()[1].id) end)
  end)

  it("sends the least that will do (V01)", function()
    changes.with(media { image_only = true }, function(m, sim)
      m:insert_virtual_media(ISO)
      assert.equal(ISO, image(sim, "CD1"))
    end)
  end)

  it("ejects first when no slot is free, or the image is in one already (V10, V11)", function()
    changes.with(media { settle = 0.3 }, function(m, sim)
      m:insert_virtual_media(ISO, { slot = "CD1" })
      local data = m:insert_virtual_media("https://files/b.iso", { slot = "cd1" })
      assert.same({ "CD1", ISO }, { data.slot, data.ejected })
      assert.equal("https://files/b.iso", image(sim, "CD1"))
      data = m:insert_virtual_media("https://files/b.iso")
      assert.same({ "CD1", "https://files/b.iso" }, { data.slot, data.ejected })
      m:insert_virtual_media("https://files/c.iso")
      data = m:insert_virtual_media("https://files/d.iso")
      assert.same({ "CD1", "https://files/b.iso" }, { data.slot, data.ejected })
      assert.equal(3, sim:count().media_ejected)
    end)
  end)

  it("takes a slot for free that only says NotConnected (V02)", function()
    changes.with(media { keeps_image = true }, function(m, sim)
      m:insert_virtual_media(ISO)
      m:eject_virtual_media()
      assert.equal(ISO, image(sim, "CD1"))
      local data = m:insert_virtual_media("https://files/b.iso")
      assert.is_nil(data.ejected)
      assert.equal("CD1", data.slot)
    end)
  end)

  it("goes on to the next slot when one refuses (V14, V15)", function()
    for _, status in ipairs { 400, 405 } do
      changes.with(media { slots = {
        { id = "KVM", types = { "CD" }, refuses = status }, { id = "CD2", types = { "DVD" } },
      } }, function(m)
        local data = m:insert_virtual_media(ISO)
        assert.equal("CD2", data.slot)
        says(changes.told(data.trail), "slot KVM")
      end)
    end
    changes.with(media { slots = {
      { id = "KVM", types = { "CD" }, actions = false }, { id = "CD2", types = { "CD" } },
    } }, function(m, sim)
      assert.equal("CD2", m:insert_virtual_media(ISO).slot)
      assert.is_nil(image(sim, "KVM"))
    end)
  end)

  it("adds what the BMC says it needs (V16, V17, V18, V21)", function()
    for _, need in ipairs {
      { "TransferProtocolType" }, { "TransferMethod" }, { "UserName", "Password" }, { "MediaType" },
      { "Inserted", "WriteProtected" },
    } do
      changes.with(media { need = need }, function(m, sim)
        local data = m:insert_virtual_media(ISO)
        assert.equal(ISO, image(sim, "CD1"))
        says(changes.told(data.trail), "with " .. need[1])
      end)
    end
    changes.with(media { need = { "TransferProtocolType", "TransferMethod" } }, function(m)
      local data = m:insert_virtual_media(ISO)
      assert.is_nil(changes.told(data.trail):find("sent again", 1, true))
    end, { set = { "generic.media.need=TransferProtocolType,TransferMethod" } })
  end)

  it("patches a slot without actions (V04), and skips those that take no URL (V05)", function()
    changes.with({ vendor = "lenovo-xcc" }, function(m, sim)
      local data = m:insert_virtual_media(ISO)
      assert.equal("patch", data.method)
      says(data.slot, "EXT")
      assert.equal(ISO, changes.value(sim, (data.uri:gsub("/$", "")), "Image"))
      assert.same({ data.slot }, m:eject_virtual_media().slots)
    end)
  end)

  it("finds slots of the system and of the manager (V07)", function()
    for _, where in ipairs { "system", "manager" } do
      changes.with(media { where = where }, function(m)
        says(m:insert_virtual_media(ISO).uri, where == "system" and "/Systems/" or "/Managers/")
      end)
    end
  end)

  it("uses an action of the vendor's own where there is no other (V12)", function()
    local slot, sent = SLOTS .. "2", nil
    local body = { ["@odata.id"] = slot, Id = "2", MediaTypes = { "CD" }, Inserted = false,
      Oem = { Hp = { Actions = { ["#HpiLOVirtualMedia.InsertVirtualMedia"] = {
        target = slot .. "/Actions/Oem/Insert" } } } } }
    scripted.with({
      ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
        ManagerType = "BMC", VirtualMedia = { ["@odata.id"] = SLOTS:sub(1, -2) } },
      [SLOTS:sub(1, -2)] = scripted.collection(slot),
      [slot] = function() return body end,
      ["POST " .. slot .. "/Actions/Oem/Insert"] = function(_, given)
        sent, body.Inserted, body.Image = given, true, given.Image
        return 200, {}
      end,
    }, function(m)
      assert.equal("own action", m:insert_virtual_media(ISO).method)
      assert.same({ Image = ISO }, sent)
    end)
  end)

  it("mounts by host and path where there are no slots (V03)", function()
    local at, log = "/redfish/v1/Managers/1/VM1/CfgCD", {}
    local function take(name)
      return function(_, body)
        log[#log + 1] = { name, body }
        return 200, {}
      end
    end
    scripted.with({
      ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
        ManagerType = "BMC", VirtualMedia = { ["@odata.id"] = "/redfish/v1/Managers/1/VM1" } },
      ["/redfish/v1/Managers/1/VM1"] = { Members = {}, Oem = { Supermicro = {
        VirtualMediaConfig = { ["@odata.id"] = at } } } },
      [at] = { ["@odata.id"] = at, Id = "CfgCD", Actions = {
        ["#IsoConfig.Mount"] = { target = at .. "/Actions/IsoConfig.Mount" },
        ["#IsoConfig.UnMount"] = { target = at .. "/Actions/IsoConfig.UnMount" } } },
      ["PATCH " .. at] = take "patch",
      ["POST " .. at .. "/Actions/IsoConfig.Mount"] = take "mount",
      ["POST " .. at .. "/Actions/IsoConfig.UnMount"] = take "unmount",
    }, function(m)
      assert.equal("config", m:insert_virtual_media("http://files/a/b.iso").method)
      assert.same({ Host = "http://files", Path = "/a/b.iso", Username = "", Password = "" },
        log[1][2])
      assert.equal("mount", log[2][1])
      m:insert_virtual_media("smb://files/share/b.iso", { user = "u", password = "p" })
      assert.same({ Host = "files", Path = "\\share\\b.iso", Username = "u", Password = "p" },
        log[3][2])
      assert.equal(1, m:eject_virtual_media().ejected)
      assert.equal("unmount", log[5][1])
    end, { vendor = "supermicro" })
  end)

  describe("with a login for the share", function()
    it("sends it, as a string, a secret or a source, and shows it nowhere", function()
      local source <close> = secret.source { value = "geheim" }
      local own <close> = secret.from_string "geheim"
      for _, password in ipairs { "geheim", own, source } do
        local shown = {}
        changes.with(media(), function(m, sim)
          local data = m:insert_virtual_media("cifs://files/iso/x.iso",
            { user = "build", password = password })
          assert.equal("build", changes.value(sim, SLOTS .. "CD1", "UserName"))
          shown[#shown + 1] = changes.told(data.trail)
        end, { trace = function(e)
          for _, value in pairs(e) do
            shown[#shown + 1] = tostring(value)
          end
        end })
        assert.is_nil(table.concat(shown, "\n"):find("geheim", 1, true))
      end
    end)

    it("does not show it in a dry run either", function()
      local body
      changes.with(media(), function(m, sim)
        m:insert_virtual_media("cifs://files/iso/x.iso", { user = "build", password = "geheim" })
        assert.is_nil(image(sim, "CD1"))
      end, { dry_run = true, trace = function(e)
        body = e.kind == "dry-run" and e.body or body
      end })
      assert.same({ Image = "cifs://files/iso/x.iso", UserName = "build", Password = "<secret>" },
        body)
    end)

    it("reaches the BMC", function()
      local got
      local slot = SLOTS .. "1"
      scripted.with({
        ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
          ManagerType = "BMC", VirtualMedia = { ["@odata.id"] = SLOTS:sub(1, -2) } },
        [SLOTS:sub(1, -2)] = scripted.collection(slot),
        [slot] = function()
          return { ["@odata.id"] = slot, Id = "1", Inserted = got ~= nil, Actions = {
            ["#VirtualMedia.InsertMedia"] = { target = slot .. "/Insert" } } }
        end,
        ["POST " .. slot .. "/Insert"] = function(_, body)
          got = body
          return 204
        end,
      }, function(m)
        m:insert_virtual_media("nfs://files/x.iso", { user = "u", password = 'p"w' })
        assert.equal('p"w', got.Password)
      end)
    end)
  end)

  describe("after a failure", function()
    -- A slot whose insert answers what f says: f(n, body, put) where put() puts the image in.
    local function failing(f, check, options)
      local slot, holding = SLOTS .. "1", nil
      scripted.with({
        ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
          ManagerType = "BMC", VirtualMedia = { ["@odata.id"] = SLOTS:sub(1, -2) } },
        [SLOTS:sub(1, -2)] = scripted.collection(slot),
        [slot] = function()
          return { ["@odata.id"] = slot, Id = "1", Inserted = holding ~= nil, Image = holding,
            Actions = { ["#VirtualMedia.InsertMedia"] = { target = slot .. "/Insert" } } }
        end,
        ["POST " .. slot .. "/Insert"] = function(n, body)
          return f(n, body, function() holding = body.Image end)
        end,
      }, check, options or { set = { "generic.media.settle=0.5", "generic.media.budget=0.2",
        "generic.media.poll=0.02" } })
    end

    it("believes the slot: the image is in, though the answer was lost", function()
      failing(function(_, _, put) put() return "drop" end, function(m, log)
        assert.equal("1", m:insert_virtual_media(ISO).slot)
        assert.equal(1, scripted.count(log, "POST", SLOTS .. "1/Insert"))
      end)
    end)

    it("never sends again what may be on its way", function()
      failing(function() return "drop" end, function(m, log)
        local _, e = bmc.try(m.insert_virtual_media, m, ISO)
        assert.equal("unknown", e.effect)
        assert.equal(1, scripted.count(log, "POST", SLOTS .. "1/Insert"))
      end)
    end)

    it("tries again when the BMC has failed and the slot is empty (V10)", function()
      failing(function(n, _, put)
        if n < 3 then
          return 500, {}
        end
        put()
        return 204
      end, function(m, log)
        assert.is_true(m:insert_virtual_media(ISO).confirmed)
        assert.equal(3, scripted.count(log, "POST", SLOTS .. "1/Insert"))
      end)
    end)

    it("waits for a slot that is busy for now", function()
      failing(function(n, _, put)
        if n == 1 then
          return 409, { error = { ["@Message.ExtendedInfo"] = { {
            MessageId = "Base.1.8.ResourceInUse" } } } }
        end
        put()
        return 204
      end, function(m) assert.is_true(m:insert_virtual_media(ISO).confirmed) end)
    end)

    it("says so when the slot never shows the image", function()
      failing(function() return 204 end, function(m)
        local _, e = bmc.try(m.insert_virtual_media, m, ISO)
        assert.same({ "timeout", "unknown" }, { e.code, e.effect })
        says(e.text, "holds nothing")
      end)
    end)

    it("follows a task (202)", function()
      local done = false
      failing(function(_, _, put)
        put()
        done = true
        return 202, { ["@odata.id"] = "/redfish/v1/TaskService/Tasks/1", TaskState = "Completed" }
      end, function(m)
        m:insert_virtual_media(ISO)
        assert.is_true(done)
      end)
    end)
  end)

  describe("refuses before anything is sent", function()
    local function refusal(traits, ...)
      local args, failure = table.pack(...), nil
      changes.with(traits, function(m, sim)
        failure = select(2, bmc.try(m.insert_virtual_media, m, table.unpack(args, 1, args.n)))
        assert.equal(0, sim:count().media_inserted or 0)
      end)
      assert.equal("none", failure.effect)
      return failure
    end

    it("what is no URL of an image", function()
      for _, url in ipairs {
        "rescue.iso", "https:///x.iso", "gopher://h/x", "https://u:p@h/x.iso",
      } do
        local e = refusal(media(), url)
        assert.equal("rejected", e.code)
        assert.is_nil(e.text:find("u:p", 1, true))
      end
      assert.equal("rejected", refusal(media(), ISO, { media = "tape" }).code)
      assert.equal("rejected", refusal(media(), ISO, { password = "x" }).code)
    end)

    it("a slot that there is not, and names those there are", function()
      local e = refusal(media(), ISO, { slot = "DVD9" })
      assert.equal("missing", e.code)
      says(e.text, "CD1 (CD, DVD)")
    end)

    it("a medium that no slot takes, and says why where the profile knows (V06, V08)", function()
      local e = refusal(media { slots = { { id = "USB1", types = { "USBStick" } } } }, ISO)
      assert.equal("unsupported", e.code)
      changes.with({ vendor = "idrac9-4", media = { slots = {} } }, function(m)
        local _, failure = bmc.try(m.insert_virtual_media, m, ISO)
        says(failure.text, "from firmware 9.99 on")
      end, { set = { "idrac.media.hint=from firmware 9.99 on" } })
    end)

    it("a protocol that the slot does not take", function()
      local slot = SLOTS .. "1"
      scripted.with({
        ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
          ManagerType = "BMC", VirtualMedia = { ["@odata.id"] = SLOTS:sub(1, -2) } },
        [SLOTS:sub(1, -2)] = scripted.collection(slot),
        [slot] = { ["@odata.id"] = slot, Id = "1", Inserted = false, Actions = {
          ["#VirtualMedia.InsertMedia"] = { target = slot .. "/Insert",
            ["Image@Redfish.AllowableValues"] = { "some words of help" },
            ["TransferProtocolType@Redfish.AllowableValues"] = { "CIFS", "HTTPS" } } } },
      }, function(m, log)
        local _, e = bmc.try(m.insert_virtual_media, m, "nfs://files/x.iso")
        assert.equal("unsupported", e.code)
        says(e.text, "CIFS, HTTPS")
        assert.equal(0, scripted.count(log, "POST", slot .. "/Insert"))
      end)
    end)
  end)
end)

describe("eject_virtual_media", function()
  it("takes out all that is in, waits until it is, and counts", function()
    changes.with(media { settle = 0.2 }, function(m, sim)
      m:insert_virtual_media(ISO)
      m:insert_virtual_media("https://files/tool.img")
      assert.same({ 2, { "CD1", "USB1" } }, { m:eject_virtual_media().ejected,
        { "CD1", "USB1" } })
      assert.is_nil(image(sim, "CD1"))
      assert.is_nil(image(sim, "USB1"))
    end)
  end)

  it("takes out of one slot alone", function()
    changes.with(media(), function(m, sim)
      m:insert_virtual_media(ISO)
      m:insert_virtual_media("https://files/tool.img")
      assert.same({ "USB1" }, m:eject_virtual_media({ slot = "usb1" }).slots)
      assert.equal(ISO, image(sim, "CD1"))
      local _, e = bmc.try(m.eject_virtual_media, m, { slot = "X" })
      assert.equal("missing", e.code)
    end)
  end)

  it("is no error where nothing is in, also where the BMC would refuse (V19)", function()
    changes.with(media { empty = 409 }, function(m)
      assert.equal(0, m:eject_virtual_media().ejected)
      assert.same({}, m:eject_virtual_media({ slot = "CD1" }).slots)
    end)
    local slot, holding = SLOTS .. "1", true
    scripted.with({
      ["/redfish/v1/Managers/1"] = { ["@odata.id"] = "/redfish/v1/Managers/1", Id = "1",
        ManagerType = "BMC", VirtualMedia = { ["@odata.id"] = SLOTS:sub(1, -2) } },
      [SLOTS:sub(1, -2)] = scripted.collection(slot),
      [slot] = function()
        return { ["@odata.id"] = slot, Id = "1", Inserted = holding, Actions = {
          ["#VirtualMedia.EjectMedia"] = { target = slot .. "/Eject" } } }
      end,
      ["POST " .. slot .. "/Eject"] = function()
        holding = false -- somebody else was faster
        return 400, {}
      end,
    }, function(m) assert.equal(1, m:eject_virtual_media().ejected) end)
  end)

  it("offers the action only while something is in (X13)", function()
    changes.with(media { late_eject = true }, function(m, sim)
      m:insert_virtual_media(ISO)
      assert.equal(1, m:eject_virtual_media().ejected)
      assert.is_nil(image(sim, "CD1"))
    end)
  end)

  it("says so when the slot stays taken", function()
    changes.with(media { settle = 30 }, function(m)
      m:insert_virtual_media(ISO)
      local _, e = bmc.try(m.eject_virtual_media, m)
      assert.same({ "timeout", "unknown" }, { e.code, e.effect })
    end, { set = { "generic.media.settle=0.2" } })
  end)

  it("names what it would send in a dry run, and sends nothing", function()
    local events = {}
    changes.with(media(), function(m, sim, farm)
      m:insert_virtual_media(ISO)
      local dry <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated",
        dry_run = true, trace = function(e)
          events[#events + 1] = e.kind == "dry-run" and e or nil
        end }
      assert.equal(1, dry:eject_virtual_media().ejected)
      dry:insert_virtual_media("https://files/b.iso", { slot = "CD1" })
      assert.equal(ISO, image(sim, "CD1"))
    end)
    assert.same({ "POST", SLOTS .. "CD1/Actions/VirtualMedia.EjectMedia", {} },
      { events[1].method, events[1].uri, { next(events[1].body) } })
    assert.equal(SLOTS .. "CD1/Actions/VirtualMedia.EjectMedia", events[2].uri)
    assert.same({ Image = "https://files/b.iso" }, events[3].body)
  end)
end)

describe("virtual_media", function()
  it("lists the slots and what is in them", function()
    changes.with(media(), function(m)
      m:insert_virtual_media(ISO)
      local list = m:virtual_media()
      assert.same({ id = "CD1", name = "Virtual media", media_types = { "CD", "DVD" },
        inserted = true, image = ISO, connected_via = "URI", insertable = true }, list[1])
      assert.same({ false, "USB1" }, { list[3].inserted, list[3].id })
    end)
  end)
end)
