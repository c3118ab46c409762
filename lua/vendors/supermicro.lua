-- SPDX-License-Identifier: GPL-3.0-or-later
--- Supermicro X10 to X14 and H11 to H13.
return {
  title = "Supermicro BMC",
  status = "recorded",
  alias = { "smc" },
  match = {
    root_vendor = { "^Supermicro", "^Super Micro" },
    root_oem = { "^Supermicro$" },
    manager_oem = { "^Supermicro$" },
    tls_issuer = { "Super Micro Computer" },
    system_manufacturer = { "^Supermicro", "^Super Micro" },
  },
  redfish = {
    messages = { OemLicenseNotPassed = "licence" },
  },
  quirks = {
    {
      id = "T12", field = "redfish.messages.OemLicenseNotPassed", seen = "X10 to X13",
      symptom = "without a DCMS or OOB licence many resources answer 403 OemLicenseNotPassed",
      source = "metal-stack/go-hal#67, metal3-io/ironic-image#688",
    },
    {
      id = "T11", field = "redfish.login", seen = "X11",
      symptom = "the login answers 204 without a token, or 401, while Basic works",
      source = "KVMFleet/bmc-adapters: docs/supported-vendors.md, stmcginnis/gofish#102",
    },
  },
  credentials = {
    { user = "admin", password = "ADMIN" },
    { user = "admin", password = "admin" },
  },
}
