-- SPDX-License-Identifier: GPL-3.0-or-later
--- Supermicro X10 to X14 and H11 to H13.
return {
  title = "Supermicro BMC",
  status = "recorded",
  alias = { "smc" },
  seen = {
    "SYS-821GE-TNHR (X13), BMC 1.01",
    "SYS-510T (X12), BMC 1.13 (parts)",
    "X10SDV-TLN4F, BMC 4.00",
  },
  match = {
    root_vendor = { "^Supermicro", "^Super Micro", "^SMCI$" },
    root_oem = { "^Supermicro$" },
    manager_oem = { "^Supermicro$" },
    ipmi_manufacturer = { 10876, 47488 },
    tls_issuer = { "Super Micro Computer" },
    system_manufacturer = { "^Supermicro", "^Super Micro" },
  },
  redfish = {
    messages = { OemLicenseNotPassed = "licence" },
  },
  boot = {
    send = "full",
    targets = { Cd = { "UsbCd", "Cd", "CD/DVD", "UefiUsbCd" } },
    order_uri = "{system}/Oem/Supermicro/FixedBootOrder",
    order_property = "FixedBootOrder",
  },
  media = { config_link = "Oem.Supermicro.VirtualMediaConfig" },
  logs = {
    event = { "Log1" },
  },
  ipmi = {
    power = { poll = 3 },
    post_code = {
      netfn = 0x30, command = 0x70, data = { 0x02 }, source = "miminashi/pvese: bmc-power.sh",
    },
  },
  -- X10 counts from 3, X11 from 1 like X12 and later, which are not concerned: there the board's
  -- name has to tell.
  when = {
    {
      model = "ARS%-111GL%-NHR",
      set = {
        boot = { targets = { Cd = { "Cd", "UsbCd" }, VirtualCd = { "Cd", "UsbCd" } } },
      },
    },
    {
      firmware = ">=3 <3.80",
      set = {
        advisories = {
          BMC_FIRMWARE_PANTSDOWN_WINDOW = {
            severity = "high", cve = { "CVE-2019-6260" },
            detail = "the host can read and write all memory of the BMC (AST2400, Pantsdown); "
              .. "3.80 closes it",
            source = "puppetlabs/Razor-Microkernel#80, KVMFleet/bmc-adapters: findings.py",
          },
        },
      },
    },
    {
      firmware = "<1.74", model = "X11",
      set = {
        advisories = {
          BMC_FIRMWARE_PANTSDOWN_WINDOW = {
            severity = "high", cve = { "CVE-2019-6260" },
            detail = "the host can read and write all memory of the BMC (AST2500, Pantsdown); "
              .. "1.74 closes it",
            source = "KVMFleet/bmc-adapters: findings.py",
          },
        },
      },
    },
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
    {
      id = "B01", field = "boot.send", seen = "X11 to H13",
      symptom = "the mode falls back to Legacy unless it is sent each time",
      source = "DMTF/Redfishtool#106, openstack/ironic: modules/redfish/management.py",
    },
    {
      id = "B02", field = "boot.targets.Cd", seen = "X11, X12",
      symptom = "the virtual CD is UsbCd; Cd is allowed too and does not boot it",
      source = "openstack/sushy: resources/system/system.py",
    },
    {
      id = "B03", field = "boot.targets.Cd", seen = "ARS-111GL-NHR",
      symptom = "here Cd is right", source = "openstack/sushy: resources/system/system.py",
    },
    {
      id = "B04", field = "boot.order_uri", seen = "SYS-221H and others",
      symptom = "no BootOptions; the order is FixedBootOrder, and an entry may lose its device",
      source = "NVIDIA/libredfish: src/supermicro.rs, dsx-ai-factory/libredfish#13; recorded",
    },
    {
      id = "V03", field = "media.config_link", seen = "X10 to X12",
      symptom = "a collection without slots; an image is mounted by host and path",
      source = "karmab/aicli#53, quadsproject/badfish#394; recorded",
    },
    {
      id = "post-code", field = "ipmi.post_code", seen = "X11DPU",
      symptom = "one byte; 00h once it has started, and at times also while it hangs",
      source = "miminashi/pvese: scripts/bmc-power.sh",
    },
    {
      id = "R15", field = "logs.event", seen = "X10 to X13",
      symptom = "the event log is the system's Log1; the BMC's own has the same name",
      source = "bb-Ricardo/check_redfish: vendor.py; recorded",
    },
    {
      id = "M40", field = "ipmi.power.poll", seen = "X9 to X11",
      symptom = "a BMC that is asked too often hangs or restarts",
      source = "metal3-io/ironic-image#688, netdata/netdata#6698",
    },
  },
  credentials = {
    { user = "admin", password = "ADMIN" },
    { user = "admin", password = "admin" },
  },
}
