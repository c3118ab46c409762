-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmc.sim: simulated BMCs, over Redfish and IPMI, for tests, demonstrations and trying things
-- out. Owns the options and what a farm is made of: recorded trees (sim/mockup)
-- or machines of generated personalities (sim/personality), one an address.
--
--   local sim = require "bmc.sim"
--   local farm <close> = sim.start { fleet = 12, tls = false, ipmi = true }
--   farm:fault(3, "drop@POST,times=1")       -- BMC 3: executed, not answered, once
--   … farm.url(3) … farm.ipmi_url(3) … farm.bmc(3).counters.resets …
--
-- The same farm from the command line is `bmcsh sim`; over HTTP, GET /sim says
-- what can be seen and changed while it runs.

local err = require "bmc.err"
local task = require "bmc.task"
local address = require "bmc.sim.address"
local bmc = require "bmc.sim.bmc"
local farm = require "bmc.sim.farm"
local machine = require "bmc.sim.machine"
local mockup = require "bmc.sim.mockup"
local personality = require "bmc.sim.personality"
local traits_of = require "bmc.sim.traits"
local tree = require "bmc.sim.tree"

local M = {}

---@class bmc.sim.Options
---@field fleet? integer         this many generated BMCs
---@field vendors? string[]      in turn: a vendor ("idrac", "dell") stands for all its models,
---                              in turn again, a model ("ilo6") for itself; default: all
---@field mockup? string|string[] recorded trees, in turn, in place of generated ones
---@field count? integer         BMCs over recorded trees; default: one a tree
---@field address? string        of the first BMC, the others follow; default 127.0.0.1
---@field port? integer          default 0: one that is free at all addresses
---@field redfish? boolean       default true; false: IPMI alone, and /sim at the first address
---@field ipmi? boolean          serve IPMI at the same addresses; default false
---@field ipmi_port? integer     UDP; default 0: one that is free at all addresses
---@field seed? integer          of what the network does by chance, with ipmi_loss and the like; 1
---@field tls? boolean           default true, with a self-signed certificate
---@field user? string           default "admin"
---@field password? string       default "simulated"
---@field basic? boolean         Basic credentials are taken; default true
---@field session_limit? integer at once at each BMC; default: as the vendor
---@field session_timeout? number idle seconds; default: as the vendor
---@field reset_delay? number    seconds until a reset has its effect; default 2
---@field faults? string[]       rules: bmc.sim.fault
---@field traits? table           how all of them differ from what they are: bmc.sim.traits

local DEFAULTS = {
  address = "127.0.0.1", port = 0, tls = true, user = "admin", password = "simulated",
  basic = true, reset_delay = 2, redfish = true, ipmi = false, ipmi_port = 0,
}

-- What stands at each address in turn: a list of lists of { source, traits }.
local function generated(names, over, user)
  local kinds = {}
  for i, name in ipairs(names or personality.vendors()) do
    local models, known = personality.find(name)
    if not models then
      return err.fail("rejected", ("no vendor or model %q; there are: %s"):format(name, known))
    end
    kinds[i] = {}
    for k, traits in ipairs(models) do
      traits_of.overlay(traits, over)
      kinds[i][k] = { source = tree.new(traits, user), traits = traits }
    end
  end
  return kinds
end

local function recorded(dirs, names, over)
  local models, known = personality.find(names and names[1] or "generic")
  local traits = models and models[1] or personality.generic()
  if names and not models then
    return err.fail("rejected", ("no vendor or model %q; there are: %s"):format(names[1], known))
  end
  traits_of.overlay(traits, over)
  local kinds = {}
  for i, dir in ipairs(dirs) do
    local source, problem = mockup.open(dir)
    if not source then return nil, problem end
    kinds[i] = { { source = source, traits = traits } }
  end
  return kinds
end

local function build(opts, kinds, addresses)
  local bmcs = {}
  for i, at in ipairs(addresses) do
    local models = kinds[(i - 1) % #kinds + 1]
    local kind = models[(i - 1) // #kinds % #models + 1]
    bmcs[i] = bmc.new {
      index = i, address = at, source = kind.source, traits = kind.traits,
      machine = machine.new(i, kind.traits.serial), clock = task.now,
      user = opts.user, password = opts.password, basic = opts.basic,
      session_limit = opts.session_limit, session_timeout = opts.session_timeout,
      reset_delay = opts.reset_delay,
    }
  end
  return bmcs
end

local function prepare(opts)
  local dirs = type(opts.mockup) == "string" and { opts.mockup } or opts.mockup
  local over, problem = traits_of.check(opts.traits or {})
  if not over then return nil, problem end
  local kinds
  if dirs then
    kinds, problem = recorded(dirs, opts.vendors, over)
  else
    kinds, problem = generated(opts.vendors, over, opts.user)
  end
  if not kinds then return nil, problem end
  local count = dirs and (opts.count or #dirs) or opts.fleet or opts.count or 1
  local addresses
  addresses, problem = address.list(opts.address, count)
  return addresses and build(opts, kinds, addresses), problem
end

--- Starts a farm; it serves until it is closed. Raises an error value when
--- that fails: rejected (options), missing (no recorded tree), busy (port).
---@param opts bmc.sim.Options
---@return bmc.sim.Farm farm to be closed: local farm <close> = sim.start{…}
function M.start(opts)
  local full = setmetatable({}, { __index = function(_, k)
    if opts[k] ~= nil then return opts[k] end
    return DEFAULTS[k]
  end })
  local bmcs, problem = prepare(full)
  local started
  if bmcs then
    started, problem = farm.open {
      bmcs = bmcs, port = full.port, tls = full.tls, faults = full.faults,
      seed = full.seed, redfish = full.redfish,
      ipmi_port = (full.ipmi or opts.ipmi_port) and full.ipmi_port or nil,
    }
  end
  if not started then error(problem, 2) end
  return started
end

return M
