-- SPDX-License-Identifier: GPL-3.0-or-later
--- Inspur (IEIT) machines.
return {
  title = "Inspur BMC",
  status = "documented",
  extends = "ami-megarac",
  match = {
    root_vendor = { "^[Ii]nspur", "^INSPUR" },
    root_oem = { "^[Ii]nspur" },
    ipmi_manufacturer = { 37945 },
    system_manufacturer = { "^[Ii]nspur", "^INSPUR", "^IEIT" },
  },
  readings = {
    power = { consumed_w = "Oem.Public.TotalPower" },
  },
  quirks = {
    {
      id = "R27", field = "readings.power", seen = "AMD models",
      symptom = "PowerControl is empty; the watts are below Oem",
      source = "mrlhansen/idrac_exporter#173",
    },
  },
}
