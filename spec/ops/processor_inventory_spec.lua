-- SPDX-License-Identifier: GPL-3.0-or-later
-- Processors of one system or of all, whatever is wrong with some of them.
local bmc = require "bmc"
local parts = require "support.parts"
local scripted = require "support.scripted"

local collect, column, fault, link, notes = parts.collect, parts.column, parts.fault, parts.link,
  parts.notes
local SYSTEM = scripted.SYSTEM
local AT = SYSTEM .. "/Processors"

-- One system with these processors.
local function with(members, f, more, options)
  local resources = more or {}
  resources[SYSTEM] = scripted.system { Processors = collect(resources, AT, members) }
  scripted.with(resources, f, options)
end

describe("processor_inventory", function()
  it("gives what the BMC says, and nothing for what says nothing", function()
    with({
      { "CPU1", { Socket = "CPU 1", Model = "EPYC 7702   ", Manufacturer = "AMD",
        InstructionSet = "x86-64", MaxSpeedMHz = 3350, TotalCores = 64, TotalThreads = 128,
        Status = { Health = "Ok", State = "Enabled" } } },
      { "CPU2", { Socket = 2, Model = "N/A", Manufacturer = "Unknown", MaxSpeedMHz = 0,
        TotalCores = "8", InstructionSet = { { Member = "x86-64" } }, Status = {} } },
      { "CPU3", { Status = { State = "Absent" } } },
    }, function(m)
      assert.same({
        { id = "CPU1", socket = "CPU 1", model = "EPYC 7702", manufacturer = "AMD",
          instruction_set = "x86-64", max_speed_mhz = 3350, total_cores = 64,
          total_threads = 128, status = "OK" },
        { id = "CPU2", socket = "2", instruction_set = "x86-64", total_cores = 8 },
        { id = "CPU3" },
      }, m:processor_inventory())
    end)
  end)

  it("keeps the others when one cannot be read, and names it (R25)", function()
    with({ { "CPU1", { Model = "a" } }, { "CPUnil", fault(500) }, { "CPU2", { Model = "b" } } },
      function(m)
        assert.equal("a b", column(m:processor_inventory(), "model"))
        assert.is_truthy(notes(m):find(AT .. "/CPUnil (500)", 1, true), notes(m))
      end)
  end)

  it("reads iLO 4's links", function()
    local resources = {}
    resources[SYSTEM] = scripted.system {
      Processors = { Count = 1, ProcessorFamily = "Xeon" },
      links = { Processors = { href = AT .. "/" } },
    }
    collect(resources, AT, { { "1", { Socket = "Proc 1", Model = "E5-2620" } } })
    scripted.with(resources, function(m)
      assert.equal("E5-2620", column(m:processor_inventory(), "model"))
    end)
  end)

  it("says what refuses when all that is there is refused", function()
    local resources = {
      [SYSTEM] = scripted.system { Processors = link(AT) },
      [AT] = fault(403, "Oem.1.0.OemLicenseNotPassed"),
    }
    scripted.with(resources, function(m)
      local list, e = bmc.try(m.processor_inventory, m)
      assert.is_nil(list)
      assert.equal("licence", e.code)
    end, { vendor = "supermicro" })
  end)

  it("is empty, with a note, where there is no such collection", function()
    scripted.with({ [SYSTEM] = scripted.system { Processors = link(AT) } }, function(m)
      assert.same({}, m:processor_inventory())
      assert.is_truthy(notes(m):find(AT, 1, true))
    end)
    scripted.with({}, function(m) assert.same({}, m:processor_inventory()) end)
  end)

  describe("of a service with several systems", function()
    local function with_two(f)
      local resources = {}
      for _, id in ipairs { "Node0", "Node1" } do
        local at = "/redfish/v1/Systems/" .. id
        parts.put(resources, at, { Name = "Node", PowerState = "On",
          Processors = collect(resources, at .. "/Processors", { { "CPU0", { Model = id } } }) })
      end
      resources["/redfish/v1/Systems"] = scripted.collection("/redfish/v1/Systems/Node0",
        "/redfish/v1/Systems/Node1")
      scripted.with(resources, f)
    end

    it("gives all, and of which each is", function()
      with_two(function(m)
        local list = m:processor_inventory()
        assert.equal("Node0 Node1", column(list, "system"))
        assert.equal("Node0 Node1", column(list, "model"))
      end)
    end)

    it("gives those of the one that is named", function()
      with_two(function(m, log)
        assert.same({ { id = "CPU0", model = "Node1" } },
          m:processor_inventory { system = "Node1" })
        assert.equal(0, scripted.count(log, "GET", "/redfish/v1/Systems/Node0/Processors"))
        local _, e = bmc.try(m.processor_inventory, m, { system = "Node7" })
        assert.equal("missing", e.code)
      end)
    end)
  end)
end)
