local worker, max, lease, token = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local taken = {}

-- A token begins with the name of the memory that knows it.
local memory = call('GET', key('memory'))
if not memory then
  memory = token
  call('SET', key('memory'), memory)
end
token = memory .. '/' .. token

-- What is due, and what has lost its worker, is ready now.
for _, id in ipairs(call('ZRANGEBYSCORE', key('delayed'), '-inf', now, 'LIMIT', 0, 1000)) do
  call('ZREM', key('delayed'), id)
  enqueue(id, call('HGET', job(id), 'priority'))
end
for _, id in ipairs(call('ZRANGEBYSCORE', key('leases'), '-inf', now)) do give_back(id) end

local function take(id)
  local attempt = call('HINCRBY', job(id), 'attempts', 1)
  call('HSET', job(id), 'token', token, 'worker', worker)
  call('ZADD', key('leases'), now + lease, id)
  local found = call('HMGET', job(id), 'payload', 'priority')
  taken[#taken + 1] = { id, found[1], tonumber(found[2]), attempt }
end

for _, level in ipairs(levels()) do
  if #taken == max then break end
  -- Whatever came back arrived before everything that was never handed out.
  for _, id in ipairs(call('ZRANGE', returned(level), 0, max - #taken - 1)) do
    call('ZREM', returned(level), id)
    take(id)
  end
  if #taken < max then
    local read = call('XREADGROUP', 'GROUP', 'workers', 'worker', 'COUNT', max - #taken, 'STREAMS', ready(level), '>')
    if read then
      for _, entry in ipairs(read[1][2]) do take(entry[2][2]) end
    end
  end
end
return { token, taken }
