-- SPDX-License-Identifier: GPL-3.0-or-later
-- From a verb to ResetTypes: what is allowed decides, and graceful stays graceful.
local err = require "bmc.err"
local reset = require "bmc.power.reset"

local POWER = {
  on = { "On", "ForceOn" }, off = { "GracefulShutdown", "PushPowerButton" },
  off_hard = { "ForceOff" }, cycle = { "PowerCycle", "ForceRestart", "off_on" },
  reboot = { "GracefulRestart", "off_on" },
}

local function allowing(...)
  local action = { target = "/reset", allowed = {}, names = { ... } }
  for _, name in ipairs { ... } do
    action.allowed[name] = true
  end
  return action
end

-- The types of a verb, in one string; nil when there are none.
local function types(verb, action, state, power)
  local requests = reset.requests(verb, power or POWER, action, state or "on")
  local names = {}
  for i, request in ipairs(requests or {}) do
    names[i] = request.type
  end
  return requests and table.concat(names, " ")
end

describe("reset.requests", function()
  it("takes the first type that the BMC allows", function()
    local all = allowing("On", "ForceOff", "ForceRestart", "GracefulRestart", "GracefulShutdown",
      "PowerCycle", "PushPowerButton")
    assert.equal("On", types("on", all, "off"))
    assert.equal("GracefulShutdown", types("off", all))
    assert.equal("ForceOff", types("off_hard", all))
    assert.equal("PowerCycle", types("cycle", all))
    assert.equal("GracefulRestart", types("reboot", all))
  end)

  it("makes do with less", function()
    assert.equal("ForceRestart", types("cycle", allowing("On", "ForceOff", "ForceRestart")))
    assert.equal("PushPowerButton", types("off", allowing("On", "ForceOff", "PushPowerButton")))
    assert.equal("ForceOff On", types("cycle", allowing("On", "ForceOff")))
    assert.equal("GracefulShutdown ForceOn",
      types("reboot", allowing("ForceOn", "GracefulShutdown")))
  end)

  it("never makes a graceful verb a hard one", function()
    local hard = allowing("On", "ForceOff", "ForceRestart", "PowerCycle", "Nmi")
    assert.is_nil(types("off", hard))
    assert.is_nil(types("reboot", hard))
  end)

  it("needs both halves of an off and on", function()
    assert.is_nil(types("reboot", allowing("GracefulShutdown")))
    assert.is_nil(types("cycle", allowing("On")))
  end)

  it("lets a profile prefer two steps to a restart that is none (P01, P10)", function()
    local power = setmetatable({ reboot = { "off_on" }, cycle = { "off_on" } }, { __index = POWER })
    local all = allowing("On", "ForceOff", "ForceRestart", "GracefulRestart", "GracefulShutdown")
    assert.equal("GracefulShutdown On", types("reboot", all, "on", power))
    assert.equal("ForceOff On", types("cycle", all, "on", power))
  end)

  it("does not press a button that toggles when the state is not known", function()
    local button = allowing("PushPowerButton")
    assert.equal("PushPowerButton", types("off", button, "on"))
    assert.is_nil(types("off", button, "unknown"))
  end)

  it("tries what every BMC has where it does not say what it allows", function()
    local silent = { target = "/reset" }
    assert.equal("On", types("on", silent, "off"))
    assert.equal("GracefulShutdown", types("off", silent))
    assert.equal("PowerCycle", types("cycle", silent))
  end)

  it("tells what each request is to lead to", function()
    assert.equal("off", reset.requests("off", POWER, allowing("GracefulShutdown"), "on")[1].goal)
    assert.equal("restart", reset.requests("cycle", POWER, allowing("PowerCycle"), "on")[1].goal)
    local both = reset.requests("cycle", POWER, allowing("On", "ForceOff"), "on")
    assert.same({ "off", "on" }, { both[1].goal, both[2].goal })
  end)
end)

describe("reset.refuse", function()
  it("names what is wanted, what is allowed, and the way out", function()
    local _, e = reset.refuse("off", POWER, allowing("On", "ForceOff"))
    assert.same({ "unsupported", "none" }, { e.code, e.effect })
    for _, word in ipairs { "GracefulShutdown", "On, ForceOff", "off_hard" } do
      assert.is_truthy(e.text:find(word, 1, true), word)
    end
  end)
end)

describe("reset.action", function()
  -- A client that knows these resources.
  local function client(resources, failing)
    return { get = function(_, uri)
      if failing then
        return nil, failing
      elseif resources[uri] then
        return resources[uri], { status = 200 }
      end
      return err.fail("missing", "404", { status = 404 })
    end }
  end

  local function system(action, more)
    local body = { Id = "1", Actions = { ["#ComputerSystem.Reset"] = action } }
    for k, v in pairs(more or {}) do
      body[k] = v
    end
    return body
  end

  local notes
  local function note(text)
    notes[#notes + 1] = text
  end

  before_each(function() notes = {} end)

  it("reads the allowed values from the action", function()
    local action = reset.action(client {}, system { target = "/r",
      ["ResetType@Redfish.AllowableValues"] = { "On", "ForceOff" } }, note)
    assert.same({ target = "/r", names = { "On", "ForceOff" },
      allowed = { On = true, ForceOff = true } }, action)
  end)

  it("takes words for values, and nothing else", function()
    local action = reset.action(client {}, system { target = "/r",
      ["ResetType@Redfish.AllowableValues"] = { {}, "On", false, 7, { "Off" } } }, note)
    assert.same({ target = "/r", names = { "On" }, allowed = { On = true } }, action)
    action = reset.action(client {}, system { target = "/r",
      ["ResetType@Redfish.AllowableValues"] = { 7 } }, note)
    assert.same({ target = "/r" }, action)
  end)

  it("reads them from ActionInfo", function()
    local action = reset.action(client { ["/info"] = { Parameters = {
      { Name = "Delay" }, { Name = "ResetType", AllowableValues = { "On" } } } } },
      system { target = "/r", ["@Redfish.ActionInfo"] = "/info" }, note)
    assert.same({ On = true }, action.allowed)
  end)

  it("reads them from the settings object", function()
    local settings = system { target = "/r", ["ResetType@Redfish.AllowableValues"] = { "Off" } }
    local action = reset.action(client { ["/s"] = settings }, system({ target = "/r" },
      { ["@Redfish.Settings"] = { SettingsObject = { ["@odata.id"] = "/s" } } }), note)
    assert.same({ Off = true }, action.allowed)
  end)

  it("knows nothing where the BMC says nothing, and tells of a broken link", function()
    local action = reset.action(client {},
      system { target = "/r", ["@Redfish.ActionInfo"] = "/gone" }, note)
    assert.same({ target = "/r" }, action)
    assert.equal(1, #notes)
  end)

  it("is refused for a system without one", function()
    local action, e = reset.action(client {}, { Id = "HGX_Baseboard_0" }, note)
    assert.is_nil(action)
    assert.same({ "unsupported", "none" }, { e.code, e.effect })
    assert.is_truthy(e.text:find("HGX_Baseboard_0", 1, true))
  end)

  it("fails with the transport", function()
    local gone = err.new("timeout", "no answer")
    local action, e = reset.action(client({}, gone),
      system { target = "/r", ["@Redfish.ActionInfo"] = "/info" }, note)
    assert.is_nil(action)
    assert.same({ "timeout", "none" }, { e.code, e.effect })
  end)
end)
