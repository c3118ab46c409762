-- SPDX-License-Identifier: GPL-3.0-or-later
--- HPE iLO 4, 5, 6 and 7.
return {
  title = "HPE iLO",
  status = "recorded",
  alias = { "hpe", "hp" },
  seen = {
    "DL360 Gen12, iLO 7 1.14 (simulated)",
    "DL380a Gen11, iLO 6 1.66 (simulated)",
    "DL360 Gen10 Plus, iLO 5 3.11 (simulated)",
    "DL385 Gen10 Plus v2, iLO 5 2.72",
    "BL460c Gen10, iLO 5 1.45",
  },
  match = {
    root_vendor = { "^HPE?$" },
    root_oem = { "^Hpe?$" },
    manager_model = { "^iLO" },
    manager_oem = { "^Hpe?$" },
    ipmi_manufacturer = { 11, 47196 },
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
  boot = {
    disable_target = "Pxe",
    http_attributes = { "UrlBootFile={uri}" },
  },
  logs = {
    event = { "IML" },
  },
  when = {
    { manager_model = "^iLO 4", set = { media = { patch = { "Image" } } } },
  },
  ipmi = { retry = 1, discrete_reading = true },
  quirks = {
    {
      id = "B11", field = "boot.disable_target", seen = "iLO 5 and 6",
      symptom = "Disabled together with the target None is refused",
      source = "ironcore-dev/metal-operator#998",
    },
    {
      id = "B12", field = "boot.send", seen = "ProLiant, iLO 5",
      symptom = "a body with BootSourceOverrideMode is refused: it goes only where it is asked for",
      source = "ansible-collections/community.general#3509, #3581",
    },
    {
      id = "http-boot", field = "boot.http_attributes", seen = "iLO 6 1.58 and 1.72",
      symptom = "HttpBootUri is shown and not writable; the BIOS attribute UrlBootFile works",
      source = "dsx-ai-factory/libredfish#76",
    },
    {
      id = "V12", field = "media.patch", seen = "iLO 4",
      symptom = "no InsertMedia, and Inserted or WriteProtected are refused",
      source = "ansible-collections/community.general: plugins/module_utils/_redfish_utils.py",
    },
    {
      id = "P20", field = "bmc_reset.types", seen = "iLO 4 and 5 before 2.10",
      symptom = "Manager.Reset shows no allowed values and takes {}",
      source = "stmcginnis/gofish: schemas/manager.go; recorded",
    },
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
    {
      id = "R13", field = "logs.event", seen = "iLO 4 to 7",
      symptom = "the system's log is the IML, the BMC's the IEL; some entries have no time",
      source = "bb-Ricardo/check_redfish: event.py, NVIDIA/libredfish: src/hpe.rs; recorded",
    },
    {
      id = "T07", field = "redfish.root_slash", seen = "iLO 4",
      symptom = "/redfish/v1 redirects (308) to /redfish/v1/",
      source = "ansible/ansible#48296, ansible/ansible#45513",
    },
    {
      id = "P06", field = "power.restart_watch", seen = "iLO 5 and 6",
      symptom = "a warm restart shows in no state: whether the system took part is not told",
      source = "NVIDIA/libredfish: src/hpe.rs, lollipopkit/flutter_server_box#1316",
    },
    {
      id = "M52", field = "ipmi.discrete_reading", seen = "DL380 G7, ML310",
      symptom = "fans and supplies are discrete sensors, and have a reading with a unit too",
      source = "ipmitool: lib/ipmi_sdr.c",
    },
    {
      id = "M20", field = "ipmi.retry", seen = "iLO 4, loaded",
      symptom = "the steps of a login take seconds; asking again too early spoils it",
      source = "pyghmi: private/session.py",
    },
  },
  credentials = { { user = "administrator", password = "admin" } },
}
