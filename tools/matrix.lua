-- SPDX-License-Identifier: GPL-3.0-or-later
-- What works with which vendor, found by asking every recorded tree everything:
--
--   ./bmcsh tools/matrix.lua FOLDER > doc/supported-vendors.md
--
-- FOLDER holds recorded trees in the DMTF layout, one a folder. The asking is the specs' own
-- (spec/support/survey.lua). The same trees give the same text.

local host = require "_bmcsh.host"

local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = ("%s/../spec/?.lua;%s/../spec/?/init.lua;%s"):format(here, here, package.path)

local render = require "support.matrix_text"
local survey = require "support.survey"

local function main(folder)
  if not folder or not host.listdir(folder) then
    io.stderr:write("usage: bmcsh tools/matrix.lua FOLDER\n")
    return 2
  end
  local rows, registry = survey.run(folder)
  io.stdout:write(render {
    rows = rows, registry = registry, kinds = survey.KINDS, single = survey.SINGLE,
    writes = survey.WRITES,
  })
  return 0
end

return main(...)
