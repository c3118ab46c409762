-- SPDX-License-Identifier: GPL-3.0-or-later
-- Runs busted specs inside bmcsh, each `it` as part of a task, so that it may wait:
--
--   bmcsh spec/run.lua [-v] [--filter PATTERN] [--time SECONDS] [--settle SECONDS] [PATH …]
--
-- A test may take so long, and what it leaves behind may take so long to end.
-- Owns which files are run and the exit code. Waiting, the time limit and the leak count of a
-- test are spec/support/guard.lua's, what is printed is spec/support/report.lua's.

local host = require "_bmcsh.host"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. here .. "/?/init.lua;" .. package.path

local USAGE = 2
-- Folders below a spec folder that hold no specs.
local OTHER = { support = true, fixtures = true, alloc = true }

local function usage_error(text)
  io.stderr:write("spec/run.lua: ", text, "\n")
  return nil, USAGE
end

local function parse(args)
  local options = { paths = {}, time = 120, settle = 20 }
  local i = 1
  while args[i] do
    local word, value = args[i], args[i + 1]
    if word == "-v" then
      options.verbose = true
    elseif word == "--filter" and value then
      options.filter, i = value, i + 1
    elseif (word == "--time" or word == "--settle") and tonumber(value) then
      options[word:sub(3)], i = tonumber(value), i + 1
    elseif word:find("^%-") then
      return usage_error("bad option " .. word)
    else
      options.paths[#options.paths + 1] = word
    end
    i = i + 1
  end
  if #options.paths == 0 then
    options.paths[1] = here
  end
  return options
end

-- ---- the files ----

local add_path

-- A file that would never run, for its name, is a mistake and not a detail.
local function add_folder(files, folder)
  for _, name in ipairs(assert(host.listdir(folder))) do
    local path = folder .. "/" .. name
    if host.stat(path).type == "directory" then
      if not OTHER[name] then
        add_path(files, path)
      end
    elseif name:find("_spec%.lua$") then
      files[#files + 1] = path
    elseif name:find("%.lua$") and path ~= here .. "/run.lua" then
      files.stray[#files.stray + 1] = path
    end
  end
end

function add_path(files, path)
  local stat = host.stat(path)
  if not stat then
    files.missing[#files.missing + 1] = path
  elseif stat.type == "directory" then
    add_folder(files, (path:gsub("/+$", "")))
  elseif path:find("_spec%.lua$") then
    files[#files + 1] = path
  else
    files.stray[#files.stray + 1] = path
  end
end

local function find_files(paths)
  local files = { missing = {}, stray = {} }
  for _, path in ipairs(paths) do
    add_path(files, path)
  end
  if #files.missing > 0 then
    return usage_error("no such file: " .. table.concat(files.missing, ", "))
  elseif #files.stray > 0 then
    return usage_error("not named *_spec.lua, would never run: " .. table.concat(files.stray, ", "))
  end
  return files
end

-- ---- busted ----

-- A spec file is not insulated from the others: reloading modules for each would give the C core
-- a second set of classes, and cost more than most tests.
local function new_busted()
  local busted = require("busted.core")()
  require("busted")(busted)
  busted.register("file", "file", {})
  return busted
end

-- A test that is filtered out is as if it were not there.
local function apply_filter(busted, pattern)
  local function wanted(name)
    local element = busted.context.get()
    while element and element.descriptor ~= "file" do
      name = (element.name or "") .. " " .. name
      element = busted.context.parent(element)
    end
    return nil, name:find(pattern) ~= nil
  end
  busted.subscribe({ "register", "it" }, wanted, { priority = 1 })
  busted.subscribe({ "register", "pending" }, wanted, { priority = 1 })
end

local function load_files(busted, files)
  local load_file = select(2, require("busted.modules.test_file_loader")(busted, { "lua" }))
  for _, path in ipairs(files) do
    local run, trace, rewrite = load_file(busted, path)
    if run then
      busted.executors.file(path, setmetatable({ getTrace = trace, rewriteMessage = rewrite }, {
        __call = run,
      }))
    end
  end
end

local function main(args)
  local options, code = parse(args)
  if not options then
    return code
  end
  local files
  files, code = find_files(options.paths)
  if not files then
    return code
  end
  local busted = new_busted()
  if options.filter then
    apply_filter(busted, options.filter)
  end
  local support = require "support"
  support.forget_passwords()
  local state <close> = support.tmpdir()
  support.use(busted, state.path)
  require("support.guard")(busted, options)
  local report = require("support.report")(busted, options)
  load_files(busted, files)
  require("busted.execute")(busted)(1, {})
  return report:close()
end

return main({ ... })
