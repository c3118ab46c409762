-- SPDX-License-Identifier: GPL-3.0-or-later
--- The fields about changing something at a BMC, other than its power: part of
--- lua/bmc/vendor_schema.lua. The codes in brackets are rows of QUIRKS.

local words = require "bmc.vendor_schema.words"

local assignments, choice, count, flag = words.assignments, words.choice, words.count, words.flag
local seconds, strings, text = words.seconds, words.strings, words.text

local M = {}

-- What a BMC wants as If-Match: bmc.redfish.patch.
M.etags = {
  etag = choice({ "held", "strong", "unquoted", "star", "none", "body" },
    "where the ladder of If-Match values begins: the tag as it is, without its weak prefix, "
    .. "without quotes, *, no header, @odata.etag in the body (E02, E05, E10, E11)"),
  etag_fresh = choice({ "refused", "missing", "always" },
    "when a resource is read for its tag before a PATCH: after a refusal, also when no tag is "
    .. "held (E01, E03, E12), always (E04)"),
  action_etag = choice({ "none", "fresh", "star" }, "If-Match of actions (E04, E06, E11)"),
  action_etag_for = words.any_patterns "names of the actions that get it; empty: all",
}

M.task = {
  type = "map",
  doc = "How what was answered 202 is followed: bmc.redfish.follow.",
  fields = {
    poll = seconds "before the first look at a task; later ones are further apart",
    poll_max = seconds "between two looks at most, also when Retry-After wants more",
    missing_retries = count(0, 20, "how often a task that is not there yet is asked for (F05)"),
    staged = seconds "after which a task that waits for something else counts as scheduled",
    grace = seconds "a BMC may be away while its task runs (F18)",
    jobs = {
      type = "list", required = true, doc = "where a job is whose task has vanished (F03)",
      of = { type = "map", fields = {
        id = { type = "string", pattern = true, required = true, doc = "of the task" },
        uri = { type = "string", required = true, doc = "with {id} in it" },
      } },
    },
  },
}

M.boot = {
  type = "map",
  doc = "The boot override and the boot order.",
  fields = {
    place = choice({ "shown", "system" }, "where an override is written first: the settings "
      .. "object as far as it shows it (B06, B18, B19), or the system"),
    send = choice({ "changes", "full" },
      "what changes, or target, enabled and mode each time (B01, B12, B15, B16, B22)"),
    targets = {
      type = "map", required = true, of = strings "names, the first allowed one is sent",
      doc = "what a boot target is called, where it is not called that (B02, B03)",
    },
    disable_target = text "BootSourceOverrideTarget to send with Disabled (B11)",
    uefi_enabled = flag "false: UefiTarget goes without BootSourceOverrideEnabled (B07)",
    attributes_uri = text "where the attributes below are, with {manager} in it",
    attributes = {
      type = "map", of = assignments "NAME=VALUE; {once} is Enabled or Disabled",
      doc = "boot target -> manager attributes that bring it about (B08)",
    },
    attributes_first = words.strings "targets that only the attributes bring about (B08, V09)",
    http_attributes = assignments("BIOS attributes for an HTTP boot URI, as {uri}, where Boot "
      .. "has no HttpBootUri (B09)"),
    order_uri = text "a boot order of its own beside BootOrder, with {system} in it (B04, B20)",
    order_property = text "its property to write",
    order_current = text "its property to read, where that is another one",
    settle = seconds "until what was written must read back",
    poll = seconds "between two reads of it",
    retry_budget = seconds "in which a refusal that passes is waited out (B10)",
    retry_wait = seconds "before a refused write is sent again, doubled each time",
  },
}

M.media = {
  type = "map",
  doc = "Virtual media.",
  fields = {
    method = choice({ "action", "patch" }, "patch: InsertMedia is offered and does not work"),
    need = {
      type = "list", required = true, doc = "always sent with InsertMedia (V16, V17, V18, V21)",
      of = { type = "string", one_of = { "Inserted", "MediaType", "Password", "TransferMethod",
        "TransferProtocolType", "UserName", "WriteProtected" } },
    },
    patch = {
      type = "list", min = 1, required = true, doc = "sent where slots have no actions (V04, V12)",
      of = { type = "string", one_of = { "Image", "Inserted", "WriteProtected" } },
    },
    slot_skip = words.any_patterns "Ids of slots that take no URL (V05)",
    config_link = text "link in a collection without slots to the one that mounts (V03)",
    hint = text "said when no slot can be used (V06, V08)",
    settle = seconds "until a slot must be free after an eject (V10)",
    budget = seconds "until an image must show as inserted",
    poll = seconds "between two looks at a slot",
  },
}

M.led = {
  type = "map",
  doc = "The locator LED.",
  fields = {
    write = choice({ "any", "system", "chassis" }, "what takes it (R45)"),
    lit = strings "what IndicatorLED may call on",
  },
}

M.bmc_reset = {
  type = "map",
  doc = "Restarting the BMC itself.",
  fields = {
    types = strings "ResetTypes, the first that the manager allows is sent (P19)",
    pause = seconds "in which no answer of the BMC is believed (P21)",
    poll = seconds "between two looks after that",
    successes = count(1, 20, "good answers in a row that prove that it is back (P21)"),
    budget = seconds "until it must be back",
  },
}

return M
