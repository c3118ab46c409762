-- SPDX-License-Identifier: GPL-3.0-or-later
-- Chassis commands (28): status and control of the one power state that Redfish shows too, the
-- light by which a machine is found, boot options on the Redfish boot override.

local boot = require "bmc.sim.boot"
local json = require "bmc.json"

local CHASSIS = 0x00
local FIELD, STATE, BUSY, NO_PARAMETER = 0xCC, 0xD5, 0xC0, 0x80

-- ---- power ----

-- 28.3; 4 is a diagnostic interrupt.
local ACTIONS = {
  [0] = "ForceOff", "On", "PowerCycle", "ForceRestart", "Nmi", "GracefulShutdown",
}

-- Whether an action has nothing to work on: on when on, anything else when off.
local function is_impossible(bmc, action)
  return bmc:is_on() == (action == 1)
end

local function control(bmc, data, call)
  local action = data:byte() & 0x0F
  local kind = ACTIONS[action]
  if not kind then return FIELD end
  if bmc.traits.ipmi.impossible and is_impossible(bmc, action) then return STATE end
  local done, why = bmc:reset(bmc:system(), kind, call.hung)
  if not done then
    if why == "busy" then return BUSY end
    return bmc.traits.ipmi.impossible and STATE or 0
  end
  bmc:add_to "ipmi_power"
  bmc.ipmi.on_by_command = kind == "On" or bmc.ipmi.on_by_command
  bmc.ipmi.cause = 0x01 -- chassis control
  return 0
end

local function led_of(bmc)
  local key = bmc:system()
  local led = bmc.store:get(key, "IndicatorLED")
  if led then return led ~= '"Off"' end
  return bmc.store:get(key, "LocationIndicatorActive") == "true"
end

-- 28.2
local function status(bmc)
  local state = bmc.ipmi
  local identify = led_of(bmc) and (state.identify or 2) or 0
  return 0, string.char((state.restore or 2) << 5 | (bmc:is_on() and 1 or 0),
    state.on_by_command and 0x10 or 0x00, 0x40 | identify << 4)
end

local function restore_policy(bmc, data)
  local policy = data:byte() & 7
  if policy > 3 then return FIELD end
  if policy < 3 then bmc.ipmi.restore = policy end -- 3: tell what there is
  return 0, "\x07"
end

-- ---- the light ----

local function light(bmc, on)
  for _, key in ipairs { bmc:system(), bmc.source.chassis } do
    if bmc.store:get(key, "IndicatorLED") then
      bmc.store:edit(key, json.encode(on and "Blinking" or "Off"), "IndicatorLED")
    end
    if bmc.store:get(key, "LocationIndicatorActive") then
      bmc.store:edit(key, tostring(on), "LocationIndicatorActive")
    end
  end
end

-- 28.5: 15 seconds, so many, or until told otherwise; the last word counts.
local function identify(bmc, data)
  local seconds, force = data:byte(1) or 15, (data:byte(2) or 0) & 1 == 1
  local state = bmc.ipmi
  state.identified = (state.identified or 0) + 1
  state.identify = force and 2 or 1
  light(bmc, force or seconds > 0)
  local mine = state.identified
  if not force and seconds > 0 then
    bmc.later:add(seconds, "identify", function()
      if state.identified == mine then light(bmc, false) end
    end)
  end
  return 0
end

-- ---- boot options ----

local FLAGS = 5
-- Parameters that are only kept, with what they are at first (28.13).
local KEPT = { [0] = "\x00", "\x00", "\x00", "\x00", "\x00\x00", nil, ("\x00"):rep(9) }
local VALID, PERSISTENT, EFI = 0x80, 0x40, 0x20

-- Boot device selector <-> BootSourceOverrideTarget.
local TARGETS = {
  [0] = "None", "Pxe", "Hdd", "Hdd", "Diags", "Cd", "BiosSetup", [8] = "Cd", [15] = "Floppy",
}
local SELECTORS = {
  Pxe = 1, Hdd = 2, Diags = 4, Utilities = 4, Cd = 5, UsbCd = 5, BiosSetup = 6, Floppy = 15,
}

local function get_flags(bmc)
  local now = boot.override(bmc)
  if now.enabled ~= "Once" and now.enabled ~= "Continuous" then return ("\x00"):rep(5) end
  local first = VALID | (now.enabled == "Continuous" and PERSISTENT or 0)
    | (now.mode == "UEFI" and EFI or 0)
  return string.char(first, (SELECTORS[now.target] or 0) << 2, 0, 0, 0)
end

local function set_flags(bmc, data)
  local first, second = data:byte(2, 3)
  if not second then return 0xC7 end
  local target = TARGETS[second >> 2 & 0x0F]
  if not target then return FIELD end
  local valid = first & VALID ~= 0 and target ~= "None"
  local done = boot.set_override(bmc, {
    target = valid and target or "None", mode = first & EFI ~= 0 and "UEFI" or "Legacy",
    enabled = not valid and "Disabled" or first & PERSISTENT ~= 0 and "Continuous" or "Once",
  })
  return done and 0 or FIELD
end

local function set_boot(bmc, data)
  local parameter = data:byte() & 0x7F
  if parameter == FLAGS then return #data > 1 and set_flags(bmc, data) or 0 end
  if not KEPT[parameter] then return NO_PARAMETER end
  if #data > 1 then bmc.ipmi.boot[parameter] = data:sub(2) end
  return 0
end

local function get_boot(bmc, data)
  local parameter = data:byte() & 0x7F
  local value = bmc.ipmi.boot[parameter] or KEPT[parameter]
  if parameter == FLAGS then value = get_flags(bmc) end
  if not value then return NO_PARAMETER end
  return 0, string.char(1, parameter) .. value
end

return {
  { "Get Chassis Capabilities", CHASSIS, 0x00, "user", 0, function()
    return 0, "\x00\x20\x20\x20\x20"
  end },
  { "Get Chassis Status", CHASSIS, 0x01, "user", 0, status },
  { "Chassis Control", CHASSIS, 0x02, "operator", 1, control },
  { "Chassis Identify", CHASSIS, 0x04, "operator", 0, identify },
  { "Set Power Restore Policy", CHASSIS, 0x06, "operator", 1, restore_policy },
  { "Get System Restart Cause", CHASSIS, 0x07, "user", 0, function(bmc)
    return 0, string.char(bmc.ipmi.cause, 1)
  end },
  { "Set System Boot Options", CHASSIS, 0x08, "operator", 1, set_boot },
  { "Get System Boot Options", CHASSIS, 0x09, "operator", 3, get_boot },
  { "Get POH Counter", CHASSIS, 0x0F, "user", 0, function(bmc)
    return 0, ("<BI4"):pack(60, 1000 + bmc.index)
  end },
}
