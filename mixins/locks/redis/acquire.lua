local holder, length = ARGV[1], tonumber(ARGV[2])
if call('EXISTS', lease) == 1 then return false end

-- Not below the time in microseconds, so that tokens grow even when the latest one was lost.
local time = call('TIME')
local token = math.max(time[1] * 1000000 + time[2], (tonumber(call('GET', lease .. ':last')) or 0) + 1)
call('SET', lease .. ':last', token)
call('HSET', lease, 'holder', holder, 'token', token)
call('PEXPIRE', lease, length)
return token
