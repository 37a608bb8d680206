local token, length = ARGV[1], tonumber(ARGV[2])
if not holds(token) then return 0 end
return call('PEXPIRE', lease, length)
