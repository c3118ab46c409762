-- SPDX-License-Identifier: GPL-3.0-or-later
-- Boot override and boot order of simulated machines: how a generated system shows them, which
-- changes a BMC refuses (QUIRKS B01 to B22, as the traits say), and what a reset makes of them.
-- Works on recorded systems too: it reads the resource that is written to.

local cjson = require "cjson"
local json = require "bmc.json"
local message = require "bmc.sim.message"
local tbl = require "bmc.tbl"

local M = {}

local TARGET, ENABLED = "BootSourceOverrideTarget", "BootSourceOverrideEnabled"
local MODE = "BootSourceOverrideMode"
local LISTED = "@Redfish.AllowableValues"

-- ---- as resources ----

local function settings_path(tree)
  return tree.system .. "/" .. (tree.traits.boot.at == "SD" and "SD" or "Settings")
end

--- The Boot object of a system or of its settings.
---@param tree table
---@param writable? boolean it is the one that takes changes; default: as the traits say
---@return table
function M.object(tree, writable)
  local traits = tree.traits.boot
  local out = {
    [ENABLED] = "Disabled", [TARGET] = "None", UefiTargetBootSourceOverride = cjson.null,
    [MODE] = traits.modes and traits.modes[1] or nil, BootOrder = traits.order or nil,
    BootOptions = traits.order and tree:link(tree.system .. "/BootOptions") or nil,
  }
  if writable or traits.at == "system" then
    out[TARGET .. LISTED], out[ENABLED .. LISTED] = traits.targets, traits.enabled
    out[MODE .. LISTED] = traits.modes or nil
  end
  if tbl.dig(traits.targets, 1) and table.concat(traits.targets, ","):find("UefiHttp", 1, true) then
    out.HttpBootUri = cjson.null
  end
  return out
end

--- The link to the settings of a system, for those that have them.
---@param tree table
---@return table|nil
function M.settings(tree)
  if tree.traits.boot.at == "system" then return nil end
  return { SettingsObject = tree:link(settings_path(tree)) }
end

--- Adds the settings and the boot options.
---@param tree table
function M.add(tree)
  local traits = tree.traits.boot
  if traits.at ~= "system" then
    tree:add(settings_path(tree), "ComputerSystem", function()
      return { Name = "System settings", Boot = M.object(tree, true) }
    end, "Settings")
  end
  if not traits.order then return end
  local path, names = tree.system .. "/BootOptions", { "Disk", "Network", "Virtual CD", "Shell" }
  for i, id in ipairs(traits.order) do
    tree:add(path .. "/" .. id, "BootOption", function()
      return {
        BootOptionReference = id, DisplayName = names[i] or id, BootOptionEnabled = true,
        UefiDevicePath = ("PciRoot(0x0)/Pci(0x%X,0x0)"):format(i),
      }
    end)
  end
  tree:add_collection(path, "BootOptionCollection", traits.order)
end

-- ---- changes ----

local function refuse(id, ...)
  return message.fail(400, id, ...)
end

local function settings_of(document)
  return tbl.dig(document, "@Redfish.Settings", "SettingsObject", "@odata.id")
end

-- What may be wrong with a change, in this order: each answers the refusal or nothing.
local CHECKS = {
  function(traits, _, _, document)
    if traits.at == "settings" and settings_of(document) then
      return refuse("PropertyNotWritable", "Boot")
    elseif traits.at == "SD" and settings_of(document) then
      return refuse("OperationSupportedInFutureStateURI", settings_of(document))
    end
  end,
  function(traits, _, is_starting)
    if traits.post_refused and is_starting then
      return message.vendor(400, "iLO.2.24.UnableToModifyDuringSystemPOST",
        "This cannot be changed while the system is in POST.")
    end
  end,
  function(traits, boot)
    if traits.mode_refused and boot[MODE] ~= nil then return refuse("PropertyNotWritable", MODE) end
  end,
  function(traits, boot)
    if not traits.full or not (boot[TARGET] or boot[ENABLED] or boot[MODE]) then return end
    for _, name in ipairs { TARGET, ENABLED, traits.modes and MODE or TARGET } do
      if boot[name] == nil then return refuse("PropertyMissing", name) end
    end
  end,
  function(traits, boot)
    for _, one in ipairs { { ENABLED, traits.enabled }, { MODE, traits.modes } } do
      local value = boot[one[1]]
      if value ~= nil and not tbl.contains(one[2] or {}, value) then
        return refuse("PropertyValueNotInList", value, one[1])
      end
    end
  end,
  function(traits, boot)
    if traits.alone and boot[TARGET] == traits.alone and boot[ENABLED] ~= nil then
      return refuse("PropertyValueConflict", ENABLED, TARGET)
    elseif traits.keep_target and boot[ENABLED] == "Disabled" and boot[TARGET] == "None" then
      return refuse("PropertyValueConflict", TARGET, ENABLED)
    end
  end,
  function(_, boot, _, document)
    local known = tbl.dig(document, "Boot", "BootOrder")
    for _, name in ipairs(type(boot.BootOrder) == "table" and boot.BootOrder or {}) do
      if not tbl.contains(known or {}, name) then
        return refuse("PropertyValueNotInList", name, "BootOrder")
      end
    end
  end,
}

