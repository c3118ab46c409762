-- SPDX-License-Identifier: GPL-3.0-or-later
-- The protocol of a simulated BMC, over HTTP.
local ask = require "support.farm"
local cjson = require "cjson"
local sim = require "bmc.sim"
local support = require "support"
local task = require "bmc.task"

local SYSTEMS = "/redfish/v1/Systems"

local function start(opts)
  opts.tls, opts.reset_delay = false, opts.reset_delay or 0.05
  return sim.start(opts)
end

local function message(response)
  return response.json.error["@Message.ExtendedInfo"][1].MessageId
end

-- An open session: its token, and where it is.
local function open(farm, i)
  local response = assert(ask.login(farm, i))
  assert.equal(201, response.status)
  return response.headers["x-auth-token"], response.headers.location
end

local function status_with(farm, i, token)
  return assert(ask.ask(farm, i, { path = SYSTEMS, token = token })).status
end

describe("sim.service: access", function()
  it("shows the root to everybody and the rest to nobody", function()
    local farm <close> = start { vendors = { "idrac" } }
    assert.equal(200, assert(ask.ask(farm, 1, "/redfish")).status)
    assert.equal(200, assert(ask.ask(farm, 1, "/redfish/v1/")).status)
    local response = assert(ask.ask(farm, 1, SYSTEMS))
    assert.equal(401, response.status)
    assert.is_truthy(response.headers["www-authenticate"]:find("Basic", 1, true))
    assert.equal(1, farm.bmc(1).counters.unauthorized)
  end)

  it("takes Basic credentials, unless told not to", function()
    local farm <close> = start { user = "op", password = "a:b\"ü" }
    assert.equal(200, assert(ask.basic(farm, 1, SYSTEMS)).status)
    local wrong = { path = SYSTEMS, user = "op", password = "x" }
    assert.equal(401, assert(ask.ask(farm, 1, wrong)).status)
    local strict <close> = start { basic = false }
    assert.equal(401, assert(ask.basic(strict, 1, SYSTEMS)).status)
  end)

  it("opens a session at the link of the root, and closes it", function()
    local farm <close> = start { fleet = 10 }
    for i = 1, farm.count do
      local token, location = open(farm, i)
      assert.equal(200, status_with(farm, i, token))
      assert.equal(1, farm.bmc(i).counters.live_sessions)
      local gone = assert(ask.ask(farm, i, { path = location, method = "DELETE", token = token }))
      assert.equal(204, gone.status)
      assert.equal(401, status_with(farm, i, token))
      assert.equal(0, farm.bmc(i).counters.live_sessions)
    end
  end)

  it("has old iDRACs open sessions at /redfish/v1/Sessions only", function()
    local farm <close> = start { vendors = { "idrac9-4" } }
    local root = assert(ask.ask(farm, 1, "/redfish/v1/")).json
    assert.equal("/redfish/v1/Sessions", root.Links.Sessions["@odata.id"])
    local elsewhere = assert(ask.basic(farm, 1, {
      path = "/redfish/v1/SessionService/Sessions", method = "POST", json = {},
    }))
    assert.equal(405, elsewhere.status)
  end)

  it("refuses wrong passwords and half a login", function()
    local farm <close> = start {}
    local response = assert(ask.login(farm, 1, { Password = "wrong" }))
    assert.equal(401, response.status)
    assert.equal(1, farm.bmc(1).counters.login_failures)
    local path = "/redfish/v1/Sessions"
    local half = assert(ask.ask(farm, 1, {
      path = path, method = "POST", json = { UserName = "x" },
    }))
    assert.equal(400, half.status)
    assert.is_truthy(message(half):find("PropertyMissing", 1, true))
    local broken = assert(ask.ask(farm, 1, { path = path, method = "POST", body = "{nope" }))
    assert.equal(400, broken.status)
  end)

  it("has a limit of sessions, and says so as the vendor does", function()
    local farm <close> = start { fleet = 5, session_limit = 2 }
    local ids = { "RAC0218", "SessionLimitExceeded" }
    for i = 1, 5 do
      open(farm, i)
      local _, second = open(farm, i)
      local response = assert(ask.login(farm, i))
      assert.equal(503, response.status)
      assert.is_truthy(message(response):find(ids[i == 1 and 1 or 2], 1, true))
      assert.equal(1, farm.bmc(i).counters.sessions_refused)
      assert(ask.basic(farm, i, { path = second, method = "DELETE" }))
      open(farm, i)
      assert.equal(2, farm.bmc(i).counters.peak_sessions)
    end
  end)

  it("ends a session that nobody uses", function()
    local farm <close> = start { session_timeout = 2 }
    local token = open(farm, 1)
    for _ = 1, 3 do
      task.sleep(0.8)
      assert.equal(200, status_with(farm, 1, token))
    end
    task.sleep(2.2)
    assert.equal(401, status_with(farm, 1, token))
    local counters = farm.bmc(1):count()
    assert.equal(0, counters.live_sessions)
    assert.equal(1, counters.sessions_expired)
  end)

  it("lists the open sessions", function()
    local farm <close> = start { vendors = { "openbmc" } }
    local _, location = open(farm, 1)
    local list = assert(ask.basic(farm, 1, "/redfish/v1/SessionService/Sessions")).json
    assert.equal(1, list["Members@odata.count"])
    assert.equal(location, list.Members[1]["@odata.id"])
    assert.equal("admin", assert(ask.basic(farm, 1, location)).json.UserName)
  end)
end)

