-- SPDX-License-Identifier: GPL-3.0-or-later
-- What every operation promises of its records, at every machine that the simulator has.
local bmc = require "bmc"
local sim = require "bmc.sim"

-- The type of a field follows from the end of its name; what has none is text.
local NUMBERS = {
  "_c$", "_w$", "_v$", "_rpm$", "_percent$", "_mhz$", "_mib$", "_bytes$", "_count$", "^total_",
  "^channel$",
}
local OTHERS = {
  online = "boolean", failure_predicted = "boolean", updatable = "boolean", drives = "table",
  enabled = "boolean", locked = "boolean", boot_order = "table", position = "number",
  dns_servers = "table", ntp_servers = "table", features = "table", cve = "table",
  media_types = "table", insertable = "boolean", inserted = "boolean", write_protected = "boolean",
  power_on = "boolean", intrusion = "boolean", vlan_id = "number",
  active = "boolean", value = "number",
  thresholds = "table", states = "table",
}

local MAY_BE_EMPTY = { volume_inventory = true }

local function type_of(field)
  for _, ending in ipairs(NUMBERS) do
    if field:find(ending) then
      return "number"
    end
  end
  return OTHERS[field] or "string"
end

local function check_record(op, record)
  local announced = {}
  for _, field in ipairs(op.record) do
    announced[field] = true
  end
  for field, value in pairs(record) do
    local where = op.name .. "." .. tostring(field)
    assert.is_true(announced[field], where .. " is not announced")
    assert.equal(type_of(field), type(value), where)
    assert.is_true(value ~= "" and value == value, where)
  end
end

local function check(op, data)
  if not op.record[1] then
    return assert.equal("string", type(data))
  end
  for _, record in ipairs(op.list and data or { data }) do
    check_record(op, record)
  end
  if op.list then
    assert.is_true(#data > 0 or MAY_BE_EMPTY[op.name] or false, op.name .. " is empty")
  else
    assert.is_truthy(next(data), op.name .. " is empty")
  end
end

describe("every read", function()
  it("gives records of the announced fields and types, and changes nothing", function()
    local farm <close> = sim.start { fleet = 10, tls = false }
    for i = 1, farm.count do
      local m <close> = bmc.open { host = farm.url(i), user = "admin", password = "simulated",
        read_only = true }
      for _, name in ipairs(bmc.ops()) do
        local op = bmc.op(name)
        -- What is of one resource has to be told which.
        if op.ways.redfish and not op.write and not op.stream
          and (op.params or {})[1] ~= "uri" then
          local data = m[name](m)
          if data ~= nil or not op.optional then
            check(op, data)
          end
        end
      end
      m:close()
      assert.equal(1, farm.bmc(i).counters.logins)
      assert.equal(0, farm.bmc(i).counters.live_sessions)
    end
  end)
end)
