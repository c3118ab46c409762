-- SPDX-License-Identifier: GPL-3.0-or-later
-- Ranges, lists and schemes of bmc.hosts.
local hosts = require "bmc.hosts"

local function expanded(spec, limit)
  return table.concat(assert(hosts.expand(spec, limit)), " ")
end

describe("bmc.hosts", function()
  it("leaves a plain name alone", function()
    assert.equal("node7.mgmt", expanded("node7.mgmt"))
    assert.equal("https://10.0.5.17:8443", expanded("https://10.0.5.17:8443"))
  end)

  it("keeps the width of numbers with leading zeros", function()
    assert.equal("n08 n09 n10 n50", expanded("n[08-10,50]"))
    assert.equal("n8 n9 n10", expanded("n[8-10]"))
    assert.equal("n000 n001", expanded("n[000-001]"))
  end)

  it("runs the last of several ranges fastest", function()
    assert.equal("https://127.0.0.1:8 https://127.0.0.2:8 https://127.0.1.1:8 https://127.0.1.2:8",
      expanded("https://127.0.[0-1].[1-2]:8"))
  end)

  it("takes a comma inside brackets for part of the range", function()
    assert.equal("a b1 b3 c", expanded("a,b[1,3],c"))
  end)

  it("gives an item of a list without a scheme that of the one before it", function()
    assert.equal("ipmi://a ipmi://b1 ipmi://b2:9623 https://c https://d ipmi://[::1] ipmi://[::2]",
      expanded("ipmi://a,b1,b2:9623,https://c,d,ipmi://[::1],[::2]"))
    assert.equal("a ipmi://b ipmi://c", expanded("a,ipmi://b,c"))
    assert.equal("ipmi://a ipmi://b c d", expanded { "ipmi://a,b", "c,d" })
    assert.equal("ipmi://b1 ipmi://b2 ipmi://b3", expanded { "ipmi://b[1-2]", "ipmi://b2,b3" })
  end)

  it("counts a machine named twice once", function()
    assert.equal("b1 b2 b3", expanded("b[1-2],b[2-3]"))
  end)

  it("takes brackets with a colon for an IPv6 address", function()
    assert.equal("https://[fe80::1]:8443 https://[::1]",
      expanded("https://[fe80::1]:8443,https://[::1]"))
    assert.equal("https://[fd::1]:41 https://[fd::1]:42", expanded("https://[fd::1]:[41-42]"))
  end)

  it("says what is wrong with a range", function()
    local wrong = {
      ["n[3-1]"] = "backwards", ["n[a-c]"] = "no number", ["n[1"] = "unbalanced",
      ["n]1"] = "unbalanced", ["n[]"] = "no number", ["n[1,]"] = "no number",
      ["n[[1]]"] = "no number",
      ["a,,b"] = "empty name", ["a b"] = "blanks", ["https:///a"] = "no name",
      ["n[1-99999999999]"] = "no number",
    }
    for spec, text in pairs(wrong) do
      local list, e = hosts.expand(spec)
      assert.is_nil(list, spec)
      assert.equal("rejected", e.code)
      assert.truthy(e.text:find(text, 1, true), spec .. ": " .. e.text)
    end
  end)

  it("counts before it makes names", function()
    local list, e = hosts.expand("a[0-99999].b[0-99999].c[0-99999]")
    assert.is_nil(list)
    assert.truthy(e.text:find("more than 100000 machines", 1, true))
    assert.is_nil(hosts.expand("a[1-3],b[1-3]", 5))
    assert.equal(6, #hosts.expand("a[1-3],b[1-3]", 6))
  end)

  it("refuses a password in a target and does not repeat it", function()
    for _, spec in ipairs { "https://r:hunter2@h", "r:hunter2@h", "a,https://r:hun/ter2@h" } do
      local list, e = hosts.expand(spec)
      assert.is_nil(list)
      assert.is_nil(tostring(e):find("hun", 1, true))
    end
  end)

  it("gives each machine its further address", function()
    assert.same({ "ipmi://10.1.0.1", "ipmi://10.1.0.2" },
      hosts.further({ "a", "b" }, "ipmi://10.1.0.[1-2]"))
    assert.same({ "ipmi://a-ipmi:9623", "ipmi://10.0.0.7-ipmi:9623", "ipmi://[fe80::1]-ipmi:9623" },
      hosts.further({ "a", "https://10.0.0.7:8443/", "http://[fe80::1]:80" },
        "ipmi://{host}-ipmi:9623"))
    for _, spec in ipairs { "ipmi://h", "ipmi://h[1-3]", "ipmi://u@{host}", "ipmi://h[2-1]" } do
      local list, e = hosts.further({ "a", "b" }, spec)
      assert.is_nil(list)
      assert.equal("rejected", e.code)
    end
    assert.matches("there are 2 machines", select(2, hosts.further({ "a", "b" }, "h")).text)
  end)

  it("tells the way by the scheme", function()
    for _, target in ipairs { "https://h", "http://h", "HTTPS://h", "h", "h:8443" } do
      assert.equal("redfish", hosts.way(target))
    end
    for _, target in ipairs { "ipmi://h", "IPMI://h:9002", "ipmi://[fe80::1]" } do
      assert.equal("ipmi", hosts.way(target))
    end
  end)

  it("tells a way it does not speak from a scheme that does not exist", function()
    for _, target in ipairs { "apc://h/3", "pikvm://h", "wol://aa:bb:cc:dd:ee:ff" } do
      assert.equal("unsupported", select(2, hosts.way(target)).code)
    end
    assert.equal("rejected", select(2, hosts.way("htps://h")).code)
  end)
end)
