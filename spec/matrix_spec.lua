-- SPDX-License-Identifier: GPL-3.0-or-later
-- Every recorded tree, asked for everything at once: how much of what lies in the files comes out.
-- What the values are, mockups_spec and its kin say; here it is the numbers, of all kinds.
local host = require "_bmcsh.host"
local render = require "support.matrix_text"
local support = require "support"
local survey = require "support.survey"

local SHARE = 0.98

-- Reads that every machine with a system has an answer to.
local ALWAYS = { "heartbeat", "system_info", "power_state", "chassis_health", "findings" }

describe("recorded trees", function()
  local folder = support.shared "mockups"
  local rows, registry

  local function asked()
    if not rows then
      rows, registry = survey.run(folder)
    end
    return rows
  end

  for _, kind in ipairs(survey.KINDS) do
    it("give nearly all their records: " .. kind[1], function()
      local count, there, lacking = 0, 0, {}
      for _, row in ipairs(asked()) do
        local list, counted = row.lists[kind[1]], row.census[kind[1]]
        local known = counted.there - counted.unlinked
        count, there = count + math.min(list.count, known), there + known
        lacking[#lacking + 1] = list.count < known and row.name or nil
      end
      assert.is_true(there > 0)
      assert.is_true(count >= SHARE * there,
        ("%d of %d; less in %s"):format(count, there, table.concat(lacking, ", ")))
    end)
  end

  it("answer every read, each with a system", function()
    for _, row in ipairs(asked()) do
      for _, op in ipairs(row.systems[1] and ALWAYS or {}) do
        assert.is_true(row.single[op].says, ("%s: %s: %s"):format(row.name, op,
          tostring(row.single[op].why)))
      end
    end
  end)

  it("make a matrix that names every vendor, and is the same each time", function()
    asked()
    local function text()
      return render {
        rows = rows, registry = registry, kinds = survey.KINDS, single = survey.SINGLE,
        writes = survey.WRITES,
      }
    end
    local first = text()
    for _, name in ipairs(registry:names()) do
      assert.is_truthy(first:find("\n| " .. name:gsub("%-", "%%-") .. " |"), name)
    end
    assert.is_nil(first:find("127.0.0.1", 1, true))
    rows, registry = survey.run(folder)
    assert.equal(first, text())
  end)
end)

describe("doc/supported-vendors.md", function()
  it("is about every vendor file", function()
    local file <close> = assert(io.open(host.root .. "/doc/supported-vendors.md"))
    local doc = file:read("a")
    for _, name in ipairs(require("bmc.vendor").load({ dirs = {} }):names()) do
      assert.is_truthy(doc:find("\n| " .. name .. " |", 1, true), name .. ": run tools/matrix.lua")
    end
  end)
end)
