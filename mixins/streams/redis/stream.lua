-- Begins every script of a byte stream. KEYS[1] names it; all its keys share that hash tag:
--   ends     hash: the last seq, and under ">" and its name where each channel ends
--   pieces   stream: the piece of seq n is the entry n-0, fields c(hannel), o(ffset), t(ime), b(ytes)
--   offsets  where the pieces of a channel begin, sorted by channel and offset: "<channel>\0<offset>:<seq>"
--   settled  there is no more to come; nothing else is left here then
local call = redis.call
local function key(name) return KEYS[1] .. ':' .. name end

local function place(channel, offset) return channel .. '\0' .. string.format('%016d', offset) end

local function piece(seq)
  local fields = call('XRANGE', key('pieces'), seq, seq)[1][2]
  return { seq, fields[2], tonumber(fields[4]), tonumber(fields[6]), fields[8] }
end

local function clear() call('UNLINK', key('ends'), key('pieces'), key('offsets')) end
