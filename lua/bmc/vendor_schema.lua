-- SPDX-License-Identifier: GPL-3.0-or-later
--- Every field a vendor file may have: its type, its meaning, its unit.
--
-- This table is the one list. The loader checks files against it, `--set` reads
-- its values by it, and the reference is printed from it. What is `required`
-- has a value in generic.lua and cannot be unset; all else may be absent. A new
-- quirk is a new field here, a value in a vendor file, and the line of code
-- that reads it. The parts: vendor_schema/words (kinds of fields),
-- vendor_schema/writes (changing something) and vendor_schema/ipmi.

local ipmi = require "bmc.vendor_schema.ipmi"
local words = require "bmc.vendor_schema.words"
local writes = require "bmc.vendor_schema.writes"

local choice, count, flag, patterns = words.choice, words.count, words.flag, words.patterns
local seconds, strings, text = words.seconds, words.strings, words.text

local match = {
  type = "map",
  doc = "By what the vendor is known. The clues are tried in this order, for all vendors one "
    .. "clue before the next (QUIRKS R35): root_vendor, root_product, root_oem, manager_id, "
    .. "manager_model, manager_oem, ipmi_manufacturer, tls_issuer, system_model, "
    .. "system_manufacturer.",
  fields = {
    root_vendor = patterns "Vendor of the service root",
    root_product = patterns "Product of the service root",
    root_oem = patterns "keys of Oem in the service root",
    manager_id = patterns "Id of the manager",
    manager_model = patterns "Model of the manager",
    manager_oem = patterns "keys of Oem in the manager",
    ipmi_manufacturer = ipmi.ids "IANA enterprise numbers in Get Device ID",
    tls_issuer = patterns "issuer of the BMC's certificate",
    system_model = patterns "Model of the system",
    system_manufacturer = patterns "Manufacturer of the system",
  },
}

local redfish = {
  type = "map",
  doc = "How to talk to the Redfish service.",
  fields = {
    max_inflight = count(1, 64, "requests at once at one BMC"),
    login = choice({ "session", "basic" }, "basic: do not even try to make a session (T11)"),
    session_uris = strings "where to log in when the root's link is missing or refuses (T02)",
    session_limit = { type = "number", integer = true, min = 1, doc = "session slots (T01)" },
    root_slash = flag "ask for /redfish/v1/ before /redfish/v1 (T07, T14)",
    keep_alive = flag "false: a connection for each request (T16)",
    connect_timeout = seconds "until a connection stands, TLS included (T25)",
    read_timeout = seconds "until a request is answered",
    login_timeout = seconds "until a login is answered",
    logout_timeout = seconds "until a logout is answered; it may hang (T19)",
    retries = count(0, 20, "how often a read that is told \"not now\" is asked again"),
    retry_wait = seconds "before the first of these, doubled each time, unless Retry-After says",
    retry_max = seconds "longest wait; when the BMC wants more, that is an error",
    max_body = count(1024, 1 << 30, "largest answer, bytes"),
    etag = writes.etags.etag,
    etag_fresh = writes.etags.etag_fresh,
    action_etag = writes.etags.action_etag,
    action_etag_for = writes.etags.action_etag_for,
    expand = choice({ "advertised", "never" },
      "$expand: where the root offers it, unless it is seen to fail (R07), or never"),
    expand_query = text "the query, instead of the one the root's features call for (R04)",
    system_ids = strings "Ids to try where no collection and no link tells of a system",
    system_prefer = {
      type = "list", of = { type = "string", pattern = true }, required = true,
      doc = "Ids of the system meant when there are several (R31)",
    },
    chassis_skip = {
      type = "list", of = { type = "string", pattern = true }, required = true,
      doc = "Ids of chassis not to be asked for sensors (R02)",
    },
    systems_late = flag "no system listed means that the BMC is not ready yet (P22)",
    sensors_spread = flag "every chassis of a system has a part of its sensors (R30)",
    messages = {
      type = "map", required = true,
      doc = "last part of a message id -> the error code it means; not_ready is busy, and a "
        .. "read is asked again (P17, P22)",
      of = {
        type = "string",
        one_of = { "auth", "busy", "internal", "licence", "locked", "missing", "not_ready",
          "rejected", "sessions_full", "throttled", "unsupported" },
      },
    },
  },
}

-- No file can make a graceful verb hard: each has its own list of what may stand for it.
local power = {
  type = "map",
  doc = "How power verbs become Redfish resets. Of each list the first value that the system "
    .. "allows is sent; \"off_on\" stands for two requests, off and on.",
  fields = {
    on = words.words({ "On", "ForceOn", "PushPowerButton" }, "on"),
    off = words.words({ "GracefulShutdown", "PushPowerButton" }, "graceful off"),
    off_hard = words.words({ "ForceOff" }, "power cut"),
    cycle = words.words({ "PowerCycle", "ForceRestart", "FullPowerCycle", "off_on" },
      "hard off and on again; its off_on begins with off_hard (P10)"),
    reboot = words.words({ "GracefulRestart", "off_on" },
      "graceful restart; its off_on begins with off (P01, P02)"),
    cycle_way = { type = "string", one_of = { "ipmi" }, doc = "cycle goes over this way where the "
      .. "machine has it: over Redfish it cuts the power of more than is meant (P11)" },
    settle = seconds "after a reset before the state can be trusted (P14)",
    budget = seconds "until the new state must be seen",
    poll = seconds "between two reads of the state",
    restart_watch = seconds "to look for signs of a restart on a BMC that shows none (P06)",
    retry_budget = seconds "in which a refusal that passes is waited out (P04, P17)",
    retry_wait = seconds "before a refused request is sent again, unless the BMC says",
  },
}

