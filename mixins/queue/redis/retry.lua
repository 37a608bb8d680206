local id, token, delay = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not holds(id, token) then return 0 end
if delay > 0 then
  leave(id)
  call('ZADD', key('delayed'), now + delay, id)
else
  give_back(id)
end
ring()
return 1
