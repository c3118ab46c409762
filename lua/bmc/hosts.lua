-- SPDX-License-Identifier: GPL-3.0-or-later
-- hosts: owns how an operator names machines: comma lists, ranges in any part
-- of a target, and which way a target's scheme means. It opens nothing and
-- knows no inventory.
--
--   node[01-40,50].mgmt            leading zeros give the width
--   https://127.0.[0-3].[1-250]:8443
--   https://[fe80::1]:8443         brackets with a colon are an IPv6 address
--   ipmi://bmc1,bmc2               both over IPMI: an item without a scheme has
--                                  that of the item before it, the first https
--
-- The product of all ranges is counted before the first name is made, so that
-- a slip of the finger is an error and not a full memory.
local err = require "bmc.err"

local LIMIT = 100000

-- Schemes of DESIGN 9. A scheme with a way that this program does not speak
-- is told apart from a misspelt one.
local WAYS = {
  https = "redfish", http = "redfish", ipmi = "ipmi", pikvm = "pikvm", wol = "wol",
  pdu = "pdu", apc = "pdu", eaton = "pdu", raritan = "pdu", cyberpower = "pdu",
  tripplite = "pdu", servertech = "pdu", vertiv = "pdu",
}
local SPOKEN = { ipmi = true, redfish = true }

local M = {}

local function bad(spec, why, ...)
  return err.fail("rejected", ("host %q: "):format(spec) .. why:format(...))
end

