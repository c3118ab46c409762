-- SPDX-License-Identifier: GPL-3.0-or-later
local fake = require "support.ipmifake"
local users = require "bmc.ipmi.users"

local function access(status, privilege, slots)
  return string.char(slots or 4, status << 6 | 2, 1, privilege)
end

describe("Get User Access", function()
  it("tells the role by the privilege limit", function()
    local ROLES = { "Callback", "User", "Operator", "Administrator", "OEM" }
    for privilege = 0, 15 do
      assert.equal(ROLES[privilege], users.decode(access(1, privilege | 0x10), 2).role_id)
    end
  end)

  it("tells who is enabled, by the messaging bit where the BMC leaves it open", function()
    assert.is_true(users.decode(access(1, 0x04), 2).enabled)
    assert.is_false(users.decode(access(2, 0x14), 2).enabled)
    assert.is_true(users.decode(access(0, 0x14), 2).enabled)
    assert.is_false(users.decode(access(0, 0x04), 2).enabled)
    assert.is_false(users.decode(access(0, 0x1F), 2).enabled)
  end)

  it("counts slots, 63 at most", function()
    assert.equal(16, select(2, users.decode(access(1, 4, 16), 1)))
    assert.equal(63, select(2, users.decode(access(1, 4, 0xFF), 1)))
  end)
end)

describe("bmc_users over IPMI", function()
  local NAMES = { [2] = "root", [3] = "ops\xFF\xFF" }

  local function bmc(broken)
    return {
      ["Get Channel Info"] = "\x02",
      ["Get User Access"] = function(data)
        local channel, id = data:byte(1, 2)
        assert.equal(2, channel)
        if id == broken then
          return 0xFF
        end
        return ({ access(2, 0x0F), access(1, 0x34), access(1, 0x33), access(0, 0) })[id]
      end,
      ["Get User Name"] = function(data)
        local name = NAMES[data:byte()]
        return name and name .. ("\0"):rep(16 - #name) or 0xCC
      end,
    }
  end

  it("lists all slots", function()
    assert.same({
      { id = "1", enabled = false },
      { id = "2", user_name = "root", role_id = "Administrator", enabled = true },
      { id = "3", user_name = "ops", role_id = "Operator", enabled = true },
      { id = "4", enabled = false },
    }, assert(fake.run("bmc_users", bmc())))
  end)

  it("goes on behind a slot that cannot be read", function()
    local list, trail = fake.run("bmc_users", bmc(3))
    assert.same({ "1", "2", "4" }, { list[1].id, list[2].id, list[3].id })
    assert.matches("not read: slot 3", trail[#trail].notes[1])
  end)

  it("is an error when none can be read", function()
    local _, e = fake.run("bmc_users", { ["Get Channel Info"] = "\x02" })
    assert.equal("unsupported", e.code)
  end)
end)
