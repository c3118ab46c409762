-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh vendor: the vendor profiles, what holds in them and why, and files of one's own.
local cli = require "bmc.cli"
local err = require "bmc.err"
local explain_ = require "bmc.vendor.explain"
local json = require "bmc.json"
local out = require "bmc.out"
local print_ = require "bmc.print"
local tbl = require "bmc.tbl"
local vendor = require "bmc.vendor"

local ACTIONS = { "list", "show", "explain", "lint", "new" }
local PARTS = { "title", "status", "extends", "alias", "seen" }
local FAILED, USAGE = 1, 2

-- ---- common ----

-- Ends the command: what was typed is wrong.
local function usage(text)
  error(err.new("rejected", text, { exit = USAGE }), 0)
end

local function must(value, e)
  return value or error(e, 0)
end

local function load(args)
  return must(vendor.load { set = args.set })
end

local function known(registry, name)
  local canonical, e = registry:find(name)
  return canonical or usage(e.text)
end

local function facts_of(args)
  return {
    manager_firmware = args.firmware, system_model = args.model,
    manager_model = args.manager_model,
  }
end

-- One line, however long the value is.
local function shown(value)
  return (print_.value(value):gsub("%s*\n%s*", " "))
end

-- ---- list, show ----

local function list(args)
  local registry, rows = load(args), {}
  for i, name in ipairs(registry:names()) do
    rows[i] = registry:about(name)
  end
  table.insert(rows, registry:about("generic"))
  if args.json then
    for _, row in ipairs(rows) do
      print(json.encode(row))
    end
    return 0
  end
  out.new():table({
    { "name", "NAME", name = true }, { "status", "STATUS" }, { "title", "TITLE" },
    { title = "MODELS SEEN", value = function(row)
      return #row.seen > 0 and table.concat(row.seen, "; ") or nil
    end },
  }, rows)
  return 0
end

-- The profile without what is about it.
local function fields_of(profile)
  local copy = {}
  for key, value in pairs(profile) do
    copy[key] = type(value) == "table" and key ~= "quirks" and value or nil
  end
  return copy
end

local function show(args)
  local registry = load(args)
  local name = known(registry, args.name)
  local about = registry:about(name)
  local fields = fields_of(registry:profile(name, facts_of(args)))
  if args.json then
    about.profile = fields
    print(json.encode(about))
    return 0
  end
  local o = out.new()
  for _, key in ipairs(PARTS) do
    local value = about[key]
    value = type(value) == "table" and table.concat(value, "; ") or value
    if value and value ~= "" then
      o:line(("-- %s: %s"):format(key, value))
    end
  end
  o:line("return {")
  for _, part in ipairs(tbl.sorted_keys(fields)) do
    o:line(("  %s = %s,"):format(part, (print_.value(fields[part]):gsub("\n", "\n  "))))
  end
  o:line("}")
  return 0
end

-- ---- explain ----

local function print_quirk(o, quirk)
  o:line()
  o:line(("%s  %s%s"):format(quirk.id, quirk.field, quirk.active and "" or
    "  (no value here: found out while talking, or meant for other models)"))
  for _, key in ipairs { "seen", "symptom", "source" } do
    o:line(("  %-8s %s"):format(key, quirk[key]))
  end
end

local function print_explained(explained, rows, quirks, doc)
  local o = out.new()
  o:line(("%s: %s%s"):format(explained.name, explained.title,
    explained.status and ", " .. explained.status or ""))
  for _, file in ipairs(explained.files) do
    o:line("  " .. explain_.short(file))
  end
  for _, note in ipairs(explained.notes) do
    o:line("  passed over: " .. note)
  end
  o:line()
  if doc then
    o:line(doc)
    o:line()
  end
  if #rows > 0 then
    o:table({
      { "field", "FIELD", name = true },
      { title = "VALUE", value = function(row) return shown(row.value) end },
      { title = "FROM", value = function(row) return explain_.where(row.origin) end },
      { title = "QUIRKS", extra = true, value = function(row)
        local ids = {}
        for i, quirk in ipairs(explain_.quirks(explained, row.field)) do
          ids[i] = quirk.id
        end
        return table.concat(ids, " ")
      end },
    }, rows)
  end
  for _, quirk in ipairs(quirks) do
    print_quirk(o, quirk)
  end
end

local function explain(args)
  local registry = load(args)
  local explained = registry:explain(known(registry, args.name), facts_of(args))
  local rows, quirks, doc = explain_.select(explained, args.field)
  if not rows then
    usage(quirks)
  end
  if args.json then
    for i, row in ipairs(rows) do
      rows[i] = { field = row.field, value = row.value, from = explain_.where(row.origin) }
    end
    explained.fields, explained.quirks, explained.doc = rows, quirks, doc
    print(json.encode(explained))
  else
    print_explained(explained, rows, quirks, doc)
  end
  return 0
end

-- ---- lint, new ----