describe("sim.service: resets", function()
  it("change the power after a delay, once", function()
    local farm <close> = start { fleet = 5, reset_delay = 1 }
    for i = 1, 5 do
      assert.is_true(assert(ask.reset(farm, i, "ForceOff")).status < 300)
      assert.not_equal("Off", ask.system(farm, i).PowerState)
    end
    for i = 1, 5 do
      support.eventually(function() return ask.system(farm, i).PowerState == "Off" end)
      assert.equal(1, farm.bmc(i).counters.resets)
      assert.equal("ForceOff", farm.bmc(i).resets[1].type)
    end
  end)

  it("are refused while one is pending", function()
    local farm <close> = start { vendors = { "x12" }, reset_delay = 10 }
    assert.equal(204, assert(ask.reset(farm, 1, "ForceRestart")).status)
    assert.equal(409, assert(ask.reset(farm, 1, "ForceRestart")).status)
    assert.equal(1, farm.bmc(1).counters.resets)
  end)

  it("are refused when the value is not allowed, or missing", function()
    local farm <close> = start { vendors = { "idrac9-4", "openbmc-2.14" }, fleet = 2 }
    for i = 1, 2 do
      local response = assert(ask.reset(farm, i, "Vanish"))
      assert.equal(400, response.status)
      assert.is_truthy(message(response):find("ValueNotInList", 1, true))
      assert.equal(0, farm.bmc(i).counters.resets)
    end
    assert.equal(400, assert(ask.reset(farm, 1, "GracefulRestart")).status)
    assert.equal(400, assert(ask.reset(farm, 1, nil)).status)
  end)

  it("are refused when the value is no word, whatever is listed", function()
    local farm <close> = start { vendors = { "x12" } }
    local bmc = farm.bmc(1)
    bmc.store:edit(bmc:system(), "null", "Actions", "#ComputerSystem.Reset",
      "ResetType@Redfish.AllowableValues")
    for _, odd in ipairs { 5, { "On" }, true, cjson.null } do
      local response = assert(ask.reset(farm, 1, odd))
      assert.equal(400, response.status)
      local text = response.json.error["@Message.ExtendedInfo"][1].Message
      assert.is_nil(text:find("table:", 1, true) or text:find("userdata", 1, true))
    end
    assert.equal(0, bmc.counters.resets)
    assert.equal(204, assert(ask.reset(farm, 1, "ForceRestart")).status)
  end)

  it("with nothing to do are refused as the vendor does", function()
    local farm <close> = start { vendors = { "idrac", "ilo", "supermicro" }, fleet = 3 }
    assert.equal(409, assert(ask.reset(farm, 1, "On")).status)
    assert.equal(400, assert(ask.reset(farm, 2, "On")).status)
    assert.equal(204, assert(ask.reset(farm, 3, "On")).status)
  end)

  it("show PoweringOff on the way, and the times of the reset, where the vendor does", function()
    local farm <close> = start { vendors = { "openbmc-2.14" }, reset_delay = 1 }
    local before = ask.system(farm, 1).LastResetTime
    assert(ask.reset(farm, 1, "PowerCycle"))
    assert.equal("PoweringOff", ask.system(farm, 1).PowerState)
    support.eventually(function() return ask.system(farm, 1).PowerState == "Off" end)
    assert.equal("None", ask.system(farm, 1).BootProgress.LastState)
    support.eventually(function() return ask.system(farm, 1).PowerState == "On" end)
    assert.not_equal(before, ask.system(farm, 1).LastResetTime)
    support.eventually(function()
      return ask.system(farm, 1).BootProgress.LastState == "OSRunning"
    end)
  end)

  it("of the BMC end its sessions and keep it away for a while", function()
    local farm <close> = start { vendors = { "lenovo-xcc" }, reset_delay = 1 }
    local token = open(farm, 1)
    local path = "/redfish/v1/Managers/1/Actions/Manager.Reset"
    local response = assert(ask.basic(farm, 1, {
      path = path, method = "POST", json = { ResetType = "GracefulRestart" },
    }))
    assert.equal(204, response.status)
    assert.equal(503, status_with(farm, 1, token))
    support.eventually(function() return status_with(farm, 1, token) == 401 end)
    assert.equal(1, farm.bmc(1).counters.bmc_resets)
    assert.equal(0, farm.bmc(1).counters.resets)
  end)
end)

