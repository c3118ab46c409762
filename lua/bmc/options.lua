-- SPDX-License-Identifier: GPL-3.0-or-later
-- options: owns the options that every command has (DESIGN 9), in one table:
-- the parser, the help and the search for the verb read it. It opens nothing;
-- where a password comes from is bmc.credentials', what a command does bmc.cli's.
local suggest = require "bmc.suggest"

local M = {}

--- Converts the text of an option to a number above zero.
---@param text string
---@return number? n
---@return string? why not
function M.above_zero(text)
  local n = tonumber(text)
  if not n or n <= 0 or n ~= n or n == math.huge then
    return nil, ("%q is no number above zero"):format(text)
  end
  return n
end

--- Converts the text of an option to a whole number above zero.
---@param text string
---@return integer? n
---@return string? why not
function M.whole(text)
  local n = text:find("^%d+$") and math.tointeger(tonumber(text))
  if not n or n < 1 then
    return nil, ("%q is no whole number above zero"):format(text)
  end
  return n
end

local function is_share(text)
  local percent = tonumber(text:match("^(%d+)%%$"))
  return percent and percent <= 100 or text:find("^%d+$") ~= nil
end

local function failures(text)
  if not is_share(text) then
    return nil, ("%q is no count and no share such as 10%%"):format(text)
  end
  return text
end

