-- SPDX-License-Identifier: GPL-3.0-or-later
--- What is weak about how a BMC lets in over IPMI, as findings of its target.
--
-- Owns the judgement. Nothing is tried: a BMC tells anybody which cipher suites and which kinds of
-- login it offers, and in a session which suites are switched off. All of it is a hint (QUIRKS:
-- some tell the wrong things), and the texts say so.
--
-- Sections are those of the IPMI specification, version 2.0, revision 1.1.

local channel = require "bmc.ipmi.channel"
local fru = require "bmc.ipmi.fru"
local ipmi = require "bmc.ipmi"
local reply = require "bmc.ipmi.reply"
local rmcp = require "bmc.rmcp"

-- Algorithms that are strong enough (22.15.2): HMAC-SHA1 or HMAC-SHA256, their integrity codes,
-- AES-CBC-128.
local AUTHENTICATION = { [1] = true, [3] = true }
local INTEGRITY = { [1] = true, [4] = true }
local CONFIDENTIALITY = { [1] = true }
-- The suites that are made of these (table 22-20).
local STRONG = { [3] = true, [17] = true }

-- Lists of suites and of the privilege that each of them can get to (table 23-4).
local SUITE_ENTRIES, SUITE_PRIVILEGES = 23, 24
local MOST = 16

-- The advisories about suite 0, by vendor; others have it without a number.
local CIPHER_ZERO = {
  supermicro = { "CVE-2013-4782" }, idrac = { "CVE-2013-4783" }, ilo = { "CVE-2013-4784" },
}

local M = {}

--- Whether a suite authenticates, protects and encrypts.
---@param suite bmc.rmcp.Suite  or one whose number alone is known
---@return boolean
function M.is_strong(suite)
  if not suite.authentication then
    return STRONG[suite.id] or false
  end
  return AUTHENTICATION[suite.authentication] and INTEGRITY[suite.integrity]
    and CONFIDENTIALITY[suite.confidentiality] or false
end

--- The suites that a channel is set up for. Those that nobody may use have the privilege 0.
---@param entries string     parameter 23, its first byte reserved
---@param privileges string  parameter 24, the same; four bits for each entry, the low ones first
---@return { id: integer, privilege: integer }[]
function M.configured(entries, privileges)
  local out = {}
  for i = 0, math.min(#entries - 1, (#privileges - 1) * 2, MOST) - 1 do
    local both = privileges:byte(2 + i // 2)
    out[i + 1] = { id = entries:byte(2 + i), privilege = both >> (i % 2 * 4) & 0x0F }
  end
  return out
end

-- The same of this channel, {} where the BMC has no such lists.
local function read_configured(c)
  local number, e = channel.number(c)
  if not number then
    return nil, e
  end
  local lists = {}
  for i, id in ipairs { SUITE_ENTRIES, SUITE_PRIVILEGES } do
    local data
    data, e = reply.optional(c, "Get LAN Configuration Parameters",
      string.char(number, id, 0, 0), 2)
    if e then
      return nil, e
    elseif not data then
      return {}
    end
    lists[i] = data:sub(2) -- without the parameter's revision
  end
  return M.configured(lists[1], lists[2])
end

--- What the suites say. A BMC that tells none (QUIRKS) may have them set up all the same.
---@param target bmc.target.Target
---@param offered? bmc.rmcp.Suite[]
---@param configured { id: integer, privilege: integer }[]
function M.judge_suites(target, offered, configured)
  local weak, seen, zero = {}, {}, false
  for _, suite in ipairs(configured) do
    seen[suite.id] = suite.privilege == 0 or nil
  end
  for _, suite in ipairs(offered or configured) do
    if not seen[suite.id] then
      seen[suite.id] = true
      zero = zero or suite.id == 0
      if suite.id ~= 0 and not M.is_strong(suite) then
        weak[#weak + 1] = suite.id
      end
    end
  end
  if zero then
    target:finding("BMC_CIPHER_ZERO_ACCEPTED", "high",
      "it offers cipher suite 0, with which any password will do; switch it off for the channel",
      CIPHER_ZERO[target.vendor])
  end
  if weak[1] then
    table.sort(weak)
    target:finding("BMC_IPMI_WEAK_CIPHERS_OFFERED", "medium", ("it offers cipher suites %s, which "
      .. "do not encrypt or stand on MD5 or RC4; 17 and 3 are enough")
      :format(table.concat(weak, ", ")))
  end
end

--- What the kinds of login say.
---@param target bmc.target.Target
---@param offers bmc.rmcp.Capabilities
function M.judge_logins(target, offers)
  if offers.ipmi_1_5 then
    target:finding("BMC_IPMI_1_5_ENABLED", "medium",
      "it takes IPMI 1.5 sessions, which nothing encrypts"
      .. (#offers.auth_types > 0 and " (" .. table.concat(offers.auth_types, ", ") .. ")" or ""))
  end
  if offers.anonymous then
    target:finding("BMC_IPMI_ANONYMOUS_LOGIN", "high",
      "it says that one can log in with neither user name nor password")
  end
  if offers.null_user then
    target:finding("BMC_IPMI_NULL_USER", "low",
      "it says that a user without a name is enabled: a password is all that one has to guess")
  end
end

-- ---- asking ----

-- A question to anybody that the BMC does not answer is no reason not to ask the next.
local function ask(question, target, call)
  local place = target.ipmi
  local answer, e = question { host = place.host, port = place.port }
  if answer or e.code == "cancelled" then
    return answer, e
  end
  call.note("not told: " .. e.text)
  return nil
end

-- Some advisories hold for boards, and Get Device ID does not name the board.
local function learn_model(target, call)
  if target.facts.system_model then
    return true
  end
  local inventory, e = fru.inventory(target, {}, call)
  if inventory then
    target:adopt { system_model = inventory.board_product_name or inventory.product_name }
  elseif not e.completion and e.code ~= "missing" and e.code ~= "unsupported" then
    return nil, e
  end
  return true
end

-- Outside of a session, as anybody would ask; some answer only inside (ipmi_sim).
local function ask_suites(c, target, call)
  local suites, e = ask(rmcp.suites, target, call)
  if suites or e then
    return suites, e
  end
  return ask(function(place)
    place.ask = function(data)
      return c:ask("Get Channel Cipher Suites", data)
    end
    return rmcp.suites(place)
  end, target, call)
end

-- What a session tells: the vendor and the firmware, by which advisories are chosen, and the
-- suites of the channel. The login compares the credentials with factory ones.
local function look_inside(target, c, call)
  local device, e = c:device()
  local learned
  if device then
    learned, e = learn_model(target, call)
  end
  if not learned then
    return nil, e
  end
  return read_configured(c)
end

--- Looks at the IPMI side of a target.
---@param target bmc.target.Target  gets findings
---@param call bmc.plan.Call
---@return boolean? ok
---@return bmc.err.Value? err
function M.check(target, call)
  local c = ipmi.of(target)
  local configured, e = look_inside(target, c, call)
  if not configured then
    return nil, e
  end
  local offers, suites
  offers, e = ask(rmcp.capabilities, target, call)
  if not e then
    suites, e = ask_suites(c, target, call)
  end
  if e then
    return nil, e
  end
  if offers then
    M.judge_logins(target, offers)
  end
  M.judge_suites(target, suites, configured)
  return true
end

return M