describe("sim.service: writing", function()
  local function patch(farm, i, body, headers)
    local path = ask.system(farm, i)["@odata.id"]
    return assert(ask.basic(farm, i, {
      path = path, method = "PATCH", json = body, headers = headers,
    }))
  end

  it("changes what there is, and only to what is allowed", function()
    local farm <close> = start { vendors = { "idrac" } }
    local boot = { BootSourceOverrideTarget = "Pxe", BootSourceOverrideEnabled = "Once" }
    assert.equal(200, patch(farm, 1, { Boot = boot }).status)
    assert.equal("Pxe", ask.system(farm, 1).Boot.BootSourceOverrideTarget)
    local wrong = patch(farm, 1, { HostName = "x", Boot = { BootSourceOverrideTarget = "Moon" } })
    assert.equal(400, wrong.status)
    assert.not_equal("x", ask.system(farm, 1).HostName)
    assert.equal(400, patch(farm, 1, { Colour = "red" }).status)
  end)

  it("reads a name that is written with escapes", function()
    local farm <close> = start { vendors = { "idrac" } }
    local response = assert(ask.basic(farm, 1, {
      path = ask.system(farm, 1)["@odata.id"], method = "PATCH", body = [[{"Host\u004eame":"x"}]],
      headers = { ["content-type"] = "application/json" },
    }))
    assert.equal(200, response.status)
    assert.equal("x", ask.system(farm, 1).HostName)
  end)

  it("keeps entity tags", function()
    local farm <close> = start { vendors = { "lenovo-xcc", "idrac" }, fleet = 2 }
    assert.equal(428, patch(farm, 1, { HostName = "a" }).status)
    local path = ask.system(farm, 1)["@odata.id"]
    local tag = assert(ask.basic(farm, 1, path)).headers.etag
    assert.equal(200, patch(farm, 1, { HostName = "a" }, { ["if-match"] = tag }).status)
    assert.equal(412, patch(farm, 1, { HostName = "b" }, { ["if-match"] = tag }).status)
    assert.equal(200, patch(farm, 1, { HostName = "b" }, { ["if-match"] = "*" }).status)
    assert.equal("b", ask.system(farm, 1).HostName)
    assert.equal(200, patch(farm, 2, { HostName = "a" }).status)
  end)

  it("says which methods a resource takes", function()
    local farm <close> = start { vendors = { "idrac" } }
    local response = assert(ask.basic(farm, 1, { path = SYSTEMS, method = "POST", json = {} }))
    assert.equal(405, response.status)
    assert.is_truthy(response.headers.allow:find("GET", 1, true))
    assert.equal(404, assert(ask.basic(farm, 1, { path = "/x", method = "DELETE" })).status)
  end)
end)

