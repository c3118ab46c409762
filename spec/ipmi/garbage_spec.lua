-- SPDX-License-Identifier: GPL-3.0-or-later
-- A BMC that answers every command with bytes of any number and value: an operation gives a record
-- or an error, and never fails in itself, nor goes on for ever.

local err = require "bmc.err"
local fake = require "support.ipmifake"
local random = require "support.random"

local TRIES = 150
local OPS = {
  { "chassis_status" }, { "set_restore_policy", { policy = "previous" } }, { "boot_config" },
  { "set_next_boot", { target = "pxe" } }, { "set_next_boot", { target = "None" } },
  { "indicator_led", { state = "on" } }, { "led_state" }, { "nmi_trigger" }, { "power_metrics" },
  { "power_limit" }, { "set_power_limit", { watts = 400 } },
  { "set_power_limit", { watts = "off" } },
  { "watchdog_status" }, { "watchdog_off" }, { "post_code" }, { "network_info" }, { "bmc_users" },
  { "system_info" }, { "heartbeat" }, { "temperatures" }, { "fans" }, { "sensors" },
  { "power_supplies" }, { "chassis_health" }, { "fru" }, { "fru", { all = true } },
  { "sel_entries" }, { "power_state" },
}

local function bytes(next_below, most)
  local out = {}
  for i = 1, next_below(most + 1) do
    out[i] = string.char(next_below(3) == 0 and next_below(256) or ({ 0, 1, 0xDC, 255 })[
      next_below(4) + 1])
  end
  return table.concat(out)
end

describe("an operation over IPMI", function()
  for _, row in ipairs(OPS) do
    local op, args = row[1], row[2]
    it("of a BMC that answers anything: " .. op, function()
      local set = { "generic.boot.settle=1", "generic.boot.poll=1" }
      local registry = require("bmc.vendor").load { set = set }
      for seed = 1, TRIES do
        local below = random(seed)
        local replies = setmetatable({}, { __index = function(_, name)
          if name == "Get Device ID" then
            return nil
          end
          return function()
            return below(8) == 0 and below(255) + 1 or bytes(below, 24)
          end
        end })
        local data, e, c = fake.run(op, replies, args, { registry = registry, timeout = 1 })
        assert.is_true(data ~= nil or err.is(e), ("%s, seed %d"):format(op, seed))
        assert.is_true(#c.sent < 5000, ("%s, seed %d: %d commands"):format(op, seed, #c.sent))
      end
    end)
  end
end)
