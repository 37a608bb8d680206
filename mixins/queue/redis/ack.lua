local id, token = ARGV[1], ARGV[2]
if not holds(id, token) then return 0 end
leave(id)
call('DEL', job(id))
return 1
