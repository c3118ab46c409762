-- SPDX-License-Identifier: GPL-3.0-or-later
--- Simulated BMCs on RMCP+: any number of them, each at an address of 127/8, all at one port.
--
-- Owns the task that takes commands, one after another, and what is answered when a handler
-- fails. Logging in, sessions, privileges and the faults of the network are C (src/rmcpd.h);
-- what a command means is the handler's business, in bmc.sim.

local core = require "_bmcsh.rmcpd"
local log = require "bmc.log"
local task = require "bmc.task"

-- How long closing waits for the task that takes commands.
local GRACE = 5
local UNSPECIFIED = 0xFF -- completion code (table 5-2)

local M = {}

---@class bmc.rmcpd.Bmc
---@field address string
---@field guid string          16 bytes, as they are sent
---@field users { name: string, password: string, privilege: integer }[]  at most 4; the highest
---                            privilege that each gets: 2 user, 3 operator, 4 administrator
---@field suites integer[]     listed; of these 17 and 3 are spoken, any other is refused
---@field kg? string           its key, where it has one beside the passwords
---@field v15? boolean         says that it does IPMI 1.5 too; it does not
---@field slots? integer       sessions at once: 8
---@field idle? number         seconds after which a session is over: 60

---@class bmc.rmcpd.Command
---@field bmc integer          its number, from 1
---@field session integer      the id of the session it came in
---@field privilege integer    of that session, now
---@field netfn integer?       nil for what came with another payload than a command
---@field cmd integer?
---@field lun integer?
---@field payload integer?     payload type (13.27.3), when it is no command
---@field data string

---@class bmc.rmcpd.Options
---@field bmcs bmc.rmcpd.Bmc[]
---@field port? integer        0, the default: one that is free at every address
---@field seed? integer        of the network's chances: 1
---@field handler fun(command: bmc.rmcpd.Command): integer?, string?  completion code and data;
---                            nil: no answer. It must not wait: it holds up all BMCs
---@field log? fun(line: string)  standard error

local function warn(line)
  log.warning("rmcpd: %s", line)
end

local function answer(self, command)
  local ok, code, data = xpcall(self.handler, debug.traceback, command)
  if not ok then
    self.log(tostring(code))
    code, data = UNSPECIFIED, ""
  end
  if code and command.netfn then
    self.core:answer(code, data)
  end
end

-- Ends when the server is closed, or this task is stopped; that closes the server too.
local function take_all(self)
  local box <close> = self.core
  while true do
    local bmc, session, privilege, data, netfn, cmd, lun = box:next()
    if not bmc then
      return
    end
    answer(self, {
      bmc = bmc, session = session, privilege = privilege, data = data, netfn = netfn,
      cmd = netfn and cmd, lun = lun, payload = not netfn and cmd or nil,
    })
  end
end

---@class bmc.rmcpd.Server
local server = {}
local server_mt = { __index = server, __name = "bmc.rmcpd" }

function server_mt:__tostring()
  return ("rmcpd: %d BMCs at UDP port %d"):format(self.count, self.port)
end

--- Stops to listen at a BMC's address, which refuses then, or takes it up again.
---@param bmc integer
---@param on boolean
---@return true|nil
---@return table? err busy, missing, rejected
function server:listen_at(bmc, on)
  return self.core:listen_at(bmc, on)
end

--- Changes the network to a BMC.
---@param bmc integer
---@param net { loss: number?, duplicate: number?, reorder: number?, delay: number?,
--- jitter: number?, dead: boolean? } shares from 0 to 1 of the datagrams each way; seconds of what
--- the BMC sends
function server:network(bmc, net)
  self.core:network(bmc, net)
end

--- Forgets a session, or all of a BMC; no client is told.
---@param bmc integer
---@param session? integer
function server:forget(bmc, session)
  self.core:forget(bmc, session)
end

--- Sends a payload in a session.
---@param bmc integer
---@param session integer
---@param payload integer its type
---@param data string
---@return boolean sent false: the session is over
function server:send(bmc, session, payload, data)
  return not self.closed and self.core:send(bmc, session, payload, data)
end

--- Whether a session is still open.
---@param bmc integer
---@param session integer
---@return boolean
function server:alive(bmc, session)
  return not self.closed and self.core:alive(bmc, session)
end

--- Writes what happened at a BMC into a table.
---@param bmc integer
---@param counters table gets the fields ipmi_*: bmc.sim.counters says what they are
function server:counts(bmc, counters)
  if not self.closed then
    self.core:counts(bmc, counters)
  end
end

--- Sets the counts of a BMC to zero; sessions that are open stay so.
---@param bmc integer
function server:zero(bmc)
  if not self.closed then
    self.core:zero(bmc)
  end
end

--- Stops. Idempotent.
function server:close()
  self.closed = true
  self.core:close()
  task.shield(GRACE, self.taking.join, self.taking)
end

server_mt.__close = server.close

--- Starts simulated BMCs. The program goes on until they are closed.
---@param opts bmc.rmcpd.Options
---@return bmc.rmcpd.Server|nil
---@return table? err busy (port taken, no descriptors), rejected (beyond 127/8, no right), missing
function M.serve(opts)
  local box, e = core.open { bmcs = opts.bmcs, port = opts.port, seed = opts.seed }
  if not box then
    return nil, e
  end
  local self = setmetatable({
    core = box, handler = opts.handler, log = opts.log or warn, count = #opts.bmcs,
    port = box:port(),
  }, server_mt)
  self.taking = task.spawn(take_all, self)
  return self
end

return M
