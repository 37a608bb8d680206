local id = ARGV[1]
if call('EXISTS', job(id)) == 0 then return 0 end
local lease = call('ZSCORE', key('leases'), id)
if lease and tonumber(lease) > now then return 0 end
leave(id)
call('DEL', job(id))
return 1
