-- SPDX-License-Identifier: GPL-3.0-or-later
-- Every recorded tree with systems, served and asked: the answers are what stands in its files.
--
-- Which system is meant, where its sensors are, whose BMC it is and which temperature counts is
-- written down here by hand, from reading the trees; the rest is worked out from the files by
-- support.recorded.
local host = require "_bmcsh.host"
local bmc = require "bmc"
local recorded = require "support.recorded"
local sim = require "bmc.sim"
local support = require "support"

local folder = support.shared("mockups")

-- system, manager, chassis (one or a list), vendor, cpu; lacks: paths the notes must name.
local TREES = {
  ["cisco-ucsc_c220_m4s-cimc_4.1.2g"] = {
    "Systems/FCH2017V24J", "Managers/CIMC", "Chassis/1", "cisco", 27 },
  ["cisco-ucsc_c240_m5sn-cimc_4.1.3d"] = {
    "Systems/WZP23400AK4", "Managers/CIMC", "Chassis/1", "cisco", 40 },
  ["cisco-ucsx_210c_m6-cimc_5.0"] = {
    "Systems/FCH25337EHM", "Managers/CIMC", "Chassis/FCH25337EHM", "cisco", 43.5 },
  ["dell-13g_monolithic-idrac8_2.40"] = {
    "Systems/System.Embedded.1", "Managers/iDRAC.Embedded.1", "Chassis/System.Embedded.1",
    "idrac", nil, lacks = { "Chassis/System.Embedded.1/Thermal" } },
  ["dell-poweredge_m640-idrac9_3.34"] = {
    "Systems/System.Embedded.1", "Managers/iDRAC.Embedded.1", "Chassis/System.Embedded.1",
    "idrac", 15 },
  ["dell-poweredge_r750-idrac9_7.10"] = {
    "Systems/System.Embedded.1", "Managers/iDRAC.Embedded.1", "Chassis/System.Embedded.1",
    "idrac", 26 },
  ["dmtf-public_rackmount1-2022"] = {
    "Systems/437XR1138R2", "Managers/BMC", "Chassis/1U", "redfish-generic", 41 },
  ["gigabyte-h262_z63-megarac_12.84"] = {
    "Systems/Self", "Managers/Self", "Chassis/Self", "gigabyte", 40 },
  ["hpe-bl460c_gen10-ilo5_1.45"] = { "Systems/1", "Managers/1", "Chassis/1", "ilo", 40 },
  ["hpe-cray_ex425-nc"] = {
    "Systems/Node0", "Managers/BMC", "Chassis/Node0", "hpe-cray", 46 },
  ["hpe-dl360_gen10plus-ilo5_3.11_simulated"] = {
    "Systems/1", "Managers/1", "Chassis/1", "ilo", 40 },
  ["hpe-dl360_gen12-ilo7_1.14_simulated"] = {
    "Systems/1", "Managers/1", "Chassis/1", "ilo", 50 },
  ["hpe-dl380a_gen11-ilo6_1.66_simulated"] = {
    "Systems/1", "Managers/1", "Chassis/1", "ilo", 61 },
  ["hpe-dl385_gen10plus_v2-ilo5_2.72"] = { "Systems/1", "Managers/1", "Chassis/1", "ilo", 40 },
  ["intel-s2600bpb-bmc_1.93"] = {
    "Systems/QSBP74100021", "Managers/BMC", "Chassis/RackMount/Baseboard", "intel", 27,
    lacks = { "Chassis/RackMount" } },
  ["lenovo-sr670v2-xcc_2.83"] = { "Systems/1", "Managers/1", "Chassis/1", "lenovo-xcc", 27 },
  ["nvidia-bluefield3_dpu-openbmc_24.10"] = {
    "Systems/Bluefield", "Managers/Bluefield_BMC", "Chassis/Card1", "nvidia", 59 },
  ["nvidia-gh200-openbmc_24.05"] = {
    "Systems/System_0", "Managers/BMC_0", "Chassis/BMC_0", "nvidia", 29, new_model = true },
  ["openbmc-stock-2.15dev"] = {
    "Systems/system", "Managers/bmc", "Chassis/chassis", "openbmc", nil },
  ["supermicro-sys510t-x12_01.13_fragments"] = {
    "Systems/1", "Managers/1", "Chassis/1", "supermicro", nil,
    lacks = { "Chassis/1/Thermal", "Chassis/1" } },
  ["supermicro-sys821ge_tnhr-x13_01.01"] = {
    "Systems/1", "Managers/1", "Chassis/1", "supermicro", 29 },
  ["supermicro-x10sdv_tln4f-ast2400_4.00"] = {
    "Systems/1", "Managers/1", "Chassis/1", "supermicro", nil },
}

