-- SPDX-License-Identifier: GPL-3.0-or-later
--- Datagram sockets for runbooks and for the protocols on top of them.
--
-- Owns nothing but the choice of the address family; the socket is C
-- (src/udp.c). A datagram may be lost: who needs an answer sends again.

local core = require "_bmcsh.udp"

local M = {}

---@class bmc.udp.Socket: userdata  a to-be-closed value
---@field send fun(self, data: string, host: string, port: integer): true?, table?
---  Sends one datagram. Waits while a name is looked up or the socket is full. Errors:
---  `unreachable` (also: no such host), `refused`, `too_large`, `rejected`, `cancelled`, `timeout`.
---@field receive fun(self, timeout: number?): string?, string|table, integer?
---  Waits for a datagram, at most timeout seconds: data, host, port; or nil, err with `timeout`,
---  `cancelled` (also: the socket was closed by another task).
---@field address fun(self): string, integer  its own address and port
---@field close fun(self)

--- Opens a socket. Its family is that of address, or family ("ipv4", "ipv6"), or IPv4; names are
--- looked up in it.
---@param options { address: string?, port: integer?, family: string?, broadcast: boolean? }?
---@return bmc.udp.Socket?
---@return table? err `rejected` (no such address here, port taken or not allowed), `internal`
function M.open(options)
  local o = options or {}
  return core.open({
    address = o.address,
    port = o.port,
    family = o.family or (o.address and o.address:find(":", 1, true) and "ipv6") or "ipv4",
    broadcast = o.broadcast,
  })
end

return M
