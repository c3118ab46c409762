-- SPDX-License-Identifier: GPL-3.0-or-later
-- The client against simulated BMCs that refuse what real ones refuse: every way of handling
-- entity tags, and every way of answering 202.
local changes = require "support.changes"
local redfish = require "bmc.redfish"

local SYSTEM = "/redfish/v1/Systems/system"
local UPDATE = "/redfish/v1/UpdateService/Actions/UpdateService.SimpleUpdate"

-- Changes the system twice: what has to be found out is found out once.
local function change_twice(m, sim)
  local rf = redfish.of(m.target)
  for i, state in ipairs { "Blinking", "Lit" } do
    local held = assert(rf:get(SYSTEM))
    local before = sim:count().requests
    local body, e = rf:patch(SYSTEM, { IndicatorLED = state }, { held = held })
    assert.is_truthy(body, tostring(e))
    assert.equal(state, changes.value(sim, SYSTEM, "IndicatorLED"))
    if i == 2 then
      assert.equal(1, sim:count().requests - before)
    end
  end
end

describe("entity tags", function()
  for _, show in ipairs { "plain", "weak", "double", "gzip" } do
    for _, take in ipairs { "shown", "strong", "bare", "star" } do
      it(("shown %s, taken %s"):format(show, take), function()
        changes.with({ etags = { show = show, take = { take }, need = 428, in_body = true } },
          change_twice)
      end)
    end
  end

  it("in the body alone (E02)", function()
    changes.with({ etags = { take = { "body" }, in_body = true, need = 428 } }, change_twice)
  end)

  it("empty (E09), or none at all", function()
    for _, show in ipairs { "empty", "none" } do
      changes.with({ etags = { show = show } }, change_twice)
    end
  end)

  it("demanded where none was held (E01)", function()
    changes.with({ etags = { need = 428 } }, function(m)
      assert(redfish.of(m.target):patch(SYSTEM, { IndicatorLED = "Lit" }))
    end)
  end)

  it("refused the first time (E07)", function()
    changes.with({ etags = { first_refused = true, in_body = true } }, function(m, sim)
      local rf = redfish.of(m.target)
      assert(rf:patch(SYSTEM, { IndicatorLED = "Lit" }, { held = rf:get(SYSTEM) }))
      assert.equal("Lit", changes.value(sim, SYSTEM, "IndicatorLED"))
    end)
  end)

  it("refused with an action (E06), and needed with one where the profile says so (E04)",
    function()
      changes.with({ etags = { actions = "refused" } }, function(m)
        assert.equal("on", m:power_action("cycle").observed)
      end)
      changes.with({ vendor = "huawei" }, function(m)
        assert.equal("on", m:power_action("cycle").observed)
      end)
    end)
end)

describe("202", function()
  local function follow(m)
    local rf = redfish.of(m.target)
    assert(rf:root())
    return rf:follow(rf:post(UPDATE, { ImageURI = "http://h/fw.bin", TransferProtocol = "HTTP" }))
  end

  for _, at in ipairs { "task", "monitor", "job" } do
    for _, body in ipairs { "task", "message", "empty" } do
      it(("with Location of a %s, and body %s"):format(at, body), function()
        for _, absolute in ipairs { false, true } do
          changes.with({ tasks = { at = at, body = body, absolute = absolute, seconds = 0.2 } },
            function(m)
              local outcome, e = follow(m)
              assert.equal("done", outcome and outcome.state, tostring(e))
            end)
        end
      end)
    end
  end

  it("goes on as a job (F07)", function()
    changes.with({ tasks = { at = "task", to_job = true, seconds = 0.2 } }, function(m)
      local outcome = assert(follow(m))
      assert.equal("done", outcome.state)
      assert.is_truthy(outcome.uri:find("/Jobs/", 1, true))
    end)
  end)

  it("whose task vanishes at its end: the job tells (F03)", function()
    changes.with({ vendor = "idrac9-7", tasks = { seconds = 0.3 } }, function(m)
      local outcome = assert(follow(m))
      assert.equal("done", outcome.state)
      assert.is_truthy(outcome.uri:find("/Oem/Dell/Jobs/", 1, true), outcome.uri)
    end)
  end)

  it("that fails is an error, with the task's words", function()
    changes.with({ tasks = { at = "task", fails = true, seconds = 0.2 } }, function(m)
      local outcome, e = follow(m)
      assert.is_nil(outcome)
      assert.equal("unknown", e.effect)
      assert.is_truthy(e.text:find("Exception", 1, true), e.text)
    end)
  end)
end)
