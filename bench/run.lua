-- SPDX-License-Identifier: GPL-3.0-or-later
-- run: measures the budgets of the Redfish sweep, the start and the sleeping tasks, and prints
-- each beside its budget. Called by run.sh, which has built the other side:
--
--   bmcsh run.lua PROGRAM FOLDER ROUNDS
--
-- nginx is the peer of both sides. measure.lua says how is measured.

local spawn = require "_bmcsh.spawn"

local http = require "bmc.http"
local task = require "bmc.task"

local program, dir, rounds = ...

local BMCS, CONCURRENCY = 1000, 200
local STARTS, SLEEPERS = 50, 100000
local ports = { tls = 17443, plain = 17080, log = 17081 }
local SCHEMES = { tls = "https", plain = "http" }

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path
local measure = require "measure"
local run, median, report = measure.run, measure.median, measure.report

-- ---- helpers ----

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local function write(path, text)
  local file <close> = assert(io.open(path, "w"))
  assert(file:write(text))
end

-- CPU seconds, seconds of what a command costs, run so many times.
local function cost(times, argv)
  local spent = measure.cost(dir, times, argv)
  return spent.cpu, spent.wall
end

-- ---- the peer ----

local function addresses()
  local list = {}
  for i = 0, BMCS - 1 do
    list[#list + 1] = ("127.0.%d.%d"):format(i // 250, i % 250 + 1)
  end
  return list
end

local function urls(kind)
  local list = {}
  for _, address in ipairs(addresses()) do
    list[#list + 1] = ("%s://%s:%d"):format(SCHEMES[kind], address, ports[kind])
  end
  return list
end

local function write_peer()
  local values = { dir = dir, log_port = ports.log }
  for _, name in ipairs { "nginx.conf", "bmc.conf" } do
    write(dir .. "/" .. name, (read(here .. "/" .. name):gsub("@([%w_]+)@", values)))
  end
  local listen = {}
  for _, address in ipairs(addresses()) do
    listen[#listen + 1] = ("listen %s:%d ssl;\nlisten %s:%d;\n"):format(address, ports.tls, address,
      ports.plain)
  end
  write(dir .. "/listen.conf", table.concat(listen))
  run { "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bmc",
    "-keyout", dir .. "/key.pem", "-out", dir .. "/cert.pem" }
  run { program, here .. "/tree.lua", dir .. "/tree" }
  run { "chmod", "-R", "a+rX", dir }
end

local function await_peer()
  for _ = 1, 100 do
    local response = http.request { url = urls("plain")[1] .. "/redfish/v1/" }
    if response then
      assert(response.status == 200, "the peer does not serve the tree")
      return
    end
    assert(task.sleep(0.05))
  end
  error("nginx did not start: " .. read(dir .. "/error.log"), 0)
end

local function with_peer(f)
  write_peer()
  local nginx = task.spawn(spawn.run, { "nginx", "-p", dir, "-c", dir .. "/nginx.conf" })
  local ok, problem = pcall(function()
    await_peer()
    f()
  end)
  nginx:cancel()
  nginx:join()
  if not ok then
    error(problem, 0)
  end
end

-- ---- what is measured ----

local function heartbeat(hosts)
  return { program, "heartbeat", "-H", hosts, "-u", "root", "--json", "--concurrency",
    tostring(CONCURRENCY) }
end

-- The other side makes just the requests that bmcsh makes: one heartbeat is noted.
local function note_steps()
  cost(1, heartbeat(("http://127.0.0.1:%d"):format(ports.log)))
  local steps, connections, count = {}, {}, 0
  for line in read(dir .. "/access.log"):gmatch("[^\n]+") do
    local connection, method, path = line:match("^(%d+) (%S+) (%S+)")
    steps[#steps + 1] = method .. " " .. path
    count = count + (connections[connection] and 0 or 1)
    connections[connection] = true
  end
  write(dir .. "/steps", table.concat(steps, "\n"))
  report("requests a heartbeat, login and logout counted", #steps, 6,
    ("on %d connection%s"):format(count, count == 1 and "" or "s"))
  return #steps
end

local function compare(kind, budget)
  local list = dir .. "/urls." .. kind
  write(list, table.concat(urls(kind), "\n"))
  local hosts = ("%s://127.0.[0-%d].[1-250]:%d"):format(SCHEMES[kind], BMCS // 250 - 1, ports[kind])
  local loop, bmcsh, ratios = {}, {}, {}
  for i = 1, rounds do
    loop[i] = cost(1, { dir .. "/heartbeat_loop", tostring(CONCURRENCY), dir .. "/steps", list })
    bmcsh[i] = cost(1, heartbeat(hosts))
    ratios[i] = bmcsh[i] / loop[i]
  end
  report(("heartbeat, %d BMCs, %d at once, %s: CPU ratio"):format(BMCS, CONCURRENCY,
    kind == "tls" and "with TLS" or "without TLS"), median(ratios), budget,
    ("bmcsh %.0f us a BMC, the bare loop %.0f us"):format(median(bmcsh) / BMCS * 1e6,
      median(loop) / BMCS * 1e6))
end

local function start()
  local bmcsh, lua, ratios = {}, {}, {}
  for i = 1, rounds do
    local _
    _, bmcsh[i] = cost(STARTS, { program, "-e", "print(1)" })
    _, lua[i] = cost(STARTS, { "lua5.4", "-e", "print(1)" })
    ratios[i] = bmcsh[i] / lua[i]
  end
  report("start, against lua5.4: time ratio", median(ratios), 3,
    ("bmcsh %.2f ms, lua5.4 %.2f ms"):format(median(bmcsh) / STARTS * 1e3,
      median(lua) / STARTS * 1e3))
end

local function sleepers()
  local bytes = {}
  for i = 1, rounds do
    bytes[i] = tonumber(run { program, here .. "/sleepers.lua", tostring(SLEEPERS) })
  end
  report(("%d sleeping tasks: bytes each"):format(SLEEPERS), median(bytes), 2048,
    "of resident memory, the Lua side included")
end

rounds = math.tointeger(rounds)
print(("medians of %d rounds"):format(rounds))
with_peer(function()
  note_steps()
  compare("tls", 1.25)
  compare("plain", 2)
end)
start()
sleepers()
measure.sum_up()
