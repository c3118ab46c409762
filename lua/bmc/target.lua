-- SPDX-License-Identifier: GPL-3.0-or-later
--- One managed machine: its addresses, its credentials, what is known about it.
--
-- Owns what all ways to the machine share: the profile and the facts it was
-- chosen by, the bound on requests in flight, the security findings, and the
-- closing of everything that was opened for it. Opening a target sends nothing;
-- the protocol clients do, when an operation asks them. Its addresses are the
-- business of target/ways and target/address.

local err = require "bmc.err"
local host = require "_bmcsh.host"
local log = require "bmc.log"
local suggest = require "bmc.suggest"
local task = require "bmc.task"
local tbl = require "bmc.tbl"
local vendor = require "bmc.vendor"
local ways = require "bmc.target.ways"

-- Seconds that logging out of a BMC may take when everything else is over.
local GRACE = 5

local TRUST = { ["first-use"] = true, verify = true, none = true }

local OPTIONS = {
  name = true, url = true, user = true, password = true, vendor = true, registry = true, tls = true,
  timeout = true, read_only = true, dry_run = true, trace = true, system = true,
  token_cache = true, ipmi = true, kg = true, allow_ipmi_1_5 = true, way = true, audit = true,
}

---@class bmc.target.Finding
---@field code string
---@field severity "high"|"medium"|"low"|"info"
---@field detail string
---@field cve string[]
---@field vendor string

---@class bmc.target.Target
---@field host string           as it is shown and reported
---@field ways table<string, true>  "redfish", "ipmi": by which it can be reached
---@field url? table            of Redfish, parsed: scheme, host, port, path
---@field base? string          what a path is appended to
---@field ipmi? bmc.target.Ipmi
---@field user? string
---@field password? bmc.secret.Source
---@field system? string        which one is meant where there are several
---@field tls { verify: boolean, ca: string?, pin: string?, profile: string?, first_use: true?,
--- remembered: number? }  remembered: when its key was, to which it is held
---@field timeout? number       seconds of an operation
---@field registry bmc.vendor.Registry
---@field vendor string         as registry:detect names it; "redfish-generic" while unknown
---@field profile bmc.vendor.Profile
---@field facts bmc.vendor.Facts
---@field inflight? table       semaphore: Redfish requests at once at this machine
---@field findings bmc.target.Finding[]
---@field observed? boolean      whether a connection of its own has been looked at
---@field certificate? table    of the last TLS connection
---@field read_only? boolean
---@field dry_run? boolean
---@field audit? bmc.audit.Log  that every write is written into
---@field token_cache? boolean  sessions are shared with other processes, and outlive this one
---@field trace? fun(event: table)  told of every request; an event is only made for a listener
---@field clients table<string, table>  protocol clients by way
local target = {}
local target_mt = { __index = target, __name = "bmc.target" }

function target_mt:__tostring()
  return ("target %s (%s%s)"):format(self.host, self.vendor, self.closed and ", closed" or "")
end

function target_mt:__close()
  self:close()
end

-- ---- findings ----

--- Records a security observation, once for each code.
---@param code string
---@param severity "high"|"medium"|"low"|"info"
---@param detail string  no secret in it
---@param cve? string[]
function target:finding(code, severity, detail, cve)
  for _, known in ipairs(self.findings) do
    if known.code == code then
      return
    end
  end
  self.findings[#self.findings + 1] = {
    code = code, severity = severity, detail = detail, cve = cve or {}, vendor = self.vendor,
  }
end

--- Looks at a new connection. Called by whoever made it.
---@param response { cert: table? }  as bmc.http returns it
function target:observe(response)
  local cert = response.cert
  self.observed = true
  if not cert then
    return
  end
  self.certificate = cert
  local tls = self.tls
  if tls.remembered then
    self:finding("BMC_TLS_TRUSTED_ON_FIRST_USE", "info", os.date("!nobody checked its key when it "
      .. "was remembered on %Y-%m-%d; it is held to that", math.floor(tls.remembered)))
  elseif not tls.verify and not tls.pin then
    self:finding("BMC_TLS_UNVERIFIED", "low",
      "encrypted, but nobody checked who answers; use --verify-tls, --trust first-use or --pin "
        .. cert.spki)
  end
  if (tls.profile or self.profile.tls.profile) ~= "default" then
    self:finding("BMC_TLS_LEGACY_PROFILE", "medium",
      "TLS without forward secrecy, as this BMC knows nothing better")
  end
  if cert.not_after < host.wall() then
    self:finding("BMC_TLS_CERT_EXPIRED", "low",
      os.date("!the certificate expired on %Y-%m-%d", math.floor(cert.not_after)))
  end
end

--- Compares credentials that the BMC has accepted with the documented factory ones. They are
--- never tried; the comparison takes the same time whatever the password is.
---@param password bmc.Secret
---@param user? string  the target's when absent
function target:used(password, user)
  for _, c in ipairs(self.registry:credentials(user or self.user or "")) do
    if password:equals(c.password) then
      self:finding("BMC_DEFAULT_CREDENTIALS_LIKELY", "high",
        ("user and password are the factory ones of %s"):format(c.vendor))
    end
  end
end

-- ---- vendor ----

-- The bound on requests belongs to the profile. Whoever holds a permit of the old semaphore
-- gives it back there.
local function use_profile(self, name)
  local profile = self.registry:profile(name, self.facts)
  if profile ~= self.profile then
    local n = profile.redfish.max_inflight
    if self.url and (not self.profile or self.profile.redfish.max_inflight ~= n) then
      self.inflight = task.semaphore(n)
    end
    self.profile = profile
  end
  self.vendor = name
