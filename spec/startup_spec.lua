-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a machine starts from, as BMCs of all ages write it.
local order = require "bmc.startup.order"
local startup = require "bmc.startup"

local function place(boot)
  return { uri = "/redfish/v1/Systems/1", body = { ["@odata.id"] = "/x", Boot = boot } }
end

describe("bmc.startup", function()
  it("reads the override and the order, and nothing where nothing is said", function()
    assert.same({ boot_source_override_enabled = "Once", boot_source_override_target = "Pxe",
      boot_order = { "Boot0001" } }, startup.record { Boot = {
        BootSourceOverrideEnabled = "Once", BootSourceOverrideTarget = " Pxe ",
        BootSourceOverrideMode = "", BootOrder = { "Boot0001", "", false } } })
    assert.same({}, startup.record {})
    assert.same({}, startup.record { Boot = { BootOrder = {} } })
    assert.same({}, startup.record { Boot = "none" })
  end)

  it("knows what is allowed, from the system and its settings together (B06)", function()
    local target = "BootSourceOverrideTarget"
    local values = startup.allowed({
      system = place { [target .. "@Redfish.AllowableValues"] = { "None", "UefiHttp" } },
      settings = place { [target .. "@Redfish.AllowableValues"] = { "None", "Pxe" } },
    }, target)
    assert.same({ "None", "Pxe", "UefiHttp" }, table.move(values, 1, #values, 1, {}))
    assert.is_true(values.UefiHttp and values.Pxe)
    assert.is_nil(startup.allowed({ system = place {} }, target))
    values = startup.allowed({ system = place { BootSourceOverrideSupported = { "Cd" } } }, target)
    assert.same({ "Cd" }, { values[1] }) -- iLO 4
  end)

  it("has no order of the vendor's own for a system that does not say where it is", function()
    local profile = { boot = { order_uri = "{system}/Oem/Boot", order_property = "Order" } }
    local rf = { target = { profile = profile }, get = function() error("asked") end }
    assert.is_nil(order.own(rf, nil))
  end)

  it("reads boot options, whatever says whether they are enabled", function()
    local members = {}
    for i, enabled in ipairs { true, false, "yes", 7, {} } do
      members[i] = { Id = "Boot000" .. i, BootOptionEnabled = enabled }
    end
    local rf = { collection = function() return members, {} end }
    local options = order.options(rf, { Boot = { BootOptions = { ["@odata.id"] = "/o" } } })
    local said = {}
    for i, option in ipairs(options) do
      said[i] = tostring(option.enabled)
    end
    assert.same({ "true", "false", "true", "nil", "nil" }, said)
  end)
end)
