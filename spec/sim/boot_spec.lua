-- SPDX-License-Identifier: GPL-3.0-or-later
-- Boot overrides: what is refused, what is taken, and what the next start makes of it.
local ask = require "support.farm"
local sim = require "bmc.sim"
local support = require "support"

local SYSTEM = "/redfish/v1/Systems/1"

local function start(boot, opts)
  opts = opts or {}
  opts.vendors, opts.tls = opts.vendors or { "x12" }, false
  opts.traits, opts.reset_delay = { boot = boot }, 0.02
  return sim.start(opts)
end

local function patch(farm, boot, path)
  return assert(ask.basic(farm, 1, {
    path = path or SYSTEM, method = "PATCH", json = { Boot = boot },
  }))
end

local function boot_of(farm, path)
  return assert(ask.basic(farm, 1, path or SYSTEM)).json.Boot
end

local function message(response)
  return response.json.error["@Message.ExtendedInfo"][1].MessageId
end

local PXE = { BootSourceOverrideTarget = "Pxe", BootSourceOverrideEnabled = "Once" }
local FULL = {
  BootSourceOverrideTarget = "Pxe", BootSourceOverrideEnabled = "Once",
  BootSourceOverrideMode = "UEFI",
}

describe("sim.boot", function()
  it("takes what is listed and nothing else", function()
    local farm <close> = start { falls_back = false }
    assert.equal(200, patch(farm, PXE).status)
    assert.equal("Pxe", boot_of(farm).BootSourceOverrideTarget)
    for name, value in pairs {
      BootSourceOverrideTarget = "Moon", BootSourceOverrideEnabled = "Twice",
      BootSourceOverrideMode = "BIOS",
    } do
      assert.equal(400, patch(farm, { [name] = value }).status, name)
    end
    assert.equal("Pxe", boot_of(farm).BootSourceOverrideTarget)
    assert.equal(1, farm.bmc(1).counters.boot_changes)
  end)

  it("forgets a once at the next start, not a continuous", function()
    local farm <close> = start {}
    for enabled, after in pairs { Once = "Disabled", Continuous = "Continuous" } do
      patch(farm, { BootSourceOverrideTarget = "Pxe", BootSourceOverrideEnabled = enabled })
      support.eventually(function() return ask.reset(farm, 1, "Nmi").status == 204 end)
      assert.equal(enabled, boot_of(farm).BootSourceOverrideEnabled)
      support.eventually(function() return ask.reset(farm, 1, "ForceRestart").status == 204 end)
      assert.equal(after, boot_of(farm).BootSourceOverrideEnabled)
      assert.equal("Pxe", farm.bmc(1).booted.target)
    end
  end)

  it("falls back to Legacy unless the mode comes each time (B01)", function()
    local farm <close> = start { falls_back = true }
    patch(farm, PXE)
    assert.equal("Legacy", boot_of(farm).BootSourceOverrideMode)
    patch(farm, FULL)
    assert.equal("UEFI", boot_of(farm).BootSourceOverrideMode)
  end)

  it("is changed only in the settings, and holds from the next start on (B06)", function()
    local farm <close> = start({ at = "settings" }, { vendors = { "x13" } })
    local system = ask.system(farm, 1)
    local settings = system["@Redfish.Settings"].SettingsObject["@odata.id"]
    assert.is_nil(system.Boot["BootSourceOverrideTarget@Redfish.AllowableValues"])
    local refused = patch(farm, PXE)
    assert.equal(400, refused.status)
    assert.is_truthy(message(refused):find("PropertyNotWritable", 1, true))
    assert.equal(200, patch(farm, FULL, settings).status)
    assert.equal("Pxe", boot_of(farm, settings).BootSourceOverrideTarget)
    assert.equal("None", boot_of(farm).BootSourceOverrideTarget)
    assert.equal(204, ask.reset(farm, 1, "ForceRestart").status)
    assert.equal("Pxe", farm.bmc(1).booted.target)
    assert.equal("Disabled", boot_of(farm, settings).BootSourceOverrideEnabled)
  end)

  it("points to the settings object of AMI (B14)", function()
    local farm <close> = start { at = "SD" }
    local refused = patch(farm, PXE)
    assert.is_truthy(message(refused):find("OperationSupportedInFutureStateURI", 1, true))
    local place = refused.json.error["@Message.ExtendedInfo"][1].MessageArgs[1]
    assert.equal(SYSTEM .. "/SD", place)
    assert.equal(200, patch(farm, FULL, place).status)
  end)

  it("wants everything at once, or the mode not at all (B15, B12, B13)", function()
    local full <close> = start { full = true }
    assert.equal(400, patch(full, PXE).status)
    assert.equal(400, patch(full, { BootSourceOverrideEnabled = "Disabled" }).status)
    assert.equal(200, patch(full, FULL).status)
    local fixed <close> = start { mode_refused = true }
    assert.equal(400, patch(fixed, FULL).status)
    assert.equal(200, patch(fixed, PXE).status)
    local without <close> = start { modes = false, falls_back = false }
    assert.is_nil(boot_of(without).BootSourceOverrideMode)
    assert.equal(400, patch(without, FULL).status)
    assert.equal(200, patch(without, PXE).status)
  end)

  it("has values that do not go together (B07, B11)", function()
    local farm <close> = start { alone = "UefiTarget", targets = { "None", "Pxe", "UefiTarget" } }
    local target = { BootSourceOverrideTarget = "UefiTarget" }
    assert.equal(200, patch(farm, target).status)
    target.BootSourceOverrideEnabled = "Once"
    assert.equal(400, patch(farm, target).status)
    local keeps <close> = start { keep_target = true }
    local off = { BootSourceOverrideTarget = "None", BootSourceOverrideEnabled = "Disabled" }
    assert.equal(400, patch(keeps, off).status)
    off.BootSourceOverrideTarget = "Pxe"
    assert.equal(200, patch(keeps, off).status)
  end)

  it("cannot be changed during POST (B10)", function()
    local farm <close> = start { post_refused = true, seconds = 0.3 }
    assert.equal(204, ask.reset(farm, 1, "ForceRestart").status)
    local refused = patch(farm, PXE)
    assert.equal(400, refused.status)
    assert.is_truthy(message(refused):find("UnableToModifyDuringSystemPOST", 1, true))
    support.eventually(function() return patch(farm, PXE).status == 200 end)
  end)

  it("has an order of known options, or none (B04, B20)", function()
    local farm <close> = start { order = { "Boot0001", "Boot0002" } }
    assert.equal(200, patch(farm, { BootOrder = { "Boot0002", "Boot0001" } }).status)
    assert.same({ "Boot0002", "Boot0001" }, boot_of(farm).BootOrder)
    assert.equal(400, patch(farm, { BootOrder = { "Boot0009" } }).status)
    local options = assert(ask.basic(farm, 1, SYSTEM .. "/BootOptions")).json
    assert.equal(2, options["Members@odata.count"])
    local fixed <close> = sim.start { vendors = { "x12", "xcc-1" }, fleet = 2, tls = false }
    assert.is_nil(ask.system(fixed, 1).Boot.BootOrder)
    for i, path in ipairs { "/Oem/Supermicro/FixedBootOrder",
      "/Oem/Lenovo/BootSettings/BootOrder.BootOrder" } do
      assert.equal(200, assert(ask.basic(fixed, i, SYSTEM .. path)).status, path)
    end
  end)
end)
