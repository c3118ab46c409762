-- SPDX-License-Identifier: GPL-3.0-or-later
-- target.ways: owns by which ways a machine can be reached, with which credentials: what
-- bmc.target is given, as the fields of a target. Sends nothing.

local address = require "bmc.target.address"
local err = require "bmc.err"
local secret = require "bmc.secret"

local IPMI_OPTIONS = { address = true, user = true, password = true, kg = true }

local M = {}

-- One source for all machines that are opened with the same table: it asks once.
local made = setmetatable({}, { __mode = "k" })

--- A password or key as a source; raises what cannot be one.
---@param password? string|bmc.Secret|bmc.secret.Source|table|false  a table is one for
---  secret.source; false is none
---@return bmc.secret.Source?
function M.source_of(password)
  if type(password) == "string" or secret.is(password) then
    return secret.source { value = password }
  elseif not password or secret.is_source(password) then
    return password or nil
  elseif type(password) ~= "table" then
    error(("a %s is no secret: give a string, or a source such as { env = \"BMC_PASSWORD\" }")
      :format(type(password)), 0)
  end
  made[password] = made[password] or secret.source(password)
  return made[password]
end

---@class bmc.target.Ipmi: bmc.target.Place
---@field user? string
---@field password? bmc.secret.Source
---@field kg? bmc.secret.Source
---@field allow_1_5? boolean

-- What is known of the IPMI way: an address, or a table with one and with credentials of its own.
local function ipmi_of(given, opts)
  if type(given) ~= "table" then
    given = { address = given }
  end
  for name in pairs(given) do
    if not IPMI_OPTIONS[name] then
      error(("target.new: unknown option ipmi.%s"):format(tostring(name)), 3)
    end
  end
  local place, e = address.ipmi(given.address)
  if not place then
    return nil, e
  end
  place.user, place.allow_1_5 = given.user or opts.user, opts.allow_ipmi_1_5
  place.password = M.source_of(given.password or opts.password)
  place.kg = M.source_of(given.kg or opts.kg)
  return place
end

-- By which ways the machine can be reached, all of them or the one that is asked for.
local function ways_of(self, only)
  local ways = { redfish = self.url and true, ipmi = self.ipmi and true }
  if not only then
    return ways
  elseif ways[only] then
    return { [only] = true }
  end
  return err.fail("rejected", ("no %s address of this machine is given: %s"):format(only,
    only == "ipmi" and "add --ipmi ipmi://NAME" or "there is none for this way"))
end

--- Adds the addresses to a new target: url, ipmi, ways.
---@param self table
---@param opts bmc.target.Options
---@return table<string, true>? ways
---@return bmc.err.Value? err rejected
function M.add(self, opts)
  local e
  if address.is_ipmi(opts.url) then
    if opts.ipmi then
      return err.fail("rejected", "two IPMI addresses for one machine")
    end
    self.ipmi, e = ipmi_of(opts.url, opts)
  else
    self.url, e = address.redfish(opts.url)
    if not e and opts.ipmi then
      self.ipmi, e = ipmi_of(opts.ipmi, opts)
    end
  end
  if not e then
    self.ways, e = ways_of(self, opts.way)
  end
  return self.ways, e
end

--- Gives a target the names that its addresses have: host, base.
---@param self table
---@param opts bmc.target.Options
function M.name(self, opts)
  local url = self.url
  self.host = opts.name or url and address.shown(url) or self.ipmi and self.ipmi.shown or opts.url
  self.base = url and url.scheme .. "://" .. url.host .. ":" .. url.port
end

return M
