-- SPDX-License-Identifier: GPL-3.0-or-later
-- Every fault, on the wire.
local ask = require "support.farm"
local cjson = require "cjson"
local faults = require "bmc.sim.faults"
local http = require "bmc.http"
local sim = require "bmc.sim"
local support = require "support"
local task = require "bmc.task"

local SYSTEMS = "/redfish/v1/Systems"
local MEGA = 1000000

-- One BMC with one fault, and what a GET with Basic credentials gets from it.
local function misbehave(spec, opts)
  local farm <close> = sim.start { vendors = { "openbmc" }, tls = false, faults = { spec } }
  local given = { path = SYSTEMS, timeout = 10 }
  for name, value in pairs(opts or {}) do given[name] = value end
  local start = task.now()
  local response, e = ask.basic(farm, 1, given)
  return response, e, farm.bmc(1).counters, task.now() - start
end

local tried = {}

local function fault(name, text, f)
  tried[name] = true
  it(name .. " " .. text, f)
end

describe("sim.faults: time", function()
  fault("latency", "delays the answer", function()
    local response, _, _, seconds = misbehave "latency=0.3"
    assert.equal(200, response.status)
    assert.is_true(seconds >= 0.3)
  end)

  fault("late", "executes before it waits", function()
    local farm <close> = sim.start { vendors = { "openbmc" }, tls = false, reset_delay = 0.05 }
    local target = ask.system(farm, 1).Actions["#ComputerSystem.Reset"].target
    farm:fault(1, "late@POST", 60)
    local response, e = ask.basic(farm, 1, {
      path = target, method = "POST", json = { ResetType = "ForceOff" }, timeout = 0.5,
    })
    assert.is_nil(response)
    assert.equal("timeout", e.code)
    support.eventually(function() return farm.bmc(1).counters.resets == 1 end)
  end)

  fault("silent", "never answers", function()
    local response, e, counters = misbehave("silent", { timeout = 0.4 })
    assert.is_nil(response)
    assert.equal("timeout", e.code)
    assert.equal(0, counters.basic)
  end)
end)

describe("sim.faults: refusals", function()
  fault("busy", "is 503 with Retry-After", function()
    local response = misbehave "busy=7"
    assert.equal(503, response.status)
    assert.equal("7", response.headers["retry-after"])
  end)

  fault("throttled", "is 429 with Retry-After", function()
    local response = misbehave "throttled=3"
    assert.equal(429, response.status)
    assert.equal("3", response.headers["retry-after"])
  end)

  fault("licence", "is 403 with the vendor's message", function()
    local response = misbehave "licence"
    assert.equal(403, response.status)
    assert.is_truthy(response.body:find("OemLicenseNotPassed", 1, true))
  end)

  fault("broken_401", "breaks off the body of a 401, and of nothing else", function()
    local farm <close> = sim.start { tls = false, faults = { "broken_401" } }
    local response, e = ask.ask(farm, 1, SYSTEMS)
    assert.is_nil(response)
    assert.equal("protocol", e.code)
    assert.equal(200, assert(ask.basic(farm, 1, SYSTEMS)).status)
  end)

  fault("error", "is the Redfish error of a status", function()
    for status, id in pairs {
      [500] = "GeneralError", [412] = "PreconditionFailed", [428] = "PreconditionRequired",
    } do
      local response = misbehave("error=" .. status)
      assert.equal(status, response.status)
      assert.equal("Base.1.8." .. id,
        response.json.error["@Message.ExtendedInfo"][1].MessageId)
    end
  end)

  fault("unauthorized", "is 401 for a token that is valid all the same", function()
    local farm <close> = sim.start { vendors = { "openbmc" }, tls = false }
    local token = assert(ask.login(farm, 1)).headers["x-auth-token"]
    farm:fault(1, "unauthorized@times=1")
    assert.equal(401, assert(ask.ask(farm, 1, { path = SYSTEMS, token = token })).status)
    assert.equal(200, assert(ask.ask(farm, 1, { path = SYSTEMS, token = token })).status)
    assert.equal(1, farm.bmc(1).counters.live_sessions)
  end)

  fault("forget", "loses the sessions", function()
    local farm <close> = sim.start { vendors = { "openbmc" }, tls = false }
    local token = assert(ask.login(farm, 1)).headers["x-auth-token"]
    farm:fault(1, "forget@times=1")
    assert.equal(401, assert(ask.ask(farm, 1, { path = SYSTEMS, token = token })).status)
    assert.equal(401, assert(ask.ask(farm, 1, { path = SYSTEMS, token = token })).status)
    assert.equal(0, farm.bmc(1).counters.live_sessions)
  end)
end)

