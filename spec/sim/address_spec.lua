-- SPDX-License-Identifier: GPL-3.0-or-later
local address = require "bmc.sim.address"
local hosts = require "bmc.hosts"

describe("sim.address", function()
  it("counts up, the last number from 1 to 250", function()
    assert.same({ "127.0.0.249", "127.0.0.250", "127.0.1.1" }, address.list("127.0.0.249", 3))
    assert.equal("127.0.3.250", address.list("127.0.0.1", 1000)[1000])
    assert.equal("127.1.0.1", address.list("127.0.255.250", 2)[2])
  end)

  it("refuses what is not an address of this machine alone", function()
    for _, base in ipairs { "10.0.0.1", "127.0.0.0", "127.0.0.251", "127.0.0", "" } do
      local list, e = address.list(base, 1)
      assert.is_nil(list)
      assert.equal("rejected", e.code)
    end
    assert.is_nil(address.list("127.255.255.1", 1000))
  end)

  it("writes ranges that mean exactly these addresses", function()
    for _, case in ipairs { { "127.0.0.1", 1 }, { "127.0.0.1", 12 }, { "127.0.0.1", 1000 },
      { "127.0.0.240", 300 }, { "127.0.255.7", 600 } } do
      local list = address.list(case[1], case[2])
      local urls = {}
      for i, one in ipairs(list) do urls[i] = ("https://%s:8443"):format(one) end
      local expanded = assert(hosts.expand(address.range(list, "https://%s:8443")))
      table.sort(urls)
      table.sort(expanded)
      assert.same(urls, expanded)
    end
  end)

  it("writes them short", function()
    local list = address.list("127.0.0.1", 1000)
    assert.equal("127.0.[0-3].[1-250]", address.range(list, "%s"))
  end)
end)
