-- SPDX-License-Identifier: GPL-3.0-or-later
-- What specs share: folders and ports that are free, data that may be absent, bmcsh as a child,
-- a server that lives as long as a function.
--
-- Everything here that holds something is a to-be-closed value or takes a function, so that a
-- test that fails half-way leaves nothing behind.

local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"
local task = require "bmc.task"

local M = {}

local skip, state_home = error, "/nonexistent"

--- Called by the harness: how a test is skipped, and where bmcsh keeps its state meanwhile.
---@param busted table
---@param folder string
function M.use(busted, folder)
  skip, state_home = busted.pending, folder
  require("bmc.state").use(folder .. "/bmcsh")
end

--- For env(1): keeps a child away from the state of whoever runs the specs.
---@return string
function M.state()
  return "XDG_STATE_HOME=" .. state_home
end

--- Takes the passwords of whoever runs the specs out of the environment: reading one does.
function M.forget_passwords()
  for _, name in ipairs { "BMC_PASSWORD", "SHARE_PASSWORD" } do
    local _ <close> = require("_bmcsh.secret").from_env(name)
  end
end

--- A path below ../shared, data that is not part of the project. Where it is absent the running
--- test, or the describe that is being read, counts as skipped.
---@param path string such as "mockups"
---@return string
function M.shared(path)
  local full = host.root .. "/../shared/" .. path
  if not host.stat(full) then
    skip("../shared/" .. path .. " is not here")
  end
  return full
end

--- Forgets the sessions and tokens that earlier tests have left in the books.
function M.forget_sessions()
  for _, name in ipairs { "sessions", "tokens" } do
    local folder = ("%s/bmcsh/%s"):format(state_home, name)
    for _, file in ipairs(host.listdir(folder) or {}) do
      os.remove(folder .. "/" .. file)
    end
  end
end

--- Skips the running test in a build with the address sanitizer, whose memory is laid out
--- and locked otherwise.
---@param why string
function M.not_sanitized(why)
  local maps <close> = assert(io.open("/proc/self/maps"))
  if maps:read("a"):find("libasan", 1, true) then
    skip(why)
  end
end

-- ---- files ----

local tmpdir = {}
local tmpdir_mt = { __index = tmpdir, __name = "support.tmpdir" }
local made = 0

local function remove(path)
  local stat = host.stat(path)
  if stat and stat.type == "directory" then
    for _, name in ipairs(host.listdir(path)) do
      remove(path .. "/" .. name)
    end
  end
  os.remove(path)
end

function tmpdir_mt:__close()
  remove(self.path)
end

--- The path of a file in the folder; the folders in its name are made.
---@param name string
---@return string
function tmpdir:file(name)
  local folder = name:match("^(.*)/")
  if folder then
    assert(host.mkdir_private(self.path .. "/" .. folder))
  end
  return self.path .. "/" .. name
end

--- Writes a file.
---@param name string
---@param text string
---@param mode string? "644", where it matters: the umask is that of whoever runs the specs
---@return string path
function tmpdir:write(name, text, mode)
  local path = self:file(name)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
  if mode then
    assert(spawn.run({ "chmod", mode, path }).status == 0)
  end
  return path
end

--- Reads a file.
---@param name string
---@return string
function tmpdir:read(name)
  local file <close> = assert(io.open(self.path .. "/" .. name))
  return file:read("a")
end

--- An empty folder, removed with all that is in it: `local dir <close> = support.tmpdir()`.
---@return table
function M.tmpdir()
  local parent = os.getenv "TMPDIR" or ""
  parent = parent:find("^/") and parent or "/tmp"
  local path
  repeat -- one that was killed had the same number, perhaps, and has left a folder
    made = made + 1
    path = ("%s/bmcsh-spec-%d-%d"):format(parent, host.pid(), made)
  until not host.stat(path)
  assert(host.mkdir_private(path))
  return setmetatable({ path = path }, tmpdir_mt)
end

-- ---- network ----

