-- SPDX-License-Identifier: GPL-3.0-or-later
-- credentials: owns where a command's password comes from, and that one given
-- on the command line does not stay there. It logs in nowhere.
local host = require "_bmcsh.host"

local err = require "bmc.err"
local secret = require "bmc.secret"
local tbl = require "bmc.tbl"

-- What each of the two passwords is called on the command line.
local LOGIN = {
  env = "BMC_PASSWORD", user = "-u NAME", prompt = "Password of %s: ", option = "--password",
}
local SHARE = {
  env = "SHARE_PASSWORD", user = "--share-user NAME", prompt = "Password of %s at the share: ",
  option = "--share-password",
}

local M = {}

--- Blanks what follows --password in the process title, so that ps shows it to
--- nobody, whether or not it is going to be accepted.
function M.hide()
  for i, word in ipairs(host.argv) do
    if word == "--password" and host.argv[i + 1] then
      host.blank(i + 1)
    elseif word:find("^%-%-password=") then
      host.blank(i)
    end
  end
end

local function given(args)
  local sources = {}
  local function add(option, source)
    if option then
      sources[#sources + 1] = source
    end
  end
  add(args.password, { value = args.password })
  add(args.password_file, { file = args.password_file })
  add(args.password_fd, { fd = args.password_fd })
  add(args.password_command, { command = args.password_command })
  add(args.password_env, { env = args.password_env })
  return sources
end

-- What the options say, nil when they say nothing.
local function explicit(args, words)
  local sources = given(args)
  if args.password and not args.password_in_argv_is_fine then
    return err.fail("rejected", "a password on the command line is seen by everybody on this "
      .. "machine; put it in BMC_PASSWORD or a --password-file, or leave it out to be asked")
  elseif #sources > 1 then
    return err.fail("rejected", "give one source for the password, not " .. #sources)
  elseif sources[1] and not args.user then
    return err.fail("rejected", "a password without a user: add " .. words.user)
  end
  return sources[1]
end

-- A source that has been read.
local function read(choice)
  local source = secret.source(choice)
  local first, e = source:get()
  if not first then
    return nil, e
  end
  first:close()
  return source
end

-- What the options say, else the environment, else the terminal.
local function source_of(args, words)
  local choice, e = explicit(args, words)
  if choice then
    return read(choice)
  elseif e or not args.user then
    return nil, e
  end
  -- os.getenv cannot tell: a secret that was read is taken out of the environment.
  local source, why = read { env = words.env }
  if source or why.code ~= "missing" then
    return source, why
  elseif host.isatty(0) and host.isatty(2) then
    return read { prompt = words.prompt:format(args.user) }
  end
  return err.fail("rejected", ("no password for %s: set %s, or give %s-file, %s-fd or %s-command")
    :format(args.user, words.env, words.option, words.option, words.option))
end

--- The source of this run's password. It has been read: what is wrong with it
--- shows before the first machine is asked, and it is read once for all of them.
---@param args table parsed options
---@param user? string whom it is for, where the options do not name one
---@return bmc.secret.Source? source for the caller to close; nil without an error: nobody logs in
---@return table? err `rejected` for a misuse, or what reading it gave
function M.source(args, user)
  return source_of(tbl.with(args, { user = args.user or user }), LOGIN)
end

--- The source of the BMCs' IPMI key K_g, bytes as they are or after 0x in hexadecimal; read
--- already, see source().
---@param args table parsed options
---@return bmc.secret.Source? source for the caller to close; nil without an error: there is none
---@return table? err
function M.kg(args)
  if not args.kg_env then
    return nil
  end
  local source, e = read { env = args.kg_env, hex = true }
  if not source then
    return nil, err.new(e.code, "--kg-env: " .. e.text)
  end
  return source
end

--- The options for the password of a file share.
---@param parser table of argparse
function M.add_share(parser)
  parser:option("--share-user", "user of the share where the image is"):argname("NAME")
  parser:option("--share-password-env", "its password in this environment variable "
    .. "(default SHARE_PASSWORD)"):argname("VAR")
  parser:option("--share-password-file", "its password in the first line of this file")
    :argname("FILE")
  parser:option("--share-password-fd", "its password on this file descriptor"):argname("N")
    :convert(tonumber)
  parser:option("--share-password-command", "its password is what this shell command prints")
    :argname("CMD")
end

--- The source of the password of a file share; see source().
---@param args table parsed options, with those of add_share
---@return bmc.secret.Source? source
---@return table? err
function M.share(args)
  return source_of({
    user = args.share_user, password_env = args.share_password_env,
    password_file = args.share_password_file, password_fd = args.share_password_fd,
    password_command = args.share_password_command,
  }, SHARE)
end

return M
