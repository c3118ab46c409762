-- SPDX-License-Identifier: GPL-3.0-or-later
--- HPE iLO 4, 5, 6 and 7.
return {
  title = "HPE iLO",
  status = "recorded",
  alias = { "hpe", "hp" },
  match = {
    root_vendor = { "^HPE?$" },
    root_oem = { "^Hpe?$" },
    manager_model = { "^iLO" },
    manager_oem = { "^Hpe?$" },
    tls_issuer = { "Default Issuer %(Do not trust%)" },
    system_manufacturer = { "^HPE?$", "^Hewlett" },
  },
  redfish = {
    messages = {
      InvalidOperationForSystemState = "not_ready",
      LicenseKeyRequired = "licence",
      ResourceNotReadyRetry = "not_ready",
      UnableToModifyDuringSystemPOST = "busy",
      UnauthorizedLoginAttempt = "auth",
    },
  },
  power = {
    off = { "GracefulShutdown", "PushPowerButton" },
  },
  quirks = {
    {
      id = "P17", field = "redfish.messages.InvalidOperationForSystemState", seen = "iLO 5",
      symptom = "a write soon after another answers 400 InvalidOperationForSystemState",
      source = "openstack/sushy: releasenotes (retry-ilo-not-ready)",
    },
    {
      id = "R09", field = "redfish.messages.ResourceNotReadyRetry",
      seen = "iLO 5 and 6, host off or booting",
      symptom = "storage and network answer ResourceNotReadyRetry",
      source = "bb-Ricardo/check_redfish#170, NVIDIA/libredfish: src/hpe.rs",
    },
    {
      id = "B10", field = "redfish.messages.UnableToModifyDuringSystemPOST", seen = "iLO 5 and 6",
      symptom = "writes during POST answer 400 UnableToModifyDuringSystemPOST",
      source = "ironcore-dev/metal-operator#997",
    },
    {
      id = "no-graceful-off", field = "power.off", seen = "BL460c Gen9 and Gen10",
      symptom = "GracefulShutdown is not among the allowed values; the button is",
      source = "recorded; theforeman/smart-proxy: modules/bmc/redfish/hpe.rb",
    },
  },
  credentials = { { user = "administrator", password = "admin" } },
}
