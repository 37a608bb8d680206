if not holds(ARGV[1]) then return 0 end
return call('DEL', lease)
