-- Whether a job is ready, in how many ms one may be without anybody ringing (-1: never), and the latest ring.
local waiting = in_line() - call('ZCOUNT', key('leases'), '(' .. now, '+inf')
waiting = waiting + call('ZCOUNT', key('delayed'), '-inf', now)

local change = -1
for _, name in ipairs({ 'leases', 'delayed' }) do
  local first = call('ZRANGE', key(name), 0, 0, 'WITHSCORES')[2]
  if first and (change < 0 or first - now < change) then change = math.max(0, first - now) end
end

local rung = call('XREVRANGE', key('bell'), '+', '-', 'COUNT', 1)[1]
return { waiting > 0 and 1 or 0, change, rung and rung[1] or '0-0' }
