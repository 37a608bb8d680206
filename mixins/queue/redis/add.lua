local id, payload, priority, delay, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])

if call('EXISTS', job(id)) == 1 then return 'duplicate' end

if limit >= 0 and in_line() + call('ZCARD', key('delayed')) >= limit then return 'full' end

create(id, payload, priority)
if delay > 0 then
  call('ZADD', key('delayed'), now + delay, id)
else
  enqueue(id, priority)
end
ring()
return 'added'
