-- SPDX-License-Identifier: GPL-3.0-or-later
local boot = require "bmc.ipmi.boot"
local err = require "bmc.err"
local fake = require "support.ipmifake"

-- Parameter 5 as Get System Boot Options answers: version, parameter, five bytes (table 28-14).
local FLAGS = {
  { "\1\5\x80\x04\0\0\0", "Once", "Pxe", "Legacy" },
  { "\1\5\xA0\x04\0\0\0", "Once", "Pxe", "UEFI" },
  { "\1\5\xC0\x08\0\0\0", "Continuous", "Hdd", "Legacy" },
  { "\1\5\xE0\x14\0\0\0", "Continuous", "Cd", "UEFI" },
  { "\1\5\x80\x18\0\0\0", "Once", "BiosSetup", "Legacy" },
  { "\1\5\x80\x10\0\0\0", "Once", "Diags", "Legacy" },
  { "\1\5\x80\x1C\0\0\0", "Once", "VirtualFloppy", "Legacy" },
  { "\1\5\x80\x20\0\0\0", "Once", "VirtualCd", "Legacy" },
  { "\1\5\x80\x2C\0\0\0", "Once", "RemoteDrive", "Legacy" },
  { "\1\5\x80\x3C\0\0\0", "Once", "Floppy", "Legacy" },
  { "\1\5\x80\xC7\0\0\0", "Once", "Pxe", "Legacy" }, -- beside other flags
  { "\1\5\x80\x34\0\0\0", "Once", "IPMI 13", "Legacy" },
  { "\1\5\x80\x00\0\0\0", "Disabled", "None", nil },
  { "\1\5\x00\x04\0\0\0", "Disabled", "None", nil }, -- not valid
  { "\1\x85\x80\x04\0\0\0", "Disabled", "None", nil }, -- locked
}