-- Cuts at commas that stand outside of brackets.
local function split(spec)
  local out, from, depth = {}, 1, 0
  for at, c in spec:gmatch("()([%[%],])") do
    if c == "[" then
      depth = depth + 1
    elseif c == "]" then
      depth = depth - 1
    elseif depth == 0 then
      out[#out + 1] = spec:sub(from, at - 1)
      from = at + 1
    end
  end
  out[#out + 1] = spec:sub(from)
  return out
end

-- One item of a range, "7" or "01-40", as {first, last, width}.
local function interval(item)
  local first, last = item:match("^(%d+)%-(%d+)$")
  if not first then
    first = item:match("^%d+$")
    last = first
  end
  if not first or #first > 9 or #last > 9 then
    return nil, ("%q is no number and no range such as 1-40"):format(item)
  end
  local from, to = tonumber(first), tonumber(last)
  if from > to then
    return nil, ("the range %s runs backwards"):format(item)
  end
  return { from, to, first:sub(1, 1) == "0" and #first or 1 }
end

-- The text between brackets as a list of intervals, and how many values.
local function range(text)
  local out, count = {}, 0
  for item in (text .. ","):gmatch("(.-),") do
    local one, why = interval(item)
    if not one then
      return nil, why
    end
    out[#out + 1] = one
    count = count + one[2] - one[1] + 1
  end
  return out, count
end

-- A target as a list of literal texts and ranges, and the size of the product.
local function parse(spec)
  local parts, count, at = {}, 1, 1
  while true do
    local open = spec:find("[%[%]]", at)
    if not open then
      break
    end
    local close = spec:find("]", open + 1, true)
    if spec:sub(open, open) == "]" or not close then
      return nil, "unbalanced brackets"
    end
    local inside = spec:sub(open + 1, close - 1)
    if inside:find(":", 1, true) then
      parts[#parts + 1] = spec:sub(at, close)
    else
      local values, n = range(inside)
      if not values then
        return nil, n
      end
      parts[#parts + 1] = spec:sub(at, open - 1)
      parts[#parts + 1] = values
      count = count * n
    end
    at = close + 1
  end
  parts[#parts + 1] = spec:sub(at)
  return parts, count
end

-- Appends every name the parts stand for, the last range running fastest.
local function product(parts, i, prefix, emit)
  local part = parts[i]
  if part == nil then
    return emit(prefix)
  elseif type(part) == "string" then
    return product(parts, i + 1, prefix .. part, emit)
  end
  for _, r in ipairs(part) do
    for n = r[1], r[2] do
      product(parts, i + 1, prefix .. ("%0" .. r[3] .. "d"):format(n), emit)
    end
  end
end

--- The way a target is spoken to, told by its scheme; a bare name is Redfish.
---@param target string
---@return string? way
---@return table? err `unsupported` for a way this program does not speak, `rejected` for no scheme
function M.way(target)
  local scheme = target:match("^([%w+.-]+)://")
  local way = WAYS[scheme and scheme:lower() or "https"]
  if not way then
    return bad(target, "no such scheme, %s://; write https://NAME, NAME or ipmi://NAME", scheme)
  elseif not SPOKEN[way] then
    return err.fail("unsupported", ("%s: this bmcsh does not speak %s; it speaks Redfish "
      .. "(https://NAME, http://NAME or NAME) and IPMI (ipmi://NAME)"):format(target, way))
  end
  return way
end

local function check(name)
  if name == "" then
    return bad(name, "an empty name")
  elseif name:find("[%s%c]") then
    return bad(name, "a name has no blanks")
  elseif name:find("^[%w+.-]+:///") then
    return bad(name, "there is no name after ://")
  elseif name:find("@", 1, true) then
    -- Not repeated in the message: it would show the password again.
    return err.fail("rejected", "a target carries no user and no password: "
      .. "give -u USER, and the password as --password-env or --password-file")
  end
  return true
end

-- One address for each host, made of their names.
local function by_name(list, pattern)
  local out = {}
  for i, host in ipairs(list) do
    local name = host:gsub("^[%w+.-]+://", ""):gsub("/$", "")
    name = name:match("^%[.-%]") or name:match("^[^:]*")
    out[i] = pattern:gsub("{host}", (name:gsub("%%", "%%%%")))
  end
  return out
end

--- A further address of each of some machines: a range of as many, in the same order, or an
--- address with {host} in it, which stands for the machine's name without scheme and port.
---@param list string[]  the machines
---@param spec string    of the further way
---@return string[]? addresses  one for each machine
---@return table? err code `rejected`
function M.further(list, spec)
  if spec:find("{host}", 1, true) then
    local ok, e = check(spec)
    return ok and by_name(list, spec), e
  end
  local out, e = M.expand(spec)
  if out and #out ~= #list then
    return bad(spec, "stands for %d address%s, and there are %d machines; ranges must be of equal "
      .. "length, or write {host} for the machine's name", #out, #out == 1 and "" or "es", #list)
  end
  return out, e
end

-- The items of comma lists, each with the scheme that it has or takes over: a list is typed for
-- machines of one kind, and the password of one way should not go out over another. Nothing is
-- taken over from one list to the next.
local function items(lists)
  local out = {}
  for _, list in ipairs(lists) do
    local scheme = ""
    for _, one in ipairs(split(list)) do
      local ok, e = check(one)
      if not ok then
        return nil, e
      end
      local own = one:match("^[%w+.-]+://")
      scheme = own or scheme
      out[#out + 1] = own and one or scheme .. one
    end
  end
  return out
end

--- Every machine that a target, a range or a comma list of both stands for, in
--- the order given; the same name twice is one machine.
---@param spec string|string[]  several are lists of their own
---@param limit? integer most names allowed, default 100,000
---@return string[]? names
---@return table? err code `rejected`
function M.expand(spec, limit)
  limit = limit or LIMIT
  local list, e = items(type(spec) == "table" and spec or { spec })
  if not list then
    return nil, e
  end
  local out, seen = {}, {}
  local function add(name)
    if not seen[name] then
      seen[name] = true
      out[#out + 1] = name
    end
  end
  local total = 0
  for _, one in ipairs(list) do
    local parts, count = parse(one)
    if not parts then
      return bad(one, "%s", count)
    end
    total = total + count
    if total > limit then
      return bad(one, "stands for more than %d machines", limit)
    end
    product(parts, 1, "", add)
  end
  return out
end

return M
