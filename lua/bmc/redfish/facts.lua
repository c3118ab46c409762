-- SPDX-License-Identifier: GPL-3.0-or-later
--- What the bodies of a BMC tell about whose it is.
--
-- Owns the reading of bmc.vendor.Facts from root, manager and system, in whatever
-- shape these come: a fact is a text that is not blank, or a list of names.
-- Pure; what follows from the facts is bmc.vendor's.

local reading = require "bmc.reading"
local tbl = require "bmc.tbl"

local text = reading.text

local M = {}

-- The names in an Oem object; some BMCs have an array there.
local function names(t)
  return tbl.is_map(t) and tbl.sorted_keys(t) or nil
end

--- The facts in a service root.
---@param root table
---@param certificate? table  of the connection, as bmc.http returns it
---@return bmc.vendor.Facts
function M.of_root(root, certificate)
  return {
    root_vendor = text(root.Vendor), root_product = text(root.Product),
    root_oem = names(root.Oem), tls_issuer = certificate and certificate.issuer,
  }
end

--- The facts in a manager.
---@param manager table
---@return bmc.vendor.Facts
function M.of_manager(manager)
  return {
    manager_id = text(manager.Id), manager_model = text(manager.Model),
    manager_oem = names(manager.Oem), manager_firmware = text(manager.FirmwareVersion),
  }
end

--- The facts in a system.
---@param system table
---@return bmc.vendor.Facts
function M.of_system(system)
  return {
    system_manufacturer = text(system.Manufacturer), system_model = text(system.Model),
  }
end

return M
