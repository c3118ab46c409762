-- SPDX-License-Identifier: GPL-3.0-or-later
local ask = require "support.farm"
local cjson = require "cjson"
local events = require "bmc.sim.events"
local http = require "bmc.http"
local sim = require "bmc.sim"
local support = require "support"

local SSE = "/redfish/v1/EventService/SSE"

local function open(farm, i, last, path)
  return assert(ask.basic(farm, i, {
    path = path or SSE, stream = true, headers = { ["last-event-id"] = last },
  }))
end

-- Reads until so many events are there: the first record of each, and its number.
local function read(stream, count)
  local text, out = "", {}
  while #out < count do
    text = text .. assert(stream:read())
    out = {}
    for id, data in text:gmatch("id: (%d+)\ndata: ([^\n]+)\n\n") do
      local body = cjson.decode(data)
      out[#out + 1] = { id = tonumber(id), record = body.Events[1], body = body }
    end
  end
  return out
end

describe("sim.events", function()
  it("come to everybody who listens, as they happen", function()
    local farm <close> = sim.start { vendors = { "openbmc-2.14" }, tls = false, reset_delay = 0.05 }
    local one <close> = open(farm, 1)
    local two <close> = open(farm, 1)
    assert.equal("text/event-stream", one.headers["content-type"])
    assert.is_truthy(one:read():find("retry: 100", 1, true))
    ask.reset(farm, 1, "ForceOff")
    support.eventually(function() ask.system(farm, 1) return farm.bmc(1).events.last > 0 end)
    for _, stream in ipairs { one, two } do
      local event = read(stream, 1)[1]
      assert.equal("The power state has changed to Off.", event.record.Message)
      assert.equal("/redfish/v1/Systems/system", event.record.OriginOfCondition["@odata.id"])
    end
  end)

  it("that were missed are sent again from the last id on", function()
    local farm <close> = sim.start { vendors = { "openbmc-2.14" }, tls = false }
    events.burst(farm.bmc(1), 250)
    local stream <close> = open(farm, 1, "240")
    local list = read(stream, 10)
    assert.equal(241, list[1].id)
    assert.equal(250, list[10].id)
    assert.equal("Event number 250.", list[10].record.Message)
  end)

  it("look as the vendor's do", function()
    local farm <close> = sim.start {
      vendors = { "idrac9-7", "openbmc-2.14" }, fleet = 2, tls = false,
    }
    events.burst(farm.bmc(1), 1)
    events.burst(farm.bmc(2), 1)
    local dell <close> = open(farm, 1, "0", "/redfish/v1/SSE")
    local bmcweb <close> = open(farm, 2, "0")
    local of_dell, of_bmcweb = read(dell, 1)[1].record, read(bmcweb, 1)[1].record
    assert.matches("%-0600$", of_dell.EventTimestamp)
    assert.equal("Alert", of_dell.EventType)
    assert.is_nil(of_bmcweb.EventType)
    assert.is_nil(of_bmcweb.MemberId)
  end)

  it("are offered by recorded trees where they were recorded", function()
    local folder = support.shared "mockups/dell-poweredge_r750-idrac9_7.10"
    local farm <close> = sim.start { mockup = folder, tls = false }
    events.emit(farm.bmc(1), { Severity = "OK", Message = "hello" })
    local stream <close> = open(farm, 1, "0", "/redfish/v1/SSE")
    assert.equal("hello", read(stream, 1)[1].record.Message)
  end)

  it("want a login", function()
    local farm <close> = sim.start { vendors = { "openbmc-2.14" }, tls = false }
    assert.equal(401, ask.ask(farm, 1, SSE).status)
    local none <close> = sim.start { vendors = { "supermicro" }, tls = false }
    assert.equal(404, ask.basic(none, 1, SSE).status)
  end)

  it("end when the BMC restarts", function()
    local farm <close> = sim.start { vendors = { "openbmc-2.14" }, tls = false, reset_delay = 0.3 }
    local stream <close> = open(farm, 1)
    assert(stream:read())
    farm.bmc(1):restart()
    local part, e = stream:read()
    assert.is_nil(part)
    assert.equal("protocol", e.code)
  end)

  it("keep no texts but the last thousand, whatever else happens between", function()
    local farm <close> = sim.start { vendors = { "openbmc-2.14" }, tls = false }
    local bmc = farm.bmc(1)
    for _ = 1, 20 do
      events.emit(bmc, { Message = "x" })
      events.burst(bmc, 300)
    end
    local kept = 0
    for _ in pairs(bmc.events.kept) do kept = kept + 1 end
    assert.equal(3, kept)
  end)

  it("can be made to happen over the admin URL", function()
    local farm <close> = sim.start { vendors = { "openbmc-2.14" }, tls = false }
    local function post(body)
      return assert(http.request {
        url = farm.url(1) .. "/sim/events", method = "POST", json = body,
      })
    end
    assert.equal(7, cjson.decode(post({ count = 7 }).body).last)
    assert.equal(8, cjson.decode(post({ Severity = "Critical", Message = "fire" }).body).last)
    assert.equal(400, post("x").status)
    local stream <close> = open(farm, 1, "7")
    assert.equal("fire", read(stream, 1)[1].record.Message)
  end)
end)
