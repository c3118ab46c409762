-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is wrong with a resource by the Redfish contract: one mistake at a time.
local contract = require "bmc.contract"
local http = require "bmc.http"

local GOOD = [[{
  "@odata.id": "/redfish/v1/Things/1", "@odata.type": "#Thing.v1_2_0.Thing", "Id": "1",
  "Name": "A thing", "PowerState": "On",
  "Status": { "State": "Enabled", "Health": "OK", "HealthRollup": null },
  "Links": { "Chassis": [ { "@odata.id": "/redfish/v1/Chassis/1" } ], "Chassis@odata.count": 1,
    "Next": { "@odata.id": "/redfish/v1/Things/2" }, "None": null, "Oem": { "X": "anything" } },
  "Parts": [ { "Status": { "State": "Absent" } } ], "Oem": { "X": { "PowerState": "Half" } },
  "Features": { "Links": true } }]]
local COLLECTION = [[{
  "@odata.id": "/redfish/v1/Things", "@odata.type": "#ThingCollection.ThingCollection",
  "Name": "Things", "Members@odata.count": 2,
  "Members": [ { "@odata.id": "/redfish/v1/Things/1" }, { "@odata.id": "/redfish/v1/Things/2" } ]
}]]

local function said(text, uri)
  local body = http.decode(text, { exact = true })
  local out = {}
  for i, issue in ipairs(contract.check(body, uri)) do
    out[i] = ("%s %s: %s"):format(issue.severity, issue.field, issue.message)
  end
  return table.concat(out, "\n")
end

-- A plain piece of text in place of another.
local function with(text, old, new)
  local from, to = text:find(old, 1, true)
  assert(from, old)
  return text:sub(1, from - 1) .. new .. text:sub(to + 1)
end

describe("bmc.contract", function()
  it("has nothing to say about what is right", function()
    assert.equal("", said(GOOD, "/redfish/v1/Things/1"))
    assert.equal("", said(GOOD, "/redfish/v1/things/1/")) -- iLO mixes both
    assert.equal("", said(COLLECTION))
    assert.equal("", said(with(COLLECTION, '"Members@odata.count": 2',
      '"Members@odata.count": 90, "Members@odata.nextLink": "/redfish/v1/Things?$skip=2"')))
  end)

  local CASES = {
    { '"@odata.id": "/redfish/v1/Things/1", ', "", "error @odata.id: missing required @odata.id" },
    { '"@odata.id": "/redfish/v1/Things/1"', '"@odata.id": 7',
      "error @odata.id: a link is a string, not 7" },
    { '"@odata.id": "/redfish/v1/Things/1"', '"@odata.id": "Things"',
      'error @odata.id: "Things" is no path' },
    { '"@odata.type": "#Thing.v1_2_0.Thing", ', "",
      "error @odata.type: missing required @odata.type" },
    { "#Thing.v1_2_0.Thing", "Thing.v1_2_0.Thing", "is not well formed" },
    { "#Thing.v1_2_0.Thing", "#Thing.1.2.0.Thing", "is not well formed" },
    { '"Name": "A thing", ', "", "warning Name: missing required Name" },
    { '"Id": "1"', '"Id": 1', "warning Id: missing required Id" },
    { '"PowerState": "On"', '"PowerState": "on"',
      'error PowerState: "on" is none of Off, On, Paused, PoweringOff, PoweringOn' },
    { '"State": "Enabled"', '"State": "OK"', 'error Status/State: "OK" is none of Absent' },
    { '"Health": "OK"', '"Health": "Ok"', 'error Status/Health: "Ok" is none of Critical' },
    { '"HealthRollup": null', '"HealthRollup": ""', 'error Status/HealthRollup: ""' },
    { '{ "State": "Absent" }', '{ "State": 1 }', "error Parts/0/Status/State: 1 is none of" },
    { '{ "State": "Enabled", "Health": "OK", "HealthRollup": null }', '"OK"',
      'error Status: Status is an object, not "OK"' },
    { '{ "@odata.id": "/redfish/v1/Things/2" }', '"/redfish/v1/Things/2"',
      'error Links/Next: a link is an object with @odata.id, not "/redfish/v1/Things/2"' },
    { '[ { "@odata.id": "/redfish/v1/Chassis/1" } ]', '[ 7 ]', "error Links/Chassis/0: a link is" },
    { '"Chassis@odata.count": 1', '"Chassis@odata.count": 2',
      "error Links/Chassis@odata.count: says 2, but Chassis has 1" },
    { '"Chassis@odata.count": 1', '"Chassis@odata.count": "1"',
      'error Links/Chassis@odata.count: a count is a whole number, not "1"' },
  }
  for _, case in ipairs(CASES) do
    it("finds " .. case[3], function()
      assert.truthy(said(with(GOOD, case[1], case[2])):find(case[3], 1, true),
        said(with(GOOD, case[1], case[2])))
    end)
  end

  local LISTS = {
    { '"Members@odata.count": 2,', "",
      "error Members@odata.count: missing required Members@odata.count" },
    { '"Members@odata.count": 2', '"Members@odata.count": 3', "says 3, but Members has 2" },
    { '{ "@odata.id": "/redfish/v1/Things/2" }', '"/redfish/v1/Things/2"',
      'error Members/1: a member is an object with @odata.id, not "/redfish/v1/Things/2"' },
    { '"Members": [ { "@odata.id": "/redfish/v1/Things/1" }, { "@odata.id": '
      .. '"/redfish/v1/Things/2" } ]', '"Members": null',
      "error Members: Members is a list, not null" },
    { ',\n  "Members": [ { "@odata.id": "/redfish/v1/Things/1" }, { "@odata.id": '
      .. '"/redfish/v1/Things/2" } ]', "", "error Members: missing required Members" },
  }
  for _, case in ipairs(LISTS) do
    it("finds in a collection: " .. case[3], function()
      local text = with(COLLECTION, case[1], case[2])
      assert.truthy(said(text):find(case[3], 1, true), said(text))
    end)
  end

  it("tells a resource that calls itself otherwise", function()
    assert.equal("warning @odata.id: it was asked for as /redfish/v1/Other and calls itself "
      .. "/redfish/v1/Things/1", said(GOOD, "/redfish/v1/Other"))
  end)

  it("never raises, whatever it is given", function()
    for _, text in ipairs { "[]", "7", "null", '"x"', "{}", '{"Members":{"Members":[1]}}',
      '{"Links":[[]],"Status":[{}],"@odata.type":[]}', '{"@odata.count":1,"@odata.id":null}' } do
      assert.truthy(said(text):find("^error "), text)
    end
  end)
end)
