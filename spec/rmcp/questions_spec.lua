-- SPDX-License-Identifier: GPL-3.0-or-later
local rmcp = require "bmc.rmcp"
local udp = require "bmc.udp"
local ipmisim = require "support.ipmisim"

describe("rmcp.capabilities", function()
  it("says how a BMC lets users in", function()
    ipmisim.farm({ kg = "k" }, function(address, port)
      assert.same({
        ipmi_2_0 = true, ipmi_1_5 = false, auth_types = {}, kg_set = true, per_message = true,
        user_level = true, named = true, null_user = false, anonymous = false, oem_id = 0,
      }, assert(rmcp.capabilities { host = address, port = port }))
    end)
    ipmisim.sim(function(address, port)
      local told = assert(rmcp.capabilities { host = address, port = port })
      assert.same({ true, true, false }, { told.ipmi_2_0, told.ipmi_1_5, told.kg_set })
      assert.matches("md5", table.concat(told.auth_types, " "))
    end)
  end)

  it("asks an old BMC without the bit that it does not know", function()
    ipmisim.farm({}, function(address, port)
      local newer, asked = false, 0
      local function old(way, data)
        if way == "up" then
          newer, asked = data:byte(21) & 0x80 ~= 0, asked + 1
        elseif newer then -- completion code CCh, and no data
          return { data:sub(1, 13) .. "\8" .. data:sub(15, 20) .. "\xCC"
            .. string.char(-(data:byte(18) + data:byte(19) + data:byte(20) + 0xCC) & 0xFF) }
        end
      end
      ipmisim.relay(address, port, old, function(relay)
        assert.is_true(assert(rmcp.capabilities { host = "127.0.0.1", port = relay }).ipmi_2_0)
        assert.equal(2, asked)
      end)
    end)
  end)

  it("says that nobody answers", function()
    local silent <close> = assert(udp.open { address = "127.0.0.1" })
    local told, e = rmcp.capabilities { host = "127.0.0.1", port = select(2, silent:address()),
      timeout = 0.2 }
    assert.same({ nil, "timeout", "silent" }, { told, e.code, e.reason })
  end)
end)
