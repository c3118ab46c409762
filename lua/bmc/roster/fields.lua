-- SPDX-License-Identifier: GPL-3.0-or-later
-- roster.fields: owns what may stand in an inventory, and finds what is wrong in one.

local hosts = require "bmc.hosts"
local schema = require "bmc.schema"
local suggest = require "bmc.suggest"
local tbl = require "bmc.tbl"

local M = {}

-- Ways that an inventory may name and this program does not speak.
local UNSPOKEN = { "pdu", "pikvm", "wol" }

local text = { type = "string" }
local flag = { type = "boolean" }

local secret = { type = "map", fields = { env = text, file = text, command = text } }

-- What stands in defaults and in the entry of a machine alike.
local ENTRY = {
  type = "map",
  fields = {
    redfish = text, user = text, password = secret, vendor = text, system = text, timeout = text,
    way = { type = "string", one_of = { "redfish", "ipmi" } },
    ipmi = {
      type = "map",
      fields = { address = text, user = text, password = secret, kg = secret },
    },
    allow_ipmi_1_5 = flag, audit = text,
    tls = {
      type = "map",
      fields = {
        verify = flag, ca = text, pin = text,
        trust = { type = "string", one_of = { "first-use", "verify", "none" } },
        profile = { type = "string", one_of = { "default", "rsa-kex" } },
      },
    },
    mac = {
      type = "string", matches = "^%x%x[:-]%x%x[:-]%x%x[:-]%x%x[:-]%x%x[:-]%x%x$",
      like = "a MAC address such as aa:bb:cc:dd:ee:ff",
    },
  },
}

local TOP = { "defaults", "hosts", "groups" }

--- Whether v is a table that has been written, and not null.
---@param v any
---@return boolean
function M.is_table(v)
  return type(v) == "table" and not schema.is_unset(v)
end

--- An entry in its full form: no null for an empty one, `ipmi: ADDRESS` as a map, without the ways
--- that are not spoken.
---@param entry any
---@return any
function M.full(entry)
  if schema.is_unset(entry) then
    return {}
  elseif type(entry) ~= "table" then
    return entry
  end
  local out = tbl.with(entry, {})
  for _, way in ipairs(UNSPOKEN) do
    out[way] = nil
  end
  if type(out.ipmi) == "string" then
    out.ipmi = { address = out.ipmi }
  end
  return out
end

-- ---- what is wrong ----

local function secret_problem(spec)
  if type(spec) == "string" then
    -- What stands there is not repeated.
    return "a password does not stand in an inventory; say where it is: { env: NAME }, "
      .. "{ file: PATH } or { command: CMD }"
  elseif M.is_table(spec) and next(spec) and next(spec, next(spec)) then
    return "one of env, file and command, not several"
  elseif M.is_table(spec) and schema.is_unset(select(2, next(spec)) or schema.unset) then
    return "one of env, file and command expected"
  end
end

-- The entry without the secrets that are none.
local function check_secrets(entry, report)
  local ipmi = M.is_table(entry.ipmi) and entry.ipmi or {}
  local secrets = {
    password = entry.password, ["ipmi.password"] = ipmi.password, ["ipmi.kg"] = ipmi.kg,
  }
  local rest = tbl.with(entry, {})
  rest.ipmi = M.is_table(entry.ipmi) and tbl.with(entry.ipmi, {}) or entry.ipmi
  for _, path in ipairs(tbl.sorted_keys(secrets)) do
    local why = secret_problem(secrets[path])
    if why then
      report(path, why)
      tbl.put(rest, path, nil)
    end
  end
  return rest
end

local function check_entry(entry, report)
  if type(entry) ~= "table" then
    return report("", "a map is expected, such as { redfish: https://NAME }")
  end
  for _, problem in ipairs(schema.check(ENTRY, check_secrets(entry, report))) do
    report(problem.path, problem.text)
  end
  local seconds = entry.timeout
  if type(seconds) == "string" and (tonumber(seconds) or 0) <= 0 then
    report("timeout", ("%q is no number of seconds above zero"):format(seconds))
  end
