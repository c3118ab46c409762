-- SPDX-License-Identifier: GPL-3.0-or-later
--- Where a password comes from, said without having it yet.
--
-- Owns the sources of secrets: an inventory or an option names one, and the
-- secret is fetched when a login first needs it. The values themselves live in
-- C (src/secret.c) and never become Lua strings.
--
-- A source reads once and keeps what it got, because a thousand machines of one
-- inventory must not mean a thousand questions at the terminal, or a thousand
-- runs of a command. Only `call` is asked each time: it is for passwords that
-- change, and decides itself what to keep. Whoever gets a secret closes it.

local core = require "_bmcsh.secret"
local spawn = require "_bmcsh.spawn"
local err = require "bmc.err"
local sync = require "bmc.sync"

-- Seconds; a person may have to unlock a key first.
local COMMAND_TIMEOUT = 120

local M = {}

---@class bmc.Secret: userdata  prints as <secret>; a to-be-closed value
---@field close fun(self)                         wiped; twice is once
---@field length fun(self): integer               in bytes
---@field equals fun(self, other: string|bmc.Secret): boolean  in constant time
---@field copy fun(self): bmc.Secret              another one, to be closed by its holder
---@field first_line fun(self): bmc.Secret        itself, without what follows the first line
---@field unhex fun(self): bmc.Secret?, table?     itself, the bytes that its 0x… stands for

--- A secret with a copy of s. The string itself stays wherever Lua has it.
---@param s string
---@return bmc.Secret
M.from_string = core.from_string

--- Whether v is a secret.
---@param v any
---@return boolean
function M.is(v)
  return type(v) == "userdata" and (debug.getmetatable(v) or {}).__name == "bmcsh.secret"
end

--- Whether v is a source.
---@param v any
---@return boolean
function M.is_source(v)
  return type(v) == "table" and (getmetatable(v) or {}).__name == "bmc.secret.source"
end

-- ---- one reader a kind: secret, warning | nil, err ----

local READERS = {
  env = core.from_env,
  file = core.from_file,
  fd = core.from_fd,
  prompt = core.prompt,
}

function READERS.value(value)
  return M.is(value) and value:copy() or core.from_string(value)
end

--- The first line that a command prints. A string goes to the shell.
function READERS.command(command)
  local argv = type(command) == "table" and { table.unpack(command) }
    or { "/bin/sh", "-c", command }
  argv.secret, argv.timeout = true, COMMAND_TIMEOUT
  local result, e = spawn.run(argv)
  if not result then
    return nil, e
  end
  local secret = result.stdout:first_line()
  if result.status == 0 and secret:length() > 0 then
    return secret
  end
  secret:close()
  local how = result.status == 0 and "printed nothing"
    or result.status and "ended with status " .. result.status
    or "was ended by signal " .. result.signal
  local said = result.stderr:match("[^\r\n]+")
  return err.fail("missing", "the password command " .. how .. (said and ": " .. said or ""))
end

-- What kinds take, beside a string.
local TYPES = {
  fd = { number = true },
  command = { string = true, table = true },
  value = { string = true, userdata = true },
  call = { ["function"] = true },
}
local STRING = { string = true }
local KINDS = { "env", "file", "fd", "command", "prompt", "value", "call" }

-- ---- sources ----

---@class bmc.secret.Source
local source = {}
local source_mt = { __index = source, __name = "bmc.secret.source" }

-- Names the place, never the value: a command line may hold one too.
function source_mt:__tostring()
  local named = self.kind == "env" or self.kind == "file" or self.kind == "fd"
  return "secret source (" .. self.kind .. (named and " " .. tostring(self.from) or "") .. ")"
end

function source_mt:__close()
  self:close()
end

local function call(self)
  local value, e = self.from()
  if value == nil then
    return nil, e or err.new("missing", "the password function returned nothing")
  end
  return type(value) == "string" and core.from_string(value) or value
end

local function read(self)
  local secret, note = READERS[self.kind](self.from)
  if secret and self.hex then
    local plain, e = secret:unhex()
    if not plain then
      secret:close()
      return nil, e
    end
  end
  return secret, note
end

--- The secret; may wait. Tasks that ask together wait for one reading.
---@return bmc.Secret? secret for the caller to close
---@return table? err `missing`, `rejected`, `busy`, `too_large`, `timeout`, `cancelled`
function source:get()
  if self.kind == "call" then
    return call(self)
  end
  local permit <close>, e = self.turn:acquire()
  if not permit then
    return nil, e
  end
  if not self.kept then
    local secret, note = read(self)
    if not secret then
      return nil, note
    end
    self.kept, self.warning = secret, note
  end
  return self.kept:copy()
end

--- The same for a login. What lacks there is no resource of the BMC: `missing` would pass for a
--- machine that has none of what is asked for.
---@return bmc.Secret? secret
---@return table? err as of get, `auth` for `missing`
function source:get_for_login()
  local secret, e = self:get()
  if e and e.code == "missing" then
    e = err.copy(e)
    e.code = "auth"
  end
  return secret, e
end

--- Wipes what the source keeps; a later get reads again.
function source:close()
  if self.kept then
    self.kept:close()
    self.kept = nil
  end
end

local function only_kind(spec)
  local found
  for _, kind in ipairs(KINDS) do
    if spec[kind] ~= nil then
      if found then
        error("secret.source: both " .. found .. " and " .. kind .. " are given", 3)
      end
      found = kind
    end
  end
  return found or error("secret.source: one of " .. table.concat(KINDS, ", ") .. " expected", 3)
end

-- A variable is gone once it is read: all who name it have one source.
local of_variable = setmetatable({}, { __mode = "v" })

local function new_source(kind, from, hex)
  return setmetatable({ kind = kind, from = from, hex = hex, turn = sync.semaphore(1) }, source_mt)
end

--- A source: one of env (variable, removed from the environment when read), file (its first
--- line), fd, command (string for the shell, or argument list; the first line it prints),
--- prompt (text shown at the terminal), value (string or secret), call (function, called for
--- each login, returns a secret or a string, or nil, err). Beside it hex: what is read, unless
--- by call, and begins with 0x stands for bytes in hexadecimal.
---@param spec table
---@return bmc.secret.Source source; its field warning is a text when the file is open to others
function M.source(spec)
  local kind = only_kind(spec)
  local from = spec[kind]
  if not (TYPES[kind] or STRING)[type(from)] then
    error(("secret.source: %s cannot be a %s"):format(kind, type(from)), 2)
  end
  if kind ~= "env" then
    return new_source(kind, from, spec.hex)
  end
  local name = from .. (spec.hex and " hex" or "")
  of_variable[name] = of_variable[name] or new_source(kind, from, spec.hex)
  return of_variable[name]
end

return M
