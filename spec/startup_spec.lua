-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a machine starts from, as BMCs of all ages write it.
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
end)
