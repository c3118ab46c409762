-- SPDX-License-Identifier: GPL-3.0-or-later
-- set_next_boot: what the machine starts from next, or from now on.
--
-- The names and bodies are bmc.startup.override's, the places bmc.startup.write's. What the BMC
-- shows afterwards is compared with what was wanted: an override that silently became another
-- one installs the wrong disk.

local err = require "bmc.err"
local over_ipmi = require "bmc.startup.ipmi"
local override = require "bmc.startup.override"
local readback = require "bmc.readback"
local reading = require "bmc.reading"
local redfish = require "bmc.redfish"
local startup = require "bmc.startup"
local subject = require "bmc.subject"
local tbl = require "bmc.tbl"
local write = require "bmc.startup.write"

local object = reading.object

-- ---- by attributes ----

local function patch_attributes(rf, uri, attributes, extra, call)
  local body, e = rf:get(uri)
  if not body and e.code == "missing" then
    return err.fail("unsupported", "this BMC cannot be told so: there is no " .. uri,
      { effect = "none" })
  elseif not body then
    return nil, e
  end
  call.step { step = "PATCH " .. uri, ok = true, why = "boot settings are attributes here" }
  local data = tbl.with(extra, { Attributes = attributes })
  return rf:follow(rf:patch(uri, data, { held = body }))
end

local function holds_attributes(attributes)
  return function(body)
    for name, value in pairs(attributes) do
      if object(body.Attributes)[name] ~= value then
        return false
      end
    end
    return true
  end
end

-- B08, V09: the manager brings it about.
local function by_manager(rf, manager, attributes, call)
  local pattern = rf.target.profile.boot.attributes_uri
  local owner = reading.link(manager)
  if not (pattern and owner) then
    return err.refuse("unsupported", "this target is set by attributes, and nothing says where")
  end
  local uri = pattern:gsub("{manager}", (reading.path(owner):gsub("%%", "%%%%")))
  local outcome, e = patch_attributes(rf, uri, attributes, nil, call)
  if not outcome then
    return nil, e
  end
  local result = { uri = uri, sent = { Attributes = attributes } }
  if not rf.target.dry_run then
    local _, why = write.confirm(rf, uri, holds_attributes(attributes))
    if why then
      return nil, why
    end
    result.confirmed = true
  end
  return result
end

-- ---- HTTP boot ----

-- Whether Boot has room for a URI, here or in the settings object.
local function has_uri(rf, places)
  return places.settings and startup.shows(rf, places.settings, "HttpBootUri")
    or startup.shows(rf, places.system, "HttpBootUri")
end

-- Where BIOS attributes are written: the settings object that the Bios names.
local function bios_settings(rf, system)
  local link = reading.link(system.Bios)
  local bios = link and rf:get(link)
  return reading.link(object(object(bios)["@Redfish.Settings"]).SettingsObject)
end

-- B09: the URI is a BIOS attribute, staged for the next reset.
local function stage_uri(rf, uri, wish, call)
  local attributes = override.http_attributes(wish.uri, rf.target.profile.boot)
  wish.uri = nil
  call.note("the boot URI is a BIOS attribute here, and takes effect with the next reset")
  return patch_attributes(rf, uri, attributes, {
    ["@Redfish.SettingsApplyTime"] = {
      ["@odata.type"] = "#Settings.v1_3_0.PreferredApplyTime", ApplyTime = "OnReset",
    },
  }, call)
end

local function prepare_uri(rf, system, places, wish, call)
  if not wish.uri then
    return true
  end
  local uri = rf.target.profile.boot.http_attributes and bios_settings(rf, system)
  if uri then
    local outcome, e = stage_uri(rf, uri, wish, call)
    return outcome and true, e
  elseif has_uri(rf, places) then
    return true
  end
  return err.refuse("unsupported", "this BMC has no place for an HTTP boot URI")
end

-- ---- the override ----

-- Some services have an order and no override (EX425).
local function has_override(rf, places)
  return startup.allowed(places, override.TARGET) ~= nil
    or places.settings and startup.shows(rf, places.settings, override.TARGET)
    or startup.shows(rf, places.system, override.TARGET)
end

-- B13: a mode that is not there cannot be set, and the rest can.
local function drop_mode(rf, places, wish, call)
  local profile = rf.target.profile.boot
  local shown = startup.shows(rf, places.system, override.MODE)
    or places.settings and startup.shows(rf, places.settings, override.MODE)
  if wish.mode and not shown and profile.send ~= "full" then
    call.note("this BMC has no boot mode to be set")
    wish.mode = nil
  end
end

local function sent_of(written)
  local sent = {}
  for _, part in ipairs(written.parts) do
    for name, value in pairs(part.boot) do
      sent[name] = value
    end
  end
  return sent
end

-- With the override as it reads.
local function result_of(body, result)
  local record = tbl.with(startup.record(body), result)
  record.boot_order = nil
  return record
