-- SPDX-License-Identifier: GPL-3.0-or-later
--- The Redfish client of one target: what operations ask a BMC with.
--
-- Owns the public calls and the rule of one re-login; the parts lie below
-- redfish/: request and exchange (one request, retries), patch (If-Match),
-- follow (tasks), session (login, logout), service (root, systems, identity),
-- collection and pages, stream (server-sent events), errors (what a BMC's
-- answer means). Knows no vendor: what differs is read from target.profile.
--
-- Nothing is sent before it is needed: the root is read without credentials,
-- the login happens with the first request that wants one. Every client closes
-- with its target, and closing deletes the session.

local bodies = require "bmc.redfish.body"
local collection = require "bmc.redfish.collection"
local exchange = require "bmc.redfish.exchange"
local follow = require "bmc.redfish.follow"
local gate = require "bmc.target.gate"
local pages = require "bmc.redfish.pages"
local patch = require "bmc.redfish.patch"
local presence = require "bmc.redfish.presence"
local service = require "bmc.redfish.service"
local session = require "bmc.redfish.session"
local stream = require "bmc.redfish.stream"
local task = require "bmc.task"
local tbl = require "bmc.tbl"

local UNAUTHORIZED = 401
local NO_USER = "no user was given: -u NAME, in a runbook user"
local DEFAULTS = {}

---@class bmc.redfish.Client
---@field target bmc.target.Target
local client = {}
local client_mt = { __index = client, __name = "bmc.redfish" }

function client_mt:__tostring()
  local s = self.session
  local state = self.closed and "closed" or s and s.mode or "not logged in"
  return ("redfish %s (%s)"):format(self.target.host, state)
end

-- One request with a session. A 401 on one that worked means that the BMC has
-- forgotten it: log in again once, then believe the answer (QUIRKS T08).
local function with_session(self, send, ...)
  local s, e = session.ensure(self)
  if not s then
    return nil, e
  end
  local answer, response = send(self, s, ...)
  if answer or not response or response.status ~= UNAUTHORIZED then
    return answer, response
  elseif s.mode == "none" then
    response.text = response.text .. "; " .. NO_USER
    return nil, response
  end
  s, e = session.renew(self, s)
  if not s then
    return nil, e
  end
  return send(self, s, ...)
end

local function perform(self, method, path, body, opts)
  return with_session(self, exchange.run, method, path, body, opts)
end

local function send(self, method, path, body, opts)
  return perform(self, method, path, body and bodies.encode(body), opts)
end

-- An action gets an If-Match only where the profile says so (E04, E06, E11).
local function post(self, _, path, body, opts)
  local tag, e = patch.of_action(self, path)
  if e then
    return nil, e
  end
  return send(self, "POST", path, body, tag and tbl.with(opts, { if_match = tag }) or opts)
end

local function write(self, how, method, path, body, opts)
  local pass, e = gate.enter(self.target, {
    way = "redfish", method = method, uri = path,
    shown = function() return bodies.shown(body) end,
    bytes = function() return body and bodies.encode(bodies.disclosed(body)) end,
  })
  if e then
    return nil, e
  elseif not pass then
    return {}, { status = 200, headers = {}, dry_run = true }
  end
  return gate.leave(pass, how(self, method, path, body, opts))
end

local function climb(self, _, path, body, opts)
  return patch.run(self, send, path, body, opts)
end

---@class bmc.redfish.Options
---@field timeout? number  seconds for the whole request, default profile.redfish.read_timeout
---@field effect? boolean  changes power: its own connection, sent once, never again
---@field max_body? integer  bytes
---@field held? table  of a PATCH: the body of the resource that was read, for its tag
---@field bodiless? boolean  of a GET: an answer without JSON is {}
---@field only? bmc.http.Names  of a GET, as is enough: see bmc.http.decode
---@field enough? fun(item: any): boolean?

--- Reads a resource. Answers "not now" (503, 429, not-ready messages) are asked again a few
--- times inside the deadline; a connection that died is replaced once.
---@param path string  a path, or any @odata.id; a fragment is cut off
---@param opts? bmc.redfish.Options
---@return table? body
---@return table|bmc.err.Value response or error (effect none)
function client:get(path, opts)
  local body, response = perform(self, "GET", path, nil, opts)
  if body then
    patch.learn(self, body, response)
  end
  return body, response
end

--- Calls an action or creates a member. The body is JSON, `{}` when absent. With dry_run nothing
--- is sent and the response says so: `{ status = 200, dry_run = true }`.
---@param path string
---@param body? table
---@param opts? bmc.redfish.Options
---@return table? body  `{}` when the answer carried none
---@return table|bmc.err.Value response or error with effect "none" or "unknown"
function client:post(path, body, opts)
  return write(self, post, "POST", path, body or {}, opts)
end