end

--- Takes note of facts about the machine, and of the profile that follows from all of them. A
--- vendor that was named when the target was made stays; conditions on firmware and model hold.
---@param facts bmc.vendor.Facts
---@return string vendor
function target:adopt(facts)
  for name, value in pairs(facts) do
    self.facts[name] = value
  end
  use_profile(self, self.named_vendor or self.registry:detect(self.facts))
  return self.vendor
end

-- ---- closing ----

--- Has f called when the target is closed, the last one first. f may wait; it must not fail.
---@param f fun()
function target:on_close(f)
  self.closers[#self.closers + 1] = f
end

-- One that fails must not keep the others from being called.
local function call_closers(self)
  for i = #self.closers, 1, -1 do
    local ok, e = pcall(self.closers[i])
    if not ok then
      log.warning("%s: closing it failed: %s", self.host, tostring(e))
    end
  end
end

--- Logs out of everything, for a few seconds at most, also after a cancel or a deadline. Called
--- by itself where the target is a to-be-closed variable. Twice is once.
function target:close()
  if not self.closed then
    self.closed = true
    task.shield(GRACE, call_closers, self)
  end
end

-- ---- making one ----

local M = {}

local function check_options(opts)
  for name in pairs(opts) do
    if not OPTIONS[name] then
      error(("target.new: unknown option %q%s")
        :format(tostring(name), suggest.hint(tostring(name), tbl.sorted_keys(OPTIONS))), 3)
    end
  end
end

local function tls_of(opts)
  local tls = opts.tls or {}
  if tls.trust and not TRUST[tls.trust] then
    error(("target.new: tls.trust is first-use, verify or none, not %q"):format(tls.trust), 3)
  end
  local verify = tls.verify or tls.trust == "verify"
  return {
    verify = verify, ca = tls.ca, pin = tls.pin, profile = tls.profile,
    first_use = tls.trust == "first-use" and not (verify or tls.pin) or nil,
  }
end

-- The registry, and the vendor that was named.
local function vendors_of(opts)
  local registry, e = opts.registry, nil
  if not registry then
    registry, e = vendor.load()
  end
  if registry and opts.vendor then
    local named
    named, e = registry:find(opts.vendor)
    return named and registry, named, e
  end
  return registry, nil, e
end

---@class bmc.target.Options
---@field name? string          as it is shown and reported, instead of its address
---@field url string            "https://host[:port]", "http://…", "ipmi://…", or a bare name
---@field ipmi? string|{ address: string, user: string?, password: any, kg: any }  a further way
---@field user? string
---@field password? string|bmc.Secret|bmc.secret.Source
---@field kg? string|bmc.Secret|bmc.secret.Source  the BMC's IPMI key K_g
---@field allow_ipmi_1_5? boolean  where the BMC has no IPMI 2.0
---@field way? string           only this one
---@field vendor? string        a profile by name or alias, instead of detection
---@field registry? bmc.vendor.Registry  the shipped and the operator's files, if absent
---@field tls? { verify: boolean?, ca: string?, pin: string?, profile: string?,
--- trust: "first-use"|"verify"|"none"|nil }  a pin, or verifying, is more than first-use
---@field timeout? number       seconds for an operation
---@field read_only? boolean    refuse every write
---@field dry_run? boolean      report writes to trace instead of sending them
---@field audit? string         file that every write is written into: see bmc.audit
---@field system? string        Id, Name or HostName of the system meant
---@field token_cache? boolean  keep the session for other processes (bmc.tokens)
---@field trace? fun(event: table)

-- A listener only watches: what it raises must not tear a login from the session it made. It is
-- reported as the end of a task of its own, and the listener is told nothing more.
local function listener(f)
  local listens = true
  return f and function(event)
    if listens then
      local ok, e = pcall(f, event)
      if not ok then
        listens = false
        task.spawn(error, e, 0)
      end
    end
  end
end

--- What is wrong with the addresses of a machine, for who asks that of thousands beforehand.
---@param opts bmc.target.Options
---@return bmc.err.Value? why  rejected; nil: nothing
function M.objection(opts)
  return (select(2, ways.add({}, opts)))
end

--- Makes a target. Sends nothing.
---@param opts bmc.target.Options
---@return bmc.target.Target? target  to-be-closed
---@return bmc.err.Value? err  rejected: a bad address, an unknown vendor, a bad vendor file
function M.new(opts)
  check_options(opts)
  local self = {
    user = opts.user, password = ways.source_of(opts.password), system = opts.system,
    tls = tls_of(opts), timeout = opts.timeout, trace = listener(opts.trace),
    read_only = opts.read_only, dry_run = opts.dry_run, token_cache = opts.token_cache,
    audit = opts.audit and require("bmc.audit").of(opts.audit),
    facts = {}, findings = {}, clients = {}, closers = {},
  }
  local ok, e = ways.add(self, opts)
  ways.name(self, opts)
  if ok then
    self.registry, self.named_vendor, e = vendors_of(opts)
  end
  if e then
    return nil, err.wrap(e, { host = self.host, effect = "none" })
  end
  setmetatable(self, target_mt)
  use_profile(self, self.named_vendor or self.registry:detect(self.facts))
  if self.url and self.url.scheme == "http" then
    self:finding("BMC_HTTP_NO_TLS", "high", "credentials cross the network in the clear")
  end
  return self
end

return M
