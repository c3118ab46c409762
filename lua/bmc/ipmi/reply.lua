-- SPDX-License-Identifier: GPL-3.0-or-later
--- Reading replies of a BMC by offset, trailing bytes or not (QUIRKS: several send more than they
--- should, and some less).
--
-- Owns what every decoder needs: the check that a reply is long enough, names for bits, texts
-- that are padded, what completion codes ask for, the difference between a BMC that cannot do a
-- thing and one that is gone; and for what changes something, the step and the reading back.

local err = require "bmc.err"
local task = require "bmc.task"
local trim = require("bmc.text").trim

-- Seconds that a BMC has until it shows what it took, and between two looks.
local SETTLE, POLL = 3, 0.5

local M = {}

--- Completion codes of a BMC that wants to be asked for fewer bytes at once (QUIRKS).
M.LESS = { [0xC7] = true, [0xC8] = true, [0xCA] = true, [0xFF] = true }
--- And of one that does not have the command.
M.UNSUPPORTED = { [0xC1] = true, [0xC2] = true, [0xD6] = true }

--- A reply that is at least so long.
---@param data string
---@param n integer  bytes
---@param command string  as the specification calls it
---@return string? data
---@return bmc.err.Value? err protocol
function M.enough(data, n, command)
  if #data >= n then
    return data
  end
  return err.fail("protocol", ("%s: %d bytes in the answer, at least %d expected")
    :format(command, #data, n))
end

--- Asks for an answer that is at least so long.
---@param c bmc.ipmi.Client
---@param name string   the command
---@param data string
---@param n integer     bytes
---@param opts? table   as of the client's ask()
---@return string? data
---@return bmc.err.Value? err
function M.ask(c, name, data, n, opts)
  local reply, e = c:ask(name, data, opts)
  if not reply then
    return nil, e
  end
  return M.enough(reply, n, name)
end

--- Whether an error is what the BMC answered, be it of no use: it is there, and can be asked on.
---@param e bmc.err.Value
---@return boolean
function M.answered(e)
  return e.completion ~= nil or e.code == "protocol"
end

--- Asks for what a BMC may or may not have.
---@param c bmc.ipmi.Client
---@param name string   the command
---@param data string
---@param n integer     least number of bytes in the answer
---@param note? fun(text: string)  told when the BMC does not have it
---@return string? data  nil without an error: it answered that it has not, or said too little
---@return bmc.err.Value? err  it did not answer
function M.optional(c, name, data, n, note)
  local reply, e = M.ask(c, name, data, n)
  if reply then
    return reply
  elseif M.answered(e) then
    if note then
      note(e.text)
    end
    return nil
  end
  return nil, e
end

--- Sends a command that changes something, as a step of the trail.
---@param c bmc.ipmi.Client
---@param call bmc.plan.Call
---@param name string   the command
---@param data string
---@param what? string  what it says, in words
---@return string? reply
---@return bmc.err.Value? err
function M.change(c, call, name, data, what)
  local done, e = c:ask(name, data)
  e = not done and e or nil -- else a completion code
  call.sent((c.target.dry_run and "send " or "") .. name .. (what and ", " .. what or ""), e)
  return done, e
end

--- What reads back after a change, once it is as it shall be.
---@param read fun(): any?, bmc.err.Value?
---@param is_so fun(seen: any): boolean
---@param tell fun(seen: any): string, any  what it reads otherwise: in words, and as `observed`
---@return any? seen
---@return bmc.err.Value? err  rejected, or why it cannot be read; effect unknown
function M.confirm(read, is_so, tell)
  local give_up = task.now() + SETTLE
  while true do
    local seen, e = read()
    if not seen then
      return nil, err.wrap(e, { effect = "unknown" })
    elseif is_so(seen) then
      return seen
    elseif task.now() + POLL > give_up or POLL >= task.left() then
      local text, observed = tell(seen)
      return err.fail("rejected", "the BMC took it, and " .. text,
        { effect = "unknown", observed = observed })
    end
    local ok, stopped = task.sleep(POLL)
    if not ok then
      return nil, err.wrap(stopped, { effect = "unknown" })
    end
  end
end

--- The names of the bits that are set, the lowest first.
---@param byte integer
---@param names table<integer, string>  by bit
---@return string[]
function M.flags(byte, names)
  local out = {}
  for bit = 0, 7 do
    if byte >> bit & 1 == 1 then
      out[#out + 1] = names[bit]
    end
  end
  return out
end

--- Text that is padded with NUL, FFh or blanks.
---@param data string
---@return string? text  nil when there is nothing else in it
function M.text(data)
  local s = trim(data:match("^[^%z\xFF]*"))
  return s ~= "" and s or nil
end

return M