--- Changes properties of a resource, with the If-Match that the BMC wants: see
--- bmc.redfish.patch. `held` in the options is the resource as it was read. See post.
---@param path string
---@param body table  secrets may stand for strings in it, here and in post
---@param opts? bmc.redfish.Options
---@return table? body
---@return table|bmc.err.Value response or error with effect
function client:patch(path, body, opts)
  return write(self, climb, "PATCH", path, body, opts)
end

--- Deletes a resource. See post.
---@param path string
---@param opts? bmc.redfish.Options
---@return table? body
---@return table|bmc.err.Value response or error with effect
function client:delete(path, opts)
  return write(self, send, "DELETE", path, nil, opts)
end

--- Follows what a write has begun, if it was answered 202: through task, monitor or job to its
--- end, or until it waits for a reset. Progress goes to target.trace. Cancelling this cancels
--- nothing at the BMC. `rf:follow(rf:post(…))` does both, or returns the error of the write.
---@param body table?      what the write answered
---@param response table   the same
---@param opts? { proof: (fun(): boolean?, bmc.err.Value?)?, staged_after: number? }
---@return bmc.redfish.Outcome?
---@return bmc.err.Value? err  effect unknown
function client:follow(body, response, opts)
  return follow.run(self, body, response, opts)
end

--- The service root, read once, without credentials unless the BMC wants them (QUIRKS T14, T21).
--- What it tells about the vendor is given to the target.
---@return table? body
---@return bmc.err.Value? err
function client:root()
  return service.root(self, session.ensure)
end

---@class bmc.redfish.Problem
---@field uri string
---@field err bmc.err.Value

--- All members of a collection, every page, in the BMC's order (QUIRKS rule 6).
--- Members come with their pages, by $expand, from a service that offers it and keeps its word.
---@param path string
---@param opts? { limit: integer?, expand: boolean? }  stop after this many members; false: member
---  by member
---@return table[]? bodies  of the members that could be read
---@return bmc.redfish.Problem[]|bmc.err.Value problems the others, or the error of the first page
function client:collection(path, opts)
  opts = opts or DEFAULTS
  return collection.read(self, path, opts.limit, opts.expand ~= false)
end

--- The links of a collection without reading the members.
---@param path string
---@param opts? { limit: integer? }
---@return string[]? uris
---@return bmc.redfish.Problem[]|bmc.err.Value
function client:links(path, opts)
  return collection.links(self, path, opts and opts.limit)
end

--- The pages of a collection, asked for one by one: for what need not be read to its end.
---@param path string
---@return fun(): any[]?, table? members  new ones of a page as they are listed, and the page; nil
--- at the end; nil and a bmc.redfish.Problem
function client:pages(path)
  return pages.iterate(self, path)
end

--- Opens a stream of server-sent events. Its connection is its own, and it holds no place among
--- the requests in flight.
---@param path string
---@param last_id? string  id of the last event that was received
---@return bmc.http.Response? stream  read(), close(); nil without an error: nothing more to come
---@return bmc.err.Value? err  protocol: the answer is no event stream
function client:stream(path, last_id)
  return with_session(self, stream.open, path, last_id)
end

--- The system an operation is about: the one named, else the profile's preference, else the
--- first that can be reset (QUIRKS R31).
---@param wanted? string  Id, Name or HostName
---@param reads? bmc.redfish.Options  of the requests for each system
---@return table? body
---@return bmc.redfish.Choice|bmc.err.Value choice
function client:system(wanted, reads)
  return service.system(self, wanted or self.target.system, reads)
end

--- All systems.
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value
function client:systems()
  return service.members(self, "Systems")
end

--- All chassis.
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value
function client:chassis()
  return service.members(self, "Chassis")
end

--- All managers that say anything; some BMCs list empty ones (QUIRKS R24).
---@return table[]? bodies
---@return bmc.redfish.Problem[]|bmc.err.Value
function client:managers()
  return service.managers(self)
end

--- Finds out what the target is: reads the manager, and the system when that does not tell, so
--- that conditions on firmware and model hold. Done once.
---@param known? { system: table?, manager: table? }  when they have been read: asks nothing
---@return string? vendor  as registry:detect names it
---@return bmc.vendor.Facts|bmc.err.Value facts
function client:identify(known)
  return service.identify(self, known)
end

--- Whether the service answers just now: one look at its root, without a session.
---@return true? there
---@return bmc.err.Value? err
function client:answers()
  return presence.look(self)
end

--- Forgets what was refused: for a BMC that has restarted since.
function client:forget()
  presence.forget(self)
end

--- Ends the session at the BMC. Called by the target's close; may wait, never fails.
function client:close()
  if not self.closed then
    self.closed = true
    session.close(self)
  end
end

local M = {}

--- The client of a target, made on first use.
---@param target bmc.target.Target
---@return bmc.redfish.Client
function M.of(target)
  local self = target.clients.redfish
  if not self then
    self = setmetatable({ target = target, gate = task.semaphore(1) }, client_mt)
    target.clients.redfish = self
    target:on_close(function() self:close() end)
  end
  return self
end

return M
