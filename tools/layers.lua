-- SPDX-License-Identifier: GPL-3.0-or-later
-- The layer check, `lua5.4 tools/layers.lua` from the project's folder: who may use whom, how
-- long a file and a function may be. Reads the sources and prints what it finds wrong.

package.path = (arg[0]:match("^(.*)/") or ".") .. "/?.lua"

local source = require "source"

-- Lowest first. A module may require what stands in an earlier row, and the modules of its own
-- folder: bmc.redfish.session counts as bmc.redfish.
local LAYERS = {
  { 0, "err", "suggest", "tbl", "text" },
  { 0, "digest", "hex", "json", "log", "print", "schema", "sse", "timestamp" },
  { 1, "sync" },
  { 1, "handle" },
  { 1, "task" },
  { 1, "hash", "http", "httpd", "rmcp", "rmcpd", "secret", "udp" },
  { 2, "trusted", "vendor_schema" },
  { 2, "state" },
  { 2, "audit", "known", "ledger", "tokens" },
  { 2, "vendor" },
  { 2, "target" },
  { 3, "jsonschema", "reading" },
  { 3, "contract", "parts", "records", "redfish", "subject" },
  { 3, "ipmi" },
  { 3, "sol" },
  { 4, "comeback", "plan", "readback" },
  { 5, "chassis", "power" },
  { 5, "inventory" },
  { 5, "logs" },
  { 5, "events" },
  { 5, "led", "media", "powercap", "startup" },
  { 5, "ops" },
  { 6, "bmc" },
  { 6, "chunks", "complete", "credentials", "fleet", "hosts", "options", "out", "trail", "verbs" },
  { 6, "progress", "roster" },
  { 6, "report", "sim", "terminal" },
  { 6, "cli", "shell" },
  { 6, "boot" },
}

-- A C module is for the Lua modules that are its face; _bmcsh.host is for all.
local FACES = {
  fru = { ipmi = true },
  hash = { hash = true },
  http = { http = true },
  httpd = { httpd = true },
  json = { http = true, json = true },
  lockfile = { state = true },
  repl = { cli = true, shell = true },
  rmcp = { rmcp = true },
  rmcpd = { rmcpd = true },
  sdr = { ipmi = true },
  secret = { secret = true },
  sel = { ipmi = true },
  spawn = { secret = true },
  terminal = { terminal = true },
  task = { handle = true, httpd = true, sync = true, task = true },
  udp = { udp = true },
  blackhole = { sim = true },
}
-- These two hand other modules out by name, loaded when first named, and use none of them.
local OFFERS = { bmc = true, shell = true }
local LIBRARIES = { argparse = true, cjson = true, lyaml = true, rex_pcre2 = true, yaml = true }

-- C files of the runtime, which join Lua and the loop. Any other is either a face (l_NAME.c)
-- that sees no libev, or sees no Lua, its own headers included.
local RUNTIME = {
  ["alloctest.c"] = true, ["coro.c"] = true, ["host.c"] = true, ["interrupt.c"] = true,
  ["lutil.c"] = true, ["main.c"] = true, ["op.c"] = true, ["task.c"] = true,
  ["watchdog.c"] = true,
}
local LUA_HEADERS = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true }

local LIMITS = {
  lua = { file = 300, func = 35 },
  c = { file = 700, func = 45 },
}

local problems = 0

local function problem(path, line, text, ...)
  problems = problems + 1
  print(("%s:%d: %s"):format(path, line, text:format(...)))
end

