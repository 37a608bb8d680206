clear()
call('DEL', key('settled'))
return 1
