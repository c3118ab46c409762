-- SPDX-License-Identifier: GPL-3.0-or-later
-- Recorded trees: the rules of the layout on a small tree of our own, then every file of every
-- tree in ../shared/mockups, where that folder is there.

local cjson = require "cjson"
local host = require "_bmcsh.host"
local ask = require "support.farm"
local sim = require "bmc.sim"
local support = require "support"

local ROOT = '{ "@odata.id": "/redfish/v1/", "Name": "own", "Empty": [], "Nothing": null,\n'
  .. ' "Systems": {"@odata.id": "/redfish/v1/Systems"} }'
local SYSTEM = [[{
  "@odata.id": "/redfish/v1/Systems/1", "@odata.etag": "W/\"A1\"", "PowerState": "On",
  "Big": 12345678901234567890, "List": [], "Status": {"Health": "OK"},
  "Actions": {"#ComputerSystem.Reset": {
    "target": "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
    "@Redfish.ActionInfo": "/redfish/v1/Systems/1/ResetActionInfo"
  }}
}]]
local INFO = [[{"Parameters": [{"Name": "ResetType", "AllowableValues": ["On", "ForceOff"]}]}]]
local ERROR = [[{"error": {"code": "Base.1.0.GeneralError", "message": "%s"}}]]

-- A tree of our own, below a folder.
local function write_tree(dir, base)
  local function put(path, text, name)
    dir:write(base .. path .. "/" .. (name or "index.json"), text)
  end
  put("", ROOT)
  put("/Systems", '{"Members": [{"@odata.id": "/redfish/v1/Systems/1"}]}')
  put("/Systems/1", SYSTEM)
  put("/Systems/1/ResetActionInfo", INFO)
  put("/Systems/1/bios", '{"Id": "bios"}')
  put("/Logs", '{"Page": 1}')
  put("/Logs?$skip=50", '{"Page": 2}')
  put("/A%23B:1", '{"Id": "hash"}')
  put("/Gone", ERROR:format("gone"))
  put("/Licence", ERROR:format("LIC501: a licence is missing"))
  put("/Tagged", '{"Id": "tagged"}')
  local recorded = '{"GET": {"ETag": "\\"t1\\"", "X-Extra": "7", "Content-Length": "999"}}'
  put("/Tagged", recorded, "headers.json")
end

local function with_tree(base, f)
  local dir <close> = support.tmpdir()
  write_tree(dir, base)
  local farm <close> = sim.start { mockup = dir.path, tls = false, reset_delay = 0.05 }
  f(farm)
end

describe("sim.mockup: the layout", function()
  it("serves the bytes that were recorded", function()
    with_tree("redfish/v1", function(farm)
      local response = assert(ask.basic(farm, 1, "/redfish/v1/Systems/1"))
      assert.equal(SYSTEM, response.body)
      assert.equal('W/"A1"', response.headers.etag)
      assert.equal(ROOT, assert(ask.ask(farm, 1, "/redfish/v1")).body)
    end)
  end)

  it("takes a folder that is the root resource itself", function()
    with_tree("", function(farm)
      assert.equal(ROOT, assert(ask.ask(farm, 1, "/redfish/v1/")).body)
      assert.equal("bios", assert(ask.basic(farm, 1, "/redfish/v1/Systems/1/bios")).json.Id)
    end)
  end)

  it("finds a path with or without its last slash, and in any case", function()
    with_tree("redfish/v1", function(farm)
      for _, path in ipairs { "/Systems/1/bios", "/Systems/1/bios/", "/systems/1/Bios" } do
        assert.equal("bios", assert(ask.basic(farm, 1, "/redfish/v1" .. path)).json.Id, path)
      end
      assert.equal(404, assert(ask.basic(farm, 1, "/redfish/v1/Systems/2")).status)
    end)
  end)

  it("has a page for its query, and takes other queries for none", function()
    with_tree("redfish/v1", function(farm)
      local function page(query)
        return assert(ask.basic(farm, 1, "/redfish/v1/Logs" .. query)).json.Page
      end
      assert.equal(1, page "")
      assert.equal(2, page "?$skip=50")
      assert.equal(2, page "?%24skip=50")
      assert.equal(1, page "?$expand=*")
    end)
  end)

  it("serves names with a percent sign in them", function()
    with_tree("redfish/v1", function(farm)
      assert.equal("hash", assert(ask.basic(farm, 1, "/redfish/v1/A%23B:1")).json.Id)
    end)
  end)

  it("serves recorded errors with a status that fits", function()
    with_tree("redfish/v1", function(farm)
      assert.equal(404, assert(ask.basic(farm, 1, "/redfish/v1/Gone")).status)
      assert.equal(403, assert(ask.basic(farm, 1, "/redfish/v1/Licence")).status)
    end)
  end)

  it("sends recorded headers, but for those of the transfer", function()
    with_tree("redfish/v1", function(farm)
      local headers = assert(ask.basic(farm, 1, "/redfish/v1/Tagged")).headers
      assert.equal('"t1"', headers.etag)
      assert.equal("7", headers["x-extra"])
      assert.equal("16", headers["content-length"])
    end)
  end)

  it("refuses a folder without a tree", function()
    local dir <close> = support.tmpdir()
    local ok, e = pcall(sim.start, { mockup = dir.path, tls = false })
    assert.is_false(ok)
    assert.equal("missing", e.code)
  end)
end)