describe("sim.service: vendors' ways", function()
  it("redirects the root without a slash on iLO, and wants a body with each POST", function()
    local farm <close> = start { vendors = { "ilo5" } }
    assert.equal(200, assert(ask.ask(farm, 1, "/redfish/v1")).status)
    local root = assert(ask.ask(farm, 1, "/redfish/v1/")).json
    assert.equal("/redfish/v1/", root["@odata.id"])
    local target = ask.system(farm, 1).Actions["#ComputerSystem.Reset"].target
    assert.equal(415, assert(ask.basic(farm, 1, { path = target, method = "POST" })).status)
  end)

  it("ignores the case of paths on iLO only", function()
    local farm <close> = start { vendors = { "ilo6", "x13" }, fleet = 2 }
    assert.equal(200, assert(ask.basic(farm, 1, "/redfish/v1/SYSTEMS/1/")).status)
    assert.equal(404, assert(ask.basic(farm, 2, "/redfish/v1/SYSTEMS/1")).status)
  end)

  it("refuses a login with an Authorization header on iDRAC", function()
    local farm <close> = start { vendors = { "idrac9-7" } }
    local response = assert(ask.basic(farm, 1, {
      path = "/redfish/v1/SessionService/Sessions", method = "POST",
      json = { UserName = "admin", Password = "simulated" },
    }))
    assert.equal(415, response.status)
    assert.equal(0, farm.bmc(1).counters.logins)
  end)
end)

describe("sim.service: refusals of one vendor alone", function()
  it("AMI takes a boot override whole, with a strong tag, at SD (B14, B15, E05)", function()
    local farm <close> = start { vendors = { "ami" } }
    local path, boot = "/redfish/v1/Systems/Self/SD", { BootSourceOverrideTarget = "Pxe" }
    local function patch(tag)
      return assert(ask.basic(farm, 1, {
        path = path, method = "PATCH", json = { Boot = boot }, headers = { ["if-match"] = tag },
      })).status
    end
    local tag = assert(ask.basic(farm, 1, path)).headers.etag
    assert.equal(428, patch(nil))
    assert.equal(412, patch(tag))
    assert.equal(400, patch((tag:gsub("^W/", ""))))
    boot.BootSourceOverrideEnabled, boot.BootSourceOverrideMode = "Once", "UEFI"
    assert.equal(200, patch((tag:gsub("^W/", ""))))
  end)

  it("Huawei resets with the current tag only (E04)", function()
    local farm <close> = start { vendors = { "huawei" } }
    assert.equal(412, assert(ask.reset(farm, 1, "ForceOff")).status)
    local path = "/redfish/v1/Systems/1"
    local tag = assert(ask.basic(farm, 1, path)).headers.etag
    assert.equal(204, assert(ask.basic(farm, 1, {
      path = path .. "/Actions/ComputerSystem.Reset", method = "POST",
      json = { ResetType = "ForceOff" }, headers = { ["if-match"] = tag },
    })).status)
    assert.equal(1, farm.bmc(1).counters.resets)
  end)

  it("Cisco takes media into the last slot (V14)", function()
    local farm <close> = start { vendors = { "cisco" } }
    for slot, status in pairs { ["0"] = 400, ["1"] = 400, ["2"] = 400, ["3"] = 204 } do
      local target = "/redfish/v1/Managers/CIMC/VirtualMedia/" .. slot
      assert.equal(status, assert(ask.basic(farm, 1, {
        path = target .. "/Actions/VirtualMedia.InsertMedia", method = "POST",
        json = { Image = "http://10.0.0.1/a.iso" },
      })).status)
    end
  end)
end)
