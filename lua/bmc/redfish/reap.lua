-- SPDX-License-Identifier: GPL-3.0-or-later
--- Deleting sessions that nobody uses any more: those in the books of processes
-- that have died, and those in the token cache.
--
-- Owns which sessions are meant (those of this BMC) and how they are deleted:
-- with a login where there is one to be had, with Basic credentials where the
-- BMC has no free session to log in with. Another's sessions are never touched.

local err = require "bmc.err"
local exchange = require "bmc.redfish.exchange"
local ledger = require "bmc.ledger"
local tokens = require "bmc.tokens"

local NOT_THERE = { [404] = true, [410] = true }
local REFUSED = { [401] = true, [403] = true }

local M = {}

local function close_all(list)
  for _, item in ipairs(list) do
    item:close()
  end
end

-- The entries of a book that belong to a BMC; the list may lose entries while it is walked.
local function entries_of(book, base, user)
  local out = {}
  for _, entry in ipairs(book.entries) do
    if entry.url == base and (not user or entry.user == user) then
      out[#out + 1] = entry
    end
  end
  return out
end

-- delete(uri) -> "deleted" | "gone" | nil, "stop"?
local function strike_out(books, base, user, delete)
  local count = { deleted = 0, gone = 0, left = 0 }
  local stopped = false
  for _, book in ipairs(books) do
    for _, entry in ipairs(entries_of(book, base, user)) do
      local outcome, stop
      if not stopped then
        outcome, stop = delete(entry.uri)
      end
      stopped = stopped or stop
      if outcome then
        book:strike(entry)
      end
      count[outcome or "left"] = count[outcome or "left"] + 1
    end
  end
  return count
end

local function dead_books(base, user)
  return ledger.dead(function(entry)
    return entry.url == base and (not user or entry.user == user)
  end)
end

-- ---- no free session ----

-- Deletes stale sessions of our own user. Without a session only Basic credentials are left; a
-- refusal ends it, since BMCs lock accounts. Returns how many are gone, and how many are not.
local function with_password(rf, password)
  local target = rf.target
  local books = dead_books(target.base, target.user)
  if not books then
    return 0, 0
  end
  local basic = exchange.session { mode = "basic", user = target.user, password = password }
  local options = { timeout = target.profile.redfish.login_timeout, once = false }
  local count = strike_out(books, target.base, target.user, function(uri)
    local response = exchange.send(rf, basic, "DELETE", uri, nil, options)
    if not response then
      return nil, true
    elseif response.status < 300 then
      return "deleted"
    elseif NOT_THERE[response.status] then
      return "gone"
    end
    return nil, REFUSED[response.status]
  end)
  close_all(books)
  return count.deleted, count.left
end

--- Whether there is room now for a login that found no free session: once, our own stale ones
--- are deleted (QUIRKS T01). Otherwise the error says what is known of them.
---@param rf bmc.redfish.Client
---@param e bmc.err.Value  what the login was answered; its text grows
---@param password bmc.Secret
---@return boolean
function M.made_room(rf, e, password)
  if e.code ~= "sessions_full" or rf.reaped then
    return false
  end
  rf.reaped = true
  local freed, left = with_password(rf, password)
  if freed == 0 then
    e.text = e.text .. (left > 0
      and ("; %d of them are stale ones of bmcsh, and nobody may delete them now"):format(left)
      or "; no stale one of bmcsh is known")
  end
  return freed > 0
end

-- ---- with a login ----

-- Slots of the token cache that belong to a BMC.
local function slots_of(base)
  local out = {}
  for _, slot in ipairs(tokens.slots() or {}) do
    if slot.about and slot.about.url == base and slot.about.uri then
      out[#out + 1] = slot
    else
      slot:close()
    end
  end
  return out
end

local function delete_slots(slots, delete, count)
  for _, slot in ipairs(slots) do
    local outcome = delete(slot.about.uri)
    if outcome then
      slot:clear()
    end
    count[outcome or "left"] = count[outcome or "left"] + 1
  end
end

local function deleter(rf, count)
  return function(uri)
    local body, response = rf:delete(uri)
    if body then
      return not response.dry_run and "deleted" or nil
    elseif NOT_THERE[response.status] then
      return "gone"
    end
    count.failure = count.failure or response
    return nil, not response.status
  end
end

--- Deletes all stale sessions at a BMC: what dead processes have left, and the cached ones.
---@param rf bmc.redfish.Client
---@return { deleted: integer, gone: integer, left: integer }? count
---@return bmc.err.Value? err  when none could be deleted
function M.all(rf)
  local base = rf.target.base
  local books, e = dead_books(base)
  if not books then
    return nil, err.wrap(e, { effect = "none" })
  end
  local failure = {}
  local delete = deleter(rf, failure)
  local count = strike_out(books, base, nil, delete)
  local slots = slots_of(base)
  delete_slots(slots, delete, count)
  close_all(slots)
  close_all(books)
  if failure.failure and count.deleted + count.gone == 0 then
    return nil, failure.failure
  end
  return count
end

--- Strikes all entries of a BMC out of the books without asking it: for one that is gone.
---@param base string
---@return integer forgotten
function M.forget(base)
  local books = dead_books(base) or {}
  local count = strike_out(books, base, nil, function()
    return "gone"
  end)
  local slots = slots_of(base)
  delete_slots(slots, function()
    return "gone"
  end, count)
  close_all(slots)
  close_all(books)
  return count.gone
end

return M
