-- SPDX-License-Identifier: GPL-3.0-or-later
-- Every recorded tree with a system: what it boots from, as its files say, and the plans of the
-- writes: where each would go and what it would say, without sending it.
--
-- What is to be read is worked out from the files here. What is to be sent was decided by hand,
-- from reading the trees and QUIRKS.
local cjson = require "cjson"
local host = require "_bmcsh.host"
local bmc = require "bmc"
local recorded = require "support.recorded"
local sim = require "bmc.sim"
local support = require "support"

local folder = support.shared("mockups")

local ONCE, UNSUPPORTED = "Once", "unsupported"
local X10 = "supermicro-x10sdv_tln4f-ast2400_4.00"

-- For each tree: the system; pxe: the resource, Enabled and Mode of a network boot, as far as they
-- are sent (B15, B22: all three at AMI and Supermicro, else what changes); vcd: the target for an
-- inserted CD; iso, img: slots, or why there is none; patched: by PATCH; held: what is ejected
-- first; led: the property; nmi, reset: what is sent or why nothing is.
local TREES = {
  ["cisco-ucsc_c220_m4s-cimc_4.1.2g"] = {
    "Systems/FCH2017V24J", pxe = { enabled = ONCE }, vcd = "Cd", nmi = "rejected",
    iso = "Managers/CIMC/VirtualMedia/0", img = "Managers/CIMC/VirtualMedia/1",
    reset = "ForceRestart" },
  ["cisco-ucsc_c240_m5sn-cimc_4.1.3d"] = {
    "Systems/WZP23400AK4", pxe = { enabled = ONCE }, vcd = "Cd", reset = "ForceRestart",
    iso = "Managers/CIMC/VirtualMedia/0", img = "Managers/CIMC/VirtualMedia/1" },
  ["cisco-ucsx_210c_m6-cimc_5.0"] = {
    "Systems/FCH25337EHM", pxe = { enabled = ONCE }, vcd = "Cd", nmi = UNSUPPORTED,
    iso = "Managers/CIMC/VirtualMedia/3", img = "Managers/CIMC/VirtualMedia/4",
    held = { iso = true }, reset = "ForceRestart", led = "LocationIndicatorActive" },
  ["dell-13g_monolithic-idrac8_2.40"] = { -- Once already; no slots; the attributes are missing
    "Systems/System.Embedded.1", pxe = {}, vcd = UNSUPPORTED, iso = UNSUPPORTED,
    img = UNSUPPORTED },
  ["dell-poweredge_m640-idrac9_3.34"] = { -- before 6.00 the virtual CD is an attribute (B08)
    "Systems/System.Embedded.1", pxe = {}, nmi = "rejected",
    vcd = { "Managers/iDRAC.Embedded.1/Attributes", "VCD-DVD" },
    iso = "Managers/iDRAC.Embedded.1/VirtualMedia/CD",
    img = "Managers/iDRAC.Embedded.1/VirtualMedia/RemovableDisk" },
  ["dell-poweredge_r750-idrac9_7.10"] = { -- slots of the system before those of the manager (V07)
    "Systems/System.Embedded.1", pxe = { enabled = ONCE }, vcd = "Cd",
    iso = "Systems/System.Embedded.1/VirtualMedia/1",
    img = "Systems/System.Embedded.1/VirtualMedia/1", led = "LocationIndicatorActive" },
  ["dmtf-public_rackmount1-2022"] = { -- slots without actions, both taken
    "Systems/437XR1138R2", pxe = {}, vcd = "Cd", patched = true,
    iso = "Systems/437XR1138R2/VirtualMedia/CD1", img = "Systems/437XR1138R2/VirtualMedia/Floppy1",
    held = { iso = true, img = true } },
  ["gigabyte-h262_z63-megarac_12.84"] = { -- its one slot says no types, and is called CD1
    "Systems/Self", pxe = { enabled = ONCE, mode = "Legacy" }, vcd = "Cd", nmi = UNSUPPORTED,
    iso = "Managers/Self/VirtualMedia/CD1", img = UNSUPPORTED, reset = "ForceRestart" },
  ["hpe-bl460c_gen10-ilo5_1.45"] = { -- the BMC does not say which resets it allows (P20)
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = "Managers/1/VirtualMedia/2",
    img = "Managers/1/VirtualMedia/1", reset = false },
  ["hpe-bl460c_gen9-ilo4_2.54_fragments"] = {
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = UNSUPPORTED, img = UNSUPPORTED,
    reset = false },
  ["hpe-cray_ex425-nc"] = { -- an order and no override; no LED
    "Systems/Node0", pxe = UNSUPPORTED, vcd = UNSUPPORTED, iso = UNSUPPORTED, img = UNSUPPORTED,
    nmi = UNSUPPORTED, reset = "ForceRestart", led = UNSUPPORTED },
  ["hpe-dl360_gen10plus-ilo5_3.11_simulated"] = { -- an image in the removable slot
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = "Managers/1/VirtualMedia/2",
    img = "Managers/1/VirtualMedia/1", held = { img = true }, led = "LocationIndicatorActive" },
  ["hpe-dl360_gen12-ilo7_1.14_simulated"] = {
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = "Managers/1/VirtualMedia/2",
    img = "Managers/1/VirtualMedia/1", led = "LocationIndicatorActive", led_at = "Chassis/1" },
  ["hpe-dl380a_gen11-ilo6_1.66_simulated"] = {
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = "Managers/1/VirtualMedia/2",
    img = "Managers/1/VirtualMedia/1", led = "LocationIndicatorActive" },
  ["hpe-dl385_gen10plus_v2-ilo5_2.72"] = {
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = "Managers/1/VirtualMedia/2",
    img = "Managers/1/VirtualMedia/1" },
  ["huawei-2288h_v5-ibmc_3.12_fragments"] = { -- the values stand in ActionInfos that are missing
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = UNSUPPORTED, img = UNSUPPORTED,
    led_at = "Chassis/1", reset = false },
  ["ibm-p9dsu-openbmc_2.04_fragments"] = {
    "Systems/Computer", pxe = {}, vcd = "Cd", iso = UNSUPPORTED, img = UNSUPPORTED,
    nmi = UNSUPPORTED },
  ["intel-s2600bpb-bmc_1.93"] = { -- a collection without slots
    "Systems/QSBP74100021", pxe = { enabled = ONCE }, vcd = "Cd", iso = UNSUPPORTED,
    img = UNSUPPORTED, reset = "ForceRestart" },
  ["inventec-crayxd665-megarac_1.22"] = { -- the mode is null, the settings object missing
    "Systems/Self", pxe = { enabled = ONCE }, vcd = "Cd", iso = UNSUPPORTED, img = UNSUPPORTED,
    nmi = UNSUPPORTED, reset = "ForceRestart" },
  ["lenovo-sr670v2-xcc_2.83"] = { -- EXT1 of ten, by PATCH (V04, V05)
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", patched = true,
    iso = "Systems/1/VirtualMedia/EXT1", img = "Systems/1/VirtualMedia/EXT1" },
  ["lenovo-sr850-xcc_2.10_fragments"] = {
    "Systems/1", pxe = { enabled = ONCE }, vcd = "Cd", iso = UNSUPPORTED, img = UNSUPPORTED },
  ["nvidia-bluefield3_dpu-openbmc_24.10"] = { -- the one settings object that is there (B06)
    "Systems/Bluefield", pxe = { at = "Systems/Bluefield/Settings", enabled = ONCE }, vcd = "Cd",
    iso = UNSUPPORTED, img = UNSUPPORTED, led = UNSUPPORTED },
  ["nvidia-gh200-openbmc_24.05"] = {
    "Systems/System_0", pxe = { enabled = ONCE }, vcd = "Cd", nmi = UNSUPPORTED,
    iso = "Managers/BMC_0/VirtualMedia/USB2", img = "Managers/BMC_0/VirtualMedia/USB2",
    led = "LocationIndicatorActive" },
  ["openbmc-stock-2.15dev"] = {
    "Systems/system", pxe = { enabled = ONCE }, vcd = "Cd", iso = UNSUPPORTED, img = UNSUPPORTED,
    nmi = "rejected", led = "LocationIndicatorActive" },
  ["quanta-d42a_2u-megarac_3.14"] = {
    "Systems/Self", pxe = { enabled = ONCE, mode = "Legacy" }, vcd = "Cd", iso = UNSUPPORTED,
    img = UNSUPPORTED, nmi = UNSUPPORTED, reset = "IPMIColdReset" },
  ["supermicro-sys510t-x12_01.13_fragments"] = {
    "Systems/1", pxe = { enabled = ONCE, mode = "UEFI" }, vcd = "UsbCd", iso = UNSUPPORTED,
    img = UNSUPPORTED, reset = false },
  ["supermicro-sys821ge_tnhr-x13_01.01"] = {
    "Systems/1", pxe = { enabled = ONCE, mode = "UEFI" }, vcd = "UsbCd",
    iso = "Managers/1/VirtualMedia/VirtualMedia1", img = "Managers/1/VirtualMedia/VirtualMedia1",
    led = "LocationIndicatorActive" },
  [X10] = { -- target names of its own; the collection VM1 is missing
    "Systems/1", pxe = { enabled = ONCE }, vcd = "UsbCd", iso = UNSUPPORTED, img = UNSUPPORTED,
    reset = false },
}