describe("sim.faults: logging in", function()
  fault("sessions_full", "refuses a login in the vendor's words", function()
    local farm <close> = sim.start { vendors = { "idrac9-7" }, tls = false }
    farm:fault(1, "sessions_full@POST,times=1")
    local response = assert(ask.login(farm, 1))
    assert.equal(503, response.status)
    assert.is_truthy(response.body:find("RAC0218", 1, true))
    assert.equal(1, farm.bmc(1).counters.sessions_refused)
    assert.equal(201, assert(ask.login(farm, 1)).status)
  end)

  fault("login", "is answered with any status, and opens nothing", function()
    local farm <close> = sim.start { tls = false }
    for _, status in ipairs { 204, 404, 405, 401 } do
      farm:fault(1, "login", status)
      local response = assert(ask.login(farm, 1))
      assert.equal(status, response.status)
      assert.is_nil(response.headers["x-auth-token"])
      assert.equal(200, assert(ask.basic(farm, 1, SYSTEMS)).status)
    end
    assert.equal(0, farm.bmc(1).counters.logins)
  end)

  fault("no_token", "opens a session and keeps its token", function()
    local farm <close> = sim.start { tls = false, faults = { "no_token" } }
    local response = assert(ask.login(farm, 1))
    assert.equal(201, response.status)
    assert.is_nil(response.headers["x-auth-token"])
    assert.is_truthy(response.headers.location)
    assert.equal(1, farm.bmc(1).counters.live_sessions)
  end)

  fault("no_location", "opens a session and does not say where", function()
    local farm <close> = sim.start { tls = false, faults = { "no_location" } }
    local response = assert(ask.login(farm, 1))
    assert.is_truthy(response.headers["x-auth-token"])
    assert.is_nil(response.headers.location)
  end)
end)

