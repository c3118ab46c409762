-- SPDX-License-Identifier: GPL-3.0-or-later
-- The boot override at BMCs that refuse what real ones refuse: what is sent, what is in the
-- machine afterwards, and what is said when it is not what was wanted.
local bmc = require "bmc"
local changes = require "support.changes"
local scripted = require "support.scripted"

local SYSTEM = "/redfish/v1/Systems/system"
local ENABLED, TARGET = "BootSourceOverrideEnabled", "BootSourceOverrideTarget"
local MODE = "BootSourceOverrideMode"

-- Enabled, target and mode as the simulated BMC has them.
local function held(sim, key)
  local out = {}
  for i, name in ipairs { ENABLED, TARGET, MODE } do
    out[i] = changes.value(sim, key or SYSTEM, "Boot", name) or "-"
  end
  return table.concat(out, " ")
end

local function says(text, words)
  assert.is_truthy(text:find(words, 1, true), text)
end

describe("set_next_boot", function()
  it("sets, reads back, and says what it sent and where", function()
    changes.with({}, function(m, sim)
      local data = m:set_next_boot("Pxe")
      assert.equal("Once Pxe UEFI", held(sim))
      assert.same({ SYSTEM, true, "Once", "Pxe", "UEFI" }, { data.uri, data.confirmed,
        data.boot_source_override_enabled, data.boot_source_override_target,
        data.boot_source_override_mode })
      assert.same({ [ENABLED] = "Once", [TARGET] = "Pxe" }, data.sent)
      assert.is_nil(data.boot_order)
      says(changes.told(data.trail), "PATCH " .. SYSTEM)
    end)
  end)

  it("understands what people say", function()
    for said, target in pairs {
      net = "Pxe", disk = "Hdd", bios = "BiosSetup", cd = "Cd", ["hdd"] = "Hdd", usb = "Usb",
    } do
      changes.with({}, function(m, sim)
        m:set_next_boot(said)
        assert.equal(target, changes.value(sim, SYSTEM, "Boot", TARGET))
      end)
    end
  end)

  it("sends what changes, and everything where the profile says so (B15, B16, B22)", function()
    changes.with({}, function(m)
      m:set_next_boot("Pxe")
      assert.same({ [TARGET] = "Hdd" }, m:set_next_boot("Hdd").sent)
    end)
    changes.with({ boot = { full = true } }, function(m, sim)
      local data = m:set_next_boot("Pxe")
      assert.equal("Once Pxe UEFI", held(sim))
      assert.equal("UEFI", data.sent[MODE])
      m:set_next_boot("None")
      assert.equal("Disabled Pxe UEFI", held(sim))
    end, { set = { "generic.boot.send=full" } })
  end)

  it("says it otherwise when it is refused: in full, without a mode (B12, B15)", function()
    changes.with({ boot = { full = true } }, function(m, sim)
      local data = m:set_next_boot("Pxe")
      assert.equal("Once Pxe UEFI", held(sim))
      says(changes.told(data.trail), "PropertyMissing")
    end)
    changes.with({ boot = { mode_refused = true } }, function(m, sim)
      m:set_next_boot("Pxe")
      assert.equal("Once Pxe UEFI", held(sim))
    end, { set = { "generic.boot.send=full" } })
  end)

  it("sets a mode when asked, and goes on where there is none (B13)", function()
    changes.with({}, function(m, sim)
      m:set_next_boot("Pxe", { mode = "legacy" })
      assert.equal("Once Pxe Legacy", held(sim))
    end)
    changes.with({ boot = { modes = false } }, function(m, sim)
      local data = m:set_next_boot("Pxe", { mode = "UEFI" })
      assert.equal("Once Pxe -", held(sim))
      says(changes.told(data.trail), "no boot mode")
    end)
  end)

  it("notices what reads back otherwise, and says it once more in full (B01)", function()
    local boot = { [ENABLED] = "Disabled", [TARGET] = "None", [MODE] = "UEFI" }
    local sent = {}
    scripted.with({
      [scripted.SYSTEM] = function() return scripted.system { Boot = boot } end,
      ["PATCH " .. scripted.SYSTEM] = function(_, body)
        sent[#sent + 1] = body.Boot
        for name, value in pairs(body.Boot) do
          boot[name] = value
        end
        boot[ENABLED] = #sent > 1 and body.Boot[ENABLED] or "Disabled"
        return 204
      end,
    }, function(m)
      local data = m:set_next_boot("Pxe")
      assert.is_true(data.confirmed)
      assert.equal(2, #sent)
      assert.equal("UEFI", sent[2][MODE])
    end, { set = { "generic.boot.settle=0.1", "generic.boot.poll=0.02" } })
    changes.with({ boot = { falls_back = true } }, function(m, sim)
      m:set_next_boot("Pxe", { mode = "UEFI" })
      assert.equal("Once Pxe UEFI", held(sim))
    end)
  end)

  it("is an error when it never reads back", function()
    scripted.with({
      [scripted.SYSTEM] = scripted.system { Boot = { [ENABLED] = "Disabled", [TARGET] = "None" } },
      ["PATCH " .. scripted.SYSTEM] = function() return 204 end,
    }, function(m)
      local data, e = bmc.try(m.set_next_boot, m, "Pxe")
      assert.is_nil(data)
      assert.same({ "rejected", "unknown" }, { e.code, e.effect })
      says(e.text, "shows something else")
    end, { set = { "generic.boot.settle=0.1", "generic.boot.poll=0.02" } })
  end)

  it("clears, with a target that the BMC lets stand (B11), and not twice", function()
    changes.with({ boot = { keep_target = true } }, function(m, sim)
      m:set_next_boot("Pxe", { enabled = "Continuous" })
      m:set_next_boot("None")
      says(held(sim), "Disabled")
      local data = m:set_next_boot(nil, { enabled = "Disabled" })
      assert.is_nil(data.sent)
      says(changes.told(data.trail), "nothing to do")
    end, { set = { "generic.boot.disable_target=Pxe" } })
  end)

  it("waits out a machine in POST (B10)", function()
    changes.with({ vendor = "ilo6", boot = { post_refused = true, seconds = 1 } },
      function(m, sim)
        m:power_action("cycle")
        m:set_next_boot("Pxe")
        assert.equal("Pxe", changes.value(sim, "/redfish/v1/Systems/1", "Boot", TARGET))
      end)
  end)

  describe("with a settings object", function()
    local SETTINGS = SYSTEM .. "/Settings"

    it("writes there what that shows (B06)", function()
      changes.with({ boot = { at = "settings" } }, function(m, sim)
        local data = m:set_next_boot("Pxe")
        assert.equal(SETTINGS, data.uri)
        assert.equal("Once Pxe UEFI", held(sim, SETTINGS))
      end)
    end)

    it("goes where the BMC says that it belongs (B14), also the next time", function()
      changes.with({ vendor = "ami-megarac" }, function(m, sim)
        local data = m:set_next_boot("Pxe")
        assert.equal("/redfish/v1/Systems/Self/SD", data.uri)
        assert.equal("Pxe", changes.value(sim, data.uri, "Boot", TARGET))
      end)
      local refused = 0
      local boot = { [ENABLED] = "Disabled", [TARGET] = "None" }
      scripted.with({
        [scripted.SYSTEM] = scripted.system { Boot = boot },
        [scripted.SYSTEM .. "/SD"] = function()
          return { ["@odata.id"] = scripted.SYSTEM .. "/SD", Boot = boot }
        end,
        ["PATCH " .. scripted.SYSTEM] = function()
          refused = refused + 1
          return 400, { error = { ["@Message.ExtendedInfo"] = { {
            MessageId = "Ami.1.0.OperationSupportedInFutureStateURI" } } } }
        end,
        ["PATCH " .. scripted.SYSTEM .. "/SD"] = function(_, body)
          for name, value in pairs(body.Boot) do
            boot[name] = value
          end
          return 204
        end,
      }, function(m)
        assert.equal(scripted.SYSTEM .. "/SD", m:set_next_boot("Pxe").uri)
        m:set_next_boot("Hdd")
        assert.equal(1, refused)
      end)
    end)

    -- A settings object that shows these properties and refuses the others.
    local function with_settings(shown, refuses, f)
      local sent, boot = {}, { [ENABLED] = "Disabled", [TARGET] = "None" }
      local at = scripted.SYSTEM .. "/Settings"
      local function take(where)
        return function(_, body)
          if refuses[where] then
            return 400, { error = { ["@Message.ExtendedInfo"] = { {
              MessageId = "Base.1.8.PropertyNotWritable" } } } }
          end
          sent[where] = body.Boot
          for name, value in pairs(body.Boot) do
            boot[name], shown[name] = value, shown[name] and value
          end
          return 204
        end
      end
      scripted.with({
        [scripted.SYSTEM] = function()
          return scripted.system { Boot = boot, ["@Redfish.Settings"] = {
            SettingsObject = { ["@odata.id"] = at } } }
        end,
        [at] = function() return { ["@odata.id"] = at, Boot = shown } end,
        ["PATCH " .. scripted.SYSTEM] = take "system",
        ["PATCH " .. at] = take "settings",
      }, function(m) f(m, sent, at) end)
    end

    it("writes the rest to the system (B18)", function()
      with_settings({ BootOrder = { "Boot0001" } }, {}, function(m, sent)
        m:set_next_boot("Pxe")
        assert.is_nil(sent.settings)
        assert.equal("Pxe", sent.system[TARGET])
      end)
    end)

    it("writes all to the system when the settings refuse", function()
      with_settings({ [ENABLED] = "Disabled", [TARGET] = "None" }, { settings = true },
        function(m, sent)
          assert.equal(scripted.SYSTEM, m:set_next_boot("Pxe").uri)
          assert.equal("Pxe", sent.system[TARGET])
        end)
    end)

    it("is not there though it is named: the system then", function()
      changes.with({}, function(m)
        assert.equal(SYSTEM, m:set_next_boot("Pxe").uri)
      end)
    end)
  end)

  describe("of a virtual drive", function()
    it("takes the name that means it (B02)", function()
      changes.with({ vendor = "supermicro" }, function(m, sim)
        assert.equal("UsbCd", m:set_next_boot("Cd").sent[TARGET])
        assert.equal("Once UsbCd UEFI", held(sim, "/redfish/v1/Systems/1"))
      end)
    end)

    it("is set by attributes of the manager where only they can (B08, V09)", function()
      local manager = { ["@odata.id"] = "/redfish/v1/Managers/iDRAC.Embedded.1",
        Id = "iDRAC.Embedded.1", FirmwareVersion = "5.10.0", ManagerType = "BMC" }
      local values, patched = { ["ServerBoot.1.FirstBootDevice"] = "Normal" }, nil
      local at = "/redfish/v1/Managers/iDRAC.Embedded.1/Attributes"
      scripted.with({
        [scripted.SYSTEM] = scripted.system {
          Links = { ManagedBy = { { ["@odata.id"] = manager["@odata.id"] } } },
          Boot = { [ENABLED] = "Disabled", [TARGET] = "None",
            [TARGET .. "@Redfish.AllowableValues"] = { "None", "Cd" } } },
        [manager["@odata.id"]] = manager,
        [at] = function() return { ["@odata.id"] = at, Attributes = values } end,
        ["PATCH " .. at] = function(_, body)
          patched = body
          for name, value in pairs(body.Attributes) do
            values[name] = value
          end
          return 200, {}
        end,
      }, function(m)
        local data = m:set_next_boot("vcd")
        assert.same({ at, true }, { data.uri, data.confirmed })
        assert.same({ ["ServerBoot.1.FirstBootDevice"] = "VCD-DVD",
          ["ServerBoot.1.BootOnce"] = "Enabled" }, patched.Attributes)
      end)
    end)

    it("is an ordinary override where that works: iDRAC from 6.00 on", function()
      changes.with({ vendor = "idrac9-7" }, function(m, sim)
        m:set_next_boot("vcd")
        assert.equal("Cd", changes.value(sim, "/redfish/v1/Systems/System.Embedded.1", "Boot",
          TARGET))
      end)
    end)
  end)

  describe("of HTTP boot", function()
    it("sends the URI along where there is room for it, be it null", function()
      changes.with({ boot = { targets = { "None", "UefiHttp" } } }, function(m, sim)
        local data = m:set_next_boot("http", { http_uri = "https://boot/ipxe.efi" })
        assert.equal("https://boot/ipxe.efi", changes.value(sim, SYSTEM, "Boot", "HttpBootUri"))
        assert.equal("UefiHttp", data.sent[TARGET])
      end)
    end)

    it("stages a BIOS attribute where the vendor has one (B09)", function()
      local staged
      local bios = scripted.SYSTEM .. "/Bios"
      local boot = { [ENABLED] = "Disabled", [TARGET] = "None",
        [TARGET .. "@Redfish.AllowableValues"] = { "None", "UefiHttp" } }
      scripted.with({
        [scripted.SYSTEM] = function()
          return scripted.system { Boot = boot, Bios = { ["@odata.id"] = bios } }
        end,
        [bios] = { ["@odata.id"] = bios, ["@Redfish.Settings"] = {
          SettingsObject = { ["@odata.id"] = bios .. "/Settings" } } },
        [bios .. "/Settings"] = { ["@odata.id"] = bios .. "/Settings" },
        ["PATCH " .. bios .. "/Settings"] = function(_, body)
          staged = body
          return 200, {}
        end,
        ["PATCH " .. scripted.SYSTEM] = function(_, body)
          for name, value in pairs(body.Boot) do
            boot[name] = value
          end
          return 204
        end,
      }, function(m)
        local data = m:set_next_boot("http", { http_uri = "http://boot/x.efi" })
        assert.equal("http://boot/x.efi", staged.Attributes.HttpDev1Uri)
        assert.equal("OnReset", staged["@Redfish.SettingsApplyTime"].ApplyTime)
        assert.is_nil(data.sent.HttpBootUri)
        assert.equal("UefiHttp", boot[TARGET])
      end, { vendor = "idrac" })
    end)

    it("is unsupported where there is no place for the URI", function()
      scripted.with({ [scripted.SYSTEM] = scripted.system { Boot = { [ENABLED] = "Disabled",
        [TARGET] = "None", [TARGET .. "@Redfish.AllowableValues"] = { "UefiHttp" } } } },
        function(m, log)
          local _, e = bmc.try(m.set_next_boot, m, "http", { http_uri = "http://boot/x.efi" })
          assert.same({ "unsupported", "none" }, { e.code, e.effect })
          assert.equal(0, scripted.count(log, "PATCH"))
        end)
    end)
  end)

  it("sends a device path without Enabled where these do not go together (B07)", function()
    changes.with({ boot = {
      alone = "UefiTarget", targets = { "None", "Pxe", "UefiTarget" },
    } }, function(m, sim)
      local _, e = bmc.try(m.set_next_boot, m, "UefiTarget")
      assert.equal("rejected", e.code)
      m:set_next_boot("Pxe")
      m:set_next_boot("UefiTarget", { uefi_target = "PciRoot(0x0)/Pci(0x1,0x0)" })
      assert.equal("PciRoot(0x0)/Pci(0x1,0x0)",
        changes.value(sim, SYSTEM, "Boot", "UefiTargetBootSourceOverride"))
    end, { set = { "generic.boot.uefi_enabled=false" } })
  end)

  describe("refuses", function()
    -- The error of a call that must send nothing.
    local function refusal(traits, ...)
      local args, failure = table.pack(...), nil
      changes.with(traits, function(m, sim)
        local _, e = bmc.try(m.set_next_boot, m, table.unpack(args, 1, args.n))
        assert.equal("none", e.effect)
        assert.equal(0, sim:count().boot_changes or 0)
        failure = e
      end)
      return failure
    end

    it("what the BMC does not allow, and names what it does", function()
      local e = refusal({}, "Floppy")
      assert.equal("unsupported", e.code)
      says(e.text, "None, Pxe, Hdd, Cd")
    end)

    it("Continuous where there is none, and says what to do (B17)", function()
      local e = refusal({ boot = { enabled = { "Once", "Disabled" } } }, "Pxe",
        { enabled = "Continuous" })
      assert.equal("unsupported", e.code)
      says(e.text, "before each reset")
    end)

    it("what makes no sense", function()
      for _, args in ipairs {
        { "Pxe", { enabled = "Twice" } }, { "Pxe", { mode = "BIOS2" } },
        { "Pxe", { uefi_target = "x" } }, { "Pxe", { http_uri = "http://x" } }, {},
      } do
        assert.equal("rejected", refusal({}, table.unpack(args)).code)
      end
    end)

    it("to guess among several systems", function()
      local other = "/redfish/v1/Systems/2"
      scripted.with({
        ["/redfish/v1/Systems"] = scripted.collection(scripted.SYSTEM, other),
        [other] = scripted.system { ["@odata.id"] = other, Id = "2" },
      }, function(m, log)
        local _, e = bmc.try(m.set_next_boot, m, "Pxe")
        assert.equal("rejected", e.code)
        says(e.text, "(1, 2)")
        assert.equal(0, scripted.count(log, "PATCH"))
      end)
    end)
  end)

  it("names what it would send in a dry run, and sends nothing", function()
    local events = {}
    changes.with({}, function(m, sim)
      local data = m:set_next_boot("Pxe")
      assert.same({ [ENABLED] = "Once", [TARGET] = "Pxe" }, data.sent)
      assert.is_nil(data.confirmed)
      assert.equal("Disabled None UEFI", held(sim))
    end, { dry_run = true, trace = function(e)
      events[#events + 1] = e.kind == "dry-run" and e or nil
    end })
    assert.equal(1, #events)
    assert.same({ "PATCH", SYSTEM, { Boot = { [ENABLED] = "Once", [TARGET] = "Pxe" } } },
      { events[1].method, events[1].uri, events[1].body })
  end)

  it("does not repeat what may have happened", function()
    scripted.with({
      [scripted.SYSTEM] = scripted.system { Boot = { [ENABLED] = "Disabled", [TARGET] = "None" } },
      ["PATCH " .. scripted.SYSTEM] = function() return "drop" end,
    }, function(m, log)
      local _, e = bmc.try(m.set_next_boot, m, "Pxe")
      assert.equal("unknown", e.effect)
      assert.equal(1, scripted.count(log, "PATCH"))
    end)
  end)
end)
