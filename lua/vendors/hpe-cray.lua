-- SPDX-License-Identifier: GPL-3.0-or-later
--- HPE Cray EX node and chassis controllers.
return {
  title = "HPE Cray EX controller",
  status = "recorded",
  alias = { "cray" },
  seen = { "EX425 (two nodes)" },
  match = {
    system_model = { "^HPE CRAY EX", "^HPE Cray EX", "^CRAY" },
    system_manufacturer = { "^Cray" },
  },
  logs = {
    event = { "EventLog", "SEL" },
  },
  quirks = {
    {
      id = "event-log", field = "logs.event", seen = "EX425, chassis controller",
      symptom = "the SEL stays empty; events are in the EventLog",
      source = "recorded",
    },
  },
}
