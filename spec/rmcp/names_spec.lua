-- SPDX-License-Identifier: GPL-3.0-or-later
-- Names that nobody answers for, among others. A bmcsh looks them up that has a name server of ours
-- for its own: it runs in a mount namespace with another resolv.conf.
local host = require "_bmcsh.host"
local spawn = require "_bmcsh.spawn"
local task = require "bmc.task"
local udp = require "bmc.udp"
local support = require "support"

local SERVER = ("127.53.%d.1"):format(host.pid() % 250 + 1)
local SILENT = "dead"

-- What follows the question: one A record (127.0.0.1), or nothing for AAAA.
local A = "\xC0\x0C\0\1\0\1\0\0\0\x3C\0\4\x7F\0\0\1"

local function answer(query)
  local name = query:match("^%Z+\0", 13)
  local question = query:sub(13, 12 + #name + 4)
  local is_a = question:byte(-3) == 1
  return query:sub(1, 2) .. "\x81\x80\0\1\0" .. (is_a and "\1" or "\0") .. "\0\0\0\0" .. question
    .. (is_a and A or "")
end

local function serve(socket)
  while true do
    local query, from, port = socket:receive()
    if not query then
      return
    elseif query:sub(14, 13 + #SILENT) ~= SILENT then
      socket:send(answer(query), from, port)
    end
  end
end

-- Runs a chunk in a bmcsh whose names are asked of the server above; gives what it prints.
local function asks(chunk)
  local socket <close> = udp.open { address = SERVER, port = 53 } or pending("port 53 is not ours")
  local dir <close> = support.tmpdir()
  local config = dir.path .. "/resolv.conf"
  local file <close> = assert(io.open(config, "w"))
  file:write("nameserver ", SERVER, "\n")
  file:close()
  local run = task.scope(function(s)
    local server = s:spawn(serve, socket)
    local _ <close> = support.defer(function() server:cancel() end)
    return assert(spawn.run { "unshare", "-m", "sh", "-c",
      'mount --bind "$0" /etc/resolv.conf || exit 77; exec "$@"', config, support.program(), "-e",
      chunk, timeout = 60 })
  end)
  if run.status ~= 0 and run.stderr:find("unshare:") or run.status == 77 then
    pending("no mount namespace may be made here")
  end
  assert.equal(0, run.status, run.stderr)
  return run.stdout
end

describe("a name that nobody answers for", function()
  it("does not hold up others", function()
    local port = support.free_port()
    assert.equal("no_ipmi 20\n", asks(([[
      local rmcp, task = require "bmc.rmcp", require "bmc.task"
      local seen = {}
      task.scope(function(s)
        for i = 1, 40 do
          s:spawn(rmcp.ping, { host = ("dead%%d.test"):format(i), port = 1, timeout = 4 })
        end
        for i = 1, 20 do
          s:spawn(function()
            local _, e = rmcp.ping { host = ("bmc%%d.test"):format(i), port = %d, timeout = 4 }
            seen[e.reason] = (seen[e.reason] or 0) + 1
          end)
        end
      end)
      for reason, n in pairs(seen) do
        print(reason, n)
      end]]):format(port)):gsub("\t", " "))
  end)

  it("is what the error of a login says, though the program was busy when it began", function()
    assert.matches("looking up dead1.test took too long", asks [[
      local rmcp = require "bmc.rmcp"
      local now = os.clock()
      while os.clock() < now + 0.2 do end
      local _, e = rmcp.open { host = "dead1.test", port = 1, user = "admin", timeout = 0.5 }
      print(e)]])
  end)
end)
