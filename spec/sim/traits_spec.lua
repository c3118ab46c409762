-- SPDX-License-Identifier: GPL-3.0-or-later
local personality = require "bmc.sim.personality"
local sim = require "bmc.sim"
local ask = require "support.farm"
local traits = require "bmc.sim.traits"

describe("sim.traits", function()
  it("are read as they are typed", function()
    assert.same({
      etags = { take = { "bare" }, need = 428 }, memory = { count = 1000 }, slash = true,
      boot = { at = "SD", modes = { "UEFI", "Legacy" } }, media = { need = { "UserName" } },
    }, traits.parse {
      "etags.take=bare", "etags.need=428", "memory.count=1000", "slash=true", "boot.at=SD",
      "boot.modes=UEFI,Legacy", 'media.need=["UserName"]',
    })
  end)

  it("must be ones that there are", function()
    for _, item in ipairs { "etags.tak=bare", "colour=red", "nothing", "boot.modes.x=1" } do
      local none, e = traits.parse { item }
      assert.is_nil(none, item)
      assert.equal("rejected", e.code)
    end
    assert.is_false((pcall(sim.start, { tls = false, traits = { colour = "red" } })))
  end)

  it("must be of the kind that they are", function()
    for item, expected in pairs {
      ["memory.count=abc"] = "memory.count: a number", ["memory=5"] = "memory: a map",
      ["page_size=1.5"] = "page_size: a whole number", ["page_size=-1"] = "from 0 on",
      ["etags.show=foo"] = "one of plain", ["etags.take=bare,foo"] = "one of shown",
      ["etags.paths=["] = "a Lua pattern", ["boot.targets=5"] = "a list of strings",
      ["storage=a,b"] = "a list of maps", ["extras.a=5"] = "extras: a map for each name",
      ["sessions.full.status=abc"] = "a number", ["ipmi.ciphers=99"] = "one of 17, 3",
    } do
      local none, e = traits.parse { item }
      assert.is_nil(none, item)
      assert.equal("rejected", e.code)
      assert.truthy(e.text:find(expected, 1, true), e.text)
    end
    assert.same({ boot = { modes = false, order = false }, stream = { zone = { "-01", -3600 } } },
      traits.parse { "boot.modes=false", "boot.order=false", 'stream.zone=["-01",-3600]' })
  end)

  it("of all personalities are", function()
    for _, vendor in ipairs(personality.all()) do
      local file = require("bmc.sim.personality." .. vendor)
      for _, some in ipairs { file.traits, table.unpack(file.models) } do
        assert(traits.check(some))
      end
    end
  end)

  it("hold for all BMCs of a farm, with their vendors' other ones", function()
    local farm <close> = sim.start {
      vendors = { "idrac9-4", "ilo6" }, fleet = 2, tls = false,
      traits = { memory = { count = 3 }, faults = { slow = "licence@*/Memory" } },
    }
    for i = 1, 2 do
      local bmc = farm.bmc(i)
      assert.equal(3, bmc.traits.memory.count)
      assert.equal(403, assert(ask.basic(farm, i, bmc.source.system .. "/Memory")).status)
    end
    assert.equal("idrac9-4", farm.bmc(1).traits.model)
    assert.is_true(farm.bmc(2).traits.any_case)
  end)
end)