end

-- What reads back, unless it only will after a reset.
local function confirm(rf, wish, written, call)
  local outcome, place = written.outcome, written.parts[1].place
  local result = { uri = place.uri, sent = sent_of(written), job = outcome.uri }
  if outcome.state == "scheduled" then
    call.note("staged: it takes effect with the next reset")
    return result
  end
  local body, e = write.confirm(rf, place.uri, function(seen)
    return override.holds(wish, object(seen.Boot))
  end)
  if not body then
    return nil, e
  end
  result.confirmed = true
  return result_of(body, result)
end

-- What reads back otherwise is said once more in full: a BMC may keep what was not said again,
-- or lose it.
local function insist(rf, places, wish, written, call)
  local result, e = confirm(rf, wish, written, call)
  if result or not e.seen then
    return result, e
  end
  call.step { step = "read back", ok = false, why = e.text .. "; said once more in full" }
  written = write.boot(rf, places, { override.full(wish, object(e.seen.Boot)) }, call)
  if not written then
    return nil, e
  end
  return confirm(rf, wish, written, call)
end

-- Whether there is nothing to be cleared.
local function is_clear(wish, places)
  if wish.enabled ~= "Disabled" then
    return false
  end
  for _, place in ipairs { places.system, places.settings } do
    if not override.holds(wish, object(place.body.Boot)) then
      return false
    end
  end
  return true
end

local function by_override(rf, system, places, wish, call)
  if is_clear(wish, places) then
    call.step { step = "nothing to do", ok = true, why = "no override is set" }
    return result_of(system, { confirmed = true })
  end
  if not has_override(rf, places) then
    return err.refuse("unsupported", "this BMC shows no boot override")
  end
  local ok, e = prepare_uri(rf, system, places, wish, call)
  if not ok then
    return nil, e
  end
  drop_mode(rf, places, wish, call)
  local bodies = override.bodies(wish, rf.target.profile.boot, object(system.Boot))
  local written
  written, e = write.boot(rf, places, bodies, call)
  if not written then
    return nil, e
  elseif rf.target.dry_run then
    return { uri = written.parts[1].place.uri, sent = sent_of(written) }
  end
  return insist(rf, places, wish, written, call)
end

-- Attributes where only they can do it, or where the override was refused.
local function bring_about(rf, known, places, wish, call)
  local profile = rf.target.profile.boot
  local attributes = override.attributes(wish, profile)
  if attributes and (not wish.value or tbl.contains(profile.attributes_first, wish.target)) then
    return by_manager(rf, known.manager, attributes, call)
  end
  local result, e = by_override(rf, known.system, places, wish, call)
  if result or not (attributes and readback.refused(e)) then
    return result, e
  end
  local other, why = by_manager(rf, known.manager, attributes, call) -- B06
  return other, not other and (why.effect == "none" and e or why) or nil
end

local function over_redfish(target, args, call)
  local wish, e = override.wish(args)
  if not wish then
    return nil, e
  end
  local rf = redfish.of(target)
  local known, places, ok
  known, e = subject.known(rf, args, call, subject.certain)
  if not known then
    return nil, e
  end
  places, e = startup.places(rf, known.system, call)
  if places then
    ok, e = override.resolve(wish, target.profile.boot, places)
  end
  if not ok then
    return nil, err.wrap(e, { effect = "none" })
  end
  return bring_about(rf, known, places, wish, call)
end

--- Sets the boot override: m:set_next_boot("Pxe"), m:set_next_boot("Cd", { mode = "UEFI" }).
---
--- target is a boot source of Redfish, a common word for one ("pxe", "disk", "bios"), "VirtualCd"
--- or "VirtualFloppy" for what was inserted over the network, or "None" to clear the override.
--- enabled is "Once" (default), "Continuous" or "Disabled"; mode "UEFI" or "Legacy", left as it is
--- when absent; uefi_target a device path (for UefiTarget); http_uri a URL (for UefiHttp).
--- sent and uri tell what went where, the boot_source_override_… what reads back; confirmed is
--- absent where that is to be seen only after a reset; job is what then does it. Over IPMI there
--- is no uri, and a BMC may forget the override after 60 s: a note says so.
---
--- Errors: rejected (no such word; the BMC took it and shows something else: effect unknown),
--- unsupported (this BMC cannot; what it allows is named), busy (in POST for all of
--- boot.retry_budget), and those of the transport.
---@type bmc.plan.Op
return {
  name = "set_next_boot",
  write = true,
  seconds = 300,
  params = { "target" },
  record = {
    "uri", "sent", "boot_source_override_enabled", "boot_source_override_target",
    "boot_source_override_mode", "confirmed", "job", "way", "seconds", "trail",
  },
  ways = { redfish = over_redfish, ipmi = over_ipmi.set },
}