local function batch(text)
  local sizes = {}
  for size in (text .. ","):gmatch("(.-),") do
    if not is_share(size) or size:find("^0+%%?$") then
      return nil, ("%q is no list of sizes such as 1,10,100%%"):format(text)
    end
    sizes[#sizes + 1] = size
  end
  return sizes
end

-- A profile path and a value; what the path may be, bmc.vendor knows.
local function setting(text)
  if not text:find("^[%w_.-]+=") then
    return nil, ("%q is not PATH=VALUE, such as dell.power.settle=40"):format(text)
  end
  return text
end

local function pin(text)
  if not text:find("^sha256//[%w+/]+=$") or #text ~= #"sha256//" + 44 then
    return nil, ("%q is no sha256// and 44 characters of base64"):format(text)
  end
  return text
end

local function readable(path)
  local file <close>, why = io.open(path)
  return file and path, why
end

-- names, argument, text; many = may be given several times.
local GROUPS = {
  {
    "Machines",
    { "-H --host", "TARGET", "https://NAME[:PORT], http://NAME, NAME, or ipmi://NAME; ranges such "
      .. "as node[01-40].mgmt; comma lists, in which an item without a scheme has that of the one "
      .. "before; and -H again for more; with -i, names of the inventory", many = true },
    { "-i --inventory", "FILE", "the site's machines, their addresses, credentials and groups: "
      .. "YAML or CSV (bmcsh inventory --help); default: that of BMCSH_INVENTORY" },
    { "-g --group", "NAME", "all machines of this group of the inventory; `all` is every one; -g "
      .. "again for more", many = true },
    { "--ipmi", "TARGET", "a further way to the same machines, for what the first cannot: "
      .. "ipmi://NAME[:PORT], a range of as many, or {host} for their names" },
    { "--way", "NAME", "only by this way: redfish or ipmi", choices = { "redfish", "ipmi" } },
    { "-u --user", "NAME", "user to log in as; without it, no login" },
    { "--password-env", "VAR", "password in this environment variable (default BMC_PASSWORD)" },
    { "--password-file", "FILE", "password in the first line of this file" },
    { "--password-fd", "N", "password on this file descriptor", convert = M.whole },
    { "--password-command", "CMD", "password is what this shell command prints" },
    { "--kg-env", "VAR", "the BMC's own IPMI key K_g, where it has one, in this environment "
      .. "variable; 0x and hexadecimal digits for bytes that cannot be typed" },
    { "--allow-ipmi-1-5", nil, "speak IPMI 1.5, which encrypts nothing, to a BMC without 2.0" },
    { "--system", "ID", "this system, of a BMC that has several" },
    { "--vendor", "NAME", "use this vendor profile instead of detecting it" },
    { "--set", "PATH=VALUE", "change a profile field for this run: dell.power.settle=40",
      many = true, convert = setting },
    { "--timeout", "S", "seconds one machine may take", convert = M.above_zero },
    { "--token-cache", nil, "share the login with later runs (bmcsh sessions lists and ends it)" },
  },
  {
    "Trust (a BMC's own certificate is accepted and reported, unless told otherwise)",
    { "--verify-tls", nil, "refuse certificates that no authority has signed" },
    { "--ca", "FILE", "authorities to believe, PEM; means --verify-tls", convert = readable },
    { "--pin", "SHA256", "only this public key: sha256//BASE64", convert = pin },
    { "--trust", "MODE", "first-use: remember the key that a BMC shows first, and believe no other "
      .. "later (bmcsh trust); verify: as --verify-tls; none: as by default",
      choices = { "first-use", "verify", "none" } },
    { "--tls", "PROFILE", "rsa-kex for a BMC that has only legacy key exchange",
      choices = { "default", "rsa-kex" } },
  },
  {
    "Fleets",
    { "--concurrency", "N", "machines at once (default 100)", convert = M.whole },
    { "--rate", "N", "at most N machines started a second", convert = M.above_zero },
    { "--batch", "SIZES", "one batch after the other, such as 1,10,100%", convert = batch },
    { "--max-fail", "N", "failures a batch may have before the rest is left alone: N or N% "
      .. "(default 0)", convert = failures },
  },
  {
    "Output",
    { "--json", nil, "one JSON object a line a machine" },
    { "-v --verbose", nil, "every request and decision on standard error" },
    { "-q --quiet", nil, "no progress and no summary" },
  },
  {
    "Safety",
    { "--dry-run", nil, "print what would be sent to change something; send none of it" },
    { "--read-only", nil, "refuse every request that could change something" },
    { "--audit", "FILE", "add a line to this file before each write and one with its outcome, "
      .. "chained so that a change shows (bmcsh audit verify)" },
    { "--yes", nil, "do not ask before a change" },
  },
}
-- Only these for a command without machines.
local PLAIN = { Output = true }

-- Asked for often, and dangerous: seen by everybody in ps, and kept in the history.
local HIDDEN = {
  { "--password", "PASSWORD" },
  { "--password-in-argv-is-fine" },
}

local function add(parser, spec)
  if not spec[2] then
    return parser:flag(spec[1], spec[3])
  end
  local option = parser:option(spec[1], spec[3]):argname(spec[2])
  if spec.many then
    option:count("*")
  end
  if spec.choices then
    option:choices(spec.choices)
  end
  if spec.convert then
    option:convert(spec.convert)
  end
  return option
end

--- Adds the options to a parser of argparse.
---@param parser table
---@param machines boolean whether the command works on machines
function M.add(parser, machines)
  for _, group in ipairs(GROUPS) do
    if machines or PLAIN[group[1]] then
      local elements = {}
      for i = 2, #group do
        elements[#elements + 1] = add(parser, group[i])
      end
      parser:group(group[1], table.unpack(elements))
    end
  end
  if machines then
    for _, spec in ipairs(HIDDEN) do
      add(parser, spec):hidden(true)
    end
  end
end

-- name -> whether it takes a value
local function by_name()
  local known = {}
  local function learn(spec)
    for name in spec[1]:gmatch("%S+") do
      known[name] = spec[2] ~= nil
    end
  end
  for _, group in ipairs(GROUPS) do
    for i = 2, #group do
      learn(group[i])
    end
  end
  for _, spec in ipairs(HIDDEN) do
    learn(spec)
  end
  return known
end

--- Where the verb is among arguments that begin with options.
---@param argv string[]
---@return integer? index
---@return string? why there is none
function M.find_verb(argv)
  local known, i = by_name(), 1
  while argv[i] do
    local word = argv[i]
    if not word:find("^%-") then
      return i
    end
    local name = word:match("^(%-%-[%w-]+)=") or word:match("^%-%-") and word or word:sub(1, 2)
    local takes_value = known[name]
    if takes_value == nil then
      local names = {}
      for k in pairs(known) do
        names[#names + 1] = k
      end
      table.sort(names)
      return nil, ("unknown option %q%s; see bmcsh --help"):format(word,
        suggest.hint(word, names))
    end
    local attached = name ~= word
    i = i + (takes_value and not attached and 2 or 1)
  end
  return nil, "which command? bmcsh --help lists them"
end

return M