describe("sim.faults: the connection", function()
  fault("drop", "executes exactly once, and closes", function()
    local farm <close> = sim.start { vendors = { "openbmc" }, tls = false, reset_delay = 0.05 }
    local target = ask.system(farm, 1).Actions["#ComputerSystem.Reset"].target
    farm:fault(1, "drop@POST,*/Actions/*")
    local response, e = ask.basic(farm, 1, {
      path = target, method = "POST", json = { ResetType = "ForceOff" },
    })
    assert.is_nil(response)
    assert.equal("unknown", e.effect)
    assert.equal(1, farm.bmc(1).counters.resets)
    assert.equal(1, #farm.bmc(1).resets)
  end)

  fault("drop_early", "closes and executes nothing", function()
    local response, _, counters = misbehave "drop_early"
    assert.is_nil(response)
    assert.equal(0, counters.basic)
    assert.is_true(counters.requests >= 1)
  end)

  fault("half_body", "closes after half of the body", function()
    local response, e = misbehave "half_body"
    assert.is_nil(response)
    assert.equal("protocol", e.code)
  end)

  fault("length_long", "promises more than it sends", function()
    local response, e = misbehave "length_long=10"
    assert.is_nil(response)
    assert.is_truthy(e.code == "protocol" or e.code == "timeout")
  end)

  fault("length_short", "sends more than it promises", function()
    local whole = misbehave "latency=0"
    local response = misbehave "length_short=10"
    assert.equal(#whole.body - 10, #response.body)
    assert.is_nil(response.json)
  end)
end)

describe("sim.faults: the answer", function()
  fault("endless", "never ends", function()
    local farm <close> = sim.start { tls = false, faults = { "endless" } }
    local stream <close> = assert(http.request {
      url = farm.url(1) .. "/redfish/v1/", stream = true, timeout = 30,
    })
    local bytes = 0
    while bytes < 20 * MEGA do bytes = bytes + #assert(stream:read()) end
    stream:close()
  end)

  fault("huge", "has as many megabytes as wished", function()
    local response, e = misbehave("huge=17", { timeout = 30 })
    assert.is_nil(response)
    assert.equal("too_large", e.code)
    response = assert(misbehave("huge=3", { timeout = 30 }))
    assert.equal(3 * MEGA, #response.body)
  end)

  fault("bad_json", "says JSON and is none", function()
    local response = misbehave "bad_json"
    assert.equal(200, response.status)
    assert.is_truthy(response.headers["content-type"]:find("json", 1, true))
    assert.is_false((pcall(cjson.decode, response.body)))
  end)

  fault("deep_json", "is nested deep", function()
    local response = misbehave "deep_json=10000"
    local opening = select(2, response.body:gsub("{", ""))
    assert.equal(10000, opening)
    assert.equal(opening, select(2, response.body:gsub("}", "")))
  end)

  fault("empty", "has no body", function()
    local response = misbehave "empty"
    assert.equal(200, response.status)
    assert.equal("", response.body)
  end)

  fault("html", "is a page", function()
    local response = misbehave "html=502"
    assert.equal(502, response.status)
    assert.is_truthy(response.body:find("<html>", 1, true))
  end)

  fault("redirect", "leads to another host", function()
    local farm <close> = sim.start { tls = false, faults = { "redirect=https://elsewhere.test:1" } }
    local stranger = require("_bmcsh.http").request -- bmc.http would not go there
    local response = assert(stranger { url = farm.url(1) .. "/redfish/v1/" })
    assert.equal(307, response.status)
    assert.equal("https://elsewhere.test:1/redfish/v1/", response.headers.location)
  end)

  fault("bad_status", "has a status that means nothing", function()
    assert.equal(999, misbehave("bad_status").status)
  end)
end)

describe("sim.faults: the machine", function()
  fault("hung", "takes a reset without effect", function()
    local farm <close> = sim.start {
      vendors = { "openbmc" }, tls = false, reset_delay = 0.02, faults = { "hung" },
    }
    assert.equal(204, assert(ask.reset(farm, 1, "GracefulShutdown")).status)
    task.sleep(0.2)
    assert.equal("On", ask.system(farm, 1).PowerState)
    assert.equal(1, farm.bmc(1).counters.resets)
  end)
end)

describe("sim.faults: the address", function()
  local function reach(farm, i)
    return ask.ask(farm, i, {
      path = "/redfish/v1", connect_timeout = 0.5, timeout = 10, fresh = true,
    })
  end

  fault("refuse", "is no listener, from the start or from now on", function()
    local farm <close> = sim.start { fleet = 4, tls = false, faults = { "refuse@50%" } }
    local codes = {}
    for i = 1, 4 do
      local response, e = reach(farm, i)
      codes[i] = response and "ok" or e.code
    end
    assert.same({ "ok", "refused", "ok", "refused" }, codes)
    farm:fault(1, "refuse")
    assert.equal("refused", select(2, reach(farm, 1)).code)
    farm:fault(1, "refuse", false)
    assert.is_truthy(reach(farm, 1))
  end)

  fault("blackhole", "is a connection that never completes", function()
    local farm <close> = sim.start { fleet = 2, tls = false, faults = { "blackhole@bmc=2" } }
    local start = task.now()
    local response, e = reach(farm, 2)
    assert.is_nil(response)
    assert.equal("timeout", e.code)
    assert.equal("none", e.effect)
    assert.is_true(task.now() - start >= 0.4)
    assert.is_truthy(reach(farm, 1))
    farm:fault(nil, "blackhole", false)
    assert.is_truthy(reach(farm, 2))
  end)

  fault("expired_cert", "is a certificate of yesterday", function()
    local farm <close> = sim.start { fleet = 2, faults = { "expired_cert@bmc=1" } }
    local now = require("_bmcsh.host").wall()
    assert.is_true(assert(reach(farm, 1)).cert.not_after < now)
    assert.is_true(assert(reach(farm, 2)).cert.not_after > now)
    local plain <close> = sim.start { tls = false }
    assert.is_false((pcall(plain.fault, plain, 1, "expired_cert")))
  end)

  it("comes back as it was, with its sessions", function()
    local farm <close> = sim.start { tls = false }
    local token = assert(ask.login(farm, 1)).headers["x-auth-token"]
    farm:fault(1, "refuse")
    farm:fault(1, "refuse", false)
    assert.equal(200, assert(ask.ask(farm, 1, { path = SYSTEMS, token = token })).status)
  end)
end)

describe("sim.faults: streams", function()
  fault("cut", "breaks a stream of events after so many", function()
    local farm <close> = sim.start {
      vendors = { "openbmc-2.14" }, tls = false, faults = { "cut=3" },
    }
    require("bmc.sim.events").burst(farm.bmc(1), 5)
    local stream <close> = assert(ask.basic(farm, 1, {
      path = "/redfish/v1/EventService/SSE", stream = true, headers = { ["last-event-id"] = "0" },
    }))
    local text, e = "", nil
    for part, failed in stream.read, stream do
      text, e = text .. part, failed
    end
    e = e or select(2, stream:read())
    assert.equal("protocol", e and e.code)
    assert.equal(3, select(2, text:gsub("\ndata: ", "")))
  end)
end)

describe("sim.faults", function()
  it("are all tried here or over IPMI, and all explained", function()
    for _, name in ipairs(faults.names()) do
      local fault_ = faults.TABLE[name]
      assert.is_truthy(fault_.doc, name)
      if not name:find "^ipmi_" then
        assert.is_true(tried[name] or false, name)
        assert.not_equal(fault_.apply ~= nil, fault_.listener == true, name)
      else
        assert.not_equal(fault_.command ~= nil, fault_.network ~= nil, name)
      end
    end
  end)
end)
