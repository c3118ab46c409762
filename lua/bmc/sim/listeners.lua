-- SPDX-License-Identifier: GPL-3.0-or-later
-- The sockets of a farm: one server for all addresses, and for the address of
-- a BMC with a fault of its own (nobody listens, a black hole, an expired
-- certificate) what stands there instead. Which fault that is, farm.lua says.

local blackhole = require "_bmcsh.blackhole"
local err = require "bmc.err"
local httpd = require "bmc.httpd"

local M = {}

local methods = {}
local listeners_mt = { __index = methods, __name = "bmcsh.sim.listeners" }

listeners_mt.__tostring = function(self)
  return ("sim.listeners: %d addresses at port %d"):format(self.count, self.port)
end

-- What stands at an address in place of the server: fault -> something with close().
local INSTEAD = {
  refuse = function() return { close = function() end } end,
  blackhole = function(self, address)
    return blackhole.open { address = address, port = self.port }
  end,
  expired_cert = function(self, address)
    if not self.tls then return err.fail("rejected", "expired_cert: there is no TLS here") end
    local tls = { cn = "bmcsh sim, expired", days = -30 }
    return httpd.serve { address = address, port = self.port, tls = tls, handler = self.handler }
  end,
}

--- Opens the server.
---@param opts table addresses, port (0: any that is free), tls (bool), handler
---@return table|nil listeners port
---@return table|nil err busy, rejected, missing, tls
function M.open(opts)
  local server, problem = httpd.serve {
    address = opts.addresses, port = opts.port, handler = opts.handler,
    tls = opts.tls and { cn = "bmcsh sim", names = { "localhost", opts.addresses[1] } } or nil,
  }
  if not server then return nil, problem end
  return setmetatable({
    server = server, port = server:port(), handler = opts.handler, tls = opts.tls,
    count = #opts.addresses, instead = {}, faults = {},
  }, listeners_mt)
end

--- Makes an address behave by a fault, or normally again.
---@param address string
---@param fault string|nil "refuse", "blackhole", "expired_cert"; nil for none
---@return true|nil done
---@return table|nil err
function methods:set(address, fault)
  if self.faults[address] == fault then return true end
  local before = self.instead[address]
  if before then before:close() end
  self.instead[address], self.faults[address] = nil, nil
  if not fault then return self.server:listen_at(address, true) end
  local ok, problem = self.server:listen_at(address, false)
  if not ok then return nil, problem end
  self.instead[address], problem = INSTEAD[fault](self, address)
  if not self.instead[address] then return nil, problem end
  self.faults[address] = fault
  return true
end

--- Closes everything.
function methods:close()
  for _, other in pairs(self.instead) do other:close() end
  self.instead = {}
  self.server:close()
end

return M
