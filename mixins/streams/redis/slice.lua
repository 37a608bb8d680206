local channel, offset, length = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
if call('EXISTS', key('ends')) == 0 then return false end

-- The piece that holds the first byte begins at or before it.
local first = call('ZREVRANGEBYLEX', key('offsets'), '[' .. place(channel, offset) .. '\255', '[' .. place(channel, 0),
  'LIMIT', 0, 1)[1]
local chunks = {}
if not first then return chunks end
local members = call('ZRANGEBYLEX', key('offsets'), '[' .. first, '(' .. place(channel, offset + length))
for i, member in ipairs(members) do chunks[i] = piece(string.match(member, ':(%d+)$')) end
return chunks