-- GH200 has no Thermal: what the metrics and the two recorded sensors of its BMC_0 say.
local GH200 = {
  temperatures = {
    { name = "TEMP_M_2_0_NVME", reading_c = 29 }, { name = "TEMP_M_2_1_NVME", reading_c = 29 },
    { name = "TEMP_SSD_00", reading_c = 29 }, { name = "TEMP_SSD_01", reading_c = 29 },
    { name = "TEMP_SSD_02" }, { name = "TEMP_SSD_03", reading_c = 29 },
    { name = "TEMP_PDB", reading_c = 30.312 }, { name = "TEMP_DCSCM", reading_c = 32.375 },
    { name = "TEMP_IO_BOARD", reading_c = 24.312 },
  },
  first_fans = {
    { name = "FAN 1 F", reading_rpm = 26568, status = "OK" },
    { name = "FAN 1 R", reading_rpm = 24576, status = "OK" },
    { name = "Chassis Fan #FAN_2_F", reading_rpm = 27306 },
  },
}

-- What the tree in this folder answers to f(machine, its files, what is known of it).
local function with(name, f)
  local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
  local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
  local known = TREES[name]
  f(m, recorded.open(folder .. "/" .. name), {
    system = known[1], manager = known[2], chassis = { known[3] }, vendor = known[4],
    cpu = known[5], lacks = known.lacks or {}, new_model = known.new_model,
  })
end

