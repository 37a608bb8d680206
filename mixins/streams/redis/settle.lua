clear()
call('SET', key('settled'), '', 'EX', ARGV[1])
return 1
