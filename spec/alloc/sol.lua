-- SPDX-License-Identifier: GPL-3.0-or-later
-- Cases for Serial over LAN: a simulated BMC that echoes what is typed. It shares the memory that
-- runs out; what it lacked, the client sees as silence.

local host = require "_bmcsh.host"
local rmcp = require "bmc.rmcp"
local rmcpd = require "bmc.rmcpd"
local secret = require "_bmcsh.secret"
local task = require "bmc.task"

local M = {}

local PASSWORD, SOL = "alloc-test", 1
local OPTIONS = {
  chunk = 60, retry = 0.02, keep_alive = 0.1, nudge = 0.03, nudge_nul = true, unnumbered = true,
}

local function must(ok, e)
  if ok == nil then
    error(e, 0)
  end
  return ok, e
end

-- Acknowledges what is typed, and says it back, under no number; "!" ends the console.
local function echo(server, call)
  local sequence, text = call.data:byte() & 0x0F, call.data:sub(5)
  if sequence ~= 0 then
    server:send(call.bmc, call.session, SOL,
      string.char(0, sequence, #text, text:find("!", 1, true) and 0x10 or 0) .. text)
  end
end

local function with_console(options, f)
  local address = ("127.%d.78.1"):format(100 + host.pid() % 100)
  local server
  server = must(rmcpd.serve {
    bmcs = { {
      address = address, guid = ("g"):rep(16), suites = { 17 },
      users = { { name = "admin", password = PASSWORD, privilege = 4 } },
    } },
    handler = function(call)
      if call.netfn then
        return 0, ""
      end
      echo(server, call)
    end,
    log = function() end,
  })
  local _ <close> = server
  local password <close> = must(secret.from_string(PASSWORD))
  local session <close> = must(rmcp.open { host = address, port = server.port, user = "admin",
    password = password, retry = 0.05, timeout = 1 })
  local core = must(session:sol(options))
  local _ <close> = setmetatable({}, { __close = function() core:close() end })
  f(core, session)
end

function M.talk()
  with_console(OPTIONS, function(core)
    must(core:write(("x"):rep(150)))
    must(core:write(nil))
    local seen = ""
    while #seen < 100 do
      seen = seen .. must(task.deadline(0.3, core.read, core))
    end
    must(core:state())
    task.sleep(0.15) -- nudged, and asked whether it is there
  end)
end

function M.ended()
  with_console(OPTIONS, function(core, session)
    local reader = task.spawn(function()
      repeat
        local chunk = core:read()
      until not chunk
      return true
    end)
    core:write("!")
    session:sol(OPTIONS)
    session:close()
    reader:join()
    core:write("x")
  end)
end

function M.given_up()
  with_console(OPTIONS, function(core)
    local reader = task.spawn(core.read, core)
    local writer = task.spawn(core.write, core, "x")
    reader:cancel()
    writer:cancel()
    reader:join()
    writer:join()
    core:write("y")
  end)
end

return M