local function exists(path)
  local file <close> = io.open(path)
  return file ~= nil
end

-- What to check: a file, or the operator's own one of a vendor.
local function file_of(name)
  if name and name:find("^[%w-]+$") and not exists(name) then
    local folder = require("bmc.trusted").folders("vendors")[2]
    local path = ("%s/%s.lua"):format(folder or "~/.config/bmcsh/vendors", name)
    return exists(path) and path
      or usage(("there is no file %s; bmcsh vendor new makes one"):format(explain_.short(path)))
  end
  return name
end

local function lint(args)
  args.name = file_of(args.name)
  local problems, notes = require("bmc.vendor.lint").check(args.name, { set = args.set })
  local describe = require("bmc.vendor.files").describe
  for _, p in ipairs(problems) do
    print(args.json and json.encode(p) or describe(p))
  end
  for _, p in ipairs(notes) do
    p.note = true
    print(args.json and json.encode(p) or "note: " .. describe(p))
  end
  if #problems == 0 and #notes == 0 and not args.json and not args.quiet then
    print((args.name and explain_.short(args.name) .. ": nothing wrong")
      or "nothing wrong in any vendor file")
  end
  return #problems > 0 and FAILED or 0
end

local function text_of(registry, args)
  local skeleton = require "bmc.vendor.skeleton"
  local name, e = registry:find(args.name)
  if name then
    return name, skeleton.override(name, registry:profile(name))
  elseif not args.manufacturer then
    usage(e.text .. "; for a new one add --manufacturer: what Manufacturer of its systems "
      .. "begins with")
  end
  return args.name, skeleton.vendor(args.name, args.manufacturer, registry:profile("generic"))
end

local function new(args)
  local name, text = text_of(load(args), args)
  local folder = must(require("bmc.trusted").own_folder("vendors"))
  local path = ("%s/%s.lua"):format(folder, name)
  local file <close> = must(require("bmc.state").open(path, "new"))
  must(file:append(text))
  print(args.json and json.encode { file = path } or explain_.short(path))
  return 0
end

-- ---- the command ----

local RUN = { list = list, show = show, explain = explain, lint = lint, new = new }
local NEEDS_NAME = { show = true, explain = true, new = true }

return cli.command {
  name = "vendor",
  summary = "Vendor profiles: list, show, explain, lint, new.",
  usage = "list | show NAME | explain NAME [FIELD] | lint [FILE] | new NAME",
  examples = {
    { "bmcsh vendor list", "which there are, and which models their recorded answers are of" },
    { "bmcsh vendor show dell --firmware 2.60 --manager-model '13G Monolithic'",
      "the profile as it holds for such a machine, as Lua" },
    { "bmcsh vendor explain dell redfish.messages",
      "each value, the file and line it is from, and the quirks behind it" },
    { "bmcsh vendor new dell", "a file of your own, for what is different with you" },
    { "bmcsh vendor lint ~/.config/bmcsh/vendors/idrac.lua",
      "file, line, field and what was meant; without FILE: all that are loaded" },
  },
  targets = false,
  options = function(parser)
    parser:argument("action", table.concat(ACTIONS, ", ")):choices(ACTIONS)
    parser:argument("name", "a vendor or one of its other names; of lint also a file"):args("?")
      :argname("VENDOR")
    parser:argument("field", "a field, or a part of the profile: power"):args("?"):argname("FIELD")
    parser:option("--firmware", "of the manager, for what holds only for some"):argname("VERSION")
    parser:option("--model", "of the system, likewise"):argname("NAME")
    parser:option("--manager-model", "likewise"):argname("NAME")
    parser:option("--manufacturer", "with new: whose machines a new vendor's are"):argname("TEXT")
    parser:option("--set", "a profile field as on other commands: dell.power.settle=40")
      :argname("PATH=VALUE"):count("*")
  end,
  check = function(args)
    if NEEDS_NAME[args.action] and not args.name then
      return nil, ("vendor %s of which vendor?"):format(args.action)
    elseif args.field and args.action ~= "explain" or args.action == "list" and args.name then
      return nil, ("vendor %s takes no %q"):format(args.action, args.field or args.name)
    elseif args.manufacturer and args.action ~= "new" then
      return nil, "--manufacturer belongs to new"
    elseif args.action == "new" and not args.name:find("^[%w-]+$") then
      return nil, ("%q is no name for a vendor: letters, digits, hyphens"):format(args.name)
    end
    return true
  end,
  run = function(args)
    local ok, code = pcall(RUN[args.action], args)
    if ok then
      return code
    elseif not err.is(code) then
      error(code, 0)
    end
    for _, p in ipairs(code.problems or {}) do
      io.stderr:write("bmcsh vendor: ", require("bmc.vendor.files").describe(p), "\n")
    end
    if not code.problems then
      io.stderr:write("bmcsh vendor: ", code.text, "\n")
    end
    return code.exit or FAILED
  end,
}
