-- SPDX-License-Identifier: GPL-3.0-or-later
--- Fujitsu (Fsas) iRMC.
return {
  title = "Fujitsu iRMC",
  status = "documented",
  alias = { "irmc" },
  match = {
    root_vendor = { "^FUJITSU", "^Fujitsu", "^Fsas" },
    root_oem = { "^ts_fujitsu$", "^Fujitsu$", "^Fsas$" },
    manager_id = { "^iRMC" },
    manager_oem = { "^ts_fujitsu$", "^Fujitsu$", "^Fsas$" },
    ipmi_manufacturer = { 10368 },
    system_manufacturer = { "^FUJITSU", "^Fujitsu", "^Fsas" },
  },
  redfish = {
    expand_query = "$expand=Members",
  },
  logs = {
    event = { "SystemEventLog", "InternalEventLog" },
  },
  readings = {
    power = {
      consumed_w = "Oem.ts_fujitsu.ChassisPowerConsumption.CurrentPowerConsumptionW",
      average_w = "Oem.ts_fujitsu.ChassisPowerConsumption.AveragePowerW",
      min_w = "Oem.ts_fujitsu.ChassisPowerConsumption.MinimumPowerW",
      max_w = "Oem.ts_fujitsu.ChassisPowerConsumption.PeakPowerW",
    },
  },
  quirks = {
    {
      id = "R04", field = "redfish.expand_query", seen = "iRMC 2.63P",
      symptom = "members are expanded by this form; after an update some collections refuse it",
      source = "bb-Ricardo/check_redfish#20; recorded",
    },
    {
      id = "R16", field = "logs.event", seen = "iRMC",
      symptom = "the event log is the manager's SystemEventLog",
      source = "bb-Ricardo/check_redfish: vendor.py",
    },
    {
      id = "R27", field = "readings.power", seen = "RX2530 M7",
      symptom = "PowerControl says nothing; the watts are below Oem",
      source = "mrlhansen/idrac_exporter#121",
    },
  },
  credentials = { { user = "admin", password = "admin" } },
}