-- ---- files ----

local function word(v)
  return type(v) == "string" and v ~= "" and v or nil
end

-- The boot_config that stands in a system.
local function boot_of(system)
  local boot = system.Boot
  local order = {}
  for _, name in ipairs(type(boot.BootOrder) == "table" and boot.BootOrder or {}) do
    order[#order + 1] = word(name)
  end
  return {
    boot_source_override_enabled = word(boot.BootSourceOverrideEnabled),
    boot_source_override_target = word(boot.BootSourceOverrideTarget),
    boot_source_override_mode = word(boot.BootSourceOverrideMode),
    boot_order = order[1] and order or nil,
  }
end

-- ---- plans ----

-- What the operation would send to the tree: a list of { method, path, body }, or the error code.
local function plan(farm, op, ...)
  local sent = {}
  local m <close> = bmc.open {
    host = farm.url(1), user = "admin", password = "simulated", dry_run = true,
    system = farm.system, trace = function(e)
      if e.kind == "dry-run" then
        local path = e.uri:gsub("^/redfish/v1/", ""):gsub("/$", "")
        sent[#sent + 1] = { method = e.method, path = path, body = e.body }
      end
    end,
  }
  local data, e = bmc.try(m[op], m, ...)
  return data and sent or e.code
end

local function with(name, f)
  local farm <close> = sim.start { mockup = folder .. "/" .. name, tls = false }
  local id = TREES[name][1]:match("[^/]+$")
  f({ url = farm.url, system = name:find("cray_ex", 1, true) and id or nil }, TREES[name])
end

local function refuses(expected, got)
  if type(expected) ~= "string" or expected:find("/", 1, true) then
    return false
  end
  assert.equal(expected, got)
  return true
end

local function check_boot(name)
  it("boot_config", function()
    with(name, function(farm, known)
      local m <close> = bmc.open {
        host = farm.url(1), user = "admin", password = "simulated", system = farm.system,
      }
      local tree = recorded.open(folder .. "/" .. name)
      assert.same(boot_of(tree:get(known[1])), m:boot_config())
    end)
  end)

  it("set_next_boot", function()
    with(name, function(farm, known)
      local sent = plan(farm, "set_next_boot", "Pxe")
      if not refuses(known.pxe, sent) then
        assert.same({ { method = "PATCH", path = known.pxe.at or known[1], body = { Boot = {
          BootSourceOverrideTarget = "Pxe", BootSourceOverrideEnabled = known.pxe.enabled,
          BootSourceOverrideMode = known.pxe.mode } } } }, sent)
      end
    end)
  end)

  it("set_next_boot from a virtual CD", function()
    with(name, function(farm, known)
      local sent = plan(farm, "set_next_boot", "VirtualCd")
      if type(known.vcd) == "table" then
        assert.same({ known.vcd[1], known.vcd[2] },
          { sent[1].path, sent[1].body.Attributes["ServerBoot.1.FirstBootDevice"] })
      elseif not (known.vcd == UNSUPPORTED and refuses(known.vcd, sent)) then
        assert.equal(known.vcd, sent[1].body.Boot.BootSourceOverrideTarget)
      end
    end)
  end)
end

-- The requests that put an image into a slot, after what is in it is out.
local function insertion(known, kind, url)
  local slot, out = known[kind], {}
  local act = slot .. "/Actions/VirtualMedia."
  local full = known.held and known.held[kind]
  if known.patched then
    out[1] = full and { method = "PATCH", path = slot,
      body = { Image = cjson.null, Inserted = false } } or nil
    out[#out + 1] = { method = "PATCH", path = slot,
      body = { Image = url, Inserted = true, WriteProtected = true } }
    return out
  end
  out[1] = full and { method = "POST", path = act .. "EjectMedia", body = {} } or nil
  out[#out + 1] = { method = "POST", path = act .. "InsertMedia", body = { Image = url } }
  return out
end

local function check_media(name)
  for kind, url in pairs { iso = "https://files/x.iso", img = "nfs://files/x.img" } do
    it("insert_virtual_media of an ." .. kind, function()
      with(name, function(farm, known)
        local sent = plan(farm, "insert_virtual_media", url)
        if not refuses(known[kind], sent) then
          assert.same(insertion(known, kind, url), sent)
        end
      end)
    end)
  end

  it("eject_virtual_media", function()
    with(name, function(farm, known)
      local count = 0
      for _ in pairs(known.held or {}) do
        count = count + 1
      end
      assert.equal(count, #plan(farm, "eject_virtual_media"))
    end)
  end)
end

local function check_rest(name)
  it("indicator_led", function()
    with(name, function(farm, known)
      local sent = plan(farm, "indicator_led", "on")
      if not (known.led == UNSUPPORTED and refuses(known.led, sent)) then
        local body = known.led and { LocationIndicatorActive = true } or { IndicatorLED = "Lit" }
        assert.same({ { method = "PATCH", path = known.led_at or known[1], body = body } }, sent)
      end
    end)
  end)

  it("nmi_trigger", function()
    with(name, function(farm, known)
      local sent = plan(farm, "nmi_trigger")
      if not refuses(known.nmi, sent) then
        assert.same({ { method = "POST", body = { ResetType = "Nmi" },
          path = known[1] .. "/Actions/ComputerSystem.Reset" } }, sent)
      end
    end)
  end)

  it("reset_bmc", function()
    with(name, function(farm, known)
      local sent = plan(farm, "reset_bmc")
      assert.equal(1, #sent)
      assert.is_truthy(sent[1].path:find("^Managers/[^/]+/Actions/Manager.Reset$"))
      local wanted = known.reset == nil and "GracefulRestart" or known.reset or nil
      assert.same({ ResetType = wanted }, sent[1].body)
    end)
  end)
end

describe("recorded tree", function()
  for _, name in ipairs(host.listdir(folder)) do
    local systems = host.listdir(("%s/%s/redfish/v1/Systems"):format(folder, name)) or {}
    local tree = recorded.open(folder .. "/" .. name)
    for _, id in ipairs(systems) do
      local body = tree:get("Systems/" .. id)
      if body and body.Boot and not TREES[name] then
        it("is known to this spec: " .. name, function() error("say what is right for it") end)
        break
      end
    end
    if TREES[name] then
      describe(name, function()
        check_boot(name)
        check_media(name)
        check_rest(name)
      end)
    end
  end
end)

describe("recorded system", function()
  it("of two nodes is never guessed for a write", function()
    local farm <close> = sim.start { mockup = folder .. "/hpe-cray_ex425-nc", tls = false }
    local one = { url = farm.url }
    for _, call in ipairs { { "set_next_boot", "Pxe" }, { "set_boot_order", "HSN0-PXE-IP4" },
      { "nmi_trigger" }, { "insert_virtual_media", "https://files/x.iso" } } do
      assert.equal("rejected", plan(one, table.unpack(call)))
    end
    one.system = "Node1"
    local sent = plan(one, "set_boot_order", "HSN0-PXE-IP4")
    assert.same({ "Systems/Node1", { "HSN0-PXE-IP4", "ME0-PXE-IP4" } },
      { sent[1].path, sent[1].body.Boot.BootOrder })
  end)

  it("is given a boot order by the names its options show", function()
    local farm <close> = sim.start { tls = false,
      mockup = folder .. "/hpe-dl360_gen12-ilo7_1.14_simulated" }
    local m <close> = bmc.open { host = farm.url(1), user = "admin", password = "simulated" }
    local options = m:boot_options()
    assert.same({ 1, "Boot000D" }, { options[1].position, options[1].reference })
    local last = options[5]
    local sent = plan({ url = farm.url }, "set_boot_order", last.name)
    assert.equal(last.reference, sent[1].body.Boot.BootOrder[1])
    assert.equal(5, #sent[1].body.Boot.BootOrder)
  end)
end)
