-- SPDX-License-Identifier: GPL-3.0-or-later
--- Emptying the System Event Log (IPMI 2.0, 31.9).
--
-- Owns that no entry is lost that was to be saved: the log is reserved before it is read, and a
-- BMC that has logged something since refuses to clear it; then all is done again. And that the
-- log is empty in the end, which takes some BMCs a while.

local err = require "bmc.err"
local read = require "bmc.ipmi.sel.read"
local sel = require "bmc.ipmi.sel"
local task = require "bmc.task"

local ERASE, STATUS, DONE = 0xAA, 0x00, 1
local LOST = 0xC5 -- completion code: the reservation is gone
local TRIES = 5   -- to clear a log that others write
local POLL = 0.2  -- seconds between two looks at a log that is being erased

local M = {}

-- Sends Clear SEL: whether the erasure has been done.
local function clear(log, what)
  local data, e = log.client:ask("Clear SEL", ("<I2"):pack(log.reservation) .. "CLR"
    .. string.char(what))
  if not data then
    return nil, e
  end
  return data == "" or data:byte() & 0x0F == DONE
end

-- How many entries are left once the log is erased; nil as long as it is not. A BMC that cannot
-- tell how far it is shows it by the number of its entries.
local function left_of(log, before)
  local done, e = clear(log, STATUS)
  if e and e.completion == LOST then
    e = select(2, read.reserve(log))
  end
  if done or e and e.completion then
    local info
    info, e = read.info(log.client)
    if info and (info.entries < before or info.entries <= 1) then
      return info.entries
    end
  end
  return nil, e
end

local function settle(log, before, wait)
  local give_up = task.now() + wait
  while true do
    local left, e = left_of(log, before)
    if left then
      return left
    elseif task.now() >= give_up then
      return err.fail("timeout", e and e.text or ("accepted, but after %g s the SEL still holds "
        .. "its %d entries"):format(wait, before), { effect = "unknown" })
    end
    local ok, stopped = task.sleep(POLL)
    if not ok then
      return nil, err.wrap(stopped, { effect = "unknown" })
    end
  end
end

-- How many entries there are, after they have been saved where that is wanted.
local function look(log, save, note)
  local reservation, e = read.reserve(log)
  if not reservation then
    return nil, e
  elseif not save then
    local info
    info, e = read.info(log.client)
    return info and info.entries, e
  end
  local entries, ok
  entries, e = sel.all(log, note)
  if entries then
    ok, e = save(entries)
  end
  return ok and #entries or nil, e
end

local function try(log, save, wait, note)
  local before, e = look(log, save, note)
  if not before then
    return nil, err.wrap(e, { effect = "none" })
  end
  local left
  e = select(2, clear(log, ERASE))
  if e or log.client.target.dry_run then
    return not e and { entries = before } or nil, e
  end
  left, e = settle(log, before, wait)
  return left and { entries = before, left = left }, e
end

--- Empties the log.
---@param client bmc.ipmi.Client
---@param save? fun(entries: table[]): true?, bmc.err.Value?  is given all entries before, oldest
--- first; again with more of them when some have come in meanwhile
---@param wait number  seconds that the erasure may take
---@param note fun(text: string)
---@return { entries: integer, left: integer? }? cleared  left is absent in a dry run
---@return bmc.err.Value? err  timeout: accepted, but the entries stay, effect unknown
function M.clear(client, save, wait, note)
  local log, cleared, e = read.new(client), nil, nil
  for _ = 1, TRIES do
    cleared, e = try(log, save, wait, note)
    if cleared or e.completion ~= LOST then
      break
    end
  end
  return cleared, e
end

return M
