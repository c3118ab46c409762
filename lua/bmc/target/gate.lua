-- SPDX-License-Identifier: GPL-3.0-or-later
-- target.gate: owns what becomes of a request that would change a machine, by whichever way,
-- before it is sent: refused where the target is read-only, told and kept back in a dry run,
-- written into the audit log. What is a write, the protocol clients know: each has one place
-- where all of its writes go through here.

local err = require "bmc.err"

-- The pass of a write that nobody logs.
local OPEN = {}

local M = {}

---@class bmc.target.Write
---@field way string
---@field method string   "POST"; of IPMI the command's name
---@field uri string
---@field title? string   instead of the two, for people
---@field shown fun(): any       what it carries, as a dry run shows it; no secret in it
---@field bytes? fun(): string?  the same as the digest is made of; nil: no digest

local function refusal(target, write)
  return err.fail("rejected", ("%s refused: the target is read-only"):format(write.title
    or write.method .. " " .. write.uri), { host = target.host, way = write.way, effect = "none" })
end

local function logged(target, write)
  local log = target.audit
  local place = write.way == "ipmi" and target.ipmi
  local n, e = log:intent {
    host = target.host, address = place and "ipmi://" .. place.shown or target.base,
    way = write.way, user = (place or target).user, method = write.method, uri = write.uri,
    bytes = write.bytes and write.bytes(),
  }
  if not n then
    return nil, err.wrap(e, { host = target.host, way = write.way })
  end
  return { log = log, n = n }
end

--- Asks whether a write may be sent.
---@param target bmc.target.Target
---@param write bmc.target.Write
---@return table? pass  for leave(), once it is known what became of it; nil without an error: not
---  to be sent, and nothing is wrong: a dry run
---@return bmc.err.Value? err  effect none
function M.enter(target, write)
  if target.read_only then
    return refusal(target, write)
  elseif target.dry_run then
    if target.trace then
      target.trace { kind = "dry-run", host = target.host, method = write.method, uri = write.uri,
        body = write.shown() }
    end
    return nil
  end
  if target.audit then
    return logged(target, write)
  end
  return OPEN
end

--- Notes what became of a write, and passes that on.
---@param pass table  of enter()
---@param answer any  nil: it failed
---@param about any   the error; or the response, or a completion code
---@return any answer
---@return any about
function M.leave(pass, answer, about)
  if pass.log then
    local e = answer == nil and about or nil
    local seen = e or about
    local status = type(seen) == "table" and (seen.status or seen.completion) or seen
    pass.log:outcome(pass.n, e, status)
  end
  return answer, about
end

return M
