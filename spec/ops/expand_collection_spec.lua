-- SPDX-License-Identifier: GPL-3.0-or-later
-- The members of any collection; how they are asked for is in spec/expand_spec.lua.
local bmc = require "bmc"
local parts = require "support.parts"
local scripted = require "support.scripted"

local ROOM = "/redfish/v1/Room"

describe("expand_collection", function()
  it("gives the members' bodies, and notes those that cannot be read", function()
    local resources = {}
    parts.collect(resources, ROOM, { { "1", { Legs = 4 } }, { "2", parts.fault(404) },
      { "3", { Legs = 3 } } })
    scripted.with(resources, function(m)
      local bodies = m:expand_collection(ROOM)
      assert.equal("4 3", parts.column(bodies, "Legs"))
      assert.is_truthy(parts.notes(m):find(ROOM .. "/2 (404)", 1, true))
    end)
  end)

  it("says what is wrong with the collection, or with the path", function()
    scripted.with({}, function(m, log)
      local _, e = bmc.try(m.expand_collection, m, ROOM)
      assert.equal("missing", e.code)
      local before = #log
      for _, path in ipairs { "Room", "" } do
        _, e = bmc.try(m.expand_collection, m, path)
        assert.equal("rejected", e.code)
      end
      _, e = bmc.try(m.expand_collection, m)
      assert.equal("rejected", e.code)
      assert.equal(before, #log)
    end)
  end)
end)
