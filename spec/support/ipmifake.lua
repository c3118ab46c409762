-- SPDX-License-Identifier: GPL-3.0-or-later
-- A target whose IPMI client answers what a test says: bytes that no simulator sends. Nothing is
-- sent anywhere. What a command means, and whether it changes something, is bmc.ipmi.commands'.

local codes = require "bmc.ipmi.codes"
local commands = require "bmc.ipmi.commands"
local device = require "bmc.ipmi.device"
local err = require "bmc.err"
local plan = require "bmc.plan"
local targets = require "bmc.target"

-- Firmware 2.15 of no maker that is known; a BMC that is nothing but there.
local DEVICE_ID = "\x20\x01\x02\x15\x02\xBF\xFE\xFF\x00\x34\x12\0\0\0\0"
local INVALID_COMMAND = 0xC1

local M = {}

local client = {}
client.__index = client

function client:ask(name, data, opts)
  return self:request(commands.find(name), data, opts)
end

-- What a reply of a test stands for: data, completion code; or nil, err.
local function meant(reply, data)
  if type(reply) == "function" then
    reply = reply(data)
  end
  if err.is(reply) then
    return nil, reply
  elseif type(reply) == "string" then
    return reply, 0
  elseif type(reply) == "table" then
    return reply.data, reply.code
  end
  return "", reply or INVALID_COMMAND
end

function client:request(command, data, opts)
  data = data or ""
  self.sent[#self.sent + 1] = { command.name, data }
  if command.write and self.target.dry_run then
    return "", 0
  end
  local reply, code = meant(self.replies[command.name], data)
  if not reply or code == 0 or opts and opts.accept and opts.accept[code] then
    return reply, code
  end
  return nil, codes.error(command.name, code)
end

function client:device()
  local data = self.replies["Get Device ID"] or DEVICE_ID
  local known = assert(device.decode(data))
  self.target:adopt {
    ipmi_manufacturer = known.manufacturer_id, ipmi_product = known.product_id,
    ipmi_firmware = known.firmware,
  }
  return known
end

--- The commands that were sent, by name.
---@param name string
---@return string[] data of each of them
function client:data_of(name)
  local out = {}
  for _, one in ipairs(self.sent) do
    out[#out + 1] = one[1] == name and one[2] or nil
  end
  return out
end

--- A target and its client.
---@param replies table<string, string|integer|table|function> by the command's name: bytes behind
---  the completion code 0; another completion code; { code =, data = }; an error value; or a
---  function of the request's data that returns one of these. What is not in it is C1h.
---@param options? table  for bmc.target
---@return table target, table client
function M.target(replies, options)
  local o = { url = "ipmi://127.0.0.1", user = "admin", password = "x" }
  for name, value in pairs(options or {}) do
    o[name] = value
  end
  local target = assert(targets.new(o))
  local c = setmetatable({ target = target, replies = replies, sent = {} }, client)
  target.clients.ipmi = c
  return target, c
end

--- Runs an operation of such a target.
---@param op string
---@param replies table
---@param args? table
---@param options? table  for bmc.target
---@return any data
---@return any trail_or_err
---@return table client
function M.run(op, replies, args, options)
  local target, c = M.target(replies, options)
  local data, trail = plan.run(target, require("bmc.ops." .. op), args)
  return data, trail, c
end

return M
