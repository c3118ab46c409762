-- SPDX-License-Identifier: GPL-3.0-or-later
-- An override in the words of a BMC: names, bodies, and what counts as so.
local override = require "bmc.startup.override"
local vendor = require "bmc.vendor"

local registry = assert(vendor.load { dirs = {} })
local function boot_of(name, facts)
  return registry:profile(name, facts).boot
end
local GENERIC = boot_of "generic"

local function places(targets, more)
  local boot = { BootSourceOverrideEnabled = "Disabled", BootSourceOverrideTarget = "None",
    BootSourceOverrideMode = "UEFI",
    ["BootSourceOverrideTarget@Redfish.AllowableValues"] = targets }
  for name, value in pairs(more or {}) do
    boot[name] = value
  end
  return { system = { uri = "/x", body = { Boot = boot } } }
end

-- What a BMC with these targets calls a wish.
local function value(profile, target, targets)
  local wish = assert(override.wish { target = target })
  local ok, e = override.resolve(wish, profile, places(targets))
  return ok and wish.value, e
end

describe("bmc.startup.override", function()
  it("takes the first name that a BMC allows", function()
    local X12 = { "None", "Pxe", "Cd", "Usb", "Hdd", "UsbCd" }
    local X10 = { "None", "Pxe", "CD/DVD", "UsbKey", "UefiHdd", "UsbCd" }
    for _, case in ipairs {
      { "generic", "cd", X12, "Cd" }, { "supermicro", "cd", X12, "UsbCd" },
      { "generic", "vcd", X12, "UsbCd" }, { "generic", "cd", X10, "UsbCd" },
      { "generic", "usb", X10, "UsbKey" }, { "generic", "disk", X10, "UefiHdd" },
      { "generic", "vcd", { "Cd" }, "Cd" }, { "generic", "pxe", { "PXE" }, "PXE" },
      { "generic", "UefiUsbCd", { "UefiUsbCd" }, "UefiUsbCd" },
    } do
      assert.equal(case[4], value(boot_of(case[1]), case[2], case[3]), case[2])
    end
    local exception = boot_of("supermicro", { system_model = "ARS-111GL-NHR" })
    assert.equal("Cd", value(exception, "cd", X12)) -- B03
  end)

  it("sends what the standard knows where nothing is listed", function()
    assert.equal("Cd", value(GENERIC, "cd", nil))
    assert.equal("Cd", value(GENERIC, "vcd", nil))
    local none, e = value(GENERIC, "Tape", nil)
    assert.is_falsy(none)
    assert.equal("unsupported", e.code)
  end)

  it("has one body after the other, the profile's choice first, none twice", function()
    local wish = { target = "Pxe", value = "Pxe", enabled = "Once" }
    local boot = { BootSourceOverrideEnabled = "Disabled", BootSourceOverrideMode = "UEFI" }
    local T, E, M = "BootSourceOverrideTarget", "BootSourceOverrideEnabled",
      "BootSourceOverrideMode"
    assert.same({ { [T] = "Pxe", [E] = "Once" }, { [T] = "Pxe", [E] = "Once", [M] = "UEFI" } },
      override.bodies(wish, GENERIC, boot))
    assert.same({ { [T] = "Pxe", [E] = "Once", [M] = "UEFI" }, { [T] = "Pxe", [E] = "Once" } },
      override.bodies(wish, boot_of "supermicro", boot))
    boot = { BootSourceOverrideEnabled = "Once" }
    assert.same({ { [T] = "Pxe" }, { [T] = "Pxe", [E] = "Once" },
      { [T] = "Pxe", [E] = "Once", [M] = "UEFI" } }, override.bodies(wish, GENERIC, boot))
    wish = { target = "None", enabled = "Disabled", value = "Pxe" }
    assert.equal("Disabled", override.bodies(wish, boot_of "ilo", boot)[1][E])
  end)

  it("knows when it is so", function()
    local wish = { target = "Pxe", value = "Pxe", enabled = "Once", mode = "UEFI" }
    local boot = { BootSourceOverrideEnabled = "Once", BootSourceOverrideTarget = "Pxe",
      BootSourceOverrideMode = "UEFI" }
    assert.is_true(override.holds(wish, boot))
    boot.BootSourceOverrideMode = "Legacy"
    assert.is_false(override.holds(wish, boot))
    wish.mode = nil
    assert.is_true(override.holds(wish, boot))
    boot.BootSourceOverrideTarget = "Hdd"
    assert.is_false(override.holds(wish, boot))
    assert.is_true(override.holds({ enabled = "Disabled" }, { BootSourceOverrideEnabled =
      "Disabled" }))
    assert.is_false(override.holds({ enabled = "Once", value = "UefiHttp", uri = "http://x" },
      { BootSourceOverrideEnabled = "Once", BootSourceOverrideTarget = "UefiHttp" }))
  end)

  it("makes attributes of a target and of a URI, where the vendor has them (B08, B09)", function()
    local idrac = boot_of "idrac"
    local wish = { target = "VirtualCd", enabled = "Continuous" }
    assert.same({ ["ServerBoot.1.FirstBootDevice"] = "VCD-DVD",
      ["ServerBoot.1.BootOnce"] = "Disabled" }, override.attributes(wish, idrac))
    assert.is_nil(override.attributes(wish, GENERIC))
    assert.is_nil(override.attributes({ target = "VirtualCd", enabled = "Disabled" }, idrac))
    assert.same({ HttpDev1EnDis = "Enabled", HttpDev1Uri = "http://%1/x" },
      override.http_attributes("http://%1/x", idrac))
    assert.is_nil(override.http_attributes("http://x", GENERIC))
  end)
end)