--- Refuses a PATCH that this BMC does not take.
---@param bmc table
---@param key string of the resource
---@param document table the resource, decoded
---@param body table the change
---@return integer|nil status nil: nothing against it
---@return table|nil headers
---@return string|nil answer
function M.check(bmc, key, document, body)
  local boot = body.Boot
  if type(boot) ~= "table" then return nil end
  local is_starting = bmc:is_starting(key)
  for _, check in ipairs(CHECKS) do
    local status, headers, answer = check(bmc.traits.boot, boot, is_starting, document)
    if status then return status, headers, answer end
  end
end

--- Follows a PATCH that was taken.
---@param bmc table
---@param key string
---@param document table as it was before
---@param body table
function M.applied(bmc, key, document, body)
  local boot = body.Boot
  if type(boot) ~= "table" then return end
  bmc:add_to "boot_changes"
  if bmc.traits.boot.falls_back and boot[TARGET] and not boot[MODE] then
    bmc.store:edit(key, '"Legacy"', "Boot", MODE)
  end
  if bmc.traits.boot.at ~= "system" and not settings_of(document) then bmc.staged = key end
end

-- ---- the next start ----

local function value_of(bmc, key, name)
  return bmc.store:value(key, "Boot", name)
end

local function set(bmc, key, name, value)
  if bmc.store:get(key, "Boot", name) then bmc.store:edit(key, json.encode(value), "Boot", name) end
end

-- The resource that takes changes of the override.
local function writable(bmc)
  local key = bmc:system()
  local link = bmc.store:value(key, "@Redfish.Settings", "SettingsObject", "@odata.id")
  local settings = link and bmc.store:find(link)
  return settings or key, settings
end

--- The override as it was last set, for who does not speak Redfish.
---@param bmc table
---@return { target: string?, enabled: string?, mode: string? }
function M.override(bmc)
  local key = writable(bmc)
  return {
    target = value_of(bmc, key, TARGET), enabled = value_of(bmc, key, ENABLED),
    mode = value_of(bmc, key, MODE),
  }
end

--- Sets the override.
---@param bmc table
---@param to { target: string, enabled: string, mode: string }
---@return boolean done false: this machine does not know the target, or how long it is to hold
function M.set_override(bmc, to)
  local key, staged = writable(bmc)
  if not value_of(bmc, key, ENABLED) then return false end
  for name, value in pairs { [TARGET] = to.target, [ENABLED] = to.enabled } do
    local listed = value_of(bmc, key, name .. LISTED)
    if listed and not tbl.contains(listed, value) then return false end
  end
  set(bmc, key, TARGET, to.target)
  set(bmc, key, ENABLED, to.enabled)
  set(bmc, key, MODE, to.mode)
  bmc.staged = staged
  bmc:add_to "boot_changes"
  return true
end

--- A system starts: what was staged holds from now on, and what held once is spent.
---@param bmc table
---@param key string of the system
function M.started(bmc, key)
  local from = bmc.staged or key
  if not bmc.store:get(key, "Boot", ENABLED) then return end
  bmc.booted = { target = value_of(bmc, from, TARGET), enabled = value_of(bmc, from, ENABLED) }
  for _, name in ipairs(bmc.staged and { TARGET, ENABLED, MODE, "BootOrder" } or {}) do
    local value = value_of(bmc, from, name)
    if value ~= nil then set(bmc, key, name, value) end
  end
  bmc.staged = nil
  if bmc.booted.enabled ~= "Once" then return end
  for _, where in ipairs(from == key and { key } or { key, from }) do
    set(bmc, where, ENABLED, "Disabled")
    set(bmc, where, TARGET, "None")
  end
end

return M
