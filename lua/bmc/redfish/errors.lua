-- SPDX-License-Identifier: GPL-3.0-or-later
--- What a BMC's error answer means.
--
-- Owns the reading of Redfish extended info in all its shapes (QUIRKS R38) and
-- the choice of an error code: first by message (profile.redfish.messages, so
-- that a vendor file can add one), then by HTTP status. Pure; sends nothing.

local err = require "bmc.err"
local tbl = require "bmc.tbl"
local trim = require("bmc.text").trim

-- A BMC may answer with a page of text; one line of it helps, all of it does not.
local MAX_TEXT = 300
local MAX_MESSAGES = 20

-- By status, where no message says more. What is not listed: 4xx rejected, 5xx protocol: the
-- BMC itself failed, and "internal" is for what fails in bmcsh.
local BY_STATUS = {
  [401] = "auth", [403] = "auth", [404] = "missing", [405] = "unsupported", [408] = "timeout",
  [409] = "busy", [410] = "missing", [413] = "too_large", [423] = "busy", [429] = "throttled",
  [501] = "unsupported", [502] = "busy", [503] = "busy", [504] = "timeout",
}

-- Statuses of a server that did not even begin: a write had no effect.
local NOT_BEGUN = { [501] = true, [503] = true }

-- Statuses that say "ask again later".
local LATER = { [429] = true, [503] = true }

---@class bmc.redfish.Message
---@field id string       as sent: "Base.1.8.InsufficientPrivilege"
---@field key string      its last part: "InsufficientPrivilege"
---@field text? string
---@field severity? string
---@field args? any[]
---@field resolution? string

local M = {}

local function clean(s)
  if type(s) ~= "string" then
    return nil
  end
  s = trim((s:gsub("%c+", " ")))
  if #s > MAX_TEXT then
    s = s:sub(1, MAX_TEXT) .. "…"
  end
  return s ~= "" and s or nil
end

local function message(raw)
  if type(raw) == "string" then
    return { id = "", key = "", text = clean(raw) }
  end
  if type(raw) ~= "table" then
    return nil
  end
  -- "MessageID" is what iLO 4 and some others write.
  local id = clean(raw.MessageId) or clean(raw.MessageID) or ""
  return {
    id = id,
    key = id:match("([^.]*)$"),
    text = clean(raw.Message),
    severity = clean(raw.MessageSeverity) or clean(raw.Severity),
    args = type(raw.MessageArgs) == "table" and raw.MessageArgs or nil,
    resolution = clean(raw.Resolution),
  }
end

--- The messages of an answer, whatever form they have: a list, one object, one string, below
--- `error` or at the top (QUIRKS R38).
---@param body any  decoded JSON
---@return bmc.redfish.Message[]
function M.messages(body)
  local info = tbl.dig(body, "error", "@Message.ExtendedInfo")
    or tbl.dig(body, "@Message.ExtendedInfo") or tbl.dig(body, "Messages")
  if type(info) ~= "table" or info.MessageId or info.MessageID or info.Message then
    info = { info }
  end
  local out = {}
  for i = 1, math.min(#info, MAX_MESSAGES) do
    out[#out + 1] = message(info[i])
  end
  local code, text = tbl.dig(body, "error", "code"), tbl.dig(body, "error", "message")
  if #out == 0 and (code or text) then
    out[1] = message { MessageId = code, Message = text }
  end
  return out
end

--- Whether an error carries a message of that key.
---@param e bmc.err.Value
---@param key string  "PasswordChangeRequired"
---@return boolean
function M.has(e, key)
  for _, m in ipairs(e.messages or {}) do
    if m.key == key then
      return true
    end
  end
  return false
end

-- The first message that the profile knows decides: the others are often "general error".
local function known(messages, table_of_codes)
  for _, m in ipairs(messages) do
    local code = table_of_codes[m.key]
    if code then
      return code, m
    end
  end
end

local function by_status(status)
  return BY_STATUS[status] or (status >= 500 and "protocol" or "rejected")
end

-- Delta seconds; the form with a date needs two clocks that agree, and BMC clocks do not.
local function retry_after(headers)
  local value = headers and headers["retry-after"]
  return value and tonumber(value:match("^%s*(%d+)%s*$"))
end

-- "503 Service Unavailable: No session is free [IDRAC.2.8.RAC0218]"
local function text_of(response, shown)
  local text, reason = tostring(response.status), clean(response.reason)
  if reason then
    text = text .. " " .. reason
  end
  if not shown then
    return text
  end
  local id = shown.id ~= "" and "[" .. shown.id .. "]" or nil
  return text .. ": " .. (shown.text and id and shown.text .. " " .. id or shown.text or id or "")
end

--- The error value of an answer that is no success.
---@param profile bmc.vendor.Profile
---@param response { status: integer, reason: string?, headers: table? }
---@param body any  decoded JSON, nil when it was none
---@param request string  "GET /redfish/v1/Systems", for the text
---@return bmc.err.Value e  with status, messages, message_id, effect; `later`: ask again
function M.of_answer(profile, response, body, request)
  local status = response.status
  local messages = M.messages(body)
  local code, shown = known(messages, profile.redfish.messages)
  local later = LATER[status] or code == "not_ready"
  if code == "not_ready" then
    code = "busy"
  end
  -- A web server in front of a busy Redfish service says so with a page of its own.
  if status == 403 and body == nil and response.html then
    code, later = "busy", true
  end
  shown = shown or messages[1]
  local text = request .. ": " .. text_of(response, shown)
  return err.new(code or by_status(status), text, {
    status = status,
    messages = messages[1] and messages or nil,
    message_id = shown and shown.id ~= "" and shown.id or nil,
    effect = (status < 500 or NOT_BEGUN[status]) and "none" or "unknown",
    retry_after = retry_after(response.headers),
    later = later and code ~= "sessions_full" and code ~= "licence" or nil,
  })
end

--- The error value of an answer that should have been a JSON object.
---@param request string
---@param response { status: integer, headers: table? }
---@param cause bmc.err.Value|string  why not
---@return bmc.err.Value
function M.not_json(request, response, cause)
  local kind = clean(response.headers and response.headers["content-type"]) or "no content type"
  local why = err.is(cause) and cause.text or cause
  local text = ("%s: %d, but no JSON object (%s): %s"):format(request, response.status, kind, why)
  return err.new("protocol", text, {
    status = response.status, cause = err.is(cause) and cause or nil, effect = "none",
  })
end

return M