describe("sim.mockup: state over a recorded tree", function()
  it("opens sessions where no session service was recorded", function()
    with_tree("redfish/v1", function(farm)
      local response = assert(ask.ask(farm, 1, {
        path = "/redfish/v1/SessionService/Sessions", method = "POST",
        json = { UserName = "admin", Password = "simulated" },
      }))
      assert.equal(201, response.status)
      local token = response.headers["x-auth-token"]
      local systems = { path = "/redfish/v1/Systems", token = token }
      assert.equal(200, assert(ask.ask(farm, 1, systems)).status)
    end)
  end)

  it("changes the power of the recorded system, and nothing else in it", function()
    with_tree("redfish/v1", function(farm)
      assert.equal(400, assert(ask.reset(farm, 1, "PowerCycle")).status)
      assert.equal(204, assert(ask.reset(farm, 1, "ForceOff")).status)
      support.eventually(function() return ask.system(farm, 1).PowerState == "Off" end)
      local body = assert(ask.basic(farm, 1, "/redfish/v1/Systems/1")).body
      body = body:gsub('"Off"', '"On"')
      body = body:gsub('"@odata.etag": "[^,]*",', '"@odata.etag": "W/\\"A1\\"",')
      assert.equal(SYSTEM, body)
      assert.equal(1, farm.bmc(1).counters.resets)
    end)
  end)

  it("does without what was recorded as null, or as a string where an object belongs", function()
    local dir <close> = support.tmpdir()
    local base, logs = "redfish/v1", "/redfish/v1/Systems/1/LogServices"
    local function put(path, text) dir:write(base .. path .. "/index.json", text) end
    put("", '{"Tasks": {"@odata.id": null}, "Links": {"Sessions": {"@odata.id": null}}, '
      .. '"Systems": {"@odata.id": "/redfish/v1/Systems"}}')
    put("/Systems", '{"Members": [{"@odata.id": "/redfish/v1/Systems/1"}]}')
    put("/Systems/1", (SYSTEM:gsub('"Big"', '"@Redfish.Settings": {"SettingsObject": '
      .. '{"@odata.id": null}}, "LogServices": {"@odata.id": "' .. logs .. '"}, "Big"')
      :gsub('"W/[^,]*"', "null")))
    put("/Systems/1/ResetActionInfo", '{"Parameters": [null, {"Name": "ResetType", '
      .. '"AllowableValues": ["On", "ForceOff"]}]}')
    put("/Systems/1/LogServices", ('{"Members": ["%s/A", null]}'):format(logs))
    put("/Systems/1/LogServices/A", ('{"Entries": {"@odata.id": "%s/A/Entries"}}'):format(logs))
    put("/Systems/1/LogServices/A/Entries", '{"Members": null}')
    local farm <close> = sim.start {
      mockup = dir.path, tls = false, reset_delay = 0.05, ipmi = true,
    }
    assert.equal(204, assert(ask.reset(farm, 1, "ForceOff")).status)
    support.eventually(function() return ask.system(farm, 1).PowerState == "Off" end)
  end)

  it("serves several trees, one an address", function()
    local dir <close> = support.tmpdir()
    dir:write("a/redfish/v1/index.json", '{"Name": "a"}')
    dir:write("b/redfish/v1/index.json", '{"Name": "b"}')
    local farm <close> = sim.start {
      mockup = { dir.path .. "/a", dir.path .. "/b" }, count = 3, tls = false,
    }
    local names = {}
    for i = 1, 3 do names[i] = assert(ask.ask(farm, i, "/redfish/v1/")).json.Name end
    assert.same({ "a", "b", "a" }, names)
  end)
end)

-- Every index.json below a folder: URI -> text.
local function files_of(dir, uri, out)
  for _, name in ipairs(host.listdir(dir) or {}) do
    if name == "index.json" then
      local file <close> = assert(io.open(dir .. "/" .. name))
      out[uri] = file:read("a")
    else
      files_of(dir .. "/" .. name, uri .. "/" .. name, out)
    end
  end
  return out
end

local function escape(uri)
  return (uri:gsub("[% ]", function(c) return ("%%%02X"):format(c:byte()) end))
end

-- The status a recorded body was served with.
local function status_of(text)
  local body = cjson.decode(text)
  if body["@odata.id"] or not body.error then return 200 end
  return text:find("LIC501", 1, true) and 403 or 404
end

describe("sim.mockup: each recorded tree", function()
  local mockups = support.shared("mockups")
  for _, name in ipairs(host.listdir(mockups)) do
    local dir = mockups .. "/" .. name
    if host.stat(dir).type == "directory" then
      it("serves every file of " .. name, function()
        local farm <close> = sim.start { mockup = dir, tls = false }
        local n = 0
        for uri, text in pairs(files_of(dir, "", {})) do
          local response = assert(ask.basic(farm, 1, escape(uri)))
          assert.equal(text, response.body, uri)
          assert.equal(status_of(text), response.status, uri)
          n = n + 1
        end
        assert.is_true(n > 0)
      end)
    end
  end
end)
