-- SPDX-License-Identifier: GPL-3.0-or-later
-- Bodies of writes: as they go out, and as they may be shown.
local bodies = require "bmc.redfish.body"
local http = require "bmc.http"
local json = require "bmc.json"
local secret = require "bmc.secret"

describe("bmc.redfish.body", function()
  it("writes objects, lists and null as they were meant", function()
    assert.equal("{}", bodies.encode {})
    assert.equal('{"a":[1,{"b":"/x"}],"c":null,"d":{}}',
      bodies.encode { d = {}, a = { 1, { b = "/x" } }, c = http.null })
    assert.equal('{"a":[],"b":{}}',
      bodies.encode(http.decode('{"b":{},"a":[]}', { exact = true })))
  end)

  it("leaves the place of a secret to C", function()
    local password <close> = secret.from_string "geheim"
    local parts = bodies.encode { a = { Password = password }, l = { password } }
    local text = {}
    for i, part in ipairs(parts) do
      text[i] = secret.is(part) and "?" or part
    end
    assert.equal('{"a":{"Password":"?"},"l":["?"]}', table.concat(text))
  end)

  it("shows a copy without it", function()
    local password <close> = secret.from_string "geheim"
    local body = { Password = password, Empty = {}, List = { password } }
    assert.equal('{"Empty":{},"List":["<secret>"],"Password":"<secret>"}',
      json.encode(bodies.shown(body)))
    assert.is_true(secret.is(body.Password))
    assert.is_nil(bodies.shown(nil))
  end)
end)
