-- SPDX-License-Identifier: GPL-3.0-or-later
--- Dell iDRAC 7, 8, 9 and 10.
return {
  title = "Dell iDRAC",
  status = "recorded",
  alias = { "dell" },
  match = {
    root_vendor = { "^Dell" },
    root_product = { "Dell Remote Access Controller" },
    root_oem = { "^Dell$" },
    manager_id = { "^iDRAC" },
    manager_oem = { "^Dell$" },
    tls_issuer = { "[iI][dD][rR][aA][cC]", "Remote Access Group" },
    system_manufacturer = { "^Dell" },
  },
  redfish = {
    session_limit = 8,
    chassis_skip = { "RAID", "^Enclosure" },
    messages = {
      LIC501 = "licence",
      RAC0218 = "sessions_full",
      SWC0700 = "not_ready",
      SYS518 = "not_ready",
    },
  },
  power = {
    off = { "GracefulShutdown", "PushPowerButton" },
  },
  when = {
    { manager_model = "^1[23]G", firmware = "<3", set = { power = { reboot = { "off_on" } } } },
  },
  quirks = {
    {
      id = "T01", field = "redfish.messages.RAC0218", seen = "iDRAC 7, 8, 9",
      symptom = "about 8 session slots; when they are used up a login answers 503 RAC0218",
      source = "bb-Ricardo/check_redfish#198, quadsproject/badfish#447",
    },
    {
      id = "P22", field = "redfish.messages.SWC0700", seen = "iDRAC 9 after a reset",
      symptom = "400 with SWC0700 or SYS518 for up to two minutes",
      source = "redhat-performance/jetlag#778, openstack/sushy: sushy/connector.py",
    },
    {
      id = "licence", field = "redfish.messages.LIC501", seen = "PowerEdge R750, iDRAC 9 7.10.30",
      symptom = "a listed resource answers LIC501, a licence is missing",
      source = "recorded",
    },
    {
      id = "R02", field = "redfish.chassis_skip", seen = "some iDRAC 9",
      symptom = "reading Thermal or Power of an enclosure chassis restarts the BMC or times out",
      source = "bb-Ricardo/check_redfish#67, #14",
    },
    {
      id = "no-graceful-off", field = "power.off", seen = "13G, iDRAC 8 2.40.40.40",
      symptom = "GracefulShutdown is not among the allowed values; the button is",
      source = "recorded",
    },
    {
      id = "P01", field = "power.reboot", seen = "iDRAC 8 2.60",
      symptom = "GracefulRestart is a hard reset",
      source = "dell/iDRAC-Redfish-Scripting#29",
    },
  },
  credentials = { { user = "root", password = "calvin" } },
}