-- A BMC that keeps what is written. `lacks`: parameters that it does not have (80h).
local function keeping(lacks, change)
  local flags, progress = "\0\0\0\0\0", 0
  local self = { order = {} }
  self.replies = {
    ["Get System Boot Options"] = function(data)
      assert.equal("\5\0\0", data)
      return "\1\5" .. flags
    end,
    ["Set System Boot Options"] = function(data)
      local parameter = data:byte()
      self.order[#self.order + 1] = parameter
      if lacks and lacks[parameter] then
        return 0x80
      elseif parameter == 0 then
        progress = data:byte(2)
      elseif parameter == 5 then
        flags = (change or function(x) return x end)(data:sub(2))
      end
      return ""
    end,
  }
  function self.state()
    return flags, progress
  end
  return self
end

local function quick(options)
  options = options or {}
  options.registry = require("bmc.vendor").load {
    set = { "generic.boot.settle=1", "generic.boot.poll=1" },
  }
  return options
end

describe("boot_config over IPMI", function()
  it("tells the flags in the words of Redfish", function()
    for _, row in ipairs(FLAGS) do
      local data, enabled, target, mode = table.unpack(row, 1, 4)
      local record = fake.run("boot_config", { ["Get System Boot Options"] = data .. "\xDE\xAD" })
      assert.equal(enabled, record.boot_source_override_enabled)
      assert.equal(target, record.boot_source_override_target)
      assert.equal(mode, record.boot_source_override_mode)
    end
  end)

  it("is an error when the answer is cut", function()
    local _, e = boot.decode("\1\5\x80")
    assert.equal("protocol", e.code)
  end)
end)

describe("set_next_boot over IPMI", function()
  local BYTES = {
    { "pxe", {}, "\x80\x04\0\0\0" },
    { "pxe", { mode = "UEFI" }, "\xA0\x04\0\0\0" },
    { "disk", { enabled = "Continuous" }, "\xC0\x08\0\0\0" },
    { "Hdd", { enabled = "Continuous", mode = "UEFI" }, "\xE0\x08\0\0\0" },
    { "cd", {}, "\x80\x14\0\0\0" }, { "bios", {}, "\x80\x18\0\0\0" },
    { "Diags", {}, "\x80\x10\0\0\0" }, { "vcd", {}, "\x80\x20\0\0\0" },
    { "vfloppy", {}, "\x80\x1C\0\0\0" }, { "RemoteDrive", {}, "\x80\x2C\0\0\0" },
    { "floppy", {}, "\x80\x3C\0\0\0" }, { "usb", {}, "\x80\x3C\0\0\0" },
  }

  it("writes the flags with what belongs around them, and reads them back", function()
    for _, row in ipairs(BYTES) do
      local bmc, args = keeping(), row[2]
      args.target = row[1]
      local result = assert(fake.run("set_next_boot", bmc.replies, args))
      assert.is_true(result.confirmed)
      assert.same({ 0, 3, 4, 5, 0, 0 }, bmc.order)
      assert.same({ row[3], 0 }, { bmc.state() })
      assert.equal(args.enabled or "Once", result.boot_source_override_enabled)
    end
  end)

  it("does with the flags alone where a BMC has no more, and says what that means", function()
    local bmc = keeping { [0] = true, [3] = true, [4] = true }
    local result, trail = fake.run("set_next_boot", bmc.replies, { target = "pxe" })
    assert.is_true(result.confirmed)
    assert.same({ 0, 3, 4, 5 }, bmc.order)
    assert.matches("60 s", table.concat(trail[#trail].notes, "\n"))
  end)

  it("keeps the mode that is there", function()
    local bmc = keeping()
    assert(fake.run("set_next_boot", bmc.replies, { target = "pxe", mode = "UEFI" }))
    local result, trail = fake.run("set_next_boot", bmc.replies, { target = "cd" })
    assert.equal("UEFI", result.boot_source_override_mode)
    assert.matches("boot mode UEFI, as it was", trail[#trail].notes[1])
  end)

  it("clears, and only when there is something to clear", function()
    local bmc = keeping()
    assert(fake.run("set_next_boot", bmc.replies, { target = "pxe" }))
    local result = fake.run("set_next_boot", bmc.replies, { target = "None" })
    assert.equal("Disabled", result.boot_source_override_enabled)
    assert.equal("\0\0\0\0\0", (bmc.state()))
    bmc.order = {}
    result = fake.run("set_next_boot", bmc.replies, { target = "None" })
    assert.is_true(result.confirmed)
    assert.same({}, bmc.order)
  end)

  it("refuses what IPMI has no word for, before anything is sent", function()
    for _, args in ipairs {
      { target = "http", http_uri = "https://h/x.efi" }, { target = "SDCard" },
      { target = "uefi", uefi_target = "PciRoot(0x0)" }, { target = "Recovery" },
    } do
      local bmc = keeping()
      local _, e = fake.run("set_next_boot", bmc.replies, args)
      assert.equal("unsupported", e.code)
      assert.equal("none", e.effect)
      assert.matches("it knows BiosSetup, Cd, Diags", e.text)
      assert.same({}, bmc.order)
    end
  end)

  it("says so when the BMC keeps another device", function()
    local bmc = keeping(nil, function() return "\x80\x08\0\0\0" end)
    local _, e = fake.run("set_next_boot", bmc.replies, { target = "pxe" }, quick())
    assert.equal("rejected", e.code)
    assert.equal("unknown", e.effect)
    assert.matches("shows Hdd, Once, Legacy", e.text)
  end)

  it("says so when the BMC forgets the mode", function()
    local bmc = keeping(nil, function() return "\x80\x04\0\0\0" end)
    local _, e = fake.run("set_next_boot", bmc.replies, { target = "pxe", mode = "UEFI" }, quick())
    assert.matches("shows Pxe, Once, Legacy", e.text)
  end)

  it("does not confirm flags that the BMC shows as not valid", function()
    local bmc = keeping(nil, function() return "\x00\x04\0\0\0" end)
    local result, trail = fake.run("set_next_boot", bmc.replies, { target = "pxe" })
    assert.is_nil(result.confirmed)
    assert.is_nil(result.boot_source_override_target)
    assert.matches("not that it holds", table.concat(trail[#trail].notes, "\n"))
  end)

  it("ends what it began when the flags are refused", function()
    local bmc = keeping { [5] = true }
    local _, e = fake.run("set_next_boot", bmc.replies, { target = "pxe" })
    assert.equal(0x80, e.completion)
    assert.equal("none", e.effect)
    assert.same({ 0, 3, 4, 5, 0 }, bmc.order)
    assert.equal(0, select(2, bmc.state()))
  end)

  it("is of no effect when an unclear refusal has left the flags as they were", function()
    local bmc = keeping()
    local set = bmc.replies["Set System Boot Options"]
    bmc.replies["Set System Boot Options"] = function(data)
      if data:byte() == 5 then
        return err.new("internal", "unspecified", { completion = 0xFF, effect = "unknown" })
      end
      return set(data)
    end
    local _, e = fake.run("set_next_boot", bmc.replies, { target = "pxe" })
    assert.equal("none", e.effect)
  end)

  it("stops where the BMC is silent", function()
    local bmc = keeping()
    bmc.replies["Set System Boot Options"] = function(data)
      bmc.order[#bmc.order + 1] = data:byte()
      return err.new("timeout", "no answer", { effect = "unknown" })
    end
    local _, e = fake.run("set_next_boot", bmc.replies, { target = "pxe" })
    assert.equal("timeout", e.code)
    assert.equal("unknown", e.effect)
    assert.same({ 0 }, bmc.order)
  end)

  it("only says what it would send", function()
    local bmc = keeping()
    local result, trail = fake.run("set_next_boot", bmc.replies, { target = "pxe" },
      { dry_run = true })
    assert.equal("Pxe", result.sent.boot_source_override_target)
    assert.is_nil(result.confirmed)
    assert.same({}, bmc.order)
    assert.matches("^would send", trail[1].step)
  end)
end)
