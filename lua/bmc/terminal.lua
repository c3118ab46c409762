-- SPDX-License-Identifier: GPL-3.0-or-later
-- terminal: owns a person's (or a pipe's) place at a console: what is typed goes to the console,
-- what it writes to the screen, until one of them ends. The mode of the terminal, and that it is
-- put back on every way out, is C (src/tty.h); what the escape character means terminal.escape's.

local core = require "_bmcsh.terminal"
local err = require "bmc.err"
local escape = require "bmc.terminal.escape"
local host = require "_bmcsh.host"
local task = require "bmc.task"

local QUIET = 2        -- seconds of silence after the end of a pipe
local TYPED_AHEAD = 1 << 20 -- characters that may wait for the console: what is pasted
local SEEN = 4096      -- characters in which the end of the work is looked for

local M = {}

local BREAK = {}

local place = {}
local place_mt = { __index = place, __name = "bmc.terminal" }

--- A line for the person, on standard error, wherever the cursor stands.
---@param text string
function place:say(text)
  io.stderr:write(self.raw and "\r\n" or "", "[bmcsh: ", text, "]", self.raw and "\r\n" or "\n")
end

-- ---- the screen ----

-- Whether what a script waits for has come.
local function seen_end(self, chunk)
  if not self.wanted then
    return false
  end
  self.seen = (self.seen .. chunk):sub(-SEEN)
  return self.seen:find(self.wanted) ~= nil
end

local function show(self)
  while true do
    local chunk, e = self.con:read()
    if not chunk then
      return nil, e
    end
    self.heard = task.now()
    local ok
    ok, e = self.tty:write(chunk)
    if not ok then
      return nil, e
    elseif seen_end(self, chunk) then
      return "found"
    end
  end
end

-- ---- the keys ----

local function deliver(self, item)
  local ok, e
  if item == BREAK then
    ok, e = self.con:send_break()
  else
    ok, e = self.con:write(item)
  end
  if not ok and e.code ~= "cancelled" then
    self:say("what was typed last has not arrived: " .. e.text)
  elseif ok and item == BREAK then
    self:say "break sent"
  end
end

-- Sends what has been typed, all of it that has gathered meanwhile at once. In a task of its own:
-- a console that takes nothing must not keep a person from leaving it.
local function send_typed(self)
  while self.work:get() do
    self.queued = false
    while self.typed[1] do
      deliver(self, table.remove(self.typed, 1))
    end
  end
end

local function send(self, item)
  self.typed[#self.typed + 1] = item
  if not self.queued then
    self.queued = true
    self.work:put(true)
  end
end

local function send_text(self, text)
  local last = self.typed[#self.typed]
  if self.watch then
    return
  elseif type(last) ~= "string" then
    self.full = false
    send(self, text)
  elseif #last + #text <= TYPED_AHEAD then
    self.typed[#self.typed] = last .. text
  elseif not self.full then
    self.full = true
    self:say "the console takes it too slowly: what is typed or pasted now is thrown away"
  end
end

local ACTIONS = {
  send = send_text,
  leave = function() return "left" end,
  help = function(self)
    for _, line in ipairs(escape.help(self.escape)) do
      self:say(line)
    end
  end,
  suspend = function(self) self.tty:suspend() end,
  ["break"] = function(self) send(self, BREAK) end,
}

local function read_keys(self)
  local keys = escape.new(self.escape)
  while true do
    local text, e = self.tty:read()
    if not text then
      return e == nil and "left" or nil, e
    end
    for _, action in ipairs(keys:feed(text)) do
      local left = ACTIONS[action[1]](self, action[2])
      if left then
        return left
      end
    end
  end
end

-- ---- a pipe ----

-- A line ends with the Enter key there; at the end, what the machine answers is waited for.
local function read_pipe(self)
  while true do
    local text, e = self.tty:read()
    if e then
      return nil, e
    elseif not text then
      break
    elseif not self.watch then
      local ok
      ok, e = self.con:write((text:gsub("\r?\n", "\r")))
      if not ok then
        return nil, e
      end
    end
  end
  self.heard = task.now()
  while self.waits or task.now() - self.heard < QUIET do
    local ok, e = task.sleep(self.waits and 3600 or self.heard + QUIET - task.now())
    if not ok then
      return nil, e
    end
  end
  return "left"
end

-- ---- both ----

local function run(self)
  return task.scope(function(s)
    local ended = task.channel(8)
    local function part(f)
      s:spawn(function()
        ended:put(table.pack(f(self)))
      end)
    end
    part(show)
    part(self.raw and read_keys or read_pipe)
    if self.raw then
      s:spawn(send_typed, self)
    end
    local result, stopped = ended:get()
    s:cancel()
    if not result then
      return nil, stopped
    end
    return result[1], result[2]
  end)
end

---@class bmc.terminal.Options
---@field escape? string   one character; "" for none
---@field watch? boolean   nothing is typed
---@field wanted? string   a Lua pattern: what the machine writes until this ends it
---@field waits? boolean   the end of a pipe does not end it
---@field on_place? fun(place: table)  told when the place is taken: place.raw, place:say(text)

--- Puts whoever is at standard input and output at a console, until it is left.
---@param con bmc.sol.Console
---@param opts bmc.terminal.Options
---@return "left"|"found"|nil how
---@return bmc.err.Value? err
function M.attach(con, opts)
  local raw = host.isatty(0)
  local tty <close>, e = core.open(raw)
  if not tty then
    return nil, err.wrap(e, { effect = "none" })
  end
  local self = setmetatable({
    con = con, tty = tty, raw = raw, escape = opts.escape or "~", watch = opts.watch,
    wanted = opts.wanted, waits = opts.waits or opts.wanted ~= nil, seen = "", typed = {},
    heard = task.now(), work = task.channel(1),
  }, place_mt)
  if opts.on_place then
    opts.on_place(self)
  end
  return run(self)
end

return M