local function find(folders, pattern)
  local files = {}
  for name in io.popen("find " .. folders .. " -type f | LC_ALL=C sort"):lines() do
    if name:find(pattern) then
      files[#files + 1] = name
    end
  end
  return files
end

-- ---- who requires whom ----

local row_of, layer_of = {}, {}
for row, modules in ipairs(LAYERS) do
  for i = 2, #modules do
    row_of[modules[i]], layer_of[modules[i]] = row, modules[1]
  end
end

-- bmc.redfish.session -> redfish; bmc itself is lua/bmc/init.lua.
local function family(module)
  return module == "bmc" and "bmc" or module:match("^bmc%.([%w_]+)")
end

local function check_c_module(path, used, own)
  local name = used.name:match("^_bmcsh%.(.+)$")
  if name == "host" then
    return
  elseif not FACES[name] then
    problem(path, used.line, "%s is not in the table FACES of tools/layers.lua", used.name)
  elseif not FACES[name][own] then
    problem(path, used.line, "%s is not for bmc.%s, but for its Lua face", used.name, own)
  end
end

local function check_require(path, used, own)
  local other = family(used.name)
  if used.name:find("^_bmcsh%.") then
    check_c_module(path, used, own)
  elseif used.name == "?" or used.name == "bmc." then
    return OFFERS[own] or problem(path, used.line, "requires a name that is not in the source; "
      .. 'write require("bmc.ops." .. name)')
  elseif not other then
    if not LIBRARIES[used.name:match("^[^.]+")] then
      problem(path, used.line, "%s is no library of bmcsh", used.name)
    end
  elseif not row_of[other] then
    problem(path, used.line, "%s has no place in LAYERS of tools/layers.lua", used.name)
  elseif other ~= own and row_of[other] >= row_of[own] then
    problem(path, used.line, "bmc.%s (layer %d) requires %s (layer %d), which is not below it",
      own, layer_of[own], used.name, layer_of[other])
  end
end

-- Modules of one folder may require each other, but not in a circle.
local function check_circles(graph)
  local state = {}
  local function visit(module, trail)
    if state[module] == "open" then
      problem(graph[module].path, 1, "requires itself: %s", trail)
    elseif not state[module] and graph[module] then
      state[module] = "open"
      for _, used in ipairs(graph[module].uses) do
        visit(used.name, trail .. " -> " .. used.name)
      end
      state[module] = "done"
    end
  end
  for module in pairs(graph) do
    visit(module, module)
  end
end

local function check_library()
  local graph = {}
  for _, path in ipairs(find("lua/bmc", "%.lua$")) do
    local module = path:sub(5, -5):gsub("/", "."):gsub("%.init$", "")
    local own = family(module)
    graph[module] = { path = path, uses = source.requires(path) }
    if not row_of[own] then
      problem(path, 1, "bmc.%s has no place in the table LAYERS of tools/layers.lua", own)
    else
      for _, used in ipairs(graph[module].uses) do
        check_require(path, used, own)
      end
    end
  end
  check_circles(graph)
end

local function check_scripts()
  for _, path in ipairs(find("lua/vendors", "%.lua$")) do
    for _, used in ipairs(source.requires(path)) do
      problem(path, used.line, "a vendor file is data and requires nothing")
    end
  end
  for _, path in ipairs(find("scripts examples", "%.lua$")) do
    for _, used in ipairs(source.requires(path)) do
      if not family(used.name) then
        problem(path, used.line, "a runbook requires bmc modules only, not %s", used.name)
      end
    end
  end
end

-- ---- C ----

-- Every header that a file sees, by its name.
local function seen_headers(path, seen)
  for _, include in ipairs(source.includes(path)) do
    if not seen[include.name] then
      seen[include.name] = include.line
      if include.own then
        seen_headers("src/" .. include.name, seen)
      end
    end
  end
  return seen
end

local function check_includes(path)
  local name = path:match("[^/]+$")
  if RUNTIME[name] or name:find("%.h$") then
    return
  end
  local seen = seen_headers(path, {})
  if name:find("^l_") then
    if seen["ev.h"] then
      problem(path, 1, "a Lua face sees ev.h")
    end
    return
  end
  for header in pairs(LUA_HEADERS) do
    if seen[header] then
      problem(path, 1, "sees %s and is no Lua face", header)
    end
  end
end

-- ---- sizes and heads ----

local function check_size(path, limits, functions)
  local lines = #source.lines(path)
  if lines > limits.file then
    problem(path, lines, "%d lines in a file, at most %d", lines, limits.file)
  end
  for _, f in ipairs(functions) do
    if f.length > limits.func then
      problem(path, f.line, "%d lines in a function, at most %d", f.length, limits.func)
    end
  end
end

local function check_head(path)
  local lines = source.lines(path)
  local first = lines[1] and lines[1]:find("^#!") and lines[2] or lines[1] or ""
  if not first:find("SPDX-License-Identifier: GPL-3.0-or-later", 1, true) then
    problem(path, 1, "does not begin with its licence")
  end
end

local function main()
  check_library()
  check_scripts()
  for _, path in ipairs(find("src", "%.[ch]$")) do
    check_includes(path)
    check_size(path, LIMITS.c, source.c_functions(path))
  end
  -- The functions of a spec are its describes: any length.
  for _, path in ipairs(find("lua scripts tools spec/support", "%.lua$")) do
    check_size(path, LIMITS.lua, source.lua_functions(path))
  end
  for _, path in ipairs(find("src lua scripts examples tools spec bench", "%.%a+$")) do
    if path:find("%.lua$") or path:find("%.[ch]$") or path:find("%.sh$") then
      check_head(path)
    end
  end
  os.exit(problems == 0)
end

main()
