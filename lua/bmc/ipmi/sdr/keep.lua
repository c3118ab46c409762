-- SPDX-License-Identifier: GPL-3.0-or-later
--- Sensor data records on disk, so that the next run need not read them again.
--
-- Owns the files state/sdr/DIGEST: one for a BMC, with the stamp of the repository that it was
-- read from. A file that is damaged, cut or of another stamp counts as none, and the next one
-- takes its place; one that somebody else holds is left alone. Losing one costs a second, so
-- failures to write are nobody's business.
--
-- Format: "bmcsh sdr 1 " and the SHA-256 of the rest, a newline; the stamp, then the records,
-- each with two bytes of length, the low one first.

local hash = require "bmc.hash"
local state = require "bmc.state"

local FOLDER = "sdr"
local HEAD = "bmcsh sdr 1 %s\n"
local DIGITS = 64

local M = {}

local function path_of(key)
  local folder, e = state.folder(FOLDER)
  return folder and ("%s/%s"):format(folder, hash.sha256(key)), e
end

local function unpack(text)
  local head = HEAD:format(text:match("^bmcsh sdr 1 (%x+)\n") or "")
  local body = text:sub(#head + 1)
  if #head ~= #HEAD - 2 + DIGITS or HEAD:format(hash.sha256(body)) ~= head then
    return nil
  end
  local records = {}
  local stamp, at = ("<s2"):unpack(body)
  while at <= #body do
    records[#records + 1], at = ("<s2"):unpack(body, at)
  end
  return records, stamp
end

--- The records that were kept under a key, if the stamp is still the same.
---@param key string
---@param stamp string
---@return string[]? records
function M.load(key, stamp)
  local path = path_of(key)
  local file <close> = path and state.open(path, "old")
  if not file then
    return nil
  end
  local ok, records, kept = pcall(unpack, file:read() or "")
  return ok and kept == stamp and records or nil
end

--- Keeps records. Whether it worked does not matter.
---@param key string
---@param stamp string
---@param records string[]
function M.save(key, stamp, records)
  local path = path_of(key)
  local file <close> = path and state.open(path, "any")
  if not file then
    return
  end
  local parts = { ("<s2"):pack(stamp) }
  for _, record in ipairs(records) do
    parts[#parts + 1] = ("<s2"):pack(record)
  end
  local body = table.concat(parts)
  file:replace(HEAD:format(hash.sha256(body)), body)
end

return M