-- Whether a TCP socket has the port, in the kernel's own table.
local function taken(port)
  for _, name in ipairs { "/proc/net/tcp", "/proc/net/tcp6" } do
    local file <close> = io.open(name)
    if file and file:read("a"):find((":%04X "):format(port), 1, true) then
      return true
    end
  end
  return false
end

local given = {}

--- A port of 127.0.0.1 that nobody has now, neither TCP nor UDP. None is given twice: who asked for
--- it may not use it yet.
---@return integer
function M.free_port()
  for _ = 1, 100 do
    local socket <close> = assert(require("bmc.udp").open { address = "127.0.0.1" })
    local _, port = socket:address()
    if not given[port] and not taken(port) then
      given[port] = true
      return port
    end
  end
  error("no free port")
end

--- A name that has to be looked up. Where nobody told the system about it (no /etc/hosts) the
--- running test counts as skipped.
---@return string
function M.localhost()
  local socket <close> = assert(require("bmc.udp").open { address = "127.0.0.1" })
  if not socket:send("", "localhost", select(2, socket:address())) then
    skip("this system does not know localhost")
  end
  return "localhost"
end

--- The address of this machine over IPv6. Where there is none, as in many containers, the running
--- test counts as skipped.
---@return string
function M.ipv6()
  local socket <close> = require("bmc.udp").open { address = "::1" }
  if not socket then
    skip("no IPv6 here")
  end
  return "::1"
end

--- Runs f(url, server) with an HTTP server on a free port of 127.0.0.1.
---@param options table|function what bmc.httpd.serve takes, or its handler alone
---@param f fun(url: string, server: table): ...
---@return any ... what f returned
function M.with_server(options, f)
  if type(options) == "function" then
    options = { handler = options }
  end
  local settings = { address = "127.0.0.1", port = 0 }
  for key, value in pairs(options) do
    settings[key] = value
  end
  local server <close> = assert(require("bmc.httpd").serve(settings))
  local scheme = settings.tls and "https" or "http"
  return f(("%s://%s:%d"):format(scheme, settings.address, server:port()), server)
end

-- ---- programs ----

--- How this bmcsh was called; it can be called so again.
---@return string
function M.program()
  local words <close> = assert(io.open("/proc/self/cmdline"))
  return words:read("a"):match("^%Z+")
end

--- Runs this bmcsh as a child.
---@param options table arguments as a list; also env = { NAME = value } and what
---  _bmcsh.spawn takes: stdin, timeout (60), max_output
---@return { status: integer?, signal: integer?, stdout: string, stderr: string }
function M.bmcsh(options)
  local argv = { "env", M.state() }
  for name, value in pairs(options.env or {}) do
    argv[#argv + 1] = name .. "=" .. value
  end
  argv[#argv + 1] = M.program()
  table.move(options, 1, #options, #argv + 1, argv)
  argv.stdin, argv.timeout = options.stdin, options.timeout or 60
  argv.max_output = options.max_output
  return assert(spawn.run(argv))
end

--- Whether a process runs; one that has ended and is not reaped does not.
---@param pid integer|string
---@return boolean
function M.runs(pid)
  local stat <close> = io.open(("/proc/%s/stat"):format(pid))
  local text = stat and stat:read("a") -- nil when it ended in between
  return text ~= nil and not text:find("%) [ZX] ")
end

local deferred_mt = {
  __close = function(self)
    self.f()
  end,
}

--- A to-be-closed value that calls f: what a test has begun is ended however the test ends.
---@param f fun()
---@return table
function M.defer(f)
  return setmetatable({ f = f }, deferred_mt)
end

--- Calls f until it returns something true, and returns that; an error after so many seconds.
---@param f fun(): any
---@param seconds number? 30
---@return any
function M.eventually(f, seconds)
  local give_up = task.now() + (seconds or 30)
  while true do
    local result = f()
    if result then
      return result
    elseif task.now() > give_up then
      error("it never happened", 2)
    end
    assert(task.sleep(0.005))
  end
end

return M