local function notes(m)
  return table.concat(m.trail[#m.trail].notes or {}, "\n")
end

local function check_tree(name)
  it("heartbeat", function()
    with(name, function(m, tree, known)
      assert.same(tree:heartbeat(known.system, known.cpu), m:heartbeat())
      for _, path in ipairs(known.lacks) do
        assert.is_truthy(notes(m):find("/redfish/v1/" .. path .. " ", 1, true), path)
      end
    end)
  end)

  it("detect_vendor", function()
    with(name, function(m, _, known) assert.equal(known.vendor, m:detect_vendor()) end)
  end)

  it("system_info", function()
    with(name, function(m, tree, known)
      assert.same(tree:info(known.system, known.manager, known.vendor), m:system_info())
    end)
  end)

  it("temperatures", function()
    with(name, function(m, tree, known)
      local expected = known.new_model and GH200.temperatures or tree:temperatures(known.chassis)
      assert.same(expected, m:temperatures())
    end)
  end)

  it("fans", function()
    with(name, function(m, tree, known)
      local fans = m:fans()
      if known.new_model then
        assert.equal(16, #fans)
        fans = table.move(fans, 1, 3, 1, {})
      end
      assert.same(known.new_model and GH200.first_fans or tree:fans(known.chassis), fans)
    end)
  end)

  it("power_supplies", function()
    with(name, function(m, tree, known)
      assert.same(tree:power_supplies(known.chassis), m:power_supplies())
    end)
  end)

  it("power_metrics", function()
    with(name, function(m, tree, known)
      assert.same(tree:power_metrics(known.chassis), m:power_metrics())
    end)
  end)

  it("chassis_health", function()
    with(name, function(m, tree, known)
      local expected = tree:chassis_health(known.system, known.manager, known.chassis)
      if known.new_model then
        expected.thermal = "OK" -- of the two fans whose sensors are there
      end
      assert.same(expected, m:chassis_health())
    end)
  end)

  it("power_state", function()
    with(name, function(m, tree, known)
      local state = tree:get(known.system).PowerState:lower()
      assert.same({ power_state = state }, m:power_state())
    end)
  end)
end

describe("recorded tree", function()
  for _, name in ipairs(host.listdir(folder)) do
    if host.stat(("%s/%s/redfish/v1/Systems/index.json"):format(folder, name)) then
      describe(name, function()
        if TREES[name] then
          check_tree(name)
        else
          it("is known to this spec", function() error("say what is right for it") end)
        end
      end)
    end
  end
end)

describe("recorded fragments", function()
  -- Folder = what a heartbeat is to name as missing.
  local LACKING = {
    ["cray-rts_rackpdu-redfish"] = "/redfish/v1/Systems",
    ["hpe-cray_cmm"] = "/redfish/v1/Systems",
  }

  for name, path in pairs(LACKING) do
    it("of " .. name .. " name what lacks", function()
      local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
      local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
      local data, e = bmc.try(m.heartbeat, m)
      assert.is_nil(data)
      assert.equal("missing", e.code)
      assert.is_truthy(e.text:find(path, 1, true), e.text)
    end)
  end

  it("of XD665 give what they hold: sensors without a collection of systems", function()
    local name = "inventec-crayxd665-megarac_1.22"
    local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
    local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
    local tree = recorded.open(folder .. "/" .. name)
    assert.same(tree:temperatures { "Chassis/Self" }, m:temperatures())
    assert.same(tree:power_metrics { "Chassis/Self" }, m:power_metrics())
    assert.same({ name = "FanE1_PWM", reading_rpm = 36, status = "OK" }, m:fans()[1])
  end)

  it("of a power shelf give its supplies, fans and temperatures", function()
    local name = "delta-powershelf-openbmc_fragments"
    local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
    local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
    local supply = m:power_supplies()[1]
    assert.same({ "PowerSupplyUnit 1", "ECD17020047", "OK" },
      { supply.name, supply.model, supply.status })
    assert.same({ name = "ps1 fan1", reading_rpm = 7200, status = "OK" }, m:fans()[1])
    assert.equal(32, #m:temperatures())
  end)
end)

-- Recordings without a collection of systems: system, manager, vendor, what a heartbeat feels.
local UNLISTED = {
  ["hpe-bl460c_gen9-ilo4_2.54_fragments"] = { "Systems/1", "Managers/1", "ilo", 40 },
  ["huawei-2288h_v5-ibmc_3.12_fragments"] = { "Systems/1", "Managers/1", "huawei" },
  ["ibm-p9dsu-openbmc_2.04_fragments"] = { "Systems/Computer", "Managers/BMC", "ibm" },
  ["inventec-crayxd665-megarac_1.22"] = { "Systems/Self", "Managers/Self", "ami-megarac", 54 },
  ["lenovo-sr850-xcc_2.10_fragments"] = { "Systems/1", "Managers/1", "lenovo-xcc" },
  ["quanta-d42a_2u-megarac_3.14"] = { "Systems/Self", "Managers/Self", "quanta" },
}

describe("recorded systems", function()
  for name, known in pairs(UNLISTED) do
    it("of " .. name .. " are found although no collection lists them", function()
      local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
      local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
      local tree = recorded.open(folder .. "/" .. name)
      assert.same(tree:info(known[1], known[2], known[3]), m:system_info())
      assert.same(tree:heartbeat(known[1], known[4]), m:heartbeat())
    end)
  end

  it("of two nodes are told apart by id, and the choice is told", function()
    local name = "hpe-cray_ex425-nc"
    local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
    local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
    local tree = recorded.open(folder .. "/" .. name)
    assert.same(tree:temperatures { "Chassis/Node1" }, m:temperatures { system = "Node1" })
    m:heartbeat()
    assert.is_truthy(notes(m):find("Node0 taken", 1, true))
    assert.is_truthy(notes(m):find("/redfish/v1/Systems/Node1", 1, true))
    local _, e = bmc.try(m.heartbeat, m, { system = "Node7" })
    assert.equal("missing", e.code)
    assert.is_truthy(e.text:find("Node0, Node1", 1, true))
  end)

  it("of a baseboard and a host: the host, though the other is asked for by name", function()
    with("nvidia-gh200-openbmc_24.05", function(m)
      m:heartbeat()
      assert.is_truthy(notes(m):find("System_0 taken, the host", 1, true))
      assert.equal("NVIDIA", m:system_info({ system = "HGX_Baseboard_0" }).manufacturer)
    end)
  end)
end)