end

-- The line of a dotted path within t, or the nearest one above it.
local function line_at(lines, t, path, otherwise)
  local line = otherwise
  for key in path:gmatch("[^.]+") do
    local here = lines[t]
    if not here then
      break
    end
    line = here[key] or here[math.tointeger(tonumber(key))] or line
    t = t[key]
  end
  return line
end

-- What check_entry finds, as problems of the file.
local function check_one(problems, lines, where, raw, line)
  check_entry(M.full(raw), function(path, why)
    problems[#problems + 1] = {
      line = M.is_table(raw) and line_at(lines, raw, path, line) or line,
      text = ("%s%s%s: %s"):format(where, path == "" and "" or ".", path, why),
    }
  end)
end

local function is_name(name)
  return name:find("^%w[%w_.-]*$") ~= nil
end

--- The names that a key of hosts, or an item of a group, stands for.
---@param key string
---@return string[]? names
---@return string? why
function M.names(key)
  local names, e = hosts.expand(key)
  if not names then
    return nil, (e.text:gsub("^host ", ""))
  end
  for _, name in ipairs(names) do
    if not is_name(name) then
      return nil, ("%q is no name: letters, digits, and . _ - between them; the address of a "
        .. "machine goes into redfish or ipmi"):format(name)
    end
  end
  return names
end

local function check_groups(problems, groups, lines)
  for _, name in ipairs(tbl.sorted_keys(groups)) do
    local items, line = groups[name], lines[groups][name]
    local function report(why, at)
      problems[#problems + 1] = { line = at or line, text = ("groups.%s: %s"):format(name, why) }
    end
    if not is_name(name) then
      report("a group has a name of letters, digits, and . _ -")
    elseif name == "all" then
      report("every inventory has a group all, of all its machines")
    elseif not M.is_table(items) or #items == 0 then
      report("a list of names is expected")
    end
    for i, item in ipairs(M.is_table(items) and items or {}) do
      if type(item) ~= "string" then
        report("names are expected, nothing else", lines[items] and lines[items][i])
      end
    end
  end
end

--- The ways that a document names and this program does not speak.
---@param document table
---@return string[]
function M.unspoken(document)
  local out, entries = {}, { document.defaults }
  for _, entry in pairs(document.hosts) do
    entries[#entries + 1] = entry
  end
  for _, way in ipairs(UNSPOKEN) do
    for _, entry in ipairs(entries) do
      if entry[way] ~= nil then
        out[#out + 1] = way
        break
      end
    end
  end
  return out
end

--- What is wrong in a document, in the order of its lines.
---@param document any
---@param lines table  see roster.yaml
---@return { line: integer?, text: string }[] problems
function M.problems(document, lines)
  if not M.is_table(document) or not M.is_table(document.hosts) then
    return { { text = "no machines: a map hosts is expected, such as hosts: { m1: { redfish: "
      .. "https://10.0.5.17 } }" } }
  end
  local problems = {}
  for name in pairs(document) do
    if not tbl.contains(TOP, name) then
      problems[#problems + 1] = {
        line = lines[document][name],
        text = ("unknown field %q%s"):format(tostring(name), suggest.hint(tostring(name), TOP)),
      }
    end
  end
  if document.defaults ~= nil then
    check_one(problems, lines, "defaults", document.defaults, lines[document].defaults)
  end
  for name, entry in pairs(document.hosts) do
    check_one(problems, lines, "hosts." .. tostring(name), entry, lines[document.hosts][name])
  end
  if M.is_table(document.groups) then
    check_groups(problems, document.groups, lines)
  end
  table.sort(problems, function(a, b)
    local one, other = a.line or 0, b.line or 0
    return one < other or one == other and a.text < b.text
  end)
  return problems
end

return M
