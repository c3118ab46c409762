-- SPDX-License-Identifier: GPL-3.0-or-later
-- Virtual media, as vendors have them.
local ask = require "support.farm"
local host = require "_bmcsh.host"
local sim = require "bmc.sim"
local support = require "support"

local URL = "http://10.0.0.1/boot/os.iso"

local function start(media, vendor)
  return sim.start { vendors = { vendor or "x12" }, tls = false, traits = { media = media } }
end

-- The slots of a BMC, wherever it has them.
local function slots_of(farm)
  local out, source = {}, farm.bmc(1).source
  for _, owner in ipairs { source.system, source.manager } do
    local link = assert(ask.basic(farm, 1, owner)).json.VirtualMedia
    local list = link and assert(ask.basic(farm, 1, link["@odata.id"])).json.Members or {}
    for _, member in ipairs(list) do out[#out + 1] = member["@odata.id"] end
  end
  return out
end

local function slot(farm, i)
  return assert(ask.basic(farm, 1, slots_of(farm)[i or 1])).json
end

local function act(farm, name, body, i)
  local target = slots_of(farm)[i or 1] .. "/Actions/VirtualMedia." .. name
  return assert(ask.basic(farm, 1, { path = target, method = "POST", json = body or {} }))
end

local function insert(farm, body, i)
  return act(farm, "InsertMedia", body or { Image = URL }, i)
end

local GENERIC = { image_only = false, late_eject = false, keeps_image = false }

describe("sim.media", function()
  it("is inserted and ejected, and counted", function()
    local farm <close> = start(GENERIC)
    assert.equal(204, insert(farm, { Image = URL, Inserted = true, WriteProtected = true }).status)
    local full = slot(farm)
    assert.equal(URL, full.Image)
    assert.equal("os.iso", full.ImageName)
    assert.is_true(full.Inserted)
    assert.equal("URI", full.ConnectedVia)
    assert.equal(409, insert(farm).status)
    assert.equal(204, act(farm, "EjectMedia").status)
    local empty = slot(farm)
    assert.is_false(empty.Inserted)
    assert.equal("NotConnected", empty.ConnectedVia)
    assert.not_equal(URL, empty.Image)
    assert.equal(1, farm.bmc(1).counters.media_inserted)
    assert.equal(1, farm.bmc(1).counters.media_ejected)
    assert.equal("VirtualMedia.EjectMedia", farm.bmc(1).actions[2].name)
  end)

  it("takes an image and nothing else (V01)", function()
    local farm <close> = start { image_only = true }
    for _, name in ipairs { "Inserted", "WriteProtected" } do
      assert.equal(400, insert(farm, { Image = URL, [name] = true }).status, name)
    end
    assert.equal(204, insert(farm).status)
  end)

  it("names the parameter that lacks (V16, V17, V18)", function()
    local farm <close> = start { need = { "TransferProtocolType", "UserName" } }
    local body = { Image = URL }
    for _, case in ipairs { { "TransferProtocolType", "HTTP" }, { "UserName", "u" } } do
      local refused = insert(farm, body)
      assert.equal(400, refused.status)
      local info = refused.json.error["@Message.ExtendedInfo"][1]
      assert.is_truthy(info.MessageId:find("ActionParameterMissing", 1, true))
      assert.equal(case[1], info.MessageArgs[2])
      body[case[1]] = case[2]
    end
    assert.equal(204, insert(farm, body).status)
    assert.equal(400, insert(farm, {}).status)
  end)

  it("is ejected from an empty slot as the vendor does (V19)", function()
    for _, status in ipairs { 200, 400, 500 } do
      local farm <close> = start { empty = status, late_eject = false }
      assert.equal(status == 200 and 204 or status, act(farm, "EjectMedia").status)
      assert.equal(0, farm.bmc(1).counters.media_ejected)
    end
  end)

  it("keeps the image after an eject, and offers one only while it is in (V02)", function()
    local farm <close> = start { keeps_image = true, late_eject = true }
    assert.equal(400, act(farm, "EjectMedia").status)
    insert(farm)
    assert.is_truthy(slot(farm).Actions["#VirtualMedia.EjectMedia"].target)
    assert.equal(204, act(farm, "EjectMedia").status)
    assert.equal(URL, slot(farm).Image)
    assert.equal("NotConnected", slot(farm).ConnectedVia)
    assert.equal(204, insert(farm).status)
  end)

  it("goes out after a while, and an insert fails till then (V10)", function()
    local farm <close> = start { settle = 0.15, late_eject = false }
    insert(farm)
    assert.equal(204, act(farm, "EjectMedia").status)
    assert.is_true(slot(farm).Inserted)
    assert.equal(500, insert(farm).status)
    support.eventually(function() return not slot(farm).Inserted end)
    assert.equal(204, insert(farm).status)
  end)

  it("has slots for the console alone (V14, V15)", function()
    local farm <close> = start(nil, "openbmc-2.8")
    assert.equal(405, insert(farm, nil, 1).status)
    assert.equal(204, insert(farm, nil, 2).status)
  end)

  it("is with the system on a new iDRAC (V07)", function()
    local farm <close> = start(nil, "idrac9-7")
    assert.is_truthy(slots_of(farm)[1]:find("/Systems/", 1, true))
    assert.equal(204, insert(farm).status)
  end)

  it("is patched in on a Lenovo, into some slots (V04, V05)", function()
    local farm <close> = start(nil, "xcc-2")
    local function patch(i, body)
      local path = slots_of(farm)[i]
      local tag = assert(ask.basic(farm, 1, path)).headers.etag
      return assert(ask.basic(farm, 1, {
        path = path, method = "PATCH", json = body, headers = { ["if-match"] = tag },
      })).status
    end
    assert.is_nil(slot(farm).Actions)
    assert.equal(400, insert(farm).status)
    assert.equal(400, patch(1, { Image = URL }))
    assert.equal(200, patch(1, { Image = URL, Inserted = true, WriteProtected = true }))
    assert.equal("URI", slot(farm).ConnectedVia)
    assert.equal(409, patch(1, { Image = URL, Inserted = true }))
    assert.equal(400, patch(3, { Image = URL, Inserted = true }))
    assert.equal(200, patch(1, { Inserted = false }))
    assert.equal("NotConnected", slot(farm).ConnectedVia)
    assert.equal(1, farm.bmc(1).counters.media_inserted)
    assert.equal(1, farm.bmc(1).counters.media_ejected)
  end)

  it("is not patched where there are actions", function()
    local farm <close> = start(GENERIC)
    assert.equal(400, assert(ask.basic(farm, 1, {
      path = slots_of(farm)[1], method = "PATCH", json = { Image = URL, Inserted = true },
    })).status)
  end)
end)

-- The slots of a recorded tree that have an InsertMedia action.
local function recorded_slots(farm, dir)
  local out = {}
  local pipe <close> = assert(io.popen(("grep -rl '#VirtualMedia.InsertMedia' '%s'"):format(dir)))
  for file in pipe:lines() do
    local path = file:match("(/redfish/v1/.*/VirtualMedia/[^/]+)/index.json$")
    local body = path and assert(ask.basic(farm, 1, path)).json
    if body and body.Actions["#VirtualMedia.InsertMedia"] then out[#out + 1] = body end
  end
  return out
end

describe("sim.media: each recorded tree", function()
  local mockups = support.shared("mockups")
  for _, name in ipairs(host.listdir(mockups)) do
    local dir = mockups .. "/" .. name
    if host.stat(dir).type == "directory" then
      it("takes media into the slots of " .. name, function()
        local farm <close> = sim.start { mockup = dir, tls = false }
        for _, body in ipairs(recorded_slots(farm, dir)) do
          local actions, path = body.Actions, body["@odata.id"]
          local function call(action, json)
            return assert(ask.basic(farm, 1, {
              path = actions["#VirtualMedia." .. action].target, method = "POST", json = json,
            })).status
          end
          local eject = actions["#VirtualMedia.EjectMedia"] ~= nil
          if body.Inserted == true then assert.equal(204, call("EjectMedia", {}), path) end
          assert.equal(204, call("InsertMedia", { Image = URL }), path)
          assert.equal(URL, assert(ask.basic(farm, 1, path)).json.Image)
          assert.equal(409, call("InsertMedia", { Image = URL }), path)
          if eject then assert.equal(204, call("EjectMedia", {}), path) end
        end
      end)
    end
  end
end)