local logs = {
  type = "map",
  doc = "Where the events of a machine are logged. Names are compared without case and "
    .. "punctuation.",
  fields = {
    event = strings "names of the event log, the likeliest first (R13 to R17)",
    other = strings "words in names of logs of other things: the event log only for lack of one",
    exclude = strings "words in names of logs that are never the event log (R18)",
    alt = text "where entries are that are not where the log says: {owner}/Logs/{log} (R19)",
    clear_wait = seconds "until a log that was cleared must be empty (I16)",
  },
}

local manager = {
  type = "map",
  doc = "What vendors keep below Oem of the manager.",
  fields = {
    time_services = patterns "names of what holds NTP servers, where NetworkProtocol has none",
    license_links = patterns "names of what holds licences, where there is no LicenseService",
    license_skip = patterns "names among them that do not",
    license_parts = patterns "names of links in these, that lead further to the licences",
    license_editions = patterns "names of licences, the one that tells most first",
  },
}

local advisory = {
  type = "map",
  doc = "A known hole; to be set by a condition on firmware, not for a vendor as a whole.",
  fields = {
    severity = { type = "string", one_of = { "high", "medium", "low", "info" }, required = true,
      doc = "as in a finding" },
    detail = { type = "string", required = true, doc = "what it is, and what to do" },
    cve = { type = "list", of = { type = "string", matches = "^CVE%-%d+%-%d+$",
      like = "a CVE number" }, required = true, doc = "its numbers" },
    source = { type = "string", required = true, doc = "who says which firmware has it" },
  },
}

local advisories = { type = "map", of = advisory, doc = "finding code -> what is known of it" }

local paths = { type = "string", matches = "^%a[%w_.]*%w$", like = "a dotted path" }

local readings = {
  type = "map",
  doc = "Fields of records that stand below Oem, where the standard place says nothing (R27).",
  fields = {
    power = { type = "map", of = paths, doc = "of power_metrics: field -> where in Power" },
    supply = { type = "map", of = paths, doc = "of power_supplies: field -> where in a member" },
  },
}

local tls = {
  type = "map",
  doc = "Transport security.",
  fields = {
    profile = choice({ "default", "rsa-kex" }, "rsa-kex: static RSA suites, a finding (T15)"),
  },
}

local decisions = {
  type = "map",
  doc = "error code -> what the plan does: try this way again, try the next way, or stop. Only "
    .. "what differs from the plan's own table; a write that may have happened always stops.",
  of = { type = "string", one_of = { "retry", "next", "stop" } },
}

local quirk = {
  type = "map",
  doc = "One deviation and where it was seen.",
  fields = {
    id = { type = "string", required = true, doc = "short name, or the row of QUIRKS" },
    field = { type = "string", required = true, doc = "the profile field that answers it" },
    seen = { type = "string", required = true, doc = "model and firmware" },
    symptom = { type = "string", required = true, doc = "what the BMC does" },
    source = { type = "string", required = true, doc = "where that was learned" },
  },
}

local credential = {
  type = "map",
  doc = "A documented factory login. Compared with what the operator gave, never tried.",
  fields = {
    user = { type = "string", required = true, doc = "compared without case" },
    password = { type = "string", required = true, doc = "compared exactly" },
  },
}

local profile = {
  redfish = redfish, power = power, logs = logs, manager = manager, tls = tls,
  readings = readings,
  decisions = decisions, advisories = advisories, task = writes.task, boot = writes.boot,
  media = writes.media, led = writes.led, bmc_reset = writes.bmc_reset, ipmi = ipmi.section,
}

local condition = {
  type = "map",
  doc = "Fields that hold only where all conditions do.",
  fields = {
    firmware = {
      type = "string", doc = "of the manager: \"<4.40\", \">=2.50 <3\", \"=1.45\"",
      matches = "^%s*[<>=]=?%s*%d[%d.]*[%s%d<>=.]*$", like = "a comparison, as <4.40",
    },
    model = { type = "string", pattern = true, doc = "Model of the system" },
    manager_model = { type = "string", pattern = true, doc = "Model of the manager" },
    ipmi_product = ipmi.ids "product ids in Get Device ID",
    set = { type = "map", required = true, fields = profile, doc = "the fields" },
  },
}

local M = {
  type = "map",
  doc = "A vendor file: the differences from generic.lua.",
  fields = {
    title = text "name for people",
    status = choice({ "recorded", "documented" },
      "recorded: checked against recorded answers; documented: known from documents only"),
    alias = { type = "list", of = { type = "string", matches = "^[%w-]+$",
      like = "a name of letters, digits and hyphens" }, doc = "other names, for --set and files" },
    seen = {
      type = "list", of = { type = "string" },
      doc = "models and firmware whose recorded answers are read in the specs",
    },
    extends = text "the vendor whose differences hold here too; generic by default",
    match = match,
    redfish = redfish,
    power = power,
    logs = logs,
    manager = manager,
    readings = readings,
    tls = tls,
    decisions = decisions,
    advisories = advisories,
    task = writes.task,
    boot = writes.boot,
    media = writes.media,
    led = writes.led,
    bmc_reset = writes.bmc_reset,
    ipmi = ipmi.section,
    when = { type = "list", of = condition, doc = "later entries win" },
    quirks = { type = "list", of = quirk, doc = "why the fields are as they are" },
    credentials = { type = "list", of = credential, doc = "documented factory logins" },
  },
}

return M
