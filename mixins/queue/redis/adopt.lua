-- A job that runs, on a server that has forgotten it: its worker goes on with it. Nobody else may have it by now.
local id, payload, priority, attempts, token, worker, lease = unpack(ARGV)
if call('EXISTS', job(id)) == 1 then return 0 end
call('HSET', job(id), 'payload', payload, 'priority', priority, 'attempts', attempts, 'token', token, 'worker', worker)
call('SADD', key('adopted'), id)
call('ZADD', key('leases'), now + tonumber(lease), id)
return 1
