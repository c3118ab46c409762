-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sensor data records made by hand (IPMI 2.0, chapter 43), and a BMC that has them: a client in
-- the manner of bmc.ipmi that answers by itself, so that a test can say what goes wrong.

local codes = require "bmc.ipmi.codes"
local vendor = require "bmc.vendor"

local M = {}

local function with_header(id, kind, body)
  return ("<I2BBB"):pack(id, 0x51, kind, #body) .. body
end

local function name_of(o)
  return o.name_bytes or ("B"):pack(0xC0 | #o.name) .. o.name
end

local function key_of(o)
  return ("BBBBB"):pack(o.owner or 0x20, (o.channel or 0) << 4 | (o.lun or 0), o.number or 1,
    o.entity or 7, o.instance or 1)
end

local function bits10(v)
  return v & 0xFF, (v >> 8 & 3) << 6
end

--- A full sensor record. Units are the three bytes; limits { mask, lower non-critical, critical,
--- non-recoverable, upper ones }.
---@param o table
---@return string
function M.full(o)
  local m, m_high = bits10(o.m or 1)
  local b, b_high = bits10(o.b or 0)
  local units, l = o.units or { 0, 1, 0 }, o.limits or { 0, 0, 0, 0, 0, 0, 0 }
  local access = o.access or 2
  local body = key_of(o)
    .. ("BBBB"):pack(0x7F, 0x40 | access << 2, o.type or 1, o.event or 1)
    .. ("<I2I2BB"):pack(o.lower_mask or 0, o.upper_mask or 0, l[1], l[1])
    .. ("BBBB"):pack(units[1] | (o.format or 0) << 6, units[2], units[3], o.linear or 0)
    .. ("BBBBBB"):pack(m, m_high, b, b_high, 0, ((o.r or 0) & 15) << 4 | (o.b_exp or 0) & 15)
    .. ("BBBBBB"):pack(0, 0, 0, 0, 255, 0)
    .. ("BBBBBB"):pack(l[7], l[6], l[5], l[4], l[3], l[2])
    .. ("BBBBB"):pack(1, 1, 0, 0, 0) .. name_of(o)
  return with_header(o.id or 1, 0x01, body)
end

local function sharing(o)
  return ("BB"):pack((o.letters and 1 or 0) << 4 | (o.count or 0),
    (o.entities and 0x80 or 0) | (o.offset or 0))
end

--- A compact sensor record.
---@param o table
---@return string
function M.compact(o)
  local units = o.units or { 0xC0, 0, 0 }
  local body = key_of(o) .. ("BBBB"):pack(0x67, 0x40, o.type or 8, o.event or 0x6F)
    .. ("<I2I2I2"):pack(3, 3, 3) .. ("BBB"):pack(units[1], units[2], units[3]) .. sharing(o)
    .. ("BBBBBB"):pack(0, 0, 0, 0, 0, 0) .. name_of(o)
  return with_header(o.id or 1, 0x02, body)
end

--- An event-only record.
---@param o table
---@return string
function M.event_only(o)
  return with_header(o.id or 1, 0x03, key_of(o)
    .. ("BB"):pack(o.type or 0x23, o.event or 0x6F) .. sharing(o) .. "\0\0" .. name_of(o))
end

--- A record of any type from its body.
---@param id integer
---@param kind integer
---@param body string
---@return string
M.record = with_header

--- A FRU device locator.
---@param o table
---@return string
function M.fru(o)
  return with_header(o.id or 1, 0x11, ("BBBBB"):pack(0x20, o.device or 0,
    (o.logical ~= false and 0x80 or 0) | (o.lun or 0) << 3, 0, 0)
    .. ("BBBBB"):pack(0x10, 0, o.entity or 7, o.instance or 1, 0) .. name_of(o))
end

-- ---- a BMC ----

local bmc = {}
local bmc_mt = { __index = bmc, __name = "support.sdrs.bmc" }

local function reservation(self)
  self.reserved = self.reserved % 0xFFFF + 1
  return ("<I2"):pack(self.reserved)
end

local function get_sdr(self, data)
  local number, id, offset, n = ("<I2I2BB"):unpack(data)
  local i = id == 0 and 1 or id
  local record = self.records[i]
  if not record then
    return 0xCB
  elseif offset > 0 and number ~= self.reserved then
    return 0xC5
  elseif n > (self.most or 255) then
    return 0xCA
  end
  return ("<I2"):pack(self.records[i + 1] and i + 1 or 0xFFFF) .. record:sub(offset + 1, offset + n)
end

local function info(self)
  return ("<BI2I2I4I4B"):pack(0x51, self.count or #self.records, 0xFFFF, self.added, self.erased,
    0x22)
end

local ANSWERS = {
  ["Get SDR Repository Info"] = info, ["Reserve SDR Repository"] = reservation,
  ["Get SDR"] = get_sdr,
  ["Get Sensor Reading"] = function(self, data, lun)
    return self.readings[lun << 8 | data:byte()] or 0xCB
  end,
  ["Get Sensor Thresholds"] = function(self, data)
    return self.limits[data:byte()] or 0xCB
  end,
  ["Get Chassis Status"] = function(self) return self.chassis end,
}

function bmc:ask(name, data, opts)
  self.asked[name] = (self.asked[name] or 0) + 1
  local lun = opts and opts.lun or 0
  local answer = self.on and self.on(name, data, self.asked[name], lun)
  if type(answer) == "table" then
    return nil, answer
  elseif answer == nil then
    local f = ANSWERS[name]
    answer = f and f(self, data, lun) or 0xC1
  end
  local code = type(answer) == "number" and answer or 0
  if code ~= 0 and not (opts and opts.accept and opts.accept[code]) then
    return nil, codes.error(name, code)
  end
  return code == 0 and answer or "", code
end

function bmc:device()
  return self.known
end

local registry

--- A BMC with these records, that answers like one without faults; on(name, data, n, lun) may
--- give another answer to the n-th command of that name: bytes, a completion code, or an error.
---@param records string[]
---@param o? table  on, most (bytes of a record at once), added, erased (times), readings (by
--- LUN * 256 + number), limits, profile (fields of the ipmi section), host
---@return table client  with `target` and `asked`, how often each command came
function M.bmc(records, o)
  registry = registry or assert(vendor.load { dirs = {} })
  local self = setmetatable({ records = records, reserved = 7, added = 100, erased = 50,
    asked = {}, readings = {}, limits = {}, chassis = "\1\0\0" }, bmc_mt)
  local profile = {}
  for name, value in pairs(registry:profile("redfish-generic", {}).ipmi) do
    profile[name] = value
  end
  for name, value in pairs(o or {}) do
    self[name] = value
  end
  for name, value in pairs(self.profile or {}) do
    profile[name] = value
  end
  self.known = { manufacturer_id = 10876, product_id = 0x1234, firmware = "2.15", aux = "",
    sdr_repository = true, provides_sdrs = self.provides_sdrs or false }
  self.target = { host = self.host or "127.0.0.1", profile = { ipmi = profile },
    ipmi = { host = self.host or "127.0.0.1", port = 623 }, clients = { ipmi = self } }
  return self
end

return M
