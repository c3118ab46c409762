-- SPDX-License-Identifier: GPL-3.0-or-later
-- Network adapters, wherever a BMC keeps them.
local parts = require "support.parts"
local scripted = require "support.scripted"

local collect, column, link, put = parts.collect, parts.column, parts.link, parts.put
local SYSTEM, CHASSIS = scripted.SYSTEM, "/redfish/v1/Chassis/1"
local ADAPTERS, BASE = CHASSIS .. "/NetworkAdapters", SYSTEM .. "/BaseNetworkAdapters"

local function with(resources, system, f)
  resources[SYSTEM] = scripted.system(system)
  scripted.with(resources, f)
end

local function chassis(resources, adapters)
  resources[CHASSIS] = { ["@odata.id"] = CHASSIS, Id = "1",
    NetworkAdapters = collect(resources, ADAPTERS, adapters) }
end

describe("network_adapter_inventory", function()
  it("gives the values of adapters", function()
    local resources = {}
    chassis(resources, {
      { "NIC.1", { Name = "View", Manufacturer = "Broadcom", Model = "BCM5720 ",
        SerialNumber = "MT23   ", PartNumber = "900-9", Status = { Health = "OK" },
        Controllers = { { FirmwarePackageVersion = "22.0.6",
          ControllerCapabilities = { NetworkPortCount = 2 } },
          { ControllerCapabilities = { NetworkPortCount = 2 } } } } },
      { "NIC.2", { Name = "bare", Controllers = { { FirmwarePackageVersion = "nil",
        ControllerCapabilities = { NetworkPortCount = -1 } } },
        Ports = link(ADAPTERS .. "/NIC.2/Ports") } },
    })
    resources[ADAPTERS .. "/NIC.2/Ports"] = scripted.collection("/p/1", "/p/2", "/p/3")
    with(resources, { NetworkInterfaces = link(SYSTEM .. "/NetworkInterfaces"),
      EthernetInterfaces = link(SYSTEM .. "/EthernetInterfaces") }, function(m, log)
      assert.same({
        { id = "NIC.1", name = "View", manufacturer = "Broadcom", model = "BCM5720",
          serial_number = "MT23", part_number = "900-9", firmware_version = "22.0.6",
          port_count = 4, status = "OK" },
        { id = "NIC.2", name = "bare", port_count = 3 },
      }, m:network_adapter_inventory())
      assert.equal(0, scripted.count(log, "GET", "/p/1"))
      assert.equal(0, scripted.count(log, "GET", SYSTEM .. "/NetworkInterfaces"))
    end)
  end)

  it("adds the cards that only a vendor's own list has", function()
    local resources = {}
    chassis(resources, { { "DE08", { Model = "MCX512F", SerialNumber = "ILC22" } } })
    local own = collect(resources, BASE, {
      { "1", { Name = "the same", SerialNumber = "ILC22     " } },
      { "2", { Name = "I350", SerialNumber = "507C", PartNumber = "MM#",
        Firmware = { Current = { VersionString = "1.3310.0" } }, FcPorts = {},
        PhysicalPorts = { {}, {}, {}, {} } } },
    })
    with(resources, { Oem = { Hpe = { Links = { NetworkAdapters = own } } } }, function(m)
      local list = m:network_adapter_inventory()
      assert.equal("DE08 2", column(list, "id"))
      assert.same({ id = "2", name = "I350", serial_number = "507C", part_number = "MM#",
        firmware_version = "1.3310.0", port_count = 4 }, list[2])
    end)
  end)

  it("reads iLO 4's own list (R10)", function()
    local resources = {}
    collect(resources, BASE, { { "1", { Name = "331i", PhysicalPorts = { {}, {} } } } })
    with(resources, { Oem = { Hp = { links = { NetworkAdapters = { href = BASE .. "/" } } } } },
      function(m)
        assert.same({ { id = "1", name = "331i", port_count = 2 } },
          m:network_adapter_inventory())
      end)
  end)

  it("falls back to interfaces, and what they link (R11, R12)", function()
    local resources = {}
    put(resources, "/far/adapter", { Name = "far", SerialNumber = "F" })
    local interfaces = collect(resources, SYSTEM .. "/NetworkInterfaces", {
      { "1", { Name = "one", Links = { NetworkAdapter = link "/far/adapter" } } },
      { "2", { Name = "two", Links = { NetworkAdapter = link "/gone" },
        Status = { Health = "OK" } } },
      { "3", { Name = "three" } },
      { "4", { Name = "four", Links = { NetworkAdapter = link "/far/adapter" } } },
    })
    with(resources, { NetworkInterfaces = interfaces }, function(m)
      local list = m:network_adapter_inventory()
      assert.equal("far two three", column(list, "name"))
      assert.same({ id = "2", name = "two", status = "OK" }, list[2])
    end)
  end)

  it("falls back to ports", function()
    local resources = {}
    local ports = collect(resources, SYSTEM .. "/EthernetInterfaces", {
      { "1", { Name = "OnBoard LAN 1", Status = { Health = "OK" } } }, { "2", { Name = "" } } })
    with(resources, { EthernetInterfaces = ports }, function(m)
      assert.same({ { id = "1", name = "OnBoard LAN 1", status = "OK" }, { id = "2" } },
        m:network_adapter_inventory())
    end)
  end)

  it("keeps to the chassis of the system that is named", function()
    local resources = {}
    local systems, boxes = {}, {}
    for i, id in ipairs { "Node0", "Node1" } do
      local box = "/redfish/v1/Chassis/" .. id
      systems[i], boxes[i] = "/redfish/v1/Systems/" .. id, box
      put(resources, systems[i], { Name = "Node" })
      put(resources, box, { NetworkAdapters = collect(resources, box .. "/NetworkAdapters",
        { { "HPCNet0", { Model = id, SerialNumber = "PR1" } } }) })
    end
    resources["/redfish/v1/Systems"] = scripted.collection(table.unpack(systems))
    resources["/redfish/v1/Chassis"] = scripted.collection(table.unpack(boxes))
    scripted.with(resources, function(m)
      local all = m:network_adapter_inventory()
      assert.equal("Node0 Node1", column(all, "model")) -- the serial number is the same
      assert.equal("Node0 Node1", column(all, "system"))
      assert.same({ { id = "HPCNet0", model = "Node1", serial_number = "PR1" } },
        m:network_adapter_inventory { system = "Node1" })
    end)
  end)
end)
