local id, token = ARGV[1], ARGV[2]
if not holds(id, token) then return 0 end
call('HINCRBY', job(id), 'attempts', -1)
give_back(id)
ring()
return 1
