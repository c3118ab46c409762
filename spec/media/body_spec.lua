-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is sent to insert an image, and what after a refusal.
local bodies = require "bmc.media.body"
local err = require "bmc.err"

local ISO = { url = "https://h/x.iso", kind = "cd" }
local PLAIN = { need = {}, patch = { "Image", "Inserted", "WriteProtected" } }

local function refusal(...)
  return err.new("rejected", "no", { status = 400, effect = "none", messages = { ... } })
end

describe("bmc.media.body", function()
  it("says the least, and what the operator has said", function()
    assert.same({ Image = ISO.url }, bodies.of_action(ISO, PLAIN))
    assert.same({ Image = "nfs://h/x", UserName = "u", Password = "p", WriteProtected = false },
      bodies.of_action({ url = "nfs://h/x", kind = "cd", user = "u", password = "p",
        writable = true }, PLAIN))
  end)

  it("adds what the profile or the ActionInfo wants (V16, V17, V18, V21)", function()
    local need = { "TransferProtocolType", "TransferMethod", "UserName", "Password", "MediaType" }
    assert.same({ Image = ISO.url, TransferProtocolType = "HTTPS", TransferMethod = "Stream",
      UserName = "none", Password = "none", MediaType = "CD" },
      bodies.of_action(ISO, { need = need }))
    assert.same({ Image = ISO.url, Inserted = true }, bodies.of_action(ISO, PLAIN, { Parameters = {
      { Name = "Image", Required = true }, { Name = "Inserted", Required = true },
      { Name = "UserName", Required = false }, { Name = "Unheard", Required = true } } }))
  end)

  it("patches what the slot takes (V04, V12)", function()
    assert.same({ Image = ISO.url, Inserted = true, WriteProtected = true },
      bodies.of_patch(ISO, PLAIN))
    assert.same({ Image = ISO.url }, bodies.of_patch(ISO, { patch = { "Image" } }))
  end)

  it("adds or leaves out the parameter that a refusal names", function()
    local tried = {}
    local body, why = bodies.adjust({ Image = "x" }, refusal { text = "no",
      args = { "InsertMedia", "TransferProtocolType" } }, ISO, tried)
    assert.same({ { Image = "x", TransferProtocolType = "HTTPS" }, "with TransferProtocolType" },
      { body, why })
    body, why = bodies.adjust({ Image = "x", Inserted = true },
      refusal { text = "The parameter Inserted is not known." }, ISO, {})
    assert.same({ { Image = "x" }, "without Inserted" }, { body, why })
    assert.is_nil(bodies.adjust(body, refusal { text = "TransferProtocolType" }, ISO, tried))
  end)

  it("guesses where a refusal names none, each once", function()
    local tried, body = {}, { Image = "x" }
    body = bodies.adjust(body, refusal(), ISO, tried)
    assert.equal("HTTPS", body.TransferProtocolType)
    body = bodies.adjust(body, refusal(), ISO, tried)
    assert.equal("Stream", body.TransferMethod)
    assert.is_nil(bodies.adjust(body, refusal(), ISO, tried))
  end)

  it("never takes out what the operator has given", function()
    local image = { url = "cifs://h/x", kind = "cd", user = "u", password = "p" }
    local body = bodies.of_action(image, PLAIN)
    assert.is_nil(bodies.adjust(body, refusal { text = "UserName and Password" }, image, {}))
  end)

  it("splits a URL for a BMC that mounts by host and path (V03)", function()
    assert.same({ Host = "http://h:8080", Path = "/a/b.iso", Username = "", Password = "" },
      bodies.of_config { url = "http://h:8080/a/b.iso" })
    assert.same({ Host = "h", Path = "\\s\\b.iso", Username = "u", Password = "p" },
      bodies.of_config { url = "smb://h/s/b.iso", user = "u", password = "p" })
  end)
end)
