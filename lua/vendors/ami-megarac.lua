-- SPDX-License-Identifier: GPL-3.0-or-later
--- AMI MegaRAC SP-X, the firmware below many makers' boards.
return {
  title = "AMI MegaRAC",
  status = "recorded",
  alias = { "ami" },
  seen = { "HPE Cray XD665 by Inventec, MegaRAC 1.22" },
  match = {
    root_vendor = { "^AMI$", "^American Megatrends" },
    root_product = { "^AMI Redfish" },
    root_oem = { "^Ami$" },
    manager_oem = { "^Ami$" },
    ipmi_manufacturer = { 20974 },
  },
  redfish = { etag_fresh = "missing" },
  boot = { send = "full" },
  logs = {
    event = { "SEL", "EventLog" },
  },
  when = {
    {
      model = "DGX ?H100",
      set = {
        redfish = {
          expand = "never", read_timeout = 240, system_prefer = { "^DGX$" },
          etag = "star", action_etag = "star", action_etag_for = { "^Manager%.Reset$" },
        },
        media = { need = { "UserName", "Password" } },
      },
    },
    { model = "GB300", set = { redfish = { expand = "never" } } },
  },
  quirks = {
    {
      id = "E03", field = "redfish.etag_fresh", seen = "SR655, SR635 (TSM)",
      symptom = "PreconditionHeaderMissing without If-Match", source = "stmcginnis/gofish#171",
    },
    {
      id = "E11", field = "redfish.etag", seen = "DGX H100",
      symptom = "accounts and the reset of the BMC want If-Match: *",
      source = "NVIDIA/libredfish: src/nvidia_viking.rs, src/network.rs",
    },
    {
      id = "E12", field = "redfish.etag_fresh", seen = "DGX H100",
      symptom = "members read with their collection lack the tag",
      source = "NVIDIA/libredfish: src/nvidia_viking.rs",
    },
    {
      id = "B14", field = "boot.place", seen = "MegaRAC, ASRock",
      symptom = "OperationSupportedInFutureStateURI: the override belongs to Systems/…/SD",
      source = "DMTF/Redfish-Tacklebox#111, #144",
    },
    {
      id = "B15", field = "boot.send", seen = "MegaRAC, ASRock Rack",
      symptom = "a part of the override is refused",
      source = "openstack/ironic: modules/redfish/management.py",
    },
    {
      id = "V17", field = "media.need", seen = "DGX H100",
      symptom = "InsertMedia wants UserName and Password, and does not say so",
      source = "openstack/sushy: resources/manager/virtual_media.py",
    },
    {
      id = "R06", field = "redfish.expand", seen = "DGX H100 and GB300, 1.11.0",
      symptom = "expanded members lack required fields",
      source = "NVIDIA/nv-redfish: bmc_quirks.rs",
    },
    {
      id = "R18", field = "logs.event", seen = "MegaRAC SP-X",
      symptom = "SEL, EventLog are the manager's, BIOS the system's; POST codes look like events",
      source = "bb-Ricardo/check_redfish: vendor.py, xcat2/confluent: oem/generic.py; recorded",
    },
    {
      id = "F14", field = "redfish.read_timeout", seen = "DGX H100",
      symptom = "the FirmwareInventory takes two to three minutes",
      source = "dsx-ai-factory/infra-controller#1584",
    },
    {
      id = "R31", field = "redfish.system_prefer", seen = "DGX H100",
      symptom = "HGX_Baseboard_0 is a system too, and listed first",
      source = "NVIDIA/nv-redfish: bmc_quirks.rs",
    },
  },
}
