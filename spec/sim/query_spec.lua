-- SPDX-License-Identifier: GPL-3.0-or-later
-- Collections in pages, and expanded: honestly, and in all the ways that fail.
local ask = require "support.farm"
local sim = require "bmc.sim"

local MEMORY = "/redfish/v1/Systems/1/Memory"

local function start(traits)
  return sim.start { vendors = { "x12" }, tls = false, traits = traits }
end

local function get(farm, path)
  return assert(ask.basic(farm, 1, path))
end

-- All members, page by page, and how many pages there were.
local function walk(farm, path)
  local members, pages = {}, 0
  while path do
    local page = get(farm, path).json
    table.move(page.Members, 1, #page.Members, #members + 1, members)
    path, pages = page["Members@odata.nextLink"], pages + 1
  end
  return members, pages
end

describe("sim.query: pages", function()
  it("are of any size, and lose nobody", function()
    for _, size in ipairs { 1, 3, 7, 8, 9 } do
      local farm <close> = start { page_size = size }
      local members, pages = walk(farm, MEMORY)
      assert.equal(8, #members)
      assert.equal((8 + size - 1) // size, pages)
      assert.equal(8, get(farm, MEMORY).json["Members@odata.count"])
      for _, member in ipairs(members) do
        assert.equal(200, get(farm, member["@odata.id"]).status)
      end
    end
  end)

  it("count with what the vendor says, and may count themselves", function()
    local farm <close> = start { page_size = 3, page_query = "$skiptoken", bad_count = true }
    local first = get(farm, MEMORY).json
    assert.equal(MEMORY .. "?$skiptoken=3", first["Members@odata.nextLink"])
    assert.equal(3, first["Members@odata.count"])
    assert.equal(8, #walk(farm, MEMORY))
  end)

  it("hold a thousand members on request", function()
    local farm <close> = start { memory = { count = 1000 }, page_size = 50 }
    local members, pages = walk(farm, MEMORY)
    assert.equal(1000, #members)
    assert.equal(20, pages)
    local whole <close> = start { memory = { count = 1000 } }
    assert.equal(1000, #get(whole, MEMORY).json.Members)
  end)
end)

describe("sim.query: $expand", function()
  local function expanded(how)
    local farm <close> = start { expand = how }
    local features = get(farm, "/redfish/v1/").json.ProtocolFeaturesSupported
    return get(farm, MEMORY .. "?$expand=.($levels=1)"), features, get(farm, MEMORY .. "/DIMM1")
  end

  it("is not offered, and not heeded", function()
    local response, features = expanded(false)
    assert.is_nil(features)
    assert.is_nil(response.json.Members[1].Id)
  end)

  it("is honest", function()
    local farm <close> = start { expand = "honest" }
    local response = get(farm, MEMORY .. "?%24expand=*")
    local first = response.json.Members[1]
    assert.same(get(farm, first["@odata.id"]).json, first)
    assert.equal(8, #response.json.Members)
    assert.is_true(select(2, expanded "honest").ExpandQuery.NoLinks)
  end)

  it("is offered and refused, or ignored", function()
    local response, features = expanded "refused"
    assert.equal(501, response.status)
    assert.is_truthy(features)
    assert.is_nil(expanded("ignored").json.Members[1].Id)
  end)

  it("drops members, or parts of them", function()
    local dropped = expanded("drops").json
    assert.equal(6, #dropped.Members)
    assert.equal(8, dropped["Members@odata.count"])
    local partial = expanded("partial").json
    assert.equal(8, #partial.Members)
    assert.is_nil(partial.Members[1].Id)
    assert.is_truthy(partial.Members[1]["@odata.id"])
  end)

  it("takes a number that is none as if it were not there", function()
    local farm <close> = start { expand = "honest", page_size = 3, memory = { count = 10 } }
    for _, query in ipairs { "$skip=1.5", "$skip=-4", "$top=-1", "$skip=1e300", "$top=x" } do
      local response = get(farm, MEMORY .. "?" .. query)
      assert.equal(200, response.status, query)
      assert.equal(3, #response.json.Members, query)
    end
  end)

  it("goes with pages", function()
    local farm <close> = start { expand = "honest", page_size = 3, memory = { count = 10 } }
    local members, pages = walk(farm, MEMORY .. "?$expand=.")
    assert.equal(4, pages)
    for i = 1, 10 do assert.is_truthy(members[i].CapacityMiB) end
  end)
end)
