-- SPDX-License-Identifier: GPL-3.0-or-later
-- A BMC whose answers have the right form and the wrong values: here and there a word where a
-- number belongs, a list where an object does, null, an endless number, a link that is none. An
-- operation gives a record or an error, and never fails in itself.

local bmc = require "bmc"
local err = require "bmc.err"
local http = require "bmc.http"
local json = require "bmc.json"
local random = require "support.random"
local sim = require "bmc.sim"
local vendor = require "bmc.vendor"

local VENDORS = { "idrac", "ilo", "supermicro", "lenovo-xcc", "openbmc" }
local TRIES = 3 -- of each operation at each vendor

-- What has to be said to an operation, and what is not asked here.
local ARGS = {
  power_action = { verb = "cycle" }, set_next_boot = { target = "Pxe" },
  set_boot_order = { devices = { "1" } }, indicator_led = { state = "on" },
  set_restore_policy = { policy = "always_on" }, sel_entries = { log = "all", limit = 0 },
  insert_virtual_media = { url = "http://192.0.2.1/rescue.iso" },
  expand_collection = { uri = "/redfish/v1/Chassis" }, validate_resource = { uri = "/redfish/v1" },
}
local NOT_ASKED = { raw = true, stream_events = true, reap_sessions = true }

-- In place of a value. A function, since what an operation is given is its own.
local LIES = {
  function() return nil end, function() return false end, function() return true end,
  function() return "" end, function() return "On" end, function() return "/redfish/v1" end,
  function() return "9999-99-99T99:99:99Z" end, function() return "%s\0\27[2J" end,
  function() return 0 end, function() return -1 end, function() return 1.5 end,
  function() return 1e300 end, function() return math.maxinteger end,
  function() return {} end, function() return { false } end, function() return { 1, 2 } end,
  function() return { "a", {} } end, function() return { a = { b = 1 } } end,
  function() return { ["@odata.id"] = 5 } end, function() return { ["@odata.id"] = "x" } end,
}

-- Puts lies into a value, one for so many of its parts.
local function spoil(value, below, parts, at)
  if at ~= "" and below(parts) == 0 then
    return LIES[below(#LIES) + 1]()
  elseif type(value) ~= "table" then
    return value
  end
  local names = {}
  for name in pairs(value) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    local lie = spoil(value[name], below, parts, at .. "/" .. name)
    if lie == nil and type(name) == "number" then
      lie = false -- as null in a list is read
    end
    value[name] = lie
  end
  return value
end

-- Runs f while resources are read with lies in them.
local function lying(below, parts, f)
  local decode = http.decode
  function http.decode(...) -- luacheck: ignore 122
    local value, e = decode(...)
    if type(value) == "table" and value["@odata.id"] and not getmetatable(value) then
      value = spoil(value, below, parts, "")
    end
    return value, e
  end
  local results = table.pack(pcall(f))
  http.decode = decode -- luacheck: ignore 122
  return table.unpack(results, 1, results.n)
end

local SET = {
  "generic.power.settle=0", "generic.power.poll=0.01", "generic.power.budget=0.05",
  "generic.power.restart_watch=0.05", "generic.power.retry_budget=0", "generic.media.poll=0.01",
  "generic.media.settle=0", "generic.media.budget=0.05", "generic.boot.poll=0.01",
  "generic.boot.settle=0", "generic.boot.retry_budget=0", "generic.redfish.retries=0",
  "generic.logs.clear_wait=0", "generic.bmc_reset.pause=0", "generic.bmc_reset.poll=0.01",
  "generic.task.grace=0",
}

describe("an operation over Redfish", function()
  local registry = assert(vendor.load { dirs = {}, set = SET })
  for _, name in ipairs(bmc.ops()) do
    if bmc.op(name).ways.redfish and not NOT_ASKED[name] then
      it("of a BMC that lies: " .. name, function()
        local farm <close> = sim.start {
          count = #VENDORS, vendors = VENDORS, tls = false, reset_delay = 0.01,
        }
        for seed = 1, #VENDORS * TRIES do
          local below = random(seed)
          local m <close> = bmc.open {
            host = farm.url(seed % #VENDORS + 1), user = "admin", password = "simulated",
            registry = registry, timeout = 1,
          }
          local args = {}
          for key, value in pairs(ARGS[name] or {}) do
            args[key] = value
          end
          local ok, result = lying(below, 10 + below(200), function() return m[name](m, args) end)
          local text = ("%s, seed %d: %s"):format(name, seed, tostring(result))
          assert.is_true(ok or err.is(result) and not result.traceback, text)
          assert.is_string(json.encode(result), text)
        end
      end)
    end
  end
end)
