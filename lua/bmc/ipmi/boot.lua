-- SPDX-License-Identifier: GPL-3.0-or-later
--- The boot options of IPMI: what they say, and the sequence that sets them.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1. A flag holds for 60
-- seconds unless the BMC is told not to clear it, and some BMCs lose flags that are written
-- without the parameters around them (QUIRKS, settings and power): so all of them are written,
-- and what a BMC does not have of the optional ones is left out.

local err = require "bmc.err"
local reply = require "bmc.ipmi.reply"
local tbl = require "bmc.tbl"

-- Parameters (table 28-14).
local IN_PROGRESS, VALID_BIT_CLEARING, ACKNOWLEDGE, FLAGS = 0, 3, 4, 5
local COMPLETE, SETTING, COMMIT = "\x00", "\x01", "\x02"
local KEEP_AFTER_60_S = "\x08"      -- parameter 3, bit 3
local BIOS_HAS_HANDLED = "\x01\x01" -- mask and value

-- Parameter 5, first byte.
local VALID, PERSISTENT, EFI = 0x80, 0x40, 0x20

-- Boot device selectors, by what Redfish calls them. IPMI has one word for a floppy and for what
-- else can be taken out.
local SELECTORS = {
  None = 0, Pxe = 1, Hdd = 2, Diags = 4, Cd = 5, BiosSetup = 6, VirtualFloppy = 7, VirtualCd = 8,
  RemoteDrive = 11, Floppy = 15, Usb = 15,
}
local TARGETS = {
  [0] = "None", "Pxe", "Hdd", "Hdd", "Diags", "Cd", "BiosSetup", "VirtualFloppy", "VirtualCd",
  "VirtualCd", [11] = "RemoteDrive", [15] = "Floppy",
}

local M = {}

---@class bmc.ipmi.BootFlags
---@field valid boolean
---@field persistent boolean
---@field uefi boolean
---@field selector integer

--- The answer to Get System Boot Options, parameter 5 (28.13).
---@param data string
---@return bmc.ipmi.BootFlags? flags
---@return bmc.err.Value? err protocol
function M.decode(data)
  local whole, e = reply.enough(data, 4, "Get System Boot Options")
  if not whole then
    return nil, e
  end
  local _, number, first, second = data:byte(1, 4)
  return {
    -- Bit 7 of the parameter's number: it is locked or not valid as a whole.
    valid = first & VALID ~= 0 and number & 0x80 == 0,
    persistent = first & PERSISTENT ~= 0,
    uefi = first & EFI ~= 0,
    selector = second >> 2 & 0x0F,
  }
end

--- Reads the boot flags.
---@param c bmc.ipmi.Client
---@return bmc.ipmi.BootFlags? flags
---@return bmc.err.Value? err
function M.read(c)
  local data, e = c:ask("Get System Boot Options", string.char(FLAGS, 0, 0))
  if not data then
    return nil, e
  end
  return M.decode(data)
end

--- As a record of boot_config.
---@param flags bmc.ipmi.BootFlags
---@return table
function M.record(flags)
  if not flags.valid or flags.selector == SELECTORS.None then
    return { boot_source_override_enabled = "Disabled", boot_source_override_target = "None" }
  end
  return {
    boot_source_override_enabled = flags.persistent and "Continuous" or "Once",
    boot_source_override_target = TARGETS[flags.selector] or ("IPMI %d"):format(flags.selector),
    boot_source_override_mode = flags.uefi and "UEFI" or "Legacy",
  }
end

--- The flags that a wish stands for.
---@param wish bmc.startup.Wish
---@param now bmc.ipmi.BootFlags  the mode that was not asked for stays as it is
---@return bmc.ipmi.BootFlags? flags
---@return bmc.err.Value? err unsupported
function M.wanted(wish, now)
  local selector = SELECTORS[wish.target]
  if wish.enabled == "Disabled" then
    return { valid = false, persistent = false, uefi = false, selector = SELECTORS.None }
  elseif not selector or wish.uefi or wish.uri then
    return err.refuse("unsupported", "IPMI cannot boot from %s; it knows %s",
      wish.uri and "a URI" or wish.uefi and "a device path" or wish.target,
      table.concat(tbl.sorted_keys(SELECTORS), ", "))
  end
  local uefi = now.uefi
  if wish.mode then
    uefi = wish.mode == "UEFI"
  end
  return { valid = true, persistent = wish.enabled == "Continuous", uefi = uefi,
    selector = selector }
end

--- The data of parameter 5.
---@param flags bmc.ipmi.BootFlags
---@return string
function M.encode(flags)
  local first = (flags.valid and VALID or 0) | (flags.persistent and PERSISTENT or 0)
    | (flags.uefi and EFI or 0)
  return string.char(first, flags.selector << 2, 0, 0, 0)
end

--- Whether nothing is set, not even what does not hold.
---@param flags bmc.ipmi.BootFlags
---@return boolean
function M.is_clear(flags)
  return flags.selector == SELECTORS.None
end

--- Whether the BMC shows what was wanted. What is to be cleared may read as no device, or as not
--- valid.
---@param wanted bmc.ipmi.BootFlags
---@param seen bmc.ipmi.BootFlags
---@return boolean
function M.holds(wanted, seen)
  if not wanted.valid then
    return not seen.valid or seen.selector == SELECTORS.None
  end
  return seen.valid and seen.selector == wanted.selector and seen.uefi == wanted.uefi
    and seen.persistent == wanted.persistent
end

-- ---- setting ----

-- A parameter that a BMC may not have. nil, err only where it does not answer.
local function try(c, parameter, data)
  local done, e = c:ask("Set System Boot Options", string.char(parameter) .. data)
  if done then
    return true
  elseif e.completion then
    return false
  end
  return nil, e
end

local function write(c, wanted, call)
  local kept, e = try(c, VALID_BIT_CLEARING, KEEP_AFTER_60_S)
  if kept == nil then
    return nil, e
  elseif not kept and wanted.valid then
    call.note("this BMC forgets the override after 60 s: power the machine within that time")
  end
  local acknowledged
  acknowledged, e = try(c, ACKNOWLEDGE, BIOS_HAS_HANDLED)
  if acknowledged == nil then
    return nil, e
  end
  return reply.change(c, call, "Set System Boot Options", string.char(FLAGS) .. M.encode(wanted),
    "boot flags")
end

--- Writes the flags, with the parameters that belong before and behind them (28.12).
---@param c bmc.ipmi.Client
---@param wanted bmc.ipmi.BootFlags
---@param call bmc.plan.Call
---@return boolean? ok
---@return bmc.err.Value? err
function M.write(c, wanted, call)
  local guarded, e = try(c, IN_PROGRESS, SETTING)
  if guarded == nil then
    return nil, e
  end
  local done
  done, e = write(c, wanted, call)
  -- What was begun is ended also when it failed: others could not set anything else.
  if guarded then
    if done then
      try(c, IN_PROGRESS, COMMIT)
    end
    local ended, why = try(c, IN_PROGRESS, COMPLETE)
    if done and ended == nil then
      return nil, why
    end
  end
  return done and true, e
end

return M
