-- SPDX-License-Identifier: GPL-3.0-or-later
-- Entity tags, on the wire: how they show, and what a write with one, or without, is answered.
local ask = require "support.farm"
local sim = require "bmc.sim"

local SYSTEM = "/redfish/v1/Systems/1"

local function start(etags)
  return sim.start { vendors = { "x12" }, tls = false, traits = { etags = etags } }
end

local function tag_of(farm, headers)
  local response = assert(ask.basic(farm, 1, { path = SYSTEM, headers = headers }))
  return response.headers.etag, response.json["@odata.etag"]
end

local function patch(farm, tag, body)
  return assert(ask.basic(farm, 1, {
    path = SYSTEM, method = "PATCH", json = body or { HostName = "new" },
    headers = { ["if-match"] = tag },
  })).status
end

local function reset(farm, tag)
  return assert(ask.basic(farm, 1, {
    path = SYSTEM .. "/Actions/ComputerSystem.Reset", method = "POST",
    json = { ResetType = "Nmi" }, headers = { ["if-match"] = tag },
  })).status
end

describe("sim.etag", function()
  it("fits as it is shown, or with a star; a stale one does not", function()
    local farm <close> = start {}
    local tag = tag_of(farm)
    assert.equal(200, patch(farm, tag))
    assert.equal(412, patch(farm, tag))
    assert.equal(200, patch(farm, "*"))
    assert.equal(200, patch(farm, nil))
    assert.equal(3, farm.bmc(1).counters.patches)
  end)

  it("is needed where the BMC wants it, with the status it gives (E01, E04)", function()
    for _, status in ipairs { 428, 412 } do
      local farm <close> = start { need = status }
      assert.equal(status, patch(farm, nil))
      assert.equal(200, patch(farm, (tag_of(farm))))
      assert.equal(1, farm.bmc(1).counters.patches)
    end
  end)

  it("is weak, and fits only without the prefix, without quotes, or as a star", function()
    local forms = { strong = '"sim-0"', bare = "sim-0", star = "*" }
    for take, right in pairs(forms) do
      local farm <close> = start { show = "weak", take = { take } }
      assert.equal('W/"sim-0"', tag_of(farm))
      for _, sent in ipairs { 'W/"sim-0"', '"sim-0"', "sim-0", "*" } do
        if sent ~= right then assert.equal(412, patch(farm, sent), take .. " " .. sent) end
      end
      assert.equal(200, patch(farm, right), take)
    end
  end)

  it("is doubly quoted, empty, or weakened by compression (E08, E09, T17)", function()
    local double <close> = start { show = "double", in_body = true, take = { "strong" } }
    local shown, body = tag_of(double)
    assert.equal('"' .. body .. '"', shown)
    assert.equal(412, patch(double, shown))
    assert.equal(200, patch(double, body))
    local empty <close> = start { show = "empty" }
    assert.equal('""', tag_of(empty))
    assert.equal(412, patch(empty, '""'))
    assert.equal(200, patch(empty, nil))
    local gzip <close> = start { show = "gzip" }
    assert.equal('"sim-0"', tag_of(gzip, { ["accept-encoding"] = "identity" }))
    assert.equal('W/"sim-0"', tag_of(gzip, { ["accept-encoding"] = "gzip" }))
  end)

  it("counts only inside the body (E02)", function()
    local farm <close> = start { in_body = true, take = { "body" }, need = 428 }
    local tag = tag_of(farm)
    assert.equal(412, patch(farm, tag))
    assert.equal(412, patch(farm, "*"))
    assert.equal(428, patch(farm, nil))
    assert.equal(412, patch(farm, nil, { HostName = "a", ["@odata.etag"] = '"old"' }))
    assert.equal(200, patch(farm, nil, { HostName = "a", ["@odata.etag"] = tag }))
  end)

  it("is refused the first time (E07)", function()
    local farm <close> = start { first_refused = true }
    local tag = tag_of(farm)
    assert.equal(412, patch(farm, tag))
    assert.equal(200, patch(farm, tag))
  end)

  it("is refused, needed or ignored with an action (E06, E04)", function()
    local refused <close> = start { actions = "refused" }
    assert.equal(412, reset(refused, (tag_of(refused))))
    assert.equal(0, refused.bmc(1).counters.resets)
    assert.equal(204, reset(refused, nil))
    local needed <close> = start { actions = "needed" }
    assert.equal(412, reset(needed, nil))
    assert.equal(412, reset(needed, '"other"'))
    assert.equal(204, reset(needed, (tag_of(needed))))
    local ignored <close> = start {}
    assert.equal(204, reset(ignored, '"other"'))
    assert.equal(1, ignored.bmc(1).counters.nmis)
  end)

  it("has its rules on some paths alone (E11)", function()
    local farm <close> = start { take = { "star" }, need = 428, paths = "/Chassis/" }
    assert.equal(200, patch(farm, nil))
    assert.equal(428, assert(ask.basic(farm, 1, {
      path = "/redfish/v1/Chassis/1", method = "PATCH", json = { IndicatorLED = "Lit" },
    })).status)
  end)

  it("is wanted by Lenovo, and not by an action of iDRAC 10", function()
    local farm <close> = sim.start { vendors = { "xcc-2", "idrac10" }, fleet = 2, tls = false }
    assert.equal(428, patch(farm, nil))
    local target = ask.system(farm, 2).Actions["#ComputerSystem.Reset"].target
    assert.equal(412, assert(ask.basic(farm, 2, {
      path = target, method = "POST", json = { ResetType = "Nmi" },
      headers = { ["if-match"] = "*" },
    })).status)
  end)
end)
