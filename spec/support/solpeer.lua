-- SPDX-License-Identifier: GPL-3.0-or-later
-- A BMC whose serial console keeps to the specification where the others do not: one packet is
-- under way until it is acknowledged, it is sent again as often as needed, with what has come
-- meanwhile behind it, and what was not accepted follows under the next number. Or that does
-- what BMCs in the field do, by name. Behind it is a machine that echoes, and counts lines.
--
-- It is bmcfarm.py with another console: the sessions are those of the farm.

local ipmisim = require "support.ipmisim"
local support = require "support"

local M = {}

-- Habits: jump (numbers go up by three), stick (always the same number), grow (a repeat has more
-- characters), part (takes half of what is typed), nack (the same, and says wait), full (takes
-- nothing at first, and says wait), silentfull (takes nothing, and says nothing about it), whole
-- (says that it took nothing, and took all), deaf (acknowledges nothing under the first number),
-- bye (ends the console at the line "bye"), big (300 characters in a packet), latebreak and
-- nobreak (refuses the first break, and each), mute (acknowledges nothing at all), slow (late),
-- unnumbered (sends characters under number 0), obeys (stops for as long as it is told to), idle
-- (ends the console when nothing has come for half a second).
local CONSOLE = [[
import os

HABITS = os.environ["SOL_HABITS"].split(",")
KEPT = open(os.environ["SOL_KEPT"], "ab", 0)

def has(name):
    return name in HABITS

def solsend(self, s, data):
    s.waiting = getattr(s, "waiting", b"") + data
    if not getattr(s, "flight", b""):
        solnext(self, s)

def solnext(self, s):
    while s.waiting and has("unnumbered"):
        self.send(s.pack(1, bytes(4) + s.waiting[:100]), s.addr)
        s.waiting = s.waiting[100:]
    if s.waiting and not getattr(s, "held", False):
        s.solseq = 5 if has("stick") else (s.solseq + (2 if has("jump") else 0)) % 15 + 1
        s.flight = s.waiting[:300 if has("big") else 100]
        solput(self, s)

def solput(self, s):
    if s.sol and s.sid in self.sessions:
        self.send(s.pack(1, bytes([s.solseq, 0, 0, 0]) + s.flight), s.addr)
        asyncio.get_running_loop().call_later(0.05, again, self, s, s.solseq, s.flight)

def again(self, s, seq, flight):
    if s.flight is flight and s.solseq == seq:
        if has("grow"):
            s.flight = s.waiting[:200]
        solput(self, s)

def end(self, s):
    s.sol = False
    self.send(s.pack(1, bytes([0, 0, 0, 0x10])), s.addr)

def watch(self, s):
    if s.sol and s.sid in self.sessions:
        if not s.heard:
            return end(self, s)
        s.heard = False
        asyncio.get_running_loop().call_later(0.5, watch, self, s)

def acked(self, s, n):
    s.flight, s.waiting = b"", s.waiting[n:]
    solnext(self, s)

def answer(self, s, seq, n, status=0):
    self.send(s.pack(1, bytes([0, seq, n, status])), s.addr)

def take(self, s, text):
    KEPT.write(text)
    s.line = getattr(s, "line", b"") + text
    out = text.replace(b"\r", b"\r\n")
    while b"\r" in s.line:
        line, s.line = s.line.split(b"\r", 1)
        words = line.split()
        if len(words) == 2 and words[0] == b"count":
            out += b"".join(b"%07d\r\n" % n for n in range(int(words[1])))
        if line == b"bye" and has("bye"):
            end(self, s)
        out += b"$ "
    solsend(self, s, out)

def soldata(self, s, p):
    if len(p) < 4:
        return
    seq, ack, n, status, text = p[0] & 15, p[1] & 15, p[2], p[3], p[4:]
    if has("obeys") and bool(status & 8) != getattr(s, "held", False):
        s.held = bool(status & 8)
        if not getattr(s, "flight", b""):
            solnext(self, s)
    if has("idle") and not hasattr(s, "heard"):
        s.heard = True
        watch(self, s)
    s.heard = True
    # Of one that has grown, an answer to what it was before would leave the rest to come twice.
    if ack == s.solseq and getattr(s, "flight", b"") and not (has("grow") and n < len(s.flight)):
        acked(self, s, n)
    if status & 0x10 and (has("nobreak") or has("latebreak") and not hasattr(s, "late")):
        s.late = True
        return answer(self, s, seq, 0, 0x40)
    if status & 0x10 and seq != s.solin:
        KEPT.write(b"<break>")
    if seq == 0:
        return
    if seq == s.solin:
        return None if has("mute") else answer(self, s, seq, s.took, s.said)
    if has("deaf") and text and len(set(getattr(s, "tried", []) + [seq])) < 2:
        s.tried = [seq]
        return
    s.solin, s.took, s.said = seq, len(text), 0
    half = len(text) > 1 and (has("part") or has("nack"))
    if half:
        s.took = len(text) // 2
    if half and has("nack"):
        s.said = 0x40
        asyncio.get_running_loop().call_later(0.02, answer, self, s, seq, s.took)
    if (has("full") or has("silentfull")) and text and not getattr(s, "refused", False):
        s.refused, s.took, s.said = True, 0, 0x40 if has("full") else 0
    taken = text[:s.took]
    if has("whole"):
        s.took = 0
    if has("slow"):
        asyncio.get_running_loop().call_later(0.03, answer, self, s, seq, s.took)
    elif not has("mute"):
        answer(self, s, seq, s.took, s.said)
    if taken:
        take(self, s, taken)

Bmc.solsend, Bmc.soldata = solsend, soldata
]]

--- Runs f(address, port, typed) with such a BMC. typed() is what has been typed there.
---@param habits string[]
---@param f fun(address: string, port: integer, typed: fun(): string): ...
---@return any ... what f returned
function M.run(habits, f)
  local farm <close> = assert(io.open(support.shared("ipmi/sim") .. "/bmcfarm.py"))
  local dir <close> = support.tmpdir()
  local kept = dir:write("typed", "")
  local environment = ("import os\nos.environ.update(SOL_HABITS=%q, SOL_KEPT=%q)\n")
    :format(table.concat(habits, ","), kept)
  local source = farm:read("a"):gsub("\nasyncio%.run%(main%(%)%)", "\n" .. environment
    .. CONSOLE:gsub("%%", "%%%%") .. "%0")
  return ipmisim.farm({ script = dir:write("solpeer.py", source) }, function(address, port)
    return f(address, port, function() return dir:read("typed") end)
  end)
end

return M
