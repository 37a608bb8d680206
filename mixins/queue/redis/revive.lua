local id = ARGV[1]
local grave = call('HGET', key('graves'), id)
if not grave then return 0 end
local fields = call('XRANGE', key('dead'), grave, grave)[1][2]
call('XDEL', key('dead'), grave)
call('HDEL', key('graves'), id)

-- The same work may have been added anew in the meantime; it is one piece of work still.
if call('EXISTS', job(id)) == 0 then
  create(id, fields[4], fields[6])
  enqueue(id, fields[6])
end
ring()
return 1
