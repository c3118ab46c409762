-- SPDX-License-Identifier: GPL-3.0-or-later
-- bmcsh media: images on the network as drives of the machine.
local cli = require "bmc.cli"
local credentials = require "bmc.credentials"
local trail = require "bmc.trail"

local ACTIONS = { "status", "insert", "eject" }
local SECONDS = 300 -- some BMCs read the whole directory of the share first

local function types(slot)
  return slot.media_types and table.concat(slot.media_types, ", ")
end

-- What is in it; some slots go on showing an image that is out.
local function holds(slot)
  return slot.inserted and (slot.image or "something") or nil
end

local function words(data)
  if data.ejected and not data.slot then
    return #data.slots > 0 and "ejected " .. table.concat(data.slots, ", ") or "nothing to eject"
  end
  return ("slot %s %s"):format(data.slot, data.confirmed and "has it" or "was told")
end

local function show(out, data, outcome)
  trail.show(out, outcome, words(data))
end

local VIEWS = {
  status = {
    columns = { { "taken", "TAKEN" }, { "slots", "SLOTS" }, { "image", "IMAGE" } },
    digest = function(list)
      local row = { taken = 0, slots = #list }
      for _, slot in ipairs(list) do
        row.taken = row.taken + (slot.inserted and 1 or 0)
        row.image = row.image or holds(slot)
      end
      return row
    end,
    list = {
      { "id", "SLOT" }, { "name", "NAME", extra = true }, { title = "TAKES", value = types },
      { "inserted", "TAKEN" }, { title = "IMAGE", value = holds },
      { "insertable", "ACTION", extra = true },
    },
  },
  insert = {
    columns = { { "slot", "SLOT" }, { "confirmed", "INSERTED" }, { "ejected", "WAS IN IT" } },
    one = show,
  },
  eject = {
    columns = {
      { "ejected", "EJECTED" },
      { title = "SLOTS", value = function(data) return table.concat(data.slots, ", ") end },
    },
    one = show,
  },
}

-- The password of the share is read once, before the first machine is asked.
local function check(args)
  args.action = args.action or "status"
  if args.action == "insert" and not args.url then
    return nil, "insert what? the URL of an image, such as https://files/rescue.iso"
  elseif args.action ~= "insert" and args.url then
    return nil, ("%s takes no URL"):format(args.action)
  end
  local source, e = credentials.share(args)
  if e then
    return nil, e.text
  end
  args.share_password = source
  return true
end

local function insert(m, args)
  return trail.tidy(m:insert_virtual_media(args.url, {
    slot = args.slot, media = args.type, writable = args.writable or nil, user = args.share_user,
    password = args.share_password, system = args.system,
  }))
end

return cli.command {
  name = "media",
  summary = "Virtual media: status, insert URL, eject (over Redfish).",
  usage = "[ACTION] [URL]",
  examples = {
    { "bmcsh media -H https://10.0.5.17 -u root", "the slots, and what is in them" },
    { "bmcsh media insert https://files/rescue.iso -H bmc1 -u root && bmcsh boot next vcd -H bmc1 "
      .. "-u root", "an image, and the next boot from it" },
    { "bmcsh media insert cifs://files/iso/win.iso --share-user build "
      .. "--share-password-file ~/.share -H bmc1 -u root", "from a share that wants a login" },
    { "bmcsh media insert nfs://files/tool.img --slot USB1 -H bmc1 -u root --dry-run",
      "what would be sent" },
    { "bmcsh media eject -H 'node[01-40].mgmt' -u root", "all of them; power a machine off first "
      .. "when it runs from its image" },
  },
  options = function(parser)
    parser:argument("action", "status (default), insert, eject"):args("?"):choices(ACTIONS)
    parser:argument("url", "of the image: https, http, nfs, cifs; no credentials in it"):args("?")
    parser:option("--slot", "this slot, and no other; what is in it is ejected"):argname("ID")
    parser:option("--type", "CD (default), DVD, USBStick (default for .img), Floppy")
      :argname("TYPE")
    parser:flag("--writable", "let the machine write to the image")
    credentials.add_share(parser)
  end,
  check = check,
  write = function(args) return args.action ~= "status" end,
  title = function(args) return "media " .. args.action end,
  seconds = function(args) return args.action ~= "status" and SECONDS or nil end,
  view = function(args) return VIEWS[args.action] end,
  run = function(m, args)
    if args.action == "status" then
      return m:virtual_media { system = args.system }
    elseif args.action == "insert" then
      return insert(m, args)
    end
    return trail.tidy(m:eject_virtual_media { slot = args.slot, system = args.system })
  end,
}
