-- SPDX-License-Identifier: GPL-3.0-or-later
-- Numbers by chance, and the same ones each time, so that what fails can be found.

--- A source of them.
---@param seed integer
---@return fun(n: integer): integer  from 0 to n - 1
return function(seed)
  local state = seed * 2654435761 % 4294967296
  return function(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % n
  end
end
