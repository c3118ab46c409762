-- SPDX-License-Identifier: GPL-3.0-or-later
-- The boot order: whose list it is, what the names stand for, what is kept.
local bmc = require "bmc"
local changes = require "support.changes"
local scripted = require "support.scripted"

local SYSTEM = "/redfish/v1/Systems/system"

local function says(text, words)
  assert.is_truthy(text:find(words, 1, true), text)
end

describe("set_boot_order", function()
  it("puts what is named first, and keeps the rest", function()
    changes.with({}, function(m, sim)
      local data = m:set_boot_order("Boot0003")
      local order = { "Boot0003", "Boot0001", "Boot0002" }
      assert.same(order, changes.value(sim, SYSTEM, "Boot", "BootOrder"))
      assert.same({ SYSTEM, order, true }, { data.uri, data.boot_order, data.confirmed })
      assert.same({ BootOrder = order }, data.sent)
    end)
  end)

  it("takes a list, names as the BMC shows them, and parts of one", function()
    changes.with({}, function(m)
      assert.same({ "Boot0002", "Boot0003", "Boot0001" },
        m:set_boot_order({ "network", "Boot0003" }).boot_order)
      assert.same({ "Boot0003", "Boot0002", "Boot0001" },
        m:set_boot_order({ devices = { "virtual" } }).boot_order)
      assert.same({ "Boot0001", "Boot0003", "Boot0002" },
        m:set_boot_order("PciRoot(0x0)/Pci(0x1,0x0)").boot_order)
    end)
  end)

  it("leaves out what is not named when told to", function()
    changes.with({}, function(m, sim)
      m:set_boot_order { "Boot0002", exact = true }
      assert.same({ "Boot0002" }, changes.value(sim, SYSTEM, "Boot", "BootOrder"))
    end)
  end)

  it("sends nothing when it is so already", function()
    changes.with({}, function(m, sim)
      local data = m:set_boot_order("Boot0001")
      says(changes.told(data.trail), "nothing to do")
      assert.is_true(data.confirmed)
      assert.equal(0, sim:count().boot_changes or 0)
    end)
  end)

  it("refuses a name that nobody has, or several", function()
    changes.with({}, function(m)
      local _, e = bmc.try(m.set_boot_order, m, "Boot00FF")
      assert.same({ "rejected", "none" }, { e.code, e.effect })
      says(e.text, "Boot0001, Boot0002, Boot0003")
      _, e = bmc.try(m.set_boot_order, m, "i")
      assert.equal("rejected", e.code)
      says(e.text, "may be any of")
      _, e = bmc.try(m.set_boot_order, m, {})
      assert.equal("rejected", e.code)
    end)
  end)

  it("writes to the settings object that shows an order (B06)", function()
    changes.with({ boot = { at = "settings" } }, function(m, sim)
      local data = m:set_boot_order("Boot0002")
      assert.equal(SYSTEM .. "/Settings", data.uri)
      assert.same({ "Boot0002", "Boot0001", "Boot0003" },
        changes.value(sim, SYSTEM .. "/Settings", "Boot", "BootOrder"))
    end)
  end)

  it("knows entries by what stands before the colon (B21)", function()
    local order = { "Boot0019: disk", "Boot0001: network" }
    scripted.with({
      [scripted.SYSTEM] = function() return scripted.system { Boot = { BootOrder = order } } end,
      ["PATCH " .. scripted.SYSTEM] = function(_, body)
        order = body.Boot.BootOrder
        return 204
      end,
    }, function(m)
      assert.same({ "Boot0001: network", "Boot0019: disk" },
        m:set_boot_order("Boot0001").boot_order)
    end)
  end)

  it("writes a vendor's own order where there is no other (B04, B20)", function()
    changes.with({ vendor = "supermicro" }, function(m)
      local data = m:set_boot_order("UEFI Network")
      assert.equal("/redfish/v1/Systems/1/Oem/Supermicro/FixedBootOrder", data.uri)
      assert.equal("UEFI Network:NIC 1", data.boot_order[1])
      assert.same(data.boot_order, data.sent.FixedBootOrder)
    end)
    changes.with({ vendor = "lenovo-xcc" }, function(m)
      local data = m:set_boot_order("Network")
      assert.same({ "Network" }, { data.boot_order[1] })
      assert.same(data.boot_order, data.sent.BootOrderNext)
    end)
  end)

  it("tells a BMC that shows none", function()
    scripted.with({}, function(m)
      local _, e = bmc.try(m.set_boot_order, m, "Boot0001")
      assert.same({ "unsupported", "none" }, { e.code, e.effect })
    end)
  end)

  it("says that it is to be seen later where a job does it (202)", function()
    local order = { "Boot0001", "Boot0002" }
    local job = "/redfish/v1/JobService/Jobs/JID_1"
    scripted.with({
      [scripted.SYSTEM] = scripted.system { Boot = { BootOrder = order } },
      ["PATCH " .. scripted.SYSTEM] = function()
        return 202, { ["@odata.id"] = job, ["@odata.type"] = "#Job.v1_0_0.Job",
          JobState = "Scheduled" }
      end,
      [job] = { JobState = "Scheduled" },
    }, function(m)
      local data = m:set_boot_order("Boot0002")
      assert.equal(job, data.job)
      assert.is_nil(data.confirmed)
      says(changes.told(data.trail), "takes effect with the next reset")
    end)
  end)

  it("names what it would send in a dry run, and sends nothing", function()
    local events = {}
    changes.with({}, function(m, sim)
      m:set_boot_order("Boot0002")
      assert.same({ "Boot0001", "Boot0002", "Boot0003" },
        changes.value(sim, SYSTEM, "Boot", "BootOrder"))
    end, { dry_run = true, trace = function(e)
      events[#events + 1] = e.kind == "dry-run" and e or nil
    end })
    assert.same({ "PATCH", SYSTEM, { "Boot0002", "Boot0001", "Boot0003" } },
      { events[1].method, events[1].uri, events[1].body.Boot.BootOrder })
  end)
end)

describe("boot_options", function()
  it("come in the order in which they are tried", function()
    changes.with({}, function(m)
      m:set_boot_order("Boot0003")
      local list = m:boot_options()
      assert.same({ "Boot0003", "Boot0001", "Boot0002" },
        { list[1].reference, list[2].reference, list[3].reference })
      assert.same({ 1, "Virtual CD", true },
        { list[1].position, list[1].name, list[1].enabled })
    end)
    changes.with({ vendor = "lenovo-xcc" }, function(m)
      assert.equal("CD/DVD Rom", m:boot_options()[1].reference)
    end)
  end)
end)
