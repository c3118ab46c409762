-- SPDX-License-Identifier: GPL-3.0-or-later
-- What BMCs call an error, in all its shapes.
local errors = require "bmc.redfish.errors"
local vendor = require "bmc.vendor"

local function message(fields)
  return { error = { code = "Base.1.0.GeneralError", message = "see below",
    ["@Message.ExtendedInfo"] = fields } }
end

describe("bmc.redfish.errors", function()
  local idrac, generic

  setup(function()
    local registry = assert(vendor.load { dirs = {} })
    idrac, generic = registry:profile("idrac"), registry:profile("generic")
  end)

  local function of(status, body, profile, headers)
    return errors.of_answer(profile or generic, { status = status, headers = headers or {} }, body,
      "GET /x")
  end

  it("finds the messages in a list, an object, a string, or at the top", function()
    local one = { MessageId = "Base.1.8.ResourceInUse", Message = "in use", Severity = "Warning" }
    for _, body in ipairs {
      message { one }, message(one), { ["@Message.ExtendedInfo"] = { one } },
      { ["@Message.ExtendedInfo"] = one }, { Messages = { { MessageID = one.MessageId,
        Message = "in use", MessageSeverity = "Warning" } } },
    } do
      local list = errors.messages(body)
      assert.equal(1, #list)
      assert.equal("ResourceInUse", list[1].key)
      assert.equal("in use", list[1].text)
      assert.equal("Warning", list[1].severity)
    end
    assert.equal("no way", errors.messages(message "no way")[1].text)
    assert.equal("GeneralError", errors.messages(message(nil))[1].key)
    for _, body in ipairs { {}, { error = 7 }, { error = {} }, "text" } do
      assert.same({}, errors.messages(body))
    end
  end)

  it("keeps every message, within reason, and none of their control characters", function()
    local many = {}
    for i = 1, 500 do
      many[i] = { MessageId = "A.1." .. i, Message = ("x"):rep(5000) .. "\27[2J" }
    end
    local list = errors.messages(message(many))
    assert.equal(20, #list)
    assert.is_true(#list[1].text < 400)
    assert.is_nil(list[1].text:find("%c"))
  end)

  it("lets the message decide before the status", function()
    local cases = {
      { 403, "SMC.1.0.OemLicenseNotPassed", "auth", "licence", "supermicro" },
      { 503, "IDRAC.2.8.RAC0218", "busy", "sessions_full", "idrac" },
      { 400, "SWC0700", "rejected", "busy", "idrac" },
      { 400, "iLO.2.8.InvalidOperationForSystemState", "rejected", "busy", "ilo" },
      { 400, "Base.1.8.ActionNotSupported", "unsupported", "unsupported", "openbmc" },
    }
    local registry = assert(vendor.load { dirs = {} })
    for _, case in ipairs(cases) do
      local body = message { { MessageId = "Base.1.8.GeneralError" }, { MessageId = case[2] } }
      assert.equal(case[3], of(case[1], body, generic).code)
      local e = of(case[1], body, registry:profile(case[5]))
      assert.equal(case[4], e.code)
      assert.equal(case[2], e.message_id)
      assert.equal(2, #e.messages)
    end
  end)

  it("goes by the status where no message helps", function()
    local codes = { [400] = "rejected", [401] = "auth", [403] = "auth", [404] = "missing",
      [405] = "unsupported", [409] = "busy", [412] = "rejected", [413] = "too_large",
      [429] = "throttled", [500] = "protocol", [501] = "unsupported", [503] = "busy" }
    for status, code in pairs(codes) do
      local e = of(status, nil)
      assert.equal(code, e.code)
      assert.equal(status, e.status)
      assert.is_nil(e.messages)
    end
  end)

  it("knows which writes may have had an effect", function()
    for status, effect in pairs { [400] = "none", [404] = "none", [409] = "none", [501] = "none",
      [503] = "none", [500] = "unknown", [502] = "unknown", [504] = "unknown" } do
      assert.equal(effect, of(status, nil).effect)
    end
  end)

  it("says what may be asked again, and when", function()
    assert.is_true(of(503, nil).later)
    assert.is_true(of(429, nil).later)
    assert.is_true(of(400, message { MessageId = "SYS518" }, idrac).later)
    assert.is_nil(of(400, nil).later)
    assert.is_nil(of(503, message { MessageId = "RAC0218" }, idrac).later)
    assert.equal(7, of(503, nil, nil, { ["retry-after"] = "7" }).retry_after)
    assert.is_nil(of(503, nil, nil, { ["retry-after"] = "Fri, 31 Dec 1999" }).retry_after)
  end)

  it("is one sentence for people", function()
    local e = errors.of_answer(generic, { status = 409, reason = "Conflict", headers = {} },
      message { { MessageId = "Base.1.8.ResourceInUse", Message = "The resource is in use." } },
      "POST /redfish/v1/Systems/1/Reset")
    assert.equal("POST /redfish/v1/Systems/1/Reset: 409 Conflict: The resource is in use. "
      .. "[Base.1.8.ResourceInUse]", e.text)
    assert.equal("GET /x: 404", of(404, nil).text)
  end)

  it("takes a page of a web server for a busy service, not for a refusal", function()
    local e = errors.of_answer(generic, { status = 403, headers = {}, html = true }, nil, "GET /x")
    assert.equal("busy", e.code)
    assert.is_true(e.later)
  end)
end)
