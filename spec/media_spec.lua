-- SPDX-License-Identifier: GPL-3.0-or-later
-- Slots as BMCs describe them, and which of them an image goes into.
local media = require "bmc.media"

local PROFILE = { method = "action", slot_skip = { "^RDOC" } }

local function slot(id, fields)
  local body = { ["@odata.id"] = "/redfish/v1/Managers/1/VirtualMedia/" .. id, Id = id,
    Inserted = false, Actions = { ["#VirtualMedia.InsertMedia"] = { target = "/insert" } } }
  for name, value in pairs(fields or {}) do
    body[name] = value
  end
  return media.slot(body)
end

-- The Ids of the candidates, or the error.
local function chosen(slots, wanted, profile)
  wanted.url, wanted.kind = wanted.url or "https://h/x.iso", wanted.kind or "cd"
  local list, e = media.candidates(slots, wanted, profile or PROFILE)
  local ids = {}
  for i, s in ipairs(list or {}) do
    ids[i] = s.id
  end
  return list and table.concat(ids, " ") or e
end

describe("bmc.media", function()
  it("knows what is in a slot, whatever else it says (V02)", function()
    for busy, cases in pairs {
      [true] = { { Inserted = true }, { Inserted = true, ConnectedVia = "URI" } },
      [false] = {
        { Inserted = false, Image = "http://h/old.iso" },
        { Inserted = true, ConnectedVia = "NotConnected", Image = "x" }, { Image = "" },
      },
    } do
      for _, fields in ipairs(cases) do
        assert.equal(busy, slot("1", fields).busy)
      end
    end
    local body = { Id = "1", Image = "http://h/x.iso" }
    assert.is_true(media.slot(body).busy)
    body.Image = "None" -- Gigabyte
    assert.is_false(media.slot(body).busy)
    assert.is_nil(media.slot(body).image)
  end)

  it("tells the medium by a word, else by the end of the URL", function()
    assert.equal("cd", media.kind(nil, "https://h/x.iso"))
    assert.equal("cd", media.kind(nil, "https://h/boot?image=7"))
    assert.equal("usbstick", media.kind(nil, "https://h/x.IMG"))
    assert.equal("dvd", media.kind("DVD", "https://h/x.img"))
    assert.equal("usbstick", media.kind("USBStick", "https://h/x.iso"))
    assert.equal("rejected", select(2, media.kind("tape", "x")).code)
  end)

  it("takes slots that fit: CD for DVD (V14), by name where there are no types", function()
    local slots = {
      slot("USB", { MediaTypes = { "Floppy", "USBStick" } }), slot("D", { MediaTypes = { "DVD" } }),
      slot("CD1"), slot("X"),
    }
    assert.equal("D CD1 X", chosen(slots, {}))
    assert.equal("USB X", chosen(slots, { kind = "usbstick" }))
  end)

  it("takes the free ones first, and before them what holds this very image", function()
    local url = "https://h/x.iso"
    local slots = { slot("1", { Inserted = true, Image = "y" }), slot("2"),
      slot("3", { Inserted = true, Image = url }), slot("4") }
    assert.equal("3 2 4 1", chosen(slots, { url = url }))
    assert.equal("1", chosen(slots, { url = url, slot = "1" }))
  end)

  it("leaves out what takes no URL: by name (V05), or without an action (V15)", function()
    local bare = { Actions = false }
    assert.equal("EXT1", chosen({ slot("RDOC1", bare), slot("EXT1", bare) }, {}))
    assert.equal("2", chosen({ slot("1", bare), slot("2") }, {}))
    assert.equal("1 2", chosen({ slot("1", bare), slot("2", bare) }, {})) -- V04: patched
    assert.equal("1 2", chosen({ slot("1", bare), slot("2") }, {}, { method = "patch",
      slot_skip = {} }))
  end)

  it("says what there is when nothing fits", function()
    local e = chosen({ slot("USB", { MediaTypes = { "USBStick" } }) }, {})
    assert.equal("unsupported", e.code)
    assert.is_truthy(e.text:find("USB (USBStick)", 1, true))
    assert.equal("missing", chosen({ slot("1") }, { slot = "2" }).code)
    e = chosen({}, {}, { method = "action", slot_skip = {}, hint = "wait for 2.50" })
    assert.is_truthy(e.text:find("there are: none; wait for 2.50", 1, true))
  end)
end)
