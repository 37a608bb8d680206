-- Lost leases, and those that the server knows nothing of because it has lost its memory.
local lease, lost, forgotten = tonumber(ARGV[1]), {}, {}
local memory = call('GET', key('memory'))
for i = 2, #ARGV, 2 do
  local id, token = ARGV[i], ARGV[i + 1]
  if holds(id, token) then
    call('ZADD', key('leases'), now + lease, id)
  elseif string.match(token, '^[^/]+') == memory or call('EXISTS', job(id)) == 1 then
    lost[#lost + 1] = id
  else
    forgotten[#forgotten + 1] = id
  end
end
return { lost, forgotten }
