-- SPDX-License-Identifier: GPL-3.0-or-later
-- A machine behind a serial port: what it is typed it echoes and keeps; it has a boot loader, a
-- login and a shell of three commands. It serves a TCP port, since that is what ipmi_sim takes
-- for a serial line.

local spawn = require "_bmcsh.spawn"
local task = require "bmc.task"
local ipmisim = require "support.ipmisim"
local support = require "support"

local M = {}

-- Everything typed goes into the file. `flood N` writes N numbered lines. When it is switched on
-- or reset it begins with the boot loader, which can be stopped for three seconds; what the BMC
-- does to it stands in the other file.
local MACHINE = [[
import asyncio, sys

async def serve(r, w):
    kept, line, boot = open(sys.argv[3], "ab", 0), b"", 0

    def command(words):
        nonlocal boot
        if boot == 2:
            if words[:1] == [b"boot"]:
                boot = 0
                return b"Starting kernel ...\r\n\r\nsimhost login: "
            return b"## " + b" ".join(words) + b"\r\n=> "
        if words == [b"hostname"]:
            return b"simhost.example\r\n$ "
        if len(words) == 2 and words[0] == b"flood":
            return b"".join(b"%07d\r\n" % n for n in range(int(words[1]))) + b"$ "
        return b"$ "

    def autoboot():
        nonlocal boot
        if boot == 1:
            boot = 0
            w.write(b"\r\nStarting kernel ...\r\n\r\nsimhost login: ")

    def done_to_it():
        try:
            return [a for a in open(sys.argv[4]).read().split("\n") if a in ("power 1", "reset 1")]
        except OSError:
            return []

    async def power():
        nonlocal boot
        seen = len(done_to_it())
        while True:
            await asyncio.sleep(0.05)
            if len(done_to_it()) > seen:
                seen, boot = len(done_to_it()), 1
                w.write(b"\r\nU-Boot 2026.01\r\nHit any key to stop autoboot: ")
                asyncio.get_running_loop().call_later(3, autoboot)

    switch = asyncio.create_task(power())
    w.write(b"\r\nsimhost login: ")
    while True:
        typed = await r.read(256)
        if not typed:
            break
        kept.write(typed)
        if boot == 1:
            boot, typed = 2, b""
            w.write(b"\r\n=> ")
        w.write(typed.replace(b"\r", b"\r\n"))
        line += typed
        while b"\r" in line:
            words, line = line.split(b"\r", 1)
            w.write(command(words.split()))
        await w.drain()
    switch.cancel()
    w.close()

async def main():
    server = await asyncio.start_server(serve, sys.argv[1], int(sys.argv[2]))
    print("ready", flush=True)
    async with server:
        await asyncio.sleep(600)

asyncio.run(main())
]]

local function listens(port)
  local file <close> = assert(io.open("/proc/net/tcp"))
  return file:read("a"):find((":%04X 00000000:0000 0A"):format(port), 1, true) ~= nil
end

--- Runs f(address, port, typed) with an ipmi_sim and a machine behind it. typed() is what has
--- been typed there.
---@param f fun(address: string, port: integer, typed: fun(): string): ...
---@return any ... what f returned
function M.sim(f)
  -- Before the scope: what skips a test does not get through one.
  ipmisim.program("ipmi_sim")
  support.shared("ipmi/sim")
  local dir <close> = support.tmpdir()
  local kept = dir:write("typed", "")
  return task.scope(function(s)
    local child
    local _ <close> = support.defer(function()
      if child then
        child:cancel()
      end
    end)
    return ipmisim.sim(function(address, port)
      return f(address, port, function() return dir:read("typed") end)
    end, function(address, folder)
      local port = support.free_port()
      child = s:spawn(spawn.run,
        { "/usr/bin/python3", "-c", MACHINE, address, tostring(port), kept, folder .. "/actions" })
      support.eventually(function() return listens(port) end, 15)
      return port
    end)
  end)
end

return M
