-- SPDX-License-Identifier: GPL-3.0-or-later
--- What holds for a Redfish service of which nothing is known. Every other file
--- in this folder holds only differences from this one.
--
-- To change a field, do not edit here: put the field alone into a file of the
-- same name below /etc/bmcsh/vendors or ~/.config/bmcsh/vendors. What each
-- field means stands in lua/bmc/vendor_schema.lua.
return {
  title = "Redfish service",
  status = "recorded",
  alias = { "redfish-generic" },
  redfish = {
    max_inflight = 4,
    login = "session",
    session_uris = { "/redfish/v1/SessionService/Sessions", "/redfish/v1/Sessions" },
    root_slash = true,
    keep_alive = true,
    connect_timeout = 5,
    read_timeout = 30,
    login_timeout = 20,
    logout_timeout = 3,
    retries = 3,
    retry_wait = 1,
    retry_max = 30,
    max_body = 16777216,
    system_prefer = {},
    chassis_skip = {},
    messages = {
      AccessDenied = "auth",
      AccountForSessionNoLongerExists = "auth",
      InsufficientPrivilege = "auth",
      NoValidSession = "auth",
      PasswordChangeRequired = "auth",
      ResourceAtUriUnauthorized = "auth",
      SessionLimitExceeded = "sessions_full",
      ResourceInStandby = "not_ready",
      ServiceInUnknownState = "not_ready",
      ServiceShuttingDown = "not_ready",
      ServiceTemporarilyUnavailable = "not_ready",
      ResourceInUse = "busy",
      ResourceMissingAtURI = "missing",
      ResourceNotFound = "missing",
      ActionNotSupported = "unsupported",
      QueryNotSupported = "unsupported",
      QueryNotSupportedOnOperation = "unsupported",
      QueryNotSupportedOnResource = "unsupported",
      InternalError = "internal",
    },
  },
  power = {
    on = { "On", "ForceOn" },
    off = { "GracefulShutdown" },
    off_hard = { "ForceOff" },
    cycle = { "PowerCycle", "ForceRestart", "off_on" },
    reboot = { "GracefulRestart", "off_on" },
    settle = 2,
    poll = 2,
    budget = 120,
    restart_watch = 20,
    retry_budget = 60,
    retry_wait = 5,
  },
  tls = { profile = "default" },
}
