-- SPDX-License-Identifier: GPL-3.0-or-later
-- What holds for every personality: one loop over all of them (STYLE S5).
local cjson = require "cjson"
local machine = require "bmc.sim.machine"
local personality = require "bmc.sim.personality"
local store = require "bmc.sim.store"
local tree = require "bmc.sim.tree"

local function each_model(f)
  for _, vendor in ipairs(personality.all()) do
    for _, traits in ipairs(personality.find(vendor)) do f(traits) end
  end
end

local function open(traits, index)
  return store.new(tree.new(traits), machine.new(index, traits.serial))
end

local function body(resources, path)
  return cjson.decode((resources:text(assert(resources:find(path), path))))
end

-- Calls f(uri) for every link in a document; fragments belong to the document.
local function links(value, f)
  for key, inner in pairs(value) do
    if type(inner) == "table" then
      links(inner, f)
    elseif key == "@odata.id" or key == "@Redfish.ActionInfo" then
      if not inner:find("#", 1, true) then f(inner) end
    end
  end
end

-- All documents that can be reached from the root.
local function reach(resources)
  local seen = {}
  local function visit(path)
    local key = assert(resources:find(path), path)
    if seen[key] then return end
    seen[key] = cjson.decode((resources:text(key)))
    links(seen[key], visit)
  end
  visit("/redfish/v1/")
  return seen
end

describe("sim.personality", function()
  it("knows vendors, their other names, and models", function()
    assert.equal(2, #personality.find("ilo"))
    assert.same(personality.find("idrac"), personality.find("dell"))
    assert.equal("x13", personality.find("x13")[1].model)
    local none, known = personality.find("acme")
    assert.is_nil(none)
    assert.is_truthy(known:find("lenovo-xcc", 1, true))
  end)

  it("links only to what is there", function()
    each_model(function(traits)
      for key, document in pairs(reach(open(traits, 7))) do
        assert.equal(key, store.key(document["@odata.id"]), traits.model)
        assert.is_truthy(document["@odata.type"]:find("^#%u"), key)
      end
    end)
  end)

  it("says the same of a machine in the old model and in the new one", function()
    each_model(function(traits)
      if not (traits.model_old and traits.model_new) then return end
      local resources = open(traits, 3)
      local chassis = "/redfish/v1/Chassis/" .. traits.ids.chassis
      local old = body(resources, chassis .. "/Thermal").Temperatures
      local new = body(resources, chassis .. "/ThermalSubsystem/ThermalMetrics")
      for i, reading in ipairs(new.TemperatureReadingsCelsius) do
        assert.equal(old[i].ReadingCelsius, reading.Reading, traits.model)
      end
      local control = body(resources, chassis .. "/Power").PowerControl[1]
      local metrics = body(resources, chassis .. "/EnvironmentMetrics")
      assert.equal(control.PowerConsumedWatts, metrics.PowerWatts.Reading, traits.model)
    end)
  end)

  it("tells machines apart, and finds them again", function()
    each_model(function(traits)
      local path = "/redfish/v1/Systems/" .. traits.ids.system
      local one, again, other = open(traits, 1), open(traits, 1), open(traits, 2)
      assert.equal(one:text(path), again:text(path))
      assert.not_equal(body(one, path).SerialNumber, body(other, path).SerialNumber)
      assert.not_equal(body(one, path).UUID, body(other, path).UUID)
    end)
  end)

  it("leaves no placeholder in any document", function()
    each_model(function(traits)
      local resources = open(traits, 1)
      for key in pairs(reach(resources)) do
        assert.is_nil(resources:text(key):find("{%l+}"), key)
      end
    end)
  end)

  it("offers resets beside the action, or in an ActionInfo", function()
    each_model(function(traits)
      local resources = open(traits, 1)
      local path = "/redfish/v1/Systems/" .. traits.ids.system
      local reset = body(resources, path).Actions["#ComputerSystem.Reset"]
      local listed = reset["ResetType@Redfish.AllowableValues"]
      if traits.action_info then
        listed = body(resources, reset["@Redfish.ActionInfo"]).Parameters[1].AllowableValues
      end
      assert.same(traits.reset_types, listed, traits.model)
    end)
  end)
end)
