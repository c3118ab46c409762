-- SPDX-License-Identifier: GPL-3.0-or-later
--- Dell iDRAC 7, 8, 9 and 10.
return {
  title = "Dell iDRAC",
  status = "recorded",
  alias = { "dell" },
  seen = {
    "PowerEdge R750, iDRAC 9 7.10.30",
    "PowerEdge M640, iDRAC 9 3.34.34",
    "13G rack server, iDRAC 8 2.40.40",
  },
  match = {
    root_vendor = { "^Dell" },
    root_product = { "Dell Remote Access Controller" },
    root_oem = { "^Dell$" },
    manager_id = { "^iDRAC" },
    manager_oem = { "^Dell$" },
    ipmi_manufacturer = { 674 },
    tls_issuer = { "[iI][dD][rR][aA][cC]", "Remote Access Group" },
    system_manufacturer = { "^Dell" },
  },
  redfish = {
    session_limit = 8,
    chassis_skip = { "RAID", "^Enclosure" },
    systems_late = true,
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
  task = {
    jobs = {
      { id = "^JID_", uri = "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/Jobs/{id}" },
      { id = "^JID_", uri = "/redfish/v1/Managers/iDRAC.Embedded.1/Jobs/{id}" },
    },
  },
  boot = {
    attributes_uri = "{manager}/Attributes",
    attributes = {
      BiosSetup = { "ServerBoot.1.FirstBootDevice=BIOS", "ServerBoot.1.BootOnce={once}" },
      Hdd = { "ServerBoot.1.FirstBootDevice=HDD", "ServerBoot.1.BootOnce={once}" },
      Pxe = { "ServerBoot.1.FirstBootDevice=PXE", "ServerBoot.1.BootOnce={once}" },
      UefiHttp = { "ServerBoot.1.FirstBootDevice=UefiHttp", "ServerBoot.1.BootOnce={once}" },
      VirtualCd = { "ServerBoot.1.FirstBootDevice=VCD-DVD", "ServerBoot.1.BootOnce={once}" },
      VirtualFloppy = { "ServerBoot.1.FirstBootDevice=vFDD", "ServerBoot.1.BootOnce={once}" },
    },
    http_attributes = { "HttpDev1EnDis=Enabled", "HttpDev1Uri={uri}" },
  },
  logs = {
    event = { "Sel" },
    alt = "{owner}/Logs/{log}",
  },
  when = {
    {
      firmware = "<6.00",
      set = { boot = { attributes_first = { "VirtualCd", "VirtualFloppy" } } },
    },
    {
      manager_model = "^1[0-6]G", firmware = "<3.30",
      set = { media = { hint = "iDRAC inserts images over Redfish from iDRAC 9 3.30 on; before "
        .. "that there is RACADM" } },
    },
    {
      manager_model = "^1[23]G", firmware = "<3",
      set = { power = { reboot = { "off_on" } }, boot = { uefi_enabled = false } },
    },
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
      id = "P22", field = "redfish.systems_late", seen = "iDRAC 9 after a reset or a job clearing",
      symptom = "Systems is empty for up to two minutes",
      source = "quadsproject/badfish#129",
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
      id = "R03", field = "redfish.expand", seen = "some iDRAC",
      symptom = "$expand is offered and answers a licence error or broken JSON; it is found out",
      source = "bb-Ricardo/check_redfish#151, #69",
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
    {
      id = "F03", field = "task.jobs", seen = "iDRAC 8, 9, 10",
      symptom = "a task is removed as soon as it has ended, or a minute later; its job stays",
      source = "bmc-toolbox/bmclib: providers/dell/firmware.go, "
        .. "dell/dellemc-openmanage-ansible-modules#420",
    },
    {
      id = "B06", field = "boot.attributes", seen = "iDRAC 10",
      symptom = "Boot of the system is read-only, and its settings take no target either",
      source = "ansible-collections/community.general#11297, dsx-ai-factory/libredfish#75",
    },
    {
      id = "B07", field = "boot.uefi_enabled", seen = "iDRAC 7 and 8",
      symptom = "BootSourceOverrideEnabled together with UefiTarget is refused",
      source = "ansible-collections/community.general: plugins/module_utils/_redfish_utils.py",
    },
    {
      id = "B08", field = "boot.attributes.VirtualCd", seen = "iDRAC 8 and 9",
      symptom = "Cd is the drive in the machine; the virtual one is an attribute of the manager",
      source = "xcat2/confluent: idrac.py, dell/iDRAC-Redfish-Scripting#90",
    },
    {
      id = "B09", field = "boot.http_attributes", seen = "iDRAC 9 and 10",
      symptom = "no HttpBootUri; the URI is a BIOS attribute, and setting it makes a job",
      source = "dsx-ai-factory/libredfish#75",
    },
    {
      id = "V08", field = "media.hint", seen = "iDRAC 9 before 3.30, iDRAC 7 and 8",
      symptom = "virtual media without actions",
      source = "dell/iDRAC-Redfish-Scripting#24, #58",
    },
    {
      id = "V09", field = "boot.attributes_first", seen = "iDRAC 9 before 6.00, iDRAC 10 2.x",
      symptom = "the override Cd does not boot the virtual CD",
      source = "openstack/ironic: modules/redfish/boot.py",
    },
    {
      id = "V10", field = "media.settle", seen = "iDRAC 9",
      symptom = "for a while after an eject the slot is still Inserted and takes nothing",
      source = "openstack/ironic: modules/redfish/boot.py",
    },
    {
      id = "P19", field = "bmc_reset.types", seen = "iDRAC 8, 9",
      symptom = "only GracefulRestart is allowed", source = "NVIDIA/libredfish; recorded",
    },
    {
      id = "R19", field = "logs.alt", seen = "iDRAC 8",
      symptom = "LogServices/Sel/Entries answers an object without members; they are at Logs/Sel",
      source = "mrlhansen/idrac_exporter: internal/collector/client.go",
    },
    {
      id = "T02", field = "redfish.session_uris", seen = "iDRAC 7 and 8, Redfish before 1.6",
      symptom = "sessions are at /redfish/v1/Sessions; the other place answers 405",
      source = "mrlhansen/idrac_exporter: internal/collector/redfish.go; recorded",
    },
    {
      id = "P02", field = "power.reboot", seen = "14G, iDRAC 9 3.x",
      symptom = "GracefulRestart is not among the allowed values: off, then on",
      source = "quadsproject/quads#311, quadsproject/badfish#10; recorded",
    },
    {
      id = "P04", field = "power.retry_budget", seen = "iDRAC 10",
      symptom = "On is refused with ActionParameterValueConflict for a while after off",
      source = "openstack/ironic: ironic/drivers/modules/redfish/power.py",
    },
  },
  credentials = { { user = "root", password = "calvin" } },
}
