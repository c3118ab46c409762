-- SPDX-License-Identifier: GPL-3.0-or-later
--- The fields about IPMI: part of lua/bmc/vendor_schema.lua. The rows named in brackets are those
--- of the IPMI part of QUIRKS.

local words = require "bmc.vendor_schema.words"

local choice, count, seconds = words.choice, words.count, words.seconds

local M = {}

--- A list of numbers that a BMC is known by, that may be absent.
function M.ids(doc)
  return {
    type = "list", min = 1, doc = doc,
    of = { type = "number", integer = true, min = 0, max = 0xFFFFF },
  }
end

-- Of each list the first is sent; what the BMC refuses leads to the next.
local power = {
  type = "map", required = true,
  doc = "How power verbs become Chassis Control (28.3). Of each list the first value is sent, and "
    .. "the next one only when the BMC refuses it; \"off_on\" stands for two commands, off and on.",
  fields = {
    on = words.words({ "power_up" }, "on"),
    off = words.words({ "soft" }, "graceful off"),
    off_hard = words.words({ "power_down" }, "power cut"),
    cycle = words.words({ "power_cycle", "hard_reset", "off_on" },
      "hard off and on again; its off_on begins with off_hard"),
    reboot = words.words({ "off_on" }, "graceful restart; its off_on begins with off"),
    settle = seconds "after a command before the state is read; a restart is a moment of off",
    poll = seconds "between two reads of the state",
    answer = seconds "until Chassis Control must be answered; then the state has to tell",
    away = seconds "in which a BMC may be silent after a power command (shared NIC)",
  },
}

-- The rows of QUIRKS named "Serial over LAN".
local sol = {
  type = "map", required = true, doc = "The serial console over the network.",
  fields = {
    retry = { type = "number", min = 0.05, max = 10, required = true,
      doc = "before characters are sent again, doubled for each further time; sent again too "
        .. "early, several BMCs type them twice (seconds)" },
    payload = count(8, 259, "bytes of a packet, where the BMC names a size that cannot be"),
    zero_is_all = words.flag "a BMC that acknowledges none of the characters has taken them all",
    no_acks = words.flag
      "a BMC that acknowledges nothing: characters are sent once, a packet each `retry`",
    unnumbered = words.flag "a BMC that sends characters in packets without a number",
    nudge = { type = "number", min = 0, max = 3600, required = true,
      doc = "without a packet to it after which a BMC gets an empty one, where it drops a console "
        .. "that is idle; 0 never (seconds)" },
    nudge_nul = words.flag("not empty: with a NUL, which the machine gets, where a restart of it "
      .. "cuts its serial chip off"),
  },
}

-- There is no such command in the specification.
local post_code = {
  type = "map",
  doc = "The maker's command that gets POST codes: bytes, the newest last.",
  fields = {
    netfn = { type = "number", integer = true, min = 0x2E, max = 0x3E,
      doc = "network function, even" },
    command = { type = "number", integer = true, min = 0, max = 0xFF,
      doc = "its number" },
    data = { type = "list", doc = "request bytes",
      of = { type = "number", integer = true, min = 0, max = 0xFF } },
    manufacturer = { type = "number", integer = true, min = 0, max = 0xFFFFF,
      doc = "only of BMCs that give this IANA number: elsewhere the command is another one" },
    source = { type = "string", doc = "where the command is documented" },
  },
}

M.section = {
  type = "map",
  doc = "How to talk IPMI over the network.",
  fields = {
    ciphers = {
      type = "list", min = 1, required = true, doc = "cipher suites in the order to try: 17, 3",
      of = { type = "number", integer = true, min = 3, max = 17 },
    },
    lookup = choice({ "name", "role", "either" }, "how the BMC finds the user: by name, and by the "
      .. "role too once it knows no such name; by the role; or like name, and by the role too "
      .. "after what looks like a wrong password (F-A10)"),
    open_privilege = choice({ "named", "highest" }, "what Open Session asks for: the level, and "
      .. "the highest once that is refused; or the highest from the start (F-A11)"),
    workarounds = {
      type = "list", required = true, doc = "what weakens a check or changes a hash: intel20, the "
        .. "user's name fills 16 bytes (F-A7); supermicro20 and sun20, RAKP 2's code may be a byte "
        .. "too long (F-A4, A12)",
      of = { type = "string", one_of = { "intel20", "supermicro20", "sun20" } },
    },
    password_max = count(16, 20, "bytes of a password that the BMC stores (F-A8)"),
    login_timeout = seconds "of a login; a BMC that says nothing for half of them is absent",
    command_timeout = seconds "of a command, resends and busy pauses included",
    retry = { type = "number", min = 0.05, max = 10, required = true,
      doc = "before a datagram is first sent again; each further wait is longer (seconds)" },
    silence = seconds "without an answer, however often sent: then the session counts as lost",
    in_flight = count(1, 16, "commands at once; more than one confuses many BMCs"),
    keep_alive = seconds "idle, after which the BMC hears of us; some end a session after 30",
    power = power,
    post_code = post_code,
    sol = sol,
    sdr_read = count(1, 255, "bytes of a sensor data record at once, less where it is refused "
      .. "(F-D5)"),
    assume_bmc_owner = words.flag "sensors of other controllers are the BMC's own (F: RX300)",
    ignore_scanning_disabled = words.flag
      "readings of sensors that say that they are not scanned are good (F: Dell 2900, R410)",
    discrete_reading = words.flag "discrete sensors with a unit have a reading too (T: HP)",
  },
}

return M
