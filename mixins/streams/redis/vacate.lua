-- Closes a stream of which nothing is here; one that is here is handed over first.
if call('EXISTS', key('ends')) == 1 then return 0 end
call('SET', key('settled'), '', 'EX', ARGV[1])
return 1
