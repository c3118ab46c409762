-- SPDX-License-Identifier: GPL-3.0-or-later
-- Datagrams that are replayed, cut, changed or another session's come before each one of the BMC,
-- from the first of the login to the last of the logout: nothing is sent again, begun anew,
-- counted as the BMC's, or taken for an answer.
local rmcp = require "bmc.rmcp"
local secret = require "bmc.secret"
local ipmisim = require "support.ipmisim"

local RAKP2, RAKP4 = 0x13, 0x15

local function flipped(data, at, bit)
  return data:sub(1, at - 1) .. string.char(data:byte(at) ~ 1 << bit) .. data:sub(at + 1)
end

local function is_sealed(data)
  return data:byte(5) == 6 and data:byte(6) & 0xC0 == 0xC0
end

local spoilers = {}

function spoilers.replayed(_, seen)
  return seen
end

function spoilers.cut(data)
  local out = {}
  for n = 0, #data - 1 do
    out[#out + 1] = data:sub(1, n)
  end
  return out
end

-- What a code covers: all of a packet in a session but the RMCP header, and of the login the
-- random number, the identity and the code in RAKP 2, the code in RAKP 4.
function spoilers.changed(data)
  local kind, from = data:byte(6), nil
  if is_sealed(data) then
    from = 5
  elseif data:byte(5) == 6 and (kind == RAKP2 or kind == RAKP4) then
    from = 16 + 9
  end
  local out = {}
  for at = from or #data + 1, #data do
    out[#out + 1] = flipped(data, at, at % 8)
  end
  return out
end

-- The session ids that may stand in it, the BMC's and ours, are another's.
function spoilers.misdirected(data)
  if is_sealed(data) then
    return { flipped(data, 7, 0), flipped(data, 10, 7) }
  elseif data:byte(5) == 6 and data:byte(6) ~= 0 then
    return { flipped(data, 16 + 5, 0), flipped(data, 16 + 8, 7) }
  end
  return {}
end

local function session(port, wire)
  local password <close> = secret.from_string(ipmisim.PASSWORD)
  local m <close> = assert(rmcp.open { host = "127.0.0.1", port = port, user = "admin",
    password = password, retry = 8 })
  for _ = 1, 3 do
    local data, code = m:command(0x00, 0x01)
    assert.same({ "\0\0\0", 0 }, { data, code })
  end
  local state = m:state()
  wire.sealed, wire.dropped = 0, state.dropped
  assert.same({ "open", 1, 0, 0, 17, 3 }, { state.state, state.attempts, state.resent,
    state.unsound, state.cipher, state.privilege })
end

describe("a datagram that is", function()
  for name, spoil in pairs(spoilers) do
    it(name .. " changes nothing, in no state", function()
      ipmisim.farm({}, function(address, port)
        local wire, seen = { up = {}, added = 0 }, {}
        local function hook(way, data)
          if way == "up" then
            wire.up[#wire.up + 1] = data
            wire.sealed = (wire.sealed or 0) + (is_sealed(data) and 1 or 0)
            return nil
          end
          local extra = spoil(data, seen)
          local out = table.move(extra, 1, #extra, 1, {})
          wire.added = wire.added + #out
          out[#out + 1], seen[#seen + 1] = data, data
          return out
        end
        ipmisim.relay(address, port, hook, function(relay)
          session(relay, wire)
        end)
        -- Capabilities, Open Session, RAKP 1 and 3, the privilege, three commands, the end.
        assert.same({ 9, 1 }, { #wire.up, wire.sealed })
        assert.is_true(wire.added >= 10)
      end)
    end)
  end
end)
