-- SPDX-License-Identifier: GPL-3.0-or-later
-- A stream that keeps what is written.
return function()
  local parts = {}
  local stream = { parts = parts }
  function stream.write(_, ...)
    for _, part in ipairs { ... } do
      parts[#parts + 1] = part
    end
    return stream
  end
  function stream.flush()
    return true
  end
  function stream.lines()
    local lines = {}
    for line in table.concat(parts):gmatch("([^\n]*)\n") do
      lines[#lines + 1] = line
    end
    return lines
  end
  return stream
end
