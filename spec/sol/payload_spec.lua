-- SPDX-License-Identifier: GPL-3.0-or-later
-- BMCs that refuse this or that in Activate Payload; a session in which each answer is scripted.
local err = require "bmc.err"
local payload = require "bmc.sol.payload"

local ACTIVATE, DEACTIVATE = 0x48, 0x49
local SET, GET = 0x21, 0x22
local REPLY = ("<I4I2I2I2I2"):pack(0, 252, 252, 623, 0xFFFF)

-- Short for a request.
local function asked_as(command, data)
  if command.cmd == SET then
    assert.same({ 0x0C, "admin", true }, { command.netfn, command.privilege, command.write })
    assert.equal("\x0E\1", data:sub(1, 2))
    return "set " .. data:byte(3)
  elseif command.cmd == GET then
    assert.equal("\x0E\1\0\0", data)
    return "get"
  end
  assert.equal("\1\1", data:sub(1, 2))
  assert.equal(6, #data)
  return command.cmd == ACTIVATE and ("%02X"):format(data:byte(3)) or "off"
end

-- A client whose BMC answers so, one after the other; `asked` is what it was asked.
local function client_of(answers)
  local self = { asked = {}, sessions = 0 }
  local function login()
    self.sessions = self.sessions + 1
    self.session = { state = function() return { state = "open", resent = self.resent or 0 } end }
    return self.session
  end
  function self.open()
    return self.session or login()
  end
  function self.renew(_, session)
    assert.equal(self.session, session)
    self.session = nil
  end
  function self.request(_, command, data, opts)
    self.open()
    local bits = asked_as(command, data)
    self.asked[#self.asked + 1] = bits
    local answer = table.remove(answers, 1)
    if type(answer) == "function" then
      answer = answer(self)
    end
    if type(answer) == "string" then
      return answer, 0
    elseif opts and opts.accept[answer] then
      return "", answer
    end
    return nil, err.new("auth", "completion code", { completion = answer })
  end
  return self
end

local function activate(answers, force, size, reset_sol)
  local client = client_of(answers)
  local session, chunk = payload.activate(client, size or 64,
    { force = force, reset_sol = reset_sol })
  assert.equal(0, #answers)
  return session, chunk, client
end

describe("activation", function()
  it("asks for encryption and authentication, with alerts deferred", function()
    local session, chunk, client = activate { REPLY }
    assert.equal(client.session, session)
    assert.equal(248, chunk)
    assert.same({ "C4" }, client.asked)
  end)

  it("asks for less where that is refused", function()
    for _, code in ipairs { 0x83, 0x84, 0x85, 0xCC } do
      local session, _, client = activate { code, REPLY }
      assert.truthy(session)
      assert.same({ "C4", "C0" }, client.asked)
      session, _, client = activate { code, code, REPLY }
      assert.truthy(session)
      assert.same({ "C4", "C0", "04" }, client.asked)
      session, _, client = activate { code, code, code, REPLY }
      assert.truthy(session)
      assert.same({ "C4", "C0", "04", "08" }, client.asked)
      local none, e = activate { code, code, code, code }
      assert.is_nil(none)
      assert.equal("unsupported", e.code)
    end
  end)

  it("believes sizes that can be, and no others", function()
    local sizes = {
      [0] = 60, [7] = 60, [8] = 4, [32] = 28, [64] = 60, [252] = 248, [260] = 255, [1024] = 255,
      [1025] = 60, [16384] = 60, [0xFC00] = 60,
    }
    for size, chunk in pairs(sizes) do
      local reply = ("<I4I2I2I2I2"):pack(0, size, 1024, 623, 0xFFFF)
      assert.equal(chunk, (select(2, activate { reply })), size)
    end
    assert.equal(60, (select(2, activate { "" })))
    assert.equal(28, (select(2, activate({ "\0\0\0\0" }, nil, 32))))
  end)

  it("takes nobody's console, unless it is asked to", function()
    local none, e, client = activate { 0x80 }
    assert.is_nil(none)
    assert.same({ "busy", "active" }, { e.code, e.reason })
    assert.truthy(e.text:find("--force", 1, true))
    assert.same({ "C4" }, client.asked)
    assert.equal(1, client.sessions)

    local session, _
    session, _, client = activate({ 0x80, "", REPLY }, true)
    assert.truthy(session)
    assert.same({ "C4", "off", "C4" }, client.asked)
    none, e, client = activate({ 0x80, 0x80, 0x80, "", 0x80, "", 0x80 }, true)
    assert.is_nil(none)
    assert.equal("busy", e.code)
    assert.same({ "C4", "off", "C4", "off", "C4", "off", "C4" }, client.asked)
  end)

  it("changes the BMC's settings only when that is asked for, and nothing else helps", function()
    local OFF, ON = "\x11\0", "\x11\1"
    local none, e = activate { 0x81 }
    assert.is_nil(none)
    assert.truthy(e.text:find("--reset-sol", 1, true), e.text)

    local session, _, client = activate({ 0x81, OFF, "", ON, REPLY }, false, 64, true)
    assert.truthy(session)
    assert.same({ "C4", "get", "set 1", "get", "C4" }, client.asked)
    none, e, client = activate({ 0x81, ON }, false, 64, true)
    assert.is_nil(none)
    assert.truthy(e.text:find("off for this user", 1, true), e.text)
    assert.same({ "C4", "get" }, client.asked)
    none, e = activate({ 0x81, OFF, "", OFF }, false, 64, true)
    assert.is_nil(none)
    assert.equal("rejected", e.code)
    none, e = activate({ 0x81, OFF, 0xD4 }, false, 64, true)
    assert.is_nil(none)
    assert.equal("auth", e.code)

    none, e = activate({ 0x80, "", 0x80, "", 0x80, "", 0x80 }, true)
    assert.is_nil(none)
    assert.truthy(e.text:find("--reset-sol", 1, true), e.text)
    session, _, client = activate({ 0x80, "", 0x80, "", 0x80, "", 0x80, ON, "", "", ON, REPLY },
      true, 64, true)
    assert.truthy(session)
    assert.same({ "get", "set 0", "set 1", "get", "C4" }, { table.unpack(client.asked, 8) })
    none, e, client = activate({ 0x80 }, false, 64, true) -- it is somebody's
    assert.is_nil(none)
    assert.equal("busy", e.code)
    assert.same({ "C4" }, client.asked)
  end)

  it("does not take its own console, asked for twice, for somebody else's", function()
    local function lost_answer(client)
      client.resent = 1
      return 0x80
    end
    local session, _, client = activate { lost_answer, REPLY }
    assert.truthy(session)
    assert.same({ "C4", "C4" }, client.asked)
    assert.equal(2, client.sessions)
    local none, e = activate { lost_answer, 0x80 }
    assert.is_nil(none)
    assert.equal("busy", e.code)
  end)

  it("says plainly what is in the way", function()
    local cases = { [0x81] = { "unsupported", "switched off" }, [0x82] = { "busy", "no more" },
      [0xD4] = { "auth", "privilege" } }
    for code, expected in pairs(cases) do
      local none, e = activate { code }
      assert.is_nil(none)
      assert.equal(expected[1], e.code)
      assert.truthy(e.text:find(expected[2], 1, true), e.text)
    end
  end)

  it("is not asked for in IPMI 1.5", function()
    local client = client_of {}
    client.session = { state = function() return { state = "open", version = "1.5" } end }
    local none, e = payload.activate(client, 64, {})
    assert.is_nil(none)
    assert.equal("unsupported", e.code)
    assert.same({}, client.asked)
  end)

  it("is undone in the session that has it, and in no other", function()
    local sent = {}
    local session = {
      state = function() return { state = "open" } end,
      command = function(_, netfn, cmd, data)
        sent[#sent + 1] = { netfn, cmd, data }
        return "", 0x80
      end,
    }
    payload.deactivate(session)
    assert.same({ { 0x06, DEACTIVATE, "\1\1\0\0\0\0" } }, sent)
    session.state = function() return { state = "lost" } end
    payload.deactivate(session)
    assert.equal(1, #sent)
  end)
end)
