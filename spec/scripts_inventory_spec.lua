-- SPDX-License-Identifier: GPL-3.0-or-later
-- The inventory commands, run as children against BMCs in this process.
local commands = require "support.commands"
local parts = require "support.parts"
local scripted = require "support.scripted"
local support = require "support"

local json_of, lines_of, with_farm = commands.json_of, commands.lines_of, commands.with_farm

local VERBS = { "cpu", "memory", "drives", "volumes", "nics", "firmware" }

-- Runs a verb at a service of tables.
local function run_at(m, ...)
  local words = { "-H", m.target.base, "-u", "u", env = { BMC_PASSWORD = "p" } }
  table.move({ ... }, 1, select("#", ...), #words + 1, words)
  table.insert(words, 1, table.remove(words, 5))
  return support.bmcsh(words)
end

-- What the table says in its rows, without the heading, blanks made one.
local function rows_of(result)
  local rows = lines_of(result.stdout)
  table.remove(rows, 1)
  for i, row in ipairs(rows) do
    rows[i] = row:gsub("%s+", " "):gsub(" $", "")
  end
  return rows
end

describe("inventory scripts", function()
  it("answer for one machine, for a fleet, and in JSON", function()
    with_farm({ fleet = 5 }, function(run, farm)
      for _, verb in ipairs(VERBS) do
        local fleet = run(verb)
        assert.equal(0, fleet.status, fleet.stderr)
        assert.equal(6, #lines_of(fleet.stdout), verb)
        local outcomes = json_of(run(verb, "--json"))
        assert.equal(5, #outcomes)
        local one = run(verb, "-H", farm.url(1))
        assert.equal(0, one.status, one.stderr)
        assert.equal(#outcomes[1].data + 1, #lines_of(one.stdout), verb)
      end
    end)
  end)

  -- Two systems with these parts each.
  local function with_two(name, members, f)
    local resources = {}
    for _, id in ipairs { "Node0", "Node1" } do
      local at = "/redfish/v1/Systems/" .. id
      parts.put(resources, at, { Name = id,
        [name] = parts.collect(resources, at .. "/" .. name, members(id)) })
    end
    resources["/redfish/v1/Systems"] = scripted.collection("/redfish/v1/Systems/Node0",
      "/redfish/v1/Systems/Node1")
    scripted.with(resources, f)
  end

  it("cpu tells systems and empty sockets apart", function()
    with_two("Processors", function(id)
      return { { "CPU0", { Model = id, TotalCores = 64, Status = { Health = "OK" } } },
        { "CPU1", { Status = { State = "Absent", Health = "OK" } } } }
    end, function(m)
      local all = run_at(m, "cpu")
      assert.same({ "Node0 CPU0 Node0 - 64 - OK", "Node0 CPU1 - - - - no data",
        "Node1 CPU0 Node1 - 64 - OK", "Node1 CPU1 - - - - no data" }, rows_of(all))
      assert.same({ "CPU0 Node1 - 64 - OK", "CPU1 - - - - no data" },
        rows_of(run_at(m, "cpu", "--system", "Node1")))
      assert.equal(1, run_at(m, "cpu", "--system", "Node7").status)
    end)
  end)

  it("memory counts slots and modules", function()
    with_two("Memory", function()
      return { { "D1", { CapacityMiB = 32768, OperatingSpeedMhz = 2933,
        MemoryDeviceType = "DDR4", Manufacturer = "Hynix", PartNumber = "HMA" } },
        { "D2", { Status = { State = "Absent" } } } }
    end, function(m)
      assert.same({ "D1 - 32 DDR4 2933 Hynix HMA -", "D2 - - - - - - empty" },
        rows_of(run_at(m, "memory", "--system", "Node0")))
      local fleet = run_at(m, "memory", "-H", (m.target.base:gsub("127.0.0.1", "localhost")))
      assert.truthy(fleet.stdout:find(" 2 +4 +64 +2933 +DDR4"), fleet.stdout)
    end)
  end)

  it("drives shows what will fail, and no more than --max", function()
    local resources, links = {}, {}
    for i = 1, 4 do
      links[i] = parts.put(resources, "/d/" .. i, { Model = "PM", SerialNumber = "S" .. i,
        CapacityBytes = 1920383410176, MediaType = "SSD", FailurePredicted = i == 2,
        Status = { Health = i == 2 and "Critical" or "OK" } })
    end
    resources[scripted.SYSTEM] = scripted.system {
      Storage = parts.collect(resources, scripted.SYSTEM .. "/Storage",
        { { "R", { Drives = links } } }) }
    scripted.with(resources, function(m)
      assert.same({ "1 - PM S1 1920 SSD - - OK", "2 - PM S2 1920 SSD - FAILING Critical" },
        rows_of(run_at(m, "drives", "--max", "2")))
      assert.equal(4, #rows_of(run_at(m, "drives")))
      for _, n in ipairs { "0", "x", "-1" } do
        assert.equal(2, run_at(m, "drives", "--max", n).status)
      end
    end)
  end)

  it("firmware goes by ids where all names are the same", function()
    local resources = {}
    resources["/redfish/v1/UpdateService"] = { FirmwareInventory = parts.collect(resources,
      "/redfish/v1/UpdateService/FirmwareInventory", {
        { "BIOS", { Name = "Software Inventory", Version = "1.2", Updateable = true } },
        { "PSU", { Name = "Power Supply", Version = "7" } } }) }
    scripted.with(resources, function(m)
      assert.same({ "BIOS 1.2 BIOS yes", "Power Supply 7 PSU -" }, rows_of(run_at(m, "firmware")))
    end)
  end)

  it("say so when there is none", function()
    scripted.with({}, function(m)
      local result = run_at(m, "volumes")
      assert.equal(0, result.status)
      assert.equal("", result.stdout)
      assert.truthy(result.stderr:find("lists none", 1, true))
    end)
  end)
end)
