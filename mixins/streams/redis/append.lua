local after, keep = tonumber(ARGV[1]), ARGV[2]
if call('EXISTS', key('settled')) == 1 then return { 'settled', 0 } end

local seq = tonumber(call('HGET', key('ends'), 'seq')) or 0
-- A writer that knows what is there: less is a loss, more was brought by the same append, sent before.
if after > seq then return { 'lost', seq } end
local known = after < 0 and 0 or seq - after

for i = 3 + known * 3, #ARGV, 3 do
  local channel, at, bytes = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local offset = call('HINCRBY', key('ends'), '>' .. channel, #bytes) - #bytes
  seq = seq + 1
  call('XADD', key('pieces'), seq .. '-0', 'c', channel, 'o', offset, 't', at, 'b', bytes)
  if #bytes > 0 then call('ZADD', key('offsets'), 0, place(channel, offset) .. ':' .. seq) end
end
call('HSET', key('ends'), 'seq', seq)
-- What everybody has forgotten goes by itself.
for _, name in ipairs({ 'ends', 'pieces', 'offsets' }) do call('EXPIRE', key(name), keep) end
return { 'kept', seq }
