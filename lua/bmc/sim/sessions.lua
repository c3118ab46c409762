-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sessions of one simulated BMC: a limit, an idle timeout, tokens. Keeps the
-- counters of the BMC that concern them. Knows no HTTP. Tokens follow from a
-- counter: runs are repeatable, and nothing here protects anything.

local M = {}

local methods = {}
local sessions_mt = { __index = methods, __name = "bmcsh.sim.sessions" }

sessions_mt.__tostring = function(self)
  return ("sim.sessions: %d of %d open"):format(#self.order, self.limit)
end

--- Makes the session table of a BMC.
---@param opts table seed, limit (at once), timeout (idle seconds), clock, counters
---@return table sessions
function M.new(opts)
  return setmetatable({
    seed = opts.seed, limit = opts.limit, timeout = opts.timeout, clock = opts.clock,
    counters = opts.counters, by_id = {}, by_token = {}, order = {}, next_id = 1,
  }, sessions_mt)
end

local function token(seed, id)
  local x, parts = seed * 0x9E3779B97F4A7C15 + id, {}
  for i = 1, 2 do
    x = (x ~ (x >> 30)) * 0xBF58476D1CE4E5B9
    x = (x ~ (x >> 27)) * 0x94D049BB133111EB
    parts[i] = ("%016x"):format(x)
  end
  return table.concat(parts)
end

local function drop(self, session)
  self.by_id[session.id], self.by_token[session.token] = nil, nil
  for i, other in ipairs(self.order) do
    if other == session then
      table.remove(self.order, i)
      break
    end
  end
  self.counters.live_sessions = #self.order
end

local function count(self, what)
  self.counters[what] = self.counters[what] + 1
end

--- Ends the sessions that were idle for too long.
function methods:expire()
  local oldest = self.clock() - self.timeout
  for i = #self.order, 1, -1 do
    local session = self.order[i]
    if session.used < oldest then
      drop(self, session)
      count(self, "sessions_expired")
    end
  end
end

--- Opens a session; the password has been checked by the caller.
---@param user string
---@return table|nil session id, token, user; nil when the table is full
function methods:open(user)
  self:expire()
  if #self.order >= self.limit then
    count(self, "sessions_refused")
    return nil
  end
  local id, value = tostring(self.next_id), token(self.seed, self.next_id)
  local session = { id = id, token = value, user = user, used = self.clock() }
  self.next_id = self.next_id + 1
  self.by_id[id], self.by_token[value] = session, session
  self.order[#self.order + 1] = session
  count(self, "logins")
  self.counters.live_sessions = #self.order
  self.counters.peak_sessions = math.max(self.counters.peak_sessions, #self.order)
  return session
end

--- The session of a token, counted as used now.
---@param value string what X-Auth-Token holds
---@return table|nil session
function methods:find(value)
  self:expire()
  local session = self.by_token[value]
  if session then session.used = self.clock() end
  return session
end

--- Closes a session.
---@param id string
---@return boolean done false when there is none of that id
function methods:close(id)
  local session = self.by_id[id]
  if not session then return false end
  drop(self, session)
  count(self, "logouts")
  return true
end

--- Ends all of them, as a reset of the BMC does.
function methods:clear()
  self.by_id, self.by_token, self.order = {}, {}, {}
  self.counters.live_sessions = 0
end

--- Open sessions, oldest first.
---@return table[] list
function methods:list()
  self:expire()
  return self.order
end

return M
