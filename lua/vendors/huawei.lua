-- SPDX-License-Identifier: GPL-3.0-or-later
--- Huawei and xFusion iBMC.
return {
  title = "Huawei iBMC",
  status = "recorded",
  alias = { "ibmc", "xfusion" },
  seen = { "2288H V5, iBMC 3.12 (parts)" },
  match = {
    root_vendor = { "^Huawei", "^xFusion", "^XFUSION" },
    root_oem = { "^Huawei$", "^xFusion$" },
    manager_model = { "^iBMC" },
    manager_oem = { "^Huawei$", "^xFusion$" },
    ipmi_manufacturer = { 2011 },
    system_manufacturer = { "^Huawei", "^xFusion", "^XFUSION", "^[Kk]un[Ll]un" },
  },
  redfish = {
    etag_fresh = "always",
    action_etag = "fresh",
    expand = "never",
  },
  readings = {
    supply = {
      input_power_w = "Oem.Huawei.PowerInputWatts",
      power_output_w = "Oem.Huawei.PowerOutputWatts",
    },
  },
  when = {
    { firmware = ">=5.62", set = { redfish = { expand = "advertised" } } },
  },
  quirks = {
    {
      id = "E04", field = "redfish.action_etag", seen = "iBMC 3.x",
      symptom = "412 without a fresh If-Match, for POST too", source = "ansible/ansible#60031",
    },
    {
      id = "R05", field = "redfish.expand", seen = "iBMC before 5.62",
      symptom = "$expand does not work", source = "bb-Ricardo/check_redfish: classes/vendor.py",
    },
    {
      id = "R27", field = "readings.supply", seen = "iBMC",
      symptom = "what a power supply takes and gives stands only below Oem",
      source = "mrlhansen/idrac_exporter#173",
    },
  },
}
