local id, token, reason = ARGV[1], ARGV[2], ARGV[3]
if not holds(id, token) then return 0 end
local found = call('HMGET', job(id), 'payload', 'priority', 'attempts')
leave(id)
call('DEL', job(id))

-- Of work that was buried before, the latest burial counts.
local earlier = call('HGET', key('graves'), id)
if earlier then call('XDEL', key('dead'), earlier) end
local grave = call('XADD', key('dead'), '*', 'id', id, 'payload', found[1], 'priority', found[2],
  'attempts', found[3], 'error', reason, 'at', now)
call('HSET', key('graves'), id, grave)
return 1
