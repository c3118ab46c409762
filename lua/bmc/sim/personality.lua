-- SPDX-License-Identifier: GPL-3.0-or-later
-- Finds the personalities of simulated BMCs: personality/VENDOR.lua is data,
-- what all machines of a vendor share and then its models, each only with its
-- differences. What they differ from, and what each trait means, is in traits.lua.

local tbl = require "bmc.tbl"
local traits = require "bmc.sim.traits"

local M = {}

-- Those of a fleet of which nothing is said, and those that are there when asked for.
local VENDORS = { "idrac", "ilo", "supermicro", "lenovo-xcc", "openbmc" }
local OTHERS = { "ami-megarac", "huawei", "cisco" }

local function models_of(vendor)
  local file = require("bmc.sim.personality." .. vendor)
  local models = {}
  for i, model in ipairs(file.models) do
    models[i] = traits.overlay(traits.overlay(M.generic(), file.traits), model)
    models[i].vendor = vendor
  end
  return models, file
end

--- Traits of a service about which nothing is known; recorded trees are served with them.
---@return table traits
function M.generic()
  return tbl.copy(traits.GENERIC)
end

--- Names of the vendors, in the order in which a fleet takes them.
---@return string[]
function M.vendors()
  return tbl.copy(VENDORS)
end

--- Names of all vendors.
---@return string[]
function M.all()
  return table.move(OTHERS, 1, #OTHERS, #VENDORS + 1, tbl.copy(VENDORS))
end

--- The models that a name stands for: all of a vendor ("idrac", "dell"), or one ("ilo6").
---@param name string
---@return table[]|nil models traits of each
---@return string|nil known what could have been said
function M.find(name)
  local known = {}
  for _, vendor in ipairs(M.all()) do
    local models, file = models_of(vendor)
    if name == vendor or name == file.alias then return models end
    known[#known + 1] = vendor
    for _, model in ipairs(models) do
      if model.model == name then return { model } end
      known[#known + 1] = model.model
    end
  end
  return nil, table.concat(known, ", ")
end

return M
