-- SPDX-License-Identifier: GPL-3.0-or-later
--- The text of a new override file, for `bmcsh vendor new`. Pure: who writes it where is the
--- command's.

local M = {}

local OVERRIDE = [[
-- %s: what is different here. Only these fields change; the rest stays as shipped.
-- bmcsh vendor explain %s shows what holds and why, bmcsh vendor lint checks this file.
return {
  power = { settle = %g }, -- seconds after a reset before the state can be trusted
}
]]

local VENDOR = [[
-- %s: a vendor of your own. What is not said here is as in lua/vendors/generic.lua.
-- bmcsh vendor explain %s shows what holds and why, bmcsh vendor lint checks this file.
return {
  match = { system_manufacturer = { %q } }, -- Lua patterns; root_vendor, manager_model … too
  power = { settle = %g }, -- seconds after a reset before the state can be trusted
}
]]

-- A Lua pattern that fits what begins with a text.
local function starting_with(text)
  return "^" .. text:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0")
end

--- An override of a vendor that there is.
---@param name string
---@param profile bmc.vendor.Profile  as it holds: the value to start from
---@return string text
function M.override(name, profile)
  return OVERRIDE:format(name, name, profile.power.settle)
end

--- A vendor that there is not yet.
---@param name string
---@param maker string    what Manufacturer of its systems begins with
---@param profile bmc.vendor.Profile  generic
---@return string text
function M.vendor(name, maker, profile)
  return VENDOR:format(name, name, starting_with(maker), profile.power.settle)
end

return M
