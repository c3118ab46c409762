-- SPDX-License-Identifier: GPL-3.0-or-later
-- Fault rules: reading them, and which requests they hit. What a fault does on the wire is in
-- faults_spec.lua.
local fault = require "bmc.sim.fault"

local function bmc(index, at)
  return { index = index, address = at or "127.0.0." .. index, counters = { faults = 0 } }
end

-- Which of n equal requests a rule hits: "x..x".
local function pattern(spec, n, call, at)
  local rule = assert(fault.parse(spec))
  local out = {}
  call, at = call or { method = "GET", path = "/redfish/v1/" }, at or bmc(1)
  for i = 1, n do out[i] = rule:hits(at, call) and "x" or "." end
  return table.concat(out)
end

describe("sim.fault: reading", function()
  it("takes name, value and selector", function()
    local rule = assert(fault.parse "latency=0.25@POST,bmc=3")
    assert.equal("latency", rule.name)
    assert.equal(0.25, rule.value)
    assert.equal("POST", rule.method)
    assert.equal("latency=0.25@POST,bmc=3", tostring(rule))
  end)

  it("has the usual value where none is given", function()
    assert.equal(10000, fault.parse("deep_json").value)
    assert.equal("https://elsewhere.test", fault.parse("redirect=https://elsewhere.test").value)
  end)

  it("says what is wrong with a rule", function()
    for spec, text in pairs {
      ["quake"] = "no fault \"quake\"", [""] = "no fault", ["=3"] = "no fault",
      ["latency=soon"] = "not a number", ["drop@often"] = "bad selector \"often\"",
      ["drop@nth=x"] = "bad selector", ["drop=5"] = "takes no value",
      ["error=500.5"] = "no value for it", ["error=17"] = "no value for it",
      ["latency=-1"] = "no value for it", ["ipmi_code=256"] = "no value for it",
      ["ipmi_loss=101"] = "no value for it",
    } do
      local rule, e = fault.parse(spec)
      assert.is_nil(rule, spec)
      assert.equal("rejected", e.code)
      assert.is_truthy(e.text:find(text, 1, true), e.text)
    end
  end)
end)

describe("sim.fault: selecting", function()
  it("hits everything without a selector", function()
    assert.equal("xxxx", pattern("drop", 4))
  end)

  it("takes a path as it is, but for its stars", function()
    local call = { method = "GET", path = "/a%20b.c/(1)" }
    assert.equal("x", pattern("drop@/a%20b.c/(1)", 1, call))
    assert.equal("x", pattern("drop@/a%*", 1, call))
    assert.equal(".", pattern("drop@/a%20bxc/*", 1, call))
  end)

  it("counts requests", function()
    assert.equal("..x.", pattern("drop@nth=3", 4))
    assert.equal("xx..", pattern("drop@times=2", 4))
  end)

  it("counts at each BMC, and only those that fit", function()
    local rule = assert(fault.parse "drop@POST,nth=2")
    local post, get = { method = "POST", path = "/" }, { method = "GET", path = "/" }
    assert.is_false(rule:hits(bmc(1), post))
    assert.is_false(rule:hits(bmc(1), get))
    assert.is_false(rule:hits(bmc(2), post))
    assert.is_true(rule:hits(bmc(1), post))
    assert.is_true(rule:hits(bmc(2), post))
  end)

  it("hits a share, evenly, and always the same one", function()
    local hits = pattern("drop@10%", 100)
    assert.equal(10, select(2, hits:gsub("x", "")))
    assert.equal(hits, pattern("drop@10%", 100))
    assert.not_equal(hits, pattern("drop@10%", 100, nil, bmc(2)))
  end)

  it("knows paths and methods", function()
    local reset = {
      method = "POST", path = "/redfish/v1/Systems/1.a/Actions/ComputerSystem.Reset",
    }
    assert.equal("x", pattern("drop@*/Actions/*", 1, reset))
    assert.equal("x", pattern("drop@/redfish/v1/Systems/1.a/*,POST", 1, reset))
    assert.equal(".", pattern("drop@/redfish/v1/Systems/1-a/*", 1, reset))
    assert.equal(".", pattern("drop@/redfish", 1, reset))
    assert.equal(".", pattern("drop@GET", 1, reset))
  end)

  it("concerns BMCs by address and number", function()
    local function concerned(spec)
      local rule = assert(fault.parse(spec))
      local out = {}
      for i = 1, 6 do out[i] = rule:concerns(bmc(i)) and i or nil end
      local list = {}
      for i = 1, 6 do list[#list + 1] = out[i] end
      return list
    end
    assert.same({ 3 }, concerned "drop@127.0.0.3")
    assert.same({ 2, 3, 4 }, concerned "drop@127.0.0.2-127.0.0.4")
    assert.same({ 5 }, concerned "drop@bmc=5")
    assert.same({ 5, 6 }, concerned "refuse@bmc=5-9")
    assert.same({ 2, 4, 6 }, concerned "refuse@50%")
    assert.same({ 1, 2, 3, 4, 5, 6 }, concerned "drop@50%")
  end)
end)

describe("sim.fault: applying", function()
  it("puts rules inside each other, the first one outermost", function()
    local rules = { assert(fault.parse "html=418"), assert(fault.parse "drop") }
    local executed = 0
    local status = fault.run(rules, bmc(1), { method = "GET", path = "/" }, function()
      executed = executed + 1
      return 200, {}, ""
    end)
    assert.equal(418, status)
    assert.equal(0, executed)
  end)

  it("executes when no rule hits, and counts when one does", function()
    local one = bmc(1)
    local rules = { assert(fault.parse "html@POST") }
    local function execute() return 200, {}, "done" end
    assert.equal(200, (fault.run(rules, one, { method = "GET", path = "/" }, execute)))
    assert.equal(0, one.counters.faults)
    assert.equal(502, (fault.run(rules, one, { method = "POST", path = "/" }, execute)))
    assert.equal(1, one.counters.faults)
  end)
end)
