-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh users: the accounts of the BMC.
local cli = require "bmc.cli"

local LIST = {
  { "id", "ID" }, { "user_name", "USER" }, { "role_id", "ROLE" }, { "enabled", "ENABLED" },
  { "locked", "LOCKED" },
}

-- BMCs with a fixed number of slots list the empty ones too.
local function used(accounts)
  local out = {}
  for _, account in ipairs(accounts) do
    out[#out + 1] = account.user_name and account or nil
  end
  return out
end

local function show(all)
  return function(out, accounts, outcome)
    local shown = all and accounts or used(accounts)
    if #shown > 0 then
      out:table(LIST, shown)
    else
      out:line(outcome.host .. ": the BMC shows no account")
    end
    if #shown < #accounts then
      out:line(("and %d empty slots"):format(#accounts - #shown))
    end
  end
end

local function digest(accounts)
  local names, locked = {}, 0
  for i, account in ipairs(used(accounts)) do
    names[i] = account.enabled == false and "(" .. account.user_name .. ")" or account.user_name
    locked = locked + (account.locked and 1 or 0)
  end
  return { count = #names, locked = locked, names = table.concat(names, ", ") }
end

return cli.command {
  name = "users",
  summary = "Accounts of the BMC, their roles, and which are locked.",
  examples = {
    { "bmcsh users -H https://10.0.5.17 -u root", "the accounts of one BMC" },
    { "bmcsh users -H 'node[01-40].mgmt' -u root",
      "one row a machine; accounts in brackets are disabled" },
    { "bmcsh users -H ipmi://10.0.5.17 -u root", "the accounts that IPMI has" },
  },
  options = function(parser)
    parser:flag("--all", "empty slots too")
  end,
  view = function(args)
    return {
      columns = { { "count", "USERS" }, { "locked", "LOCKED" }, { "names", "NAMES" } },
      digest = digest, one = show(args.all),
    }
  end,
  run = function(m)
    return m:bmc_users()
  end,
}
